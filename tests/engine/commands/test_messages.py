"""Messages and fan-in: early, late, twice, together, and when the process dies between a command and its delivery."""

import threading

import pytest
from sqlalchemy import update

from engine.bundle import make_bundle
from engine.commands.incidents import PAUSES
from engine.driving import Driver
from engine.errors import ConflictError, InvalidError
from engine.queries import inspection
from engine.tables import outbox
from tests.engine.bundles import POLICY, diagram, line, process, small, task
from tests.people import ADMIN, submitted

KEY = "<zeebe:subscription correlationKey='=process.key' />"
MESSAGES = "".join(
    f'<bpmn:message id="m_{name}" name="{name}"><bpmn:extensionElements>{KEY}</bpmn:extensionElements></bpmn:message>'
    for name in ("go", "done", "more")
)


def send(element, kind, message, inputs=""):
    return f"""<bpmn:sendTask id="{element}" messageRef="m_{message}"><bpmn:extensionElements><zeebe:taskDefinition type="{kind}" />
      <zeebe:ioMapping>{inputs}</zeebe:ioMapping></bpmn:extensionElements></bpmn:sendTask>"""


def receive(element, message, fan_in=None):
    fan = f'<zeebe:properties><zeebe:property name="fanIn" value="{fan_in}" /></zeebe:properties>' if fan_in else ""
    return f'<bpmn:receiveTask id="{element}" messageRef="m_{message}"><bpmn:extensionElements>{fan}</bpmn:extensionElements></bpmn:receiveTask>'


@pytest.fixture
def hr(empty):
    empty.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    for person in ("hr", "hr2"):
        empty.add_person(ADMIN, id=person, name=f"人事{person}", employer_id="E1", roles=["hr"])
    return empty.actor("hr")


@pytest.fixture
def see(empty):
    return lambda instance: empty.inspect(lambda tx: inspection.whole(tx, empty.library, instance))


def deploy(engine, parent, child):
    policy = POLICY + "  - {process: child, roles: [hr], parent: p, while: open}\n"
    files = {
        "policy.yaml": policy.encode(),
        "p.bpmn": diagram(process(parent), process(child, "child"), messages=MESSAGES).encode(),
    }
    engine.deploy(ADMIN, make_bundle({**small(line("begin", "finish")).files, **files}))


def family(engine, hr, count):
    """A parent that waits for `count` children, each of which reports and ends in one step."""
    report = send("say", "message-to-parent", "done", '<zeebe:input source="=note" target="note" />')
    parent = task("open") + receive("all", "done", "child") + line("begin", "open", "all", "finish")
    deploy(engine, parent, task("work") + report + line("begin", "work", "say", "finish"))
    parent_id = engine.start(hr, "p", {})["instance"]
    children = [engine.start(hr, "child", {}, parent_id=parent_id)["instance"] for _ in range(count)]
    do(engine, hr, "open", parent_id)
    return parent_id, children


def do(engine, actor, element, instance, **values):
    found = next(t for t in engine.inbox(actor, "groups") if (t.element, t.instance_id) == (element, instance))
    engine.complete(actor, found.id, values)


def test_reports_of_children_that_ended_before_any_was_delivered_all_arrive(empty, hr, see, monkeypatch):
    """The process dies after each commit, before the delivery: the first report must not count the others as ended."""
    parent, children = family(empty, hr, 3)
    with monkeypatch.context() as dead:
        dead.setattr(Driver, "deliver_all", lambda *_: None)
        for number, child in enumerate(children):
            do(empty, hr, "work", child, note=str(number))
    empty.tick()
    assert [report["note"] for report in see(parent).variables["reports"]] == ["0", "1", "2"]


def test_many_children_reporting_at_once_all_arrive(empty, hr, see):
    parent, children = family(empty, hr, 8)
    threads = [
        threading.Thread(target=do, args=(empty, hr, "work", child), kwargs={"note": str(number)})
        for number, child in enumerate(children)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    empty.tick()
    assert sorted(report["note"] for report in see(parent).variables["reports"]) == [str(n) for n in range(8)]


def test_a_report_that_is_delivered_twice_counts_once(empty, hr, see):
    parent, children = family(empty, hr, 2)
    do(empty, hr, "work", children[0], note="一")
    with empty.sessions() as session:
        session.execute(update(outbox).where(outbox.c.kind == "report").values(status="pending"))
        session.commit()
    empty.tick()
    assert see(parent).active == {"all"}
    do(empty, hr, "work", children[1], note="二")
    assert [report["note"] for report in see(parent).variables["reports"]] == ["一", "二"]


def test_a_loop_whose_only_wait_is_satisfied_at_once_becomes_an_incident(empty, hr, see):
    parent = (
        task("open")
        + receive("all", "done", "child")
        + '<bpmn:exclusiveGateway id="again" default="again_to_finish" />'
    )
    parent += '<bpmn:exclusiveGateway id="join" />' + line("begin", "open", "join", "all", "again", "finish")
    parent += '<bpmn:sequenceFlow id="back" sourceRef="again" targetRef="join"><bpmn:conditionExpression>=amount = 1</bpmn:conditionExpression></bpmn:sequenceFlow>'
    deploy(
        empty, parent, task("work") + send("say", "message-to-parent", "done") + line("begin", "work", "say", "finish")
    )
    parent_id = empty.start(hr, "p", {})["instance"]
    do(empty, hr, "open", parent_id, amount=1)
    for _ in range(5):
        empty.tick()
        with empty.sessions() as session:  # the pauses between the attempts are over
            session.execute(update(outbox).values(retry_at=None))
            session.commit()
    (incident,) = empty.incidents(ADMIN)
    assert incident.instance_id == parent_id
    assert "does not really wait" in incident.cause.en
    assert see(parent_id).active == {"all"}


def test_two_fan_ins_side_by_side_both_go_on_when_the_last_child_ends_without_a_word(empty, hr, see):
    parent = task("open") + '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    parent += receive("a", "done", "child") + receive("b", "more", "child")
    parent += line("begin", "open", "split", "a", "join", "finish") + line("split", "b", "join")
    silent = '<bpmn:exclusiveGateway id="choose" default="choose_to_finish" />' + send(
        "say", "message-to-parent", "done"
    )
    silent += send("tell", "message-to-parent", "more") + task("work") + line("begin", "work", "choose", "finish")
    speak = '<bpmn:sequenceFlow id="speak" sourceRef="choose" targetRef="say"><bpmn:conditionExpression>=amount = 1</bpmn:conditionExpression></bpmn:sequenceFlow>'
    deploy(empty, parent, silent + speak + '<bpmn:endEvent id="spoken" />' + line("say", "tell", "spoken"))
    parent_id = empty.start(hr, "p", {})["instance"]
    child = empty.start(hr, "child", {}, parent_id=parent_id)["instance"]
    do(empty, hr, "open", parent_id)
    assert see(parent_id).active == {"a", "b"}
    do(empty, hr, "work", child)
    assert see(parent_id).line.end_element == "finish"


def test_a_message_for_an_instance_that_has_ended_becomes_an_incident_and_is_not_dropped(empty, hr, see):
    parent = task("open") + send("tell", "message-to-children", "go") + receive("all", "done", "child")
    parent += line("begin", "open", "tell", "all", "finish")
    choose = '<bpmn:exclusiveGateway id="choose" default="choose_to_wait" /><bpmn:endEvent id="gone" />'
    leave = '<bpmn:sequenceFlow id="leave" sourceRef="choose" targetRef="gone"><bpmn:conditionExpression>=amount = 1</bpmn:conditionExpression></bpmn:sequenceFlow>'
    child = task("work") + choose + leave + receive("wait", "go") + send("say", "message-to-parent", "done")
    deploy(empty, parent, child + line("begin", "work", "choose", "wait", "say", "finish"))
    parent_id = empty.start(hr, "p", {})["instance"]
    child_id = empty.start(hr, "child", {}, parent_id=parent_id)["instance"]
    do(empty, hr, "open", parent_id)
    do(empty, hr, "work", child_id, amount=1)
    assert see(parent_id).line.end_element == "finish"
    for _ in PAUSES:
        with empty.sessions() as session:
            session.execute(update(outbox).values(retry_at=None))
            session.commit()
        empty.tick()
    (incident,) = empty.incidents(ADMIN)
    assert (incident.element, incident.instance_id) == ("go", child_id)


def test_a_message_without_a_key_is_refused_and_reaches_nobody(empty, hr):
    body = task("work") + send("tell", "message", "go", '<zeebe:input source="=note" target="correlationKey" />')
    body += '<bpmn:parallelGateway id="split" /><bpmn:endEvent id="other" />' + receive("wait", "go")
    bundle = small(
        body + line("begin", "split", "work", "tell", "finish") + line("split", "wait", "other"), before=MESSAGES
    )
    empty.deploy(ADMIN, bundle)
    instance = empty.start(hr, "p", {})["instance"]
    with pytest.raises(InvalidError, match="tell"):
        do(empty, hr, "work", instance, note=None)


def test_a_message_happens_at_its_own_moment_whoever_delivers_it(empty, hr, see, monkeypatch):
    parent, (child,) = family(empty, hr, 1)
    sent_at = empty.clock.now()
    with monkeypatch.context() as dead:
        dead.setattr(Driver, "deliver_all", lambda *_: None)
        do(empty, hr, "work", child, note="早")
    empty.clock.move_to(sent_at.replace(year=2026))
    empty.tick()
    assert see(parent).line.ended_at == sent_at


def test_of_two_people_who_claim_at_once_one_is_told_that_it_is_gone(empty, hr):
    empty.deploy(ADMIN, small(task("work") + line("begin", "work", "finish")))
    for _ in range(10):
        instance = empty.start(hr, "p", {})["instance"]
        found = next(t.id for t in empty.inbox(hr, "groups") if t.instance_id == instance)
        told, ready = [], threading.Barrier(2)

        def claim(person, found=found, told=told, ready=ready):
            ready.wait()
            try:
                empty.claim(empty.actor(person), found)
                told.append(person)
            except ConflictError:
                told.append("gone")

        threads = [threading.Thread(target=claim, args=(person,)) for person in ("hr", "hr2")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert told.count("gone") == 1
        (owner,) = set(told) - {"gone"}
        assert found in [line.id for line in empty.inbox(empty.actor(owner), "mine")]


def test_an_application_is_refused_once_the_deadline_is_over_even_if_the_worker_is_late(play):
    world = play("candidacy")
    world.clock.move_to(world.clock.now().replace(month=7))
    with pytest.raises(ConflictError):
        world.engine.start(world.actor("jia"), "candidacy", submitted("candidacy"), parent_id=world.instances["round"])
