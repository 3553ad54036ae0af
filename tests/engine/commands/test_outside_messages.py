"""Messages from other systems: to the one that waits, at once or not at all, and never what a diagram sends itself."""

import pytest

from engine.bundle import make_bundle
from engine.checks import check
from engine.errors import ConflictError, InvalidError, NotPermittedError
from engine.queries import inspection
from tests.engine.bundles import POLICY, diagram, line, process, small, task
from tests.people import ADMIN

PAID = """<bpmn:message id="m" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="={key}" />
</bpmn:extensionElements></bpmn:message>"""
WAIT = '<bpmn:receiveTask id="wait" messageRef="m" />'
SENDER = """<bpmn:intermediateThrowEvent id="tell"><bpmn:extensionElements><zeebe:taskDefinition type="message" />
<zeebe:ioMapping><zeebe:input target="correlationKey" source="=process.key" /></zeebe:ioMapping></bpmn:extensionElements>
<bpmn:messageEventDefinition messageRef="m" /></bpmn:intermediateThrowEvent>"""


def bundle(*, key="process.key", sender=False):
    processes = [process(WAIT + task("thank") + line("begin", "wait", "thank", "finish"))]
    policy = POLICY
    if sender:
        processes.append(process(task("q_work") + SENDER + line("q_begin", "q_work", "tell", "q_finish"), "q"))
        policy += "  - {process: q, roles: [hr]}\n"
    text = diagram(*processes, messages=PAID.format(key=key))
    return make_bundle({**small("", policy=policy).files, "p.bpmn": text.encode()})


@pytest.fixture
def hr(empty):
    empty.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    empty.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    return empty.actor("hr")


def see(engine, instance):
    return engine.inspect(lambda tx: inspection.whole(tx, engine.library, instance))


def test_a_message_that_no_diagram_sends_needs_a_key_and_comes_from_outside(empty, hr):
    assert check(bundle()) == ()
    empty.deploy(ADMIN, bundle())
    started = empty.start(hr, "p", {})
    told = empty.send_message(ADMIN, "paid", started["key"], {"amount": 12})
    assert told == {"instance": started["instance"], "element": "wait"}
    found = see(empty, started["instance"])
    assert (found.variables["amount"], found.active) == (12, {"thank"})
    assert [event.actor_name for event in found.events if event.kind == "received"] == ["系统"]


def test_nobody_waiting_is_said_at_once_and_a_second_message_is_not_taken(empty, hr):
    empty.deploy(ADMIN, bundle())
    started = empty.start(hr, "p", {})
    with pytest.raises(ConflictError, match="nobody waits"):
        empty.send_message(ADMIN, "paid", "another", {})
    empty.send_message(ADMIN, "paid", started["key"], {}, idempotency_key="1")
    assert empty.send_message(ADMIN, "paid", started["key"], {}, idempotency_key="1")["element"] == "wait"
    with pytest.raises(ConflictError, match="nobody waits"):
        empty.send_message(ADMIN, "paid", started["key"], {})


def test_a_key_that_two_wait_for_reaches_none_of_them(empty, hr):
    empty.deploy(ADMIN, bundle(key="process.employer.id"))
    both = [empty.start(hr, "p", {})["instance"] for _ in range(2)]
    with pytest.raises(InvalidError, match="2 places"):
        empty.send_message(ADMIN, "paid", "E1", {})
    assert [see(empty, instance).active for instance in both] == [{"wait"}, {"wait"}]


def test_what_a_diagram_sends_itself_cannot_be_sent_from_outside(empty, hr):
    empty.deploy(ADMIN, bundle(sender=True))
    started = empty.start(hr, "p", {})
    with pytest.raises(NotPermittedError, match="diagrams themselves"):
        empty.send_message(ADMIN, "paid", started["key"], {})
    assert see(empty, started["instance"]).active == {"wait"}


def test_only_an_administrators_system_may_send(empty, hr):
    empty.deploy(ADMIN, bundle())
    started = empty.start(hr, "p", {})
    with pytest.raises(NotPermittedError):
        empty.send_message(hr, "paid", started["key"], {})


@pytest.mark.parametrize("payload", [{"settings": 1}, {"a b": 1}, {"": 1}, {"text": "x" * 200_001}])
def test_a_payload_that_cannot_become_variables_is_refused_and_nothing_happens(empty, hr, payload):
    empty.deploy(ADMIN, bundle())
    started = empty.start(hr, "p", {})
    with pytest.raises(InvalidError, match="cannot become variables"):
        empty.send_message(ADMIN, "paid", started["key"], payload)
    assert see(empty, started["instance"]).active == {"wait"}
