"""Every message of the shipped bundle, played early, in time, late and twice: what is to happen stands in the table.

The messages are S1's own (what it sends is taken from its outbox); the stages are points of its story.
"""

from dataclasses import dataclass
from enum import Enum

import pytest
from sqlalchemy import insert, select, update

from engine import Engine
from engine.bundle import make_bundle, read_folder
from engine.cases import read_case
from engine.cases.running import World, play_steps, populate
from engine.clock import VirtualClock
from engine.commands import messages
from engine.commands.incidents import PAUSES
from engine.compiled import read_parts
from engine.permissions import SYSTEM
from engine.queries import inspection
from engine.tables import metadata, outbox
from engine.transaction import begin, make_sessions, open_database
from tests.engine.bundles import POLICY, diagram, flow, line, process, small, task
from tests.people import ADMIN, BUNDLE, S1

RECEIVERS = {"receiveTask", "intermediateCatchEvent", "boundaryEvent", "startEvent"}
STEPS = read_case(S1).steps


class Effect(Enum):
    """What becomes of a message."""

    TAKEN = "its wait goes on at once"
    KEPT = "kept until its wait begins"
    DROPPED = "a repeat: counted already, nothing changes"
    INCIDENT = "kept as long as its receiver goes on, then an incident with its cause"


@dataclass(frozen=True)
class Row:
    """A message: where it is waited for, S1's steps before which it comes early and late, and what is to happen.

    `goes_on`: played early, where S1 is led to next (without the steps that it made unnecessary), and where the receiver
    then stands.
    """

    waits: str
    early: str
    goes_on: tuple[str, frozenset[str]]
    then: frozenset[str]
    in_time: str
    late: str
    effects: dict[str, Effect]


REPORT = {"early": Effect.KEPT, "in time": Effect.TAKEN, "late": Effect.DROPPED, "twice": Effect.DROPPED}
TOLD = {"early": Effect.KEPT, "in time": Effect.TAKEN, "late": Effect.INCIDENT, "twice": Effect.DROPPED}
NOTHING = frozenset()

TABLE = {
    "candidacy-screened": Row(
        "round.screened", "screening", ("committee", frozenset({"screening"})), frozenset({"committee"}), "committee", "meeting", REPORT
    ),
    "review-opened": Row(
        "candidacy.review_opened", "screening", ("committee", NOTHING), frozenset({"review"}), "review", "recheck", TOLD
    ),
    "candidacy-reviewed": Row(
        "round.reviewed", "committee", ("recheck", frozenset({"review"})), frozenset({"recheck"}), "recheck", "post", REPORT
    ),
    "determined": Row(
        "candidacy.determined", "review", ("recheck", NOTHING), frozenset({"agreement"}), "agreement", "sign", TOLD
    ),
    "candidacy-closed": Row("round.closed", "recheck", ("agreement", NOTHING), NOTHING, "", "", REPORT),
}  # fmt: skip


def number(element):
    """Where S1 comes to this element; without one, its end."""
    found = (at for at, step in enumerate(STEPS) if element in (step.get("complete"), step.get("start")))
    return next(found) if element else len(STEPS)


def go_on(world, first, last, without=NOTHING):
    steps = [step for step in STEPS[number(first) : number(last)] if "expect" not in step]
    failure = play_steps(world, [step for step in steps if step.get("complete") not in without])
    assert failure is None, failure


@pytest.fixture(scope="module")
def sent():
    """What S1 sends, by message."""
    case, database = read_case(S1), open_database("sqlite://")
    metadata.create_all(database)
    clock = VirtualClock(case.starts_at)
    world = World(Engine(make_sessions(database), clock), clock, S1.parent)
    populate(world, case, read_folder(BUNDLE))
    assert play_steps(world, case.steps) is None
    with database.connect() as connection:
        rows = {row.message: row for row in connection.execute(select(outbox).where(outbox.c.kind != "check"))}
    database.dispose()
    return rows


def put(world, row):
    """As if S1 had sent it now; says its number."""
    ends = [world.instances["round"], world.instances["jia"]]
    source, target = reversed(ends) if row.kind == "report" else ends
    names = ("kind", "message", "correlation_key", "source_element", "payload")
    values = {name: getattr(row, name) for name in names} | {"source_id": source, "target_id": target}
    now = {"created_at": world.engine.clock.now(), "ready_at": world.engine.clock.now(), "status": "pending"}
    with world.engine.sessions() as session:
        (key,) = session.execute(insert(outbox).values(**values, **now)).inserted_primary_key
        session.commit()
    world.engine.tick()
    return key


def status(world, key):
    with world.engine.sessions() as session:
        return session.scalar(select(outbox.c.status).where(outbox.c.id == key))


def give_up(engine):
    """The pauses between attempts, without waiting for them."""
    for _ in PAUSES:
        with engine.sessions() as session:
            session.execute(update(outbox).values(retry_at=None))
            session.commit()
        engine.tick()


def see(world, name):
    return world.engine.inspect(lambda tx: inspection.whole(tx, world.engine.library, world.instances[name]))


def both(world):
    """What a message could change: where the round and the candidacy stand, and what they know."""
    return [
        (found.active, found.line.end_element, found.variables, found.events)
        for found in (see(world, "round"), see(world, "jia"))
    ]


def receiver(message):
    process_id, element = TABLE[message].waits.split(".")
    return {"round": "round", "candidacy": "jia"}[process_id], element


def test_every_message_of_the_bundle_has_its_row_and_every_wait_is_in_it():
    waits = {
        (element.message.name, f"{found.process}.{element.id}")
        for found in read_parts(read_folder(BUNDLE)).diagrams.values()
        for element in found.elements.values()
        if element.message is not None and element.tag in RECEIVERS
    }
    named = {
        element.message.name
        for found in read_parts(read_folder(BUNDLE)).diagrams.values()
        for element in found.elements.values()
        if element.message is not None
    }
    assert waits == {(message, row.waits) for message, row in TABLE.items()}
    assert named == set(TABLE)
    assert all(set(row.effects) == {"early", "in time", "late", "twice"} for row in TABLE.values())


@pytest.mark.parametrize("message", TABLE)
def test_early(play, sent, message):
    row = TABLE[message]
    assert row.effects["early"] is Effect.KEPT
    world = play(row.early)
    name, element = receiver(message)
    key = put(world, sent[message])
    assert element not in see(world, name).passed
    assert status(world, key) == ("delivered" if row.effects is REPORT else "waiting")
    go_on(world, row.early, row.goes_on[0], row.goes_on[1])
    assert element in see(world, name).passed
    assert see(world, name).active == row.then
    assert status(world, key) == "delivered"


@pytest.mark.parametrize("message", TABLE)
def test_in_time(play, message):
    assert TABLE[message].effects["in time"] is Effect.TAKEN
    world = play(TABLE[message].in_time or None)
    name, element = receiver(message)
    received = [event for event in see(world, name).events if (event.kind, event.element) == ("received", element)]
    assert len(received) == 1
    assert element not in see(world, name).active
    assert world.engine.incidents(ADMIN) == []


@pytest.mark.parametrize("message", TABLE)
def test_late(play, sent, message):
    row = TABLE[message]
    world = play(row.late or None)
    before = both(world)
    key = put(world, sent[message])
    assert both(world) == before
    if row.effects["late"] is Effect.DROPPED:
        give_up(world.engine)
        assert status(world, key) == "delivered"
        assert world.engine.incidents(ADMIN) == []
        return
    assert status(world, key) == "waiting"
    go_on(world, row.late, "")
    give_up(world.engine)
    (incident,) = world.engine.incidents(ADMIN)
    assert (incident.element, incident.instance_id) == (message, world.instances["jia"])
    assert message in incident.cause.zh
    assert message in incident.cause.en


@pytest.mark.parametrize("message", TABLE)
def test_twice(play, message):
    """Two workers take the same message; the slower finds it delivered. And a report that was sent again is no second one."""
    row = TABLE[message]
    assert row.effects["twice"] is Effect.DROPPED
    world = play(row.in_time or None)
    before = both(world)
    with world.engine.sessions() as session:
        keys = list(
            session.scalars(select(outbox.c.id).where(outbox.c.message == message, outbox.c.status == "delivered"))
        )
    assert keys
    for key in keys:
        with begin(world.engine.sessions, world.engine.clock, SYSTEM) as tx:
            messages.deliver(tx, world.engine.library, key)
    if row.effects is REPORT:
        with world.engine.sessions() as session:
            session.execute(update(outbox).where(outbox.c.id.in_(keys)).values(status="pending"))
            session.commit()
        world.engine.tick()
    assert both(world) == before
    assert {status(world, key) for key in keys} == {"delivered"}


# --- between a parent and its children, on a small family

MESSAGES = "".join(
    f'<bpmn:message id="m_{name}" name="{name}"><bpmn:extensionElements><zeebe:subscription correlationKey="=process.key" />'
    "</bpmn:extensionElements></bpmn:message>"
    for name in ("go", "done")
)


def send(element, kind, message):
    inside = f'<zeebe:taskDefinition type="{kind}" />'
    return f'<bpmn:sendTask id="{element}" messageRef="m_{message}"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:sendTask>'


@pytest.fixture
def family(empty):
    """A parent that may tell its children to go, again and again, and may end without waiting for them."""
    empty.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    empty.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    policy = POLICY + "  - {process: child, roles: [hr], parent: p, while: open}\n"
    fan_in = '<bpmn:extensionElements><zeebe:properties><zeebe:property name="fanIn" value="child" /></zeebe:properties></bpmn:extensionElements>'
    parent = '<bpmn:exclusiveGateway id="again" /><bpmn:exclusiveGateway id="ask" default="ask_to_all" /><bpmn:endEvent id="left" />'
    parent += task("open") + send("tell", "message-to-children", "go")
    parent += f'<bpmn:receiveTask id="all" messageRef="m_done">{fan_in}</bpmn:receiveTask>'
    parent += line("begin", "again", "open", "tell", "ask", "all", "finish")
    parent += flow("ask", "again", "=amount = 1") + flow("ask", "left", "=amount = 2")
    child = '<bpmn:receiveTask id="wait" messageRef="m_go" />' + task("work") + send("say", "message-to-parent", "done")
    child += line("begin", "wait", "work", "say", "finish")
    files = {
        "policy.yaml": policy.encode(),
        "p.bpmn": diagram(process(parent), process(child, "child"), messages=MESSAGES).encode(),
    }
    empty.deploy(ADMIN, make_bundle({**small(line("begin", "finish")).files, **files}))
    world = World(empty, empty.clock, None)
    world.instances["p"] = empty.start(empty.actor("hr"), "p", {})["instance"]
    return world


def begin_child(world, name):
    hr = world.engine.actor("hr")
    world.instances[name] = world.engine.start(hr, "child", {}, parent_id=world.instances["p"])["instance"]


def do(world, name, element, **values):
    hr = world.engine.actor("hr")
    found = next(
        one
        for one in world.engine.inbox(hr, "groups")
        if (one.instance_id, one.element) == (world.instances[name], element)
    )
    world.engine.complete(hr, found.id, values)


def test_a_child_that_is_started_after_its_siblings_were_told_hears_the_next_word_only(family):
    begin_child(family, "first")
    do(family, "p", "open", amount=1)
    begin_child(family, "second")
    assert (see(family, "first").active, see(family, "second").active) == ({"work"}, {"wait"})
    do(family, "p", "open", amount=0)
    assert see(family, "second").active == {"work"}


def test_children_of_an_ended_parent_go_on_and_their_report_becomes_an_incident(family):
    begin_child(family, "first")
    do(family, "p", "open", amount=2)
    assert see(family, "p").line.end_element == "left"
    do(family, "first", "work")
    assert see(family, "first").line.end_element == "child_finish"
    give_up(family.engine)
    (incident,) = family.engine.incidents(ADMIN)
    assert (incident.element, incident.instance_id) == ("done", family.instances["p"])
    assert "done" in incident.cause.zh


def test_a_report_after_the_parent_went_on_is_kept_for_its_next_wait(family):
    """The parent was asked while nobody had to report; what a child says in the meantime is there when it asks."""
    begin_child(family, "first")
    do(family, "p", "open", amount=1)
    do(family, "first", "work")
    begin_child(family, "second")
    do(family, "p", "open", amount=0)
    assert see(family, "p").active == {"all"}
    do(family, "second", "work")
    assert len(see(family, "p").variables["reports"]) == 2
    assert see(family, "p").line.end_element == "finish"
