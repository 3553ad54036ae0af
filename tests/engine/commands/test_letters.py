"""Letters: written with the notice, sent once by whichever worker, tried again, given up; nobody's name in them."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from engine import Outside, letters, places
from engine.clock import SHANGHAI, real_now
from engine.commands import letters as commands
from engine.errors import ConflictError, NotFoundError
from engine.files import Handed
from engine.letters import Line, words_of, write
from engine.mailing import DEFAULTS, TOPIC_OF, Often, Topic, last_digest, pause_after
from engine.permissions import SYSTEM, Actor, Role
from engine.retaining import Days
from engine.tables import notice, process_instance
from engine.tables.accounts import account_event
from engine.tables.outgoing import letter
from engine.tables.papers import attachment, draft, stored_file
from engine.telling import tell
from forms.text import Text
from tests.engine.bundles import line, task
from tests.engine.commands.office import begin, open_office, task_at
from tests.engine.test_files import PNG
from tests.people import ADMIN

BODY = task("work") + line("begin", "work", "finish")
BASE = "https://pingpin.tianjin.example"
SAID = Text("通知", "notice")


@pytest.fixture
def office(empty, post):
    """Everybody; hr2 and the two of the centre have addresses."""
    empty.outside = Outside(post.url, "pingpin@tianjin.example", base_url=BASE)
    people = open_office(empty)
    for person in ("hr2", "centre", "centre2"):
        empty._driver.write(SYSTEM, lambda tx, person=person: _address(tx, person))
    return people


def _address(tx, person):
    from engine.tables import person as people

    tx.session.execute(update(people).where(people.c.id == person).values(email=f"{person}@tianjin.example"))


def say(engine, people, key, kind="urged", **about):
    engine._driver.write(SYSTEM, lambda tx: tell(tx, people, key, kind, SAID, **about))


def rows(engine):
    with engine.sessions() as session:
        return session.execute(select(letter).order_by(letter.c.id)).all()


def age(engine, **values):
    """As if it had been written or tried long ago."""
    with engine.sessions() as session:
        session.execute(update(letter).values(**values))
        session.commit()


def alarms(engine):
    with engine.sessions() as session:
        return session.execute(select(notice.c.key).where(notice.c.kind == "mail")).all()


def at(engine, *when):
    engine.clock.move_to(datetime(*when, tzinfo=SHANGHAI))


def test_what_somebody_waits_for_comes_at_once_all_else_once_a_working_day(office, empty, post):
    at(empty, 2025, 6, 5, 15, 0)  # a Thursday
    instance = begin(empty, office["hr"], BODY)
    found = task_at(empty, instance, "work")
    empty.claim(office["hr"], found)
    empty.reassign(office["hr"], found, "hr2", "出差")
    assert [row.status for row in rows(empty)] == ["pending"]
    mailing, empty.outside = empty.outside, replace(empty.outside, is_sandbox=True)
    assert empty.send_letters() == 0
    empty.outside = mailing
    assert (empty.send_letters(), empty.send_letters()) == (1, 0)
    (mail,) = post.mails
    with empty.sessions() as session:
        key = session.scalar(select(process_instance.c.business_key))
    assert (mail["To"], mail["From"]) == ("hr2@tianjin.example", "pingpin@tianjin.example")
    assert mail["Subject"] == f"【评聘】有任务转交给您 {key}"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == f"<{BASE}/notices/settings>"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in (text, html):
        assert f"{BASE}/tasks/{found}" in part
        assert not [name for name in ("人事甲", "人事乙", "津虚", "出差") if name in part]

    # Choices: none of one topic; the other in English, and once a day.
    empty.outgoing.choose_mail(empty.actor("centre"), {"reminders": "never"}, "en")
    say(empty, ["centre", "centre2"], "a", "before", instance_id=instance)
    say(empty, ["centre"], "b", "copied", instance_id=instance)
    say(empty, ["centre", "x"], "c", "absence")
    say(empty, ["centre"], "d", "policy")
    empty.read_notices(empty.actor("centre2"))
    assert empty.send_letters() == 0
    at(empty, 2025, 6, 6, 9, 9)
    # Of nine o'clock, in the letter of that morning.
    say(empty, ["centre2"], "e", "on", instance_id=instance, task_id=found)
    assert empty.send_letters() == 0
    at(empty, 2025, 6, 6, 9, 11)
    say(empty, ["centre"], "f", "suspended", instance_id=instance)
    assert empty.send_letters() == 2
    to_other, to_centre = sorted(post.mails[1:], key=lambda mail: mail["To"])
    assert to_centre["Subject"] == "[Pingpin] 3 notices"
    assert to_centre.get_body(("plain",)).get_content().count(BASE) == 4
    assert to_other["Subject"] == f"【评聘】有任务今日到期 {key}"  # the other one was read on the page
    at(empty, 2025, 6, 8, 12, 0)  # Sunday
    assert empty.send_letters() == 0
    at(empty, 2025, 6, 9, 9, 10)
    assert empty.send_letters() == 1
    assert [row.status for row in rows(empty)].count("read") == 1


def test_a_server_that_is_down_is_tried_again_and_given_up_in_the_end(office, empty, post):
    say(empty, ["hr2"], "a")
    empty.outside = replace(empty.outside, smtp_url="smtp://127.0.0.1:1")
    assert empty.send_letters() == 1
    (row,) = rows(empty)
    assert (row.status, row.attempts) == ("pending", 1)
    assert timedelta(0) < row.retry_at - row.created_at <= pause_after(1) + timedelta(seconds=30)
    assert empty.send_letters() == 0  # not before the pause is over
    empty.outside = replace(empty.outside, smtp_url=post.url)
    post.refusals = 1
    age(empty, retry_at=None)
    assert (empty.send_letters(), rows(empty)[0].attempts) == (1, 2)
    age(empty, retry_at=None)
    assert (empty.send_letters(), rows(empty)[0].status) == (1, "sent")
    assert len(post.mails) == 1

    # What the server refuses for good is given up at once, what it does not take for days then; told once a day.
    post.unknown.add("hr2@tianjin.example")
    empty.add_person(ADMIN, id="boss of all", name="管理员", roles=["admin"], email="root@tianjin.example")
    say(empty, ["hr2"], "b")
    assert (empty.send_letters(), rows(empty)[1].status) == (1, "given up")
    post.refusals = 1
    say(empty, ["centre"], "c")
    age(empty, created_at=datetime(2020, 1, 1, tzinfo=SHANGHAI))
    assert (empty.send_letters(), rows(empty)[2].status) == (1, "given up")
    assert len(alarms(empty)) == 1
    assert len(rows(empty)) == 3  # that mail fails is not mailed
    say(empty, ["centre"], "d")
    age(empty, created_at=datetime(2020, 1, 1, tzinfo=SHANGHAI))
    empty.outside = replace(empty.outside, smtp_url=None)
    assert (empty.send_letters(), rows(empty)[3].status) == (0, "dropped")


def test_mail_that_was_given_up_is_listed_and_sent_again_and_a_link_is_not(office, empty, post):
    post.unknown.add("hr2@tianjin.example")
    for key, kind in (("a", "urged"), ("b", "before"), ("c", "absence")):
        say(empty, ["hr2"], key, kind)
    at(empty, 2025, 6, 6, 9, 11)
    empty.send_letters()
    admin, guard = ADMIN, Actor("guard", "安全员", roles=frozenset({Role.SECURITY}))
    assert [(line.person_id, len(line.about), line.may_send) for line in empty.outgoing.undelivered(guard)] == [
        ("hr2", 2, True),
        ("hr2", 1, True),
    ]
    daily = empty.outgoing.undelivered(guard)[0]
    assert "hr2@tianjin.example" in (daily.address or "")
    assert daily.cause
    assert daily.cause.zh != daily.cause.en
    assert empty.outgoing.undelivered(admin, before=daily.number)[0].about[0].en.startswith("You are asked")
    post.unknown.clear()
    empty.outgoing.send_letter_again(guard, daily.batch)
    for sent in (daily.batch, "none"):
        with pytest.raises(NotFoundError):
            empty.outgoing.send_letter_again(guard, sent)
    assert (empty.send_letters(), len(post.mails)) == (1, 1)
    assert "2条通知" in post.mails[0]["Subject"]
    age(empty, purpose="reset", status="given up")
    with pytest.raises(ConflictError):
        empty.outgoing.send_letter_again(guard, daily.batch)
    assert not any(line.may_send for line in empty.outgoing.undelivered(guard))


def test_what_is_kept_for_some_days_only_goes_once_a_day_and_nothing_else(office, empty):
    """Letters that are closed, calls of hooks, the log of sign-ins, drafts, and files of matters that never began."""
    say(empty, ["hr2", "centre"], "a")
    begin(empty, office["hr"], BODY)
    start = places.of_start("p", None)
    empty.papers.attach(office["hr"], start, [Handed("照片.png", PNG)])
    empty.papers.save_draft(office["hr"], start, [("note", "写到一半")])
    empty.accounts.begin_session("hr")
    with empty.sessions() as session:
        session.execute(update(letter).where(letter.c.person_id == "hr2").values(closed_at=real_now(), status="sent"))
        session.commit()
    empty.days = Days(letters=1, sign_ins=1, drafts=1)
    counted = (letter, account_event, draft, attachment, stored_file)

    def left():
        with empty.sessions() as session:
            return [session.scalar(select(func.count()).select_from(table)) for table in counted]

    empty.tick()
    assert left() == [2, 1, 1, 1, 1]
    empty.clock.move_to(empty.clock.now() + timedelta(days=2))
    with time_machine.travel(real_now() + timedelta(days=2), tick=False):
        empty.tick()
    assert left() == [1, 0, 0, 0, 0]


def test_a_worker_that_dies_after_sending_sends_the_same_again(office, empty, post):
    at(empty, 2025, 6, 5, 15, 0)
    say(empty, ["centre"], "a", "before")
    say(empty, ["centre"], "b", "on")
    at(empty, 2025, 6, 6, 9, 30)
    until = last_digest(empty.clock.now(), empty.is_working_day)
    found = empty._driver.write(SYSTEM, lambda tx: commands.take_next(tx, until))
    empty.outgoing._driver.write = _dead_after(empty._driver.write)
    with pytest.raises(KeyboardInterrupt):
        empty.outgoing._send(empty.outside, found)
    del empty.outgoing._driver.write
    assert empty.send_letters() == 0  # it may still be at it
    say(empty, ["centre"], "c", "after")
    age(empty, retry_at=None)
    at(empty, 2025, 6, 9, 9, 30)
    assert empty.send_letters() == 2
    first, again, later = post.mails
    assert first["Message-ID"] == again["Message-ID"] != later["Message-ID"]
    assert first.get_body(("plain",)).get_content() == again.get_body(("plain",)).get_content()
    # A slow one that comes late says nothing about what another has done.
    empty._driver.write(SYSTEM, lambda tx: commands.note_failure(tx, found, SAID, is_final=True))
    assert {row.status for row in rows(empty)} == {"sent"}


def _dead_after(_write):
    def write(_actor, _command, _now=None):
        raise KeyboardInterrupt

    return write


def test_two_workers_send_each_letter_once(office, empty, post):
    at(empty, 2025, 6, 5, 15, 0)
    for number in range(6):
        say(empty, ["centre", "centre2", "hr2"], f"a{number}", "urged" if number % 2 else "before")
    at(empty, 2025, 6, 6, 9, 30)
    workers = [threading.Thread(target=empty.send_letters) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    empty.send_letters()
    assert len(post.mails) == 3 * 3 + 3
    assert len({mail["Message-ID"] for mail in post.mails}) == len(post.mails)


def test_every_kind_is_written_in_both_languages_and_nothing_smuggles_in_a_header():
    kinds = {kind for kind, topic in TOPIC_OF.items() if topic}
    assert set(DEFAULTS) == set(Topic)
    for language in ("zh", "en"):
        assert set(words_of(language)["kinds"]) == kinds
        assert set(words_of(language)["links"]) == {"confirm", "reset"}
        for kind in kinds:
            found = write(language, None, [Line(kind, "甲-1", "i")])
            assert "甲-1" in found.text
            assert "http" not in found.text
        evil = write(language, BASE, [Line("urged", "1\r\nBcc: all@x.example <b>", "i")])
        assert "\n" not in evil.subject
        assert "<b>" not in evil.html
        assert len(write(language, BASE, [Line("urged", "长" * 500)]).subject) <= 200
    assert not [each for each in letters.FOLDER.rglob("*.html") if "|safe" in each.read_text("utf-8")]
    assert Often.NEVER not in DEFAULTS.values()
