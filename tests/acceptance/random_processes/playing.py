"""Driving an instance from its start to its end: each decision follows from the seed and from what there is, so whoever
takes over goes on as the other would have done.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, true

from engine import Engine
from engine.clock import SHANGHAI, VirtualClock
from engine.permissions import Role
from engine.tables import history, process_instance, subscription, task, timer
from engine.transaction import make_sessions
from tests.people import ADMIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine as Database
    from sqlalchemy.orm import Session

    from engine.bundle import Bundle

BEGINS = datetime(2025, 5, 9, 9, 0, tzinfo=SHANGHAI)
PEOPLE = {"hr": Role.HR, "hr2": Role.HR, "boss": Role.LEADER} | dict.fromkeys(("x1", "x2", "x3"), Role.EXPERT)
MOST_CHILDREN = 2
MOST_STEPS = 150


@dataclass(frozen=True, slots=True)
class Move:
    """What somebody may do next: complete a task, start a child, or wait for the next timer."""

    kind: str
    subject: str = ""
    person: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def take_place(engine: Engine, bundle: Bundle) -> None:
    """The employer, the people and the deployment."""
    engine.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    for person, role in PEOPLE.items():
        engine.add_person(ADMIN, id=person, name=f"某{person}", employer_id="E1", roles=[role])
    engine.deploy(ADMIN, bundle)
    engine.move_clock(ADMIN, BEGINS)


def open_engine(database: Database) -> Engine:
    """As a process does that has just started: nothing is remembered."""
    engine = Engine(make_sessions(database), VirtualClock(BEGINS))
    if engine.people():
        engine.restore_clock()
    return engine


def next_move(engine: Engine, seed: str) -> Move | None:
    """What the seed chooses of all that can be done now, once nothing is pending; None where nothing can be done."""
    engine.tick()
    with engine.sessions() as session:
        moves = _moves(session)
        if not moves:
            return None
        # What happened to the instances so far decides, not how often anybody was restarted.
        happened = select(func.count()).select_from(
            history.join(process_instance, process_instance.c.id == history.c.subject_id)
        )
        chance = random.Random(f"{seed} {session.scalar(happened)}")
        return moves[chance.randrange(len(moves))](chance)


def is_over(engine: Engine) -> bool:
    with engine.sessions() as session:
        statuses = list(session.scalars(select(process_instance.c.status)))
    return bool(statuses) and "active" not in statuses


def active(engine: Engine) -> list[list[str]]:
    """The elements at which each instance waits."""
    found: dict[str, list[str]] = {}
    with engine.sessions() as session:
        for table, is_open in (
            (task, task.c.status == "open"),
            (timer, timer.c.status == "open"),
            (subscription, true()),
        ):
            for row in session.execute(select(table.c.instance_id, table.c.element).where(is_open)):
                found.setdefault(row.instance_id, []).append(row.element)
    return list(found.values())


def make(engine: Engine, move: Move, key: str | None = None) -> None:
    """With `key`, so that the same move may be made again by whoever does not know whether it was done."""
    match move.kind:
        case "start":
            actor, parent = engine.actor(move.person), move.subject or None
            process = "child" if parent else "p"
            assert actor is not None
            engine.start(actor, process, move.values, parent_id=parent, idempotency_key=key)
        case "complete":
            actor = engine.actor(move.person)
            assert actor is not None
            engine.complete(actor, move.subject, move.values, idempotency_key=key)
        case "wait":
            moment = engine.next_timer(ADMIN)
            if moment is not None:
                engine.move_clock(ADMIN, max(moment, engine.clock.now()))


# --- what can be done

Choice = "Callable[[random.Random], Move]"


def _moves(session: Session) -> list[Callable[[random.Random], Move]]:
    """In an order that does not depend on ids."""
    if not session.scalar(select(func.count()).select_from(process_instance)):
        return [lambda _: Move("start", person="hr")]
    query = (
        select(task, process_instance.c.process, process_instance.c.business_key, process_instance.c.initiator_id)
        .join(process_instance)
        .where(task.c.status == "open")
    )
    rows = sorted(session.execute(query), key=lambda row: (row.business_key, row.element, row.local, row.opened_at))
    moves = [_completing(row) for row in rows]
    moves += [_starting(row) for row in rows if row.element.startswith("open") and _has_room(session, row.instance_id)]
    waiting = select(timer.c.id).where(timer.c.status == "open", timer.c.due_at.is_not(None))
    if session.execute(waiting.limit(1)).first() is not None:
        moves.append(lambda _: Move("wait"))
    return moves


def _completing(row: Any) -> Callable[[random.Random], Move]:
    def complete(chance: random.Random) -> Move:
        able = [name for name, role in PEOPLE.items() if role in row.candidate_roles and name not in row.barred_ids]
        person = row.assignee_id or chance.choice(able)
        return Move("complete", row.id, person, {"note": chance.choice("甲乙丙丁"), "amount": chance.randint(0, 9)})

    return complete


def _starting(row: Any) -> Callable[[random.Random], Move]:
    return lambda chance: Move("start", row.instance_id, chance.choice(["hr", "hr2"]))


def _has_room(session: Session, parent: str) -> bool:
    query = select(func.count()).select_from(process_instance).where(process_instance.c.parent_id == parent)
    return (session.scalar(query) or 0) < MOST_CHILDREN
