"""What fails by itself is tried again, holds up nothing else, and in the end waits for a person."""

import pytest
from sqlalchemy import update

from engine.commands.incidents import PAUSES
from engine.errors import ConflictError, NotPermittedError
from engine.queries import inspection
from engine.tables import employer, outbox, timer
from tests.engine.bundles import line, small
from tests.people import ADMIN


def wait(engine):
    """The pauses between attempts, without waiting for them."""
    with engine.sessions() as session:
        session.execute(update(outbox).values(retry_at=None))
        session.execute(update(timer).values(retry_at=None))
        session.commit()
    engine.tick()


def set_prefix(engine, prefix):
    with engine.sessions() as session:
        session.execute(update(employer).values(prefix=prefix))
        session.commit()


@pytest.fixture
def without_prefix(play):
    """S1 up to the centre's receipt, by an employer whose prefix nobody has registered."""
    world = play("receipt")
    set_prefix(world.engine, None)
    return world


def finish(world):
    receipt = {"receipt": {"decision": "accepted", "receipt_no": "1", "received_on": "2025-07-04"}}
    task = world.engine.inbox(world.actor("centre"), "groups")[0]
    world.engine.complete(world.actor("centre"), task.id, receipt)


def candidacy(world):
    return world.engine.inspect(lambda tx: inspection.whole(tx, world.engine.library, world.instances["jia"]))


def test_a_message_that_cannot_be_delivered_does_not_undo_or_refuse_the_command_that_sent_it(without_prefix):
    finish(without_prefix)
    round_ = without_prefix.engine.instance(without_prefix.actor("hr"), without_prefix.instances["round"])
    assert round_.active == {"closed"}
    assert candidacy(without_prefix).active == {"determined"}


def test_after_its_attempts_it_is_an_incident_with_its_cause_and_once_mended_it_goes_on(without_prefix):
    engine = without_prefix.engine
    finish(without_prefix)
    assert engine.incidents(ADMIN) == []
    for _ in PAUSES:
        wait(engine)
    (incident,) = engine.incidents(ADMIN)
    assert "AX.2" in incident.cause.zh
    assert (incident.kind, incident.instance_id) == ("message", without_prefix.instances["jia"])
    set_prefix(engine, "Y000012000123")
    engine.retry(ADMIN, incident.id)
    assert engine.incidents(ADMIN) == []
    assert candidacy(without_prefix).variables["certificate_number"] == "Y00001200012325T000001"
    with pytest.raises(ConflictError):
        engine.retry(ADMIN, incident.id)


def test_only_an_administrator_retries(without_prefix):
    finish(without_prefix)
    for _ in PAUSES:
        wait(without_prefix.engine)
    (incident,) = without_prefix.engine.incidents(ADMIN)
    with pytest.raises(NotPermittedError):
        without_prefix.engine.retry(without_prefix.actor("hr"), incident.id)


def timed(hours, after):
    event = f"<bpmn:timerEventDefinition><bpmn:timeDuration>PT{hours}H</bpmn:timeDuration></bpmn:timerEventDefinition>"
    return f'<bpmn:intermediateCatchEvent id="wait">{event}</bpmn:intermediateCatchEvent>{after}'


def test_a_timer_that_fails_holds_up_no_other(empty):
    """The first instance's step is refused for ever; the second's timer is due later and fires all the same."""
    empty.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    empty.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    choose = '<bpmn:exclusiveGateway id="choose" default="choose_to_finish" /><bpmn:endEvent id="other" />'
    bad = '<bpmn:sequenceFlow id="bad" sourceRef="choose" targetRef="other"><bpmn:conditionExpression>=process.parent</bpmn:conditionExpression></bpmn:sequenceFlow>'
    empty.deploy(ADMIN, small(timed(1, choose + bad + line("begin", "wait", "choose", "finish"))))
    stuck = empty.start(empty.actor("hr"), "p", {})["instance"]
    empty.deploy(ADMIN, small(timed(2, line("begin", "wait", "finish"))))
    free = empty.start(empty.actor("hr"), "p", {})["instance"]
    empty.clock.move_to(empty.clock.now().replace(year=2026))
    empty.tick()

    def see(instance):
        return empty.inspect(lambda tx: inspection.whole(tx, empty.library, instance))

    assert see(free).line.end_element == "finish"
    assert see(stuck).active == {"wait"}
    for _ in PAUSES:
        wait(empty)
    (incident,) = empty.incidents(ADMIN)
    assert (incident.kind, incident.instance_id) == ("timer", stuck)
    assert "choose" in incident.cause.en
    assert see(stuck).active == {"wait"}
