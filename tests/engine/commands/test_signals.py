"""Signals between instances: everybody of the employer who waits, each in a transaction of their own, each once."""

import pytest
from sqlalchemy import select, update

from engine import driving
from engine.commands.incidents import PAUSES
from engine.correction import Correction
from engine.errors import ConflictError
from engine.tables import outbox, subscription
from tests.acceptance.test_many_writers import at_once
from tests.engine.bundles import diagram, line, process, small, task
from tests.engine.commands.office import WITH_CENTRE, entries, open_office, task_at, whole
from tests.people import ADMIN

POLICY = WITH_CENTRE.replace("roles: [hr]}", "roles: [hr]}\n  - {process: q, roles: [hr]}")
SIGNAL = '<bpmn:signal id="sig" name="alarm" />'
HEAR = '<bpmn:intermediateCatchEvent id="hear"><bpmn:signalEventDefinition signalRef="sig" /></bpmn:intermediateCatchEvent>'
THROW = (
    '<bpmn:intermediateThrowEvent id="say"><bpmn:signalEventDefinition signalRef="sig" /></bpmn:intermediateThrowEvent>'
)
# Whom the step behind the wait is for: nobody, where a wrong name was entered.
RECEIVER = task("first") + HEAR + task("after", 'assignee="=note"') + line("begin", "first", "hear", "after", "finish")
SENDER = task("write") + THROW + line("q_begin", "write", "say", "q_finish")


@pytest.fixture
def people(empty):
    found = open_office(empty)
    both = diagram(process(RECEIVER), process(SENDER, process_id="q").replace("q_q_", "q_"), messages=SIGNAL)
    empty.deploy(ADMIN, small("", policy=POLICY, files={"p.bpmn": both.encode()}))
    return found


@pytest.fixture
def hear(empty, people):
    """Begin a receiver and let it wait; says the instance."""

    def begin(who="hr", note="hr"):
        instance = empty.start(people[who], "p", {})["instance"]
        empty.complete(people[who], task_at(empty, instance, "first"), {"note": note})
        return instance

    return begin


@pytest.fixture
def throw(empty, people):
    def begin(who="hr"):
        sender = empty.start(people[who], "q", {})["instance"]
        empty.complete(people[who], task_at(empty, sender, "write"), {})

    return begin


@pytest.fixture
def undelivered(monkeypatch):
    """What is thrown stays in the outbox until the tick."""
    monkeypatch.setattr(driving, "_WITHIN_A_COMMAND", 0)


def active(engine, instance):
    return whole(engine, instance).active


def test_an_alarm_stays_with_its_employer(empty, hear, throw):
    ours, theirs = hear(), hear("other", "other")
    throw()
    assert (active(empty, ours), active(empty, theirs)) == ({"after"}, {"hear"})


def test_one_who_cannot_go_on_holds_up_nobody_and_nobody_gets_it_twice(empty, hear, throw):
    instances = [hear(note="nobody" if number == 2 else "hr") for number in range(6)]
    throw()
    for _ in PAUSES:
        with empty.sessions() as session:
            session.execute(update(outbox).values(retry_at=None))
            session.commit()
        empty.tick()
    stuck, others = instances[2], instances[:2] + instances[3:]
    assert [active(empty, instance) for instance in others] == [{"after"}] * 5
    assert active(empty, stuck) == {"hear"}
    (incident,) = empty.incidents(ADMIN)
    assert incident.instance_id == stuck
    empty.retry(ADMIN, incident.id, Correction(variables={"note": "hr"}, reason="更正"))
    assert active(empty, stuck) == {"after"}
    assert [len(entries(empty, instance, "received")) for instance in instances] == [1] * 6


def test_of_two_workers_at_once_each_receiver_hears_it_once(empty, hear, throw, undelivered):
    instances = [hear() for _ in range(12)]
    throw()
    assert all(active(empty, instance) == {"hear"} for instance in instances)
    at_once([empty.tick, empty.tick])
    assert [len(entries(empty, instance, "received")) for instance in instances] == [1] * 12
    assert empty.incidents(ADMIN) == []


def test_who_has_withdrawn_before_it_came_hears_nothing_and_waits_for_the_next(empty, people, hear, throw, undelivered):
    instance = hear()
    (first,) = [line.id for line in empty.inbox(people["hr"], "done") if line.instance_id == instance]
    throw()
    empty.withdraw(people["hr"], first, "理由")
    empty.tick()
    assert active(empty, instance) == {"first"}
    empty.complete(people["hr"], first, {"note": "hr"})
    assert active(empty, instance) == {"hear"}
    throw()
    empty.tick()
    assert active(empty, instance) == {"after"}
    with pytest.raises(ConflictError, match="hear"):
        empty.withdraw(people["hr"], first, "理由")


def test_a_signal_leaves_nothing_to_be_done(empty, hear, throw):
    hear()
    throw()
    throw()
    with empty.sessions() as session:
        assert session.execute(select(subscription)).all() == []
        assert set(session.scalars(select(outbox.c.status).where(outbox.c.kind == "signal"))) == {"delivered"}
