"""What people were told: their own alone, the unread first, page by page; and alarms, each told once."""

import datetime as dt

import pytest

from engine import Engine
from engine.commands.alarms import Term, of_calendars, of_terms
from engine.errors import InvalidError
from engine.permissions import SYSTEM, Actor
from engine.telling import tell
from engine.transaction import begin
from forms.text import Text
from tests.engine.bundles import line, small, task
from tests.engine.commands.office import WITH_CENTRE, open_office
from tests.engine.commands.test_reminders import later, opened, told
from tests.people import ADMIN


@pytest.fixture
def people(empty):
    found = open_office(empty)
    for name, roles in (("root", ["admin"]), ("root2", ["admin", "owner"]), ("owner", ["owner"])):
        empty.add_person(ADMIN, id=name, name=name, roles=roles)
        found[name] = empty.actor(name)
    return found


def say(engine, person, *keys):
    for key in keys:
        with begin(engine.sessions, engine.clock, SYSTEM) as tx:
            tell(tx, [person], key, "on", Text(f"第{key}条", f"no. {key}"))


def keys(lines):
    return [each.text.zh.strip("第条") for each in lines]


def test_the_unread_come_first_and_everybody_sees_their_own(empty, people):
    say(empty, "hr", "1", "2")
    empty.read_notices(people["hr"])
    say(empty, "hr", "3", "4")
    say(empty, "boss", "5")
    assert keys(empty.notices(people["hr"])) == ["4", "3", "2", "1"]
    assert [line.read_at is None for line in empty.notices(people["hr"])] == [True, True, False, False]
    assert empty.unread(people["hr"]) == 2
    assert keys(empty.notices(people["boss"])) == ["5"]
    assert empty.notices(people["other"]) == []


def test_what_came_after_the_page_was_shown_stays_unread(empty, people):
    say(empty, "hr", "1", "2")
    newest = empty.notices(people["hr"])[0].id
    say(empty, "hr", "3")
    assert empty.read_notices(people["hr"], newest) == {"read": 2, "unread": 1}
    assert empty.read_notices(people["boss"]) == {"read": 0, "unread": 0}
    assert keys(empty.notices(people["hr"])) == ["3", "2", "1"]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 9])
def test_the_pages_together_are_the_list(empty, people, limit):
    say(empty, "hr", "1", "2", "3")
    empty.read_notices(people["hr"])
    say(empty, "hr", "4", "5")
    found, after = [], None
    while page := empty.notices(people["hr"], limit=limit, after=after):
        found += keys(page)
        after = str(page[-1].id)
    assert found == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize("after", ["", "x", "-1", "99999", "9" * 30, "１"])
def test_a_place_that_is_none_of_ones_own_is_refused(empty, people, after):
    say(empty, "boss", "1")
    theirs = str(empty.notices(people["boss"])[0].id)
    for place in (after, theirs):
        with pytest.raises(InvalidError):
            empty.notices(people["hr"], after=place)


def test_one_key_is_told_once(empty, people):
    say(empty, "hr", "1", "1")
    say(empty, "boss", "1")
    assert told(empty) == [("hr", "on"), ("boss", "on")]


def test_a_notice_leads_to_the_task_as_long_as_it_is_ones_own_to_do(empty, people):
    instance, found = opened(empty, people["hr"])
    later(empty, "2025-10-09")
    (line_,) = empty.notices(people["hr2"])
    assert (line_.task_id, line_.instance_id, line_.instance_title) == (
        found,
        instance,
        f"p {line_.instance_title[2:]}",
    )
    empty.claim(people["hr"], found)
    assert empty.notices(people["hr2"])[0].task_id is None
    assert empty.notices(people["hr"])[0].task_id == found
    empty.complete(people["hr"], found, {})
    assert empty.notices(people["hr"])[0].task_id is None


def test_no_name_stands_in_what_is_kept(empty, people):
    instance, _ = opened(empty, people["hr"])
    later(empty, "2025-10-31")
    texts = [each.text.zh + each.text.en for name in ("hr", "hr2", "boss") for each in empty.notices(people[name])]
    assert texts
    assert not any(person.name in text for person in people.values() if isinstance(person, Actor) for text in texts)
    assert instance


# --- alarms


def known(*years):
    return lambda day: True if day.year in years else None


@pytest.mark.parametrize(
    ("today", "years", "expected"),
    [
        ("2025-10-31", [2025], []),
        ("2025-11-01", [2025], ["calendar 2026 0"]),
        ("2025-11-07", [2025], ["calendar 2026 0"]),
        ("2025-11-08", [2025], ["calendar 2026 1"]),
        ("2025-12-31", [2025], ["calendar 2026 8"]),
        ("2026-01-10", [2025], ["calendar 2026 10"]),
        ("2025-11-08", [2025, 2026], []),
        ("2026-11-01", [2025], ["calendar 2026 52", "calendar 2027 0"]),
    ],
)
def test_a_year_without_its_calendar_is_told_from_november_on_every_week(today, years, expected):
    assert [alarm.key for alarm in of_calendars(dt.date.fromisoformat(today), known(*years))] == expected


LAST = dt.date(2026, 3, 31)
TERM = Term("a", 1, Text("甲", "A"), frozenset({"p", "q"}), dt.date(2024, 4, 1), LAST)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(181, []), (180, [180]), (91, [180]), (90, [90]), (30, [30]), (1, [30]), (0, [0]), (-1, [])],
)
def test_the_end_of_a_term_is_told_180_90_and_30_days_before_and_on_its_last_day(days, expected):
    found = [alarm.key for alarm in of_terms(LAST - dt.timedelta(days=days), [TERM])]
    assert found == [f"policy a 1 {ahead}" for ahead in expected]


@pytest.mark.parametrize(
    ("first", "last", "processes", "is_told"),
    [
        (dt.date(2026, 4, 1), None, {"p", "q", "r"}, False),
        (dt.date(2026, 4, 2), None, {"p", "q"}, True),  # a day between the two
        (dt.date(2026, 4, 1), None, {"p"}, True),  # not everything goes on
        (dt.date(2024, 1, 1), LAST, {"p", "q"}, True),  # ends with it
        (dt.date(2024, 1, 1), dt.date(2028, 1, 1), {"p", "q"}, False),
    ],
)
def test_a_term_that_another_policy_takes_over_is_no_alarm(first, last, processes, is_told):
    other = Term("b", 3, Text("乙", "B"), frozenset(processes), first, last)
    keys_ = [alarm.key for alarm in of_terms(LAST, [TERM, other])]
    assert ("policy a 1 0" in keys_) is is_told


BODY = task("work") + line("begin", "work", "finish")


def test_administrators_and_owners_are_told_once_however_many_workers_look(empty, people):
    empty.deploy(ADMIN, small(BODY))
    empty.clock.move_to(dt.datetime(2025, 10, 3, 2, tzinfo=dt.UTC))  # 180 days before
    workers = [Engine(empty.sessions, empty.clock) for _ in range(3)]
    for worker in (*workers, *workers):
        worker.tick()
    assert told(empty) == [("owner", "policy"), ("root", "policy"), ("root2", "policy")]
    later(empty, "2025-11-30")
    assert sorted(told(empty)) == sorted([("owner", "policy"), ("root", "policy"), ("root2", "policy")])
    later(empty, "2026-03-31")
    assert [kind for person, kind in told(empty) if person == "root"] == ["policy", "policy"]
    later(empty, "2026-11-01")
    later(empty, "2026-11-03")
    later(empty, "2026-11-09")
    assert [kind for person, kind in told(empty) if person == "root"] == ["policy"] * 2 + ["calendar"] * 2
    assert [kind for person, kind in told(empty) if person == "owner"] == ["policy"] * 2
    (newest, *_) = empty.notices(people["root"])
    assert "2027" in newest.text.zh
    assert "2027" in newest.text.en


def test_a_later_deployment_with_a_longer_term_silences_the_alarm(empty, people):
    empty.deploy(ADMIN, small(BODY))
    empty.deploy(ADMIN, small(BODY, policy=WITH_CENTRE.replace("until: 2026-03-31", "until: 2028-03-31")))
    later(empty, "2026-03-31")
    assert told(empty) == []


def test_once_a_day_looks_once_and_an_idle_tick_asks_little(empty, people):
    from sqlalchemy import event

    empty.tick()
    seen = []
    event.listen(empty.sessions.kw["bind"], "before_cursor_execute", lambda *call: seen.append(call[2]))
    empty.tick()
    assert not any("deployment" in statement and "notice" in statement for statement in seen)
    assert [statement for statement in seen if "next_reminder_at" in statement and "UPDATE" in statement] == []
    assert sum("next_reminder_at" in statement for statement in seen) == 1
