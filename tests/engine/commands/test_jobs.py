"""Jobs: done outside the transaction, at least once, tried again, and in the end an incident that can be corrected."""

import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from api import worker
from api.configuration import from_environment
from engine import Engine, Outside, services
from engine.bundle import make_bundle
from engine.clock import VirtualClock
from engine.commands import incidents, jobs
from engine.correction import Correction
from engine.errors import BpmnError, InvalidError, PingpinError
from engine.permissions import SYSTEM
from engine.queries import inspection
from engine.services import mail
from engine.tables import outbox
from forms.text import Text
from tests.engine.bundles import diagram, flow, line, process, small, task
from tests.people import ADMIN

MAIL = """<bpmn:serviceTask id="tell"><bpmn:extensionElements><zeebe:taskDefinition type="mail" /><zeebe:ioMapping>
  <zeebe:input target="to" source="{to}" /><zeebe:input target="subject" source="=&quot;评聘通知 &quot; + note" />
  <zeebe:input target="text" source="=&quot;请查收。&quot;" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"""
BODY = task("work") + MAIL.format(to="=&quot;jia@tianjin.example&quot;") + line("begin", "work", "tell", "finish")


@pytest.fixture
def office(empty, post):
    """An engine that mails to the server, with an instance begun on a diagram and its task done."""
    empty.outside = Outside(post.url, "pingpin@tianjin.example")
    empty.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    empty.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])

    def begin(body=BODY, note="甲试一"):
        text = diagram(process(body), messages='<bpmn:error id="e" errorCode="NO_SUCH_BOX" />')
        empty.deploy(ADMIN, make_bundle({**small(body).files, "p.bpmn": text.encode()}))
        hr = empty.actor("hr")
        instance = empty.start(hr, "p", {})["instance"]
        (found,) = empty.inbox(hr, "groups")
        empty.complete(hr, found.id, {"note": note})
        return instance

    return begin


def take(engine):
    return engine._driver.write(SYSTEM, jobs.take_next)


def see(engine, instance):
    return engine.inspect(lambda tx: inspection.whole(tx, engine.library, instance))


def fail_for_good(engine):
    """Let every attempt pass, without waiting for the pauses between them."""
    for _ in range(len(incidents.PAUSES) + 1):
        engine.do_jobs()
        release(engine)


def release(engine):
    with engine.sessions() as session:
        session.connection().exec_driver_sql("UPDATE outbox SET retry_at = NULL")
        session.commit()


def test_a_mail_is_sent_after_the_step_and_its_result_becomes_a_variable(office, empty, post):
    instance = office()
    assert post.mails == []
    assert see(empty, instance).active == {"tell"}
    assert empty.do_jobs() == 1
    (mail,) = post.mails
    assert (mail["To"], mail["Subject"], mail.get_content().strip()) == (
        "jia@tianjin.example",
        "评聘通知 甲试一",
        "请查收。",
    )
    found = see(empty, instance)
    assert (found.line.end_element, found.variables["mail_sent"]) == ("finish", 1)
    assert [event.kind for event in found.events].count("job done") == 1
    assert empty.do_jobs() == 0


def test_a_server_that_refuses_is_asked_again_after_a_pause(office, empty, post):
    post.refusals = 1
    instance = office()
    empty.do_jobs()
    assert empty.do_jobs() == 0  # not yet
    assert empty.incidents(empty.actor("admin") or ADMIN) == []
    release(empty)
    empty.do_jobs()
    assert (len(post.mails), see(empty, instance).line.end_element) == (1, "finish")


def test_what_never_succeeds_is_an_incident_with_its_cause_and_can_be_tried_again(office, empty, post):
    post.refusals = 99
    instance = office()
    fail_for_good(empty)
    (incident,) = empty.incidents(ADMIN)
    assert "451" in incident.cause.en
    post.refusals = 0
    empty.retry(ADMIN, incident.id)
    empty.do_jobs()
    assert (len(post.mails), see(empty, instance).line.end_element) == (1, "finish")


def test_a_worker_that_dies_after_the_mail_and_before_it_could_say_so_sends_it_again_under_the_same_id(
    office, empty, post
):
    instance = office()
    taken = take(empty)
    services.do(empty.outside, taken.type, taken.wait_id, taken.inputs)
    assert empty.do_jobs() == 0  # the dead worker still has it
    release(empty)
    assert empty.do_jobs() == 1
    assert len({mail["Message-ID"].split("@")[0] for mail in post.mails}) == 1
    assert (len(post.mails), see(empty, instance).line.end_element) == (2, "finish")


def test_a_job_that_was_done_twice_moves_the_instance_once(office, empty):
    instance = office()
    job = take(empty)
    for _ in range(2):
        empty._driver.write(SYSTEM, lambda tx: jobs.finish(tx, empty.library, job, {"mail_sent": 1}))
    assert [event.kind for event in see(empty, instance).events].count("job done") == 1


BOUNDARY = """<bpmn:boundaryEvent id="{id}" attachedToRef="tell">{event}</bpmn:boundaryEvent>"""


def test_a_timer_on_the_boundary_ends_a_job_that_takes_too_long(office, empty, post):
    event = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
    body = (
        BODY
        + BOUNDARY.format(id="late", event=event)
        + task("call_them")
        + line("late", "call_them")
        + flow("call_them", "finish")
    )
    post.refusals = 99
    instance = office(body)
    fail_for_good(empty)
    assert len(empty.incidents(ADMIN)) == 1
    empty.move_clock(ADMIN, empty.clock.now().replace(hour=empty.clock.now().hour + 2))
    assert see(empty, instance).active == {"call_them"}
    assert empty.incidents(ADMIN) == []
    release(empty)
    assert empty.do_jobs() == 0


def test_an_error_of_the_service_is_caught_on_its_boundary(office, empty):
    event = '<bpmn:errorEventDefinition errorRef="e" />'
    body = (
        BODY
        + BOUNDARY.format(id="refused", event=event)
        + task("call_them")
        + line("refused", "call_them")
        + flow("call_them", "finish")
    )
    instance = office(body)
    job = take(empty)
    empty._driver.write(
        SYSTEM,
        lambda tx: jobs.fail(tx, empty.library, job, BpmnError("NO_SUCH_BOX", "没有这个邮箱", "no such mailbox")),
    )
    found = see(empty, instance)
    assert found.active == {"call_them"}
    assert found.variables["error_code"] == "NO_SUCH_BOX"


@pytest.mark.parametrize(
    "to",
    [
        "=null",
        "=42",
        "=[]",
        "=&quot;nobody&quot;",
        "=&quot;a@b.example\nBcc: c@d.example&quot;",
        "=[&quot;a@b.example&quot;, 3]",
    ],
)
def test_inputs_that_are_no_mail_are_an_incident_and_nothing_is_sent(office, empty, post, to):
    office(task("work") + MAIL.format(to=to.replace("\n", "&#10;")) + line("begin", "work", "tell", "finish"))
    fail_for_good(empty)
    (incident,) = empty.incidents(ADMIN)
    assert "subject" in incident.cause.en
    assert post.mails == []


def test_a_subject_with_a_line_break_smuggles_no_header_in(office, empty, post):
    smuggled = MAIL.replace("评聘通知 &quot; + note", "x\\nBcc: boss@tianjin.example&quot;")
    office(
        task("work") + smuggled.format(to="=&quot;jia@tianjin.example&quot;") + line("begin", "work", "tell", "finish")
    )
    fail_for_good(empty)
    assert len(empty.incidents(ADMIN)) == 1
    assert post.mails == []


def test_without_a_mail_server_the_incident_names_the_setting(office, empty):
    empty.outside = Outside()
    office()
    fail_for_good(empty)
    assert "PINGPIN_SMTP_URL" in empty.incidents(ADMIN)[0].cause.en


def test_a_sandbox_sends_nothing_and_says_so(office, empty, post):
    empty.outside = Outside(is_sandbox=True)
    instance = office()
    empty.do_jobs()
    assert (post.mails, see(empty, instance).variables["mail_sent"]) == ([], 0)


def mailing(to="=&quot;jia@tianjin.example&quot;", text="=&quot;请查收。&quot;", then=""):
    mail = MAIL.format(to=to).replace("=&quot;请查收。&quot;", text)
    return task("work") + mail + (then or line("begin", "work", "tell", "finish"))


def test_all_get_it_or_nobody_so_that_trying_again_sends_it_to_nobody_twice(office, empty, post):
    post.unknown = {"gone@tianjin.example"}
    office(mailing("=[&quot;jia@tianjin.example&quot;, &quot;gone@tianjin.example&quot;]"))
    fail_for_good(empty)
    (incident,) = empty.incidents(ADMIN)
    assert "gone@tianjin.example" in incident.cause.en
    assert post.mails == []
    payload = {**empty.incident(ADMIN, incident.id).payload, "to": "jia@tianjin.example"}
    empty.retry(ADMIN, incident.id, Correction(payload=payload, reason="一人已离职"))
    empty.do_jobs()
    assert [mail["To"] for mail in post.mails] == ["jia@tianjin.example"]


def test_what_a_server_says_at_parting_does_not_send_the_mail_again(office, empty, post):
    post.parting = "421 going down"
    instance = office()
    empty.do_jobs()
    release(empty)
    empty.do_jobs()
    assert (len(post.mails), see(empty, instance).line.end_element) == (1, "finish")


STUCK = (
    mailing(then=task("next", 'assignee="=whom"') + line("begin", "work", "tell", "next", "finish"))
    + '<bpmn:scriptTask id="choose"><bpmn:extensionElements><zeebe:script expression="=note" resultVariable="whom" /></bpmn:extensionElements></bpmn:scriptTask>'
)
STUCK = STUCK.replace(line("work", "tell"), line("work", "choose", "tell"))


def test_a_mail_is_not_sent_again_because_the_step_behind_it_fails(office, empty, post):
    instance = office(STUCK, note="nobody")
    empty.do_jobs()
    fail_for_good(empty)
    for _ in incidents.PAUSES:
        release(empty)
        empty.tick()
    assert len(post.mails) == 1
    assert see(empty, instance).active == {"tell"}
    (incident,) = empty.incidents(ADMIN)
    assert "nobody" in incident.cause.en
    empty.retry(ADMIN, incident.id, Correction(variables={"whom": "hr"}, reason="更正办理人"))
    empty.do_jobs()
    found = see(empty, instance)
    assert (len(post.mails), found.active, found.variables["mail_sent"]) == (1, {"next"}, 1)
    assert [event.kind for event in found.events].count("job done") == 1


def test_what_was_done_and_not_told_is_over_when_its_wait_is(office, empty, post):
    event = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
    late = BOUNDARY.format(id="late", event=event) + task("call_them") + line("late", "call_them", "finish")
    instance = office(STUCK + late, note="nobody")
    empty.do_jobs()
    for _ in incidents.PAUSES:
        release(empty)
        empty.tick()
    assert len(empty.incidents(ADMIN)) == 1
    empty.move_clock(ADMIN, empty.clock.now() + timedelta(hours=2))
    assert see(empty, instance).active == {"call_them"}
    assert empty.incidents(ADMIN) == []
    release(empty)
    empty.tick()
    assert (empty.do_jobs(), len(post.mails), see(empty, instance).active) == (0, 1, {"call_them"})


def test_a_worker_that_was_too_slow_says_nothing_about_the_attempt_of_another(office, empty):
    office()
    slow = take(empty)
    release(empty)
    fast = take(empty)
    for job in (slow, fast):
        empty._driver.write(SYSTEM, lambda tx, job=job: jobs.note_failure(tx, job, Text("太慢", "too slow")))
    with empty.sessions() as session:
        assert session.scalar(select(outbox.c.attempts).where(outbox.c.kind == "job")) == 1


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("=&quot;a@b.example&quot;", "=string join(for n in 1..20001 return &quot;评聘通知&quot; + string(n))"),
        ("=for n in 1..1000 return &quot;p&quot; + string(n) + &quot;@b.example&quot;", "=&quot;x&quot;"),
        (
            "=string join(for n in 1..1000 return &quot;p&quot; + string(n) + &quot;@b.example&quot;, &quot;,&quot;)",
            "=&quot;x&quot;",
        ),
        ("=&quot;,,,&quot;", "=&quot;x&quot;"),
        ("=&quot;&quot;", "=&quot;x&quot;"),
        ("=&quot;&lt;&lt;a@b&gt;@[&quot;", "=&quot;x&quot;"),
    ],
)
def test_hostile_inputs_are_an_incident_of_bounded_length(office, empty, post, to, text):
    office(mailing(to, text))
    fail_for_good(empty)
    (incident,) = empty.incidents(ADMIN)
    assert len(incident.cause.en) < 2000
    assert "unexpected" not in incident.cause.en
    assert post.mails == []


def test_an_address_in_another_script_reaches_a_server_that_takes_it_or_is_an_incident(office, empty, post):
    office(mailing("=&quot;甲@天津.example&quot;"))
    fail_for_good(empty)
    told = [incident.cause.en for incident in empty.incidents(ADMIN)]
    assert post.mails or "SMTPUTF8" in told[0]


def test_the_message_id_is_the_same_on_every_machine(office, empty, post):
    office()
    empty.do_jobs()
    assert post.mails[0]["Message-ID"].endswith("@tianjin.example>")


@pytest.fixture
def slow():
    """A server that greets and then says one letter at a time, for ever; says its address."""
    over = threading.Event()

    def serve(listening):
        while not over.is_set():
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection, suppress(OSError):
                    connection.sendall(b"220 x\r\n")
                    while not over.wait(0.05):
                        connection.sendall(b"2")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        thread = threading.Thread(target=serve, args=[listening])
        thread.start()
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        thread.join()


def test_a_server_that_never_comes_to_an_end_is_given_up(slow, monkeypatch):
    monkeypatch.setattr(mail, "_ALTOGETHER", 0.5)
    inputs = {"to": "a@b.example", "subject": "x", "text": "x"}
    with pytest.raises(PingpinError, match="could not be handed over"):
        mail.send(Outside(slow), "j", inputs)


def test_timers_fire_while_a_server_keeps_a_job_waiting(office, empty, slow, monkeypatch):
    monkeypatch.setattr(mail, "_ALTOGETHER", 5)
    office()
    empty.outside = Outside(slow)
    pause = """<bpmn:intermediateCatchEvent id="pause"><bpmn:timerEventDefinition><bpmn:timeDuration>PT0S</bpmn:timeDuration>
        </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""
    empty.deploy(ADMIN, small(pause + line("begin", "pause", "finish")))
    instance = empty.start(empty.actor("hr"), "p", {})["instance"]
    scheduler = worker.start_beside(empty, 0.1)
    try:
        until = time.monotonic() + 4
        while see(empty, instance).line.end_element is None:
            assert time.monotonic() < until, "the timer waited for the mail"
    finally:
        scheduler.shutdown(wait=True)


def test_nothing_tells_the_password():
    """A server may repeat what it was told, a log may show a configuration."""
    address = "smtp://pp:s3cret%2Fword@mail.example:25"
    assert mail._without_password("535 pp s3cret/word s3cret%2Fword", urlsplit(address)) == "535 pp *** ***"
    environment = {"PINGPIN_SMTP_URL": address, "PINGPIN_SECRET_KEY": "k" * 40}
    assert "s3cret" not in repr(Outside(address)) + repr(from_environment(environment))


@pytest.mark.parametrize(
    "address",
    [
        "smtp://pp:s3cret/word@mail.example",
        "smtp://pp:s3cret",
        "smtp://pp:s3cret#1@h:25",
        "smtp://h:s3cret",
        "http://h",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_at_the_start_without_being_shown(address):
    with pytest.raises(InvalidError, match="PINGPIN_SMTP_URL") as refusal:
        from_environment({"PINGPIN_SMTP_URL": address})
    assert "s3cret" not in str(refusal.value)


def test_two_workers_never_have_the_same_job(office, empty):
    office()
    other = Engine(empty.sessions, VirtualClock(empty.clock.now()))
    assert (take(empty) is None, take(other) is None) == (False, True)
