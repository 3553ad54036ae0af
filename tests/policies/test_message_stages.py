"""Every message of the shipped bundle, played early, in time, late and twice: what is to happen stands in the tables.

Its diagrams send most of them: what they send is taken from the outboxes of the stories (tests/policies/stories.py), and put
into another outbox at another stage. The rest people set off themselves.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import pytest
from sqlalchemy import insert, select, update

from engine import Engine
from engine.bundle import read_folder
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
from tests.people import ADMIN, BUNDLE, KEYS, S1
from tests.policies.stories import APPOINTED, EXITED, OBJECTED, STEPS, place

RECEIVERS = {"receiveTask", "intermediateCatchEvent", "boundaryEvent", "startEvent"}


class Effect(Enum):
    """What becomes of a message."""

    TAKEN = "its wait goes on at once"
    KEPT = "kept until its wait begins"
    DROPPED = "a repeat: counted already, nothing changes"
    INCIDENT = "kept as long as its receiver goes on, then an incident with its cause"
    ALWAYS = "waited for as long as its receiver goes on: it is never early"
    EXPIRES = "kept for seven days, then an incident with its cause"


@dataclass(frozen=True)
class Row:
    """A message: where it is waited for, in which story, the steps before which it comes early and late, and what happens.

    `goes_on`: played early, where the story is led to next (without the steps that it made unnecessary), and where the
    receiver then stands. `receiver`: its name in the story; `passes`: what it has
    passed then, if it need not wait any more.
    """

    waits: str
    receiver: str
    early: str | None
    goes_on: tuple[str | None, frozenset[str]]
    then: frozenset[str]
    in_time: str | None
    late: str | None
    effects: dict[str, Effect]
    story: tuple = STEPS
    passes: str | None = None


REPORT = {"early": Effect.KEPT, "in time": Effect.TAKEN, "late": Effect.DROPPED, "twice": Effect.DROPPED}
TOLD = {"early": Effect.KEPT, "in time": Effect.TAKEN, "late": Effect.INCIDENT, "twice": Effect.DROPPED}
KEYED = {"early": Effect.KEPT, "in time": Effect.TAKEN, "late": Effect.EXPIRES, "twice": Effect.DROPPED}
NOTHING = frozenset()
AGAIN = frozenset({"handle", "read_answer"})
IN_OFFICE = frozenset({"appraisal_due", "appraisal_closed", "term_ends"})

TABLE = {
    "candidacy_screened": Row(
        "round.screened", "round", "screening", ("committee", frozenset({"screening"})), frozenset({"committee"}), "committee", "meeting", REPORT
    ),
    "review_opened": Row(
        "candidacy.review_opened", "jia", "screening", ("committee", NOTHING), frozenset({"review"}), "review", "recheck", TOLD
    ),
    "candidacy_reviewed": Row(
        "round.reviewed", "round", "committee", ("recheck", frozenset({"review"})), frozenset({"recheck"}), "recheck", "post", REPORT
    ),
    "determined": Row(
        "candidacy.determined", "jia", "review", ("recheck", NOTHING), frozenset({"agreement"}), "agreement", "sign", KEYED
    ),
    "candidacy_closed": Row("round.closed", "round", "recheck", ("agreement", NOTHING), NOTHING, None, None, REPORT),
    # What the committee is told to do again, before it has begun: it votes twice.
    "review_reopened": Row(
        "candidacy.review_reopened", "jia", "review", ("recheck", NOTHING), frozenset({"review"}), "review#3", "sign", KEYED, OBJECTED
    ),
    "candidacy_reviewed_again": Row(
        "round.reviewed_again", "round", "handle", ("review#3", NOTHING), frozenset({"determine"}), "determine", "sign", KEYED, OBJECTED
    ),
    "objection_closed": Row(
        "round.objections_closed", "round", "triage", ("review#3", AGAIN), frozenset({"reviewed_again"}), "review#3", "determine", REPORT, OBJECTED, "reopen_review"
    ),
    "appraisal_closed": Row(
        "appointment.appraisal_closed", "appointment", None, (None, NOTHING), IN_OFFICE, "appraisal#2", None, {**KEYED, "early": Effect.ALWAYS}, APPOINTED
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Begun:
    """A message that begins what takes it: there is no too early and no too late. `there`: before this step it has begun."""

    waits: str
    parent: str
    story: tuple
    there: str | None


BEGUN = {
    "appointment_made": Begun("appointment.appointed_start", "jia", STEPS, None),
    "appraisal_begun": Begun("appraisal.appraisal_start", "appointment", APPOINTED, "self_report"),
    "exit_decided": Begun("exit.exit_start", "supervision", EXITED, "exit_reversal"),
}


@dataclass(frozen=True)
class ByPerson:
    """What a person sets off: at these stages it is taken, at those it is too early or too late and nothing changes."""

    waits: str
    receiver: str
    by: str
    values: dict
    taken: tuple[str, ...]
    refused: tuple[str | None, ...]
    again: bool
    story: tuple = STEPS


CHANGE = {"posting_change": {"kind": "note", "from": "2025-06-24", "reason": "更正联系电话", "evidence": "照片"}}
REQUEST = {"recusal_request": {"expert_name": "专家一", "relation": "superior", "reason": "曾任直接上级"}}
GONE = {"resignation": {"left_on": "2026-07-10", "reason": "本人辞职"}}
BACK = {"reversal": {"number": "虚构撤销〔2025〕2号", "decided_on": "2025-07-15", "reason": "事实不清"}}

SET_OFF = {
    "posting_changed": ByPerson(
        "round.posting_changed", "round", "hr", CHANGE, ("objection",), ("post", "handle", "determine"), again=True, story=OBJECTED
    ),
    "candidacy_withdrawn": ByPerson(
        "candidacy.withdrawn", "jia", "jia", {"withdrawal": {"reason": "个人原因"}}, ("screening", "review", "sign"), (None,), again=False
    ),
    "recusal_request_made": ByPerson(
        "candidacy.recusal_requested", "jia", "jia", REQUEST, ("screening", "recusal/declare"), ("meeting", "review", None), again=True
    ),
    "resigned": ByPerson("appointment.resigned", "appointment", "hr", GONE, ("self_report",), (None,), again=False, story=APPOINTED),
    "exit_reversal": ByPerson("exit.exit_reversal", "exit", "centre", BACK, ("exit_reversal",), (None,), again=False, story=EXITED),
}  # fmt: skip


@dataclass(frozen=True)
class Special:
    """One with a test of its own, which says what it is."""

    waits: str


SPECIAL = {
    "recusal_requested": Special(""),
    "appraisal_graded": Special(""),
    "appointment_over": Special("appraisal.appointment_over_start"),
    "exit_reversed": Special("round.exit_reversed"),
}


def tell(world, steps):
    world.tell(steps)
    return world


def go_on(world, row, first, last):
    """On with the story, without what the message has made unnecessary."""
    without = row.goes_on[1]
    steps = row.story[place(row.story, first) : place(row.story, last)]
    tell(world, [step for step in steps if step.get("complete") not in without])


@pytest.fixture
def until(world):
    """A story up to, but not including, the step on the element given."""
    world.also("bureau", lambda: world.engine.add_person(ADMIN, id="bureau", name="市局丁", roles=["bureau"]))
    return lambda story, element: tell(world, story[: place(story, element)])


@pytest.fixture(scope="module")
def sent():
    """What the stories send, by message: the outbox's row and the names of both ends."""
    return {name: found for story in (APPOINTED, OBJECTED) for name, found in sent_by(story).items()}


def sent_by(story):
    case, database = read_case(S1), open_database("sqlite://")
    metadata.create_all(database)
    clock = VirtualClock(case.starts_at)
    world = World(Engine(make_sessions(database), clock, keys=KEYS), clock, S1.parent)
    populate(world, case, read_folder(BUNDLE))
    assert play_steps(world, story) is None
    names = {found: name for name, found in world.instances.items()}
    with database.connect() as connection:
        rows = connection.execute(select(outbox).where(outbox.c.kind != "check")).all()
    database.dispose()
    return {row.message: (row, names.get(row.source_id), names.get(row.target_id)) for row in rows}


def put(world, found):
    """As if its sender had sent it now; says its number."""
    row, source, target = found
    values = {name: getattr(row, name) for name in ("kind", "message", "correlation_key", "source_element", "payload")}
    values["source_id"] = world.instances.get(source, world.instances["jia"])
    values["target_id"] = world.instances[target] if target else None
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


def everybody(world):
    """What a message could change: where each instance stands, and what it knows."""
    return {
        name: (found.active, found.line.end_element, found.variables, found.events)
        for name, found in ((name, see(world, name)) for name in world.instances)
    }


# A second place where a message is waited for: the case dismissed-at-renewal plays it.
ALSO = {("appraisal_closed", "appointment.closed_at_renewal")}


def waits_drawn():
    return {
        (element.message.name, f"{found.process}.{element.id}")
        for found in read_parts(read_folder(BUNDLE)).diagrams.values()
        for element in found.elements.values()
        if element.message is not None and element.tag in RECEIVERS
    }


def names_drawn():
    return {
        element.message.name
        for found in read_parts(read_folder(BUNDLE)).diagrams.values()
        for element in found.elements.values()
        if element.message is not None
    }


def test_every_message_of_the_bundle_has_its_row_and_every_wait_is_in_it():
    others = {(message, row.waits) for message, row in (SET_OFF | BEGUN | SPECIAL).items()}
    assert waits_drawn() == {(message, row.waits) for message, row in TABLE.items()} | ALSO | {
        one for one in others if one[1]
    }
    assert names_drawn() == {*TABLE, *SET_OFF, *BEGUN, *SPECIAL}
    assert len(names_drawn()) == len(TABLE) + len(SET_OFF) + len(BEGUN) + len(SPECIAL)
    assert all(set(row.effects) == {"early", "in time", "late", "twice"} for row in TABLE.values())


@pytest.mark.parametrize("message", [name for name, row in TABLE.items() if row.effects["early"] is Effect.KEPT])
def test_early(until, sent, message):
    row = TABLE[message]
    element = row.waits.split(".")[1]
    world = until(row.story, row.early)
    key = put(world, sent[message])
    assert row.receiver not in world.instances or element not in see(world, row.receiver).passed
    assert status(world, key) == ("delivered" if row.effects is REPORT else "waiting")
    go_on(world, row, row.early, row.goes_on[0])
    assert (row.passes or element) in see(world, row.receiver).passed
    assert see(world, row.receiver).active == row.then
    assert status(world, key) == "delivered"


@pytest.mark.parametrize("message", TABLE)
def test_in_time(until, message):
    row = TABLE[message]
    element = row.waits.split(".")[1]
    assert row.effects["in time"] is Effect.TAKEN
    world = until(row.story, row.in_time)
    events = see(world, row.receiver).events
    assert len([event for event in events if (event.kind, event.element) == ("received", element)]) == 1
    assert element in see(world, row.receiver).passed
    assert world.engine.incidents(ADMIN) == []


@pytest.mark.parametrize("message", TABLE)
def test_late(until, sent, message):
    row = TABLE[message]
    world = until(row.story, row.late)
    before = everybody(world)
    key = put(world, sent[message])
    assert everybody(world) == before
    if row.effects["late"] is Effect.DROPPED:
        give_up(world.engine)
        assert status(world, key) == "delivered"
        assert world.engine.incidents(ADMIN) == []
        return
    assert status(world, key) == "waiting"
    tell(world, row.story[place(row.story, row.late) :])
    if row.effects["late"] is Effect.EXPIRES:
        world.engine.move_clock(ADMIN, world.engine.clock.now() + timedelta(days=8))
    give_up(world.engine)
    (incident,) = world.engine.incidents(ADMIN)
    concerned = row.receiver if row.effects["late"] is Effect.INCIDENT else sent[message][1]
    assert (incident.element, incident.instance_id) == (message, world.instances[concerned])
    assert message in incident.cause.zh
    assert message in incident.cause.en


@pytest.mark.parametrize("message", TABLE)
def test_twice(until, message):
    """Two workers take the same message; the slower finds it delivered. And a report that was sent again is no second one."""
    row = TABLE[message]
    assert row.effects["twice"] is Effect.DROPPED
    world = until(row.story, row.in_time)
    before = everybody(world)
    keys = deliver_again(world, message)
    if row.effects is REPORT:
        with world.engine.sessions() as session:
            session.execute(update(outbox).where(outbox.c.id.in_(keys)).values(status="pending"))
            session.commit()
        world.engine.tick()
    assert everybody(world) == before
    assert {status(world, key) for key in keys} == {"delivered"}


def deliver_again(world, message):
    """What a second worker does that took the same messages; says their numbers."""
    with world.engine.sessions() as session:
        chosen = select(outbox.c.id).where(outbox.c.message == message, outbox.c.status == "delivered")
        keys = list(session.scalars(chosen))
    assert keys
    for key in keys:
        with begin(world.engine.sessions, world.engine.clock, SYSTEM) as tx:
            messages.deliver(tx, world.engine.library, key)
    return keys
