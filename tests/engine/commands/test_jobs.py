"""Jobs: done outside the transaction, at least once, tried again, and in the end an incident that can be corrected."""

import socket
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from engine import Engine, Outside, services
from engine.bundle import make_bundle
from engine.clock import VirtualClock
from engine.commands import incidents, jobs
from engine.errors import BpmnError
from engine.permissions import SYSTEM
from engine.queries import inspection
from tests.engine.bundles import diagram, flow, line, process, small, task
from tests.people import ADMIN

MAIL = """<bpmn:serviceTask id="tell"><bpmn:extensionElements><zeebe:taskDefinition type="mail" /><zeebe:ioMapping>
  <zeebe:input target="to" source="{to}" /><zeebe:input target="subject" source="=&quot;评聘通知 &quot; + note" />
  <zeebe:input target="text" source="=&quot;请查收。&quot;" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"""
BODY = task("work") + MAIL.format(to="=&quot;jia@tianjin.example&quot;") + line("begin", "work", "tell", "finish")


class Post:
    """What a real mail server keeps; it refuses as often as told."""

    def __init__(self):
        self.mails, self.refusals = [], 0

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  the server's name for it
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def post():
    handler = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.url = f"smtp://127.0.0.1:{port}"
    yield handler
    controller.stop()


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


def test_two_workers_never_have_the_same_job(office, empty):
    office()
    other = Engine(empty.sessions, VirtualClock(empty.clock.now()))
    assert (take(empty) is None, take(other) is None) == (False, True)
