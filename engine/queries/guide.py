"""The sandbox's guide: every open task with somebody who may do it, so that a newcomer always knows the next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from engine.instance import ACTIVE, COLUMNS, JOINED
from engine.permissions import Act, Actor, may
from engine.queries.inbox import open_lines
from engine.queries.instances import InstanceLine, lines
from engine.queries.people import actors
from engine.queries.startable import startable
from engine.tables import process_instance, timer
from engine.transaction import Transaction
from forms.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from engine.library import Library


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done now. `href` is where that person does it; `top_id` the round that it belongs to."""

    person_id: str
    person_name: str
    what: Text
    where: Text
    href: str
    is_start: bool
    top_id: str | None


@dataclass(frozen=True, slots=True)
class Round:
    """A round under way; `due_at` is the next moment at which it goes on by itself."""

    line: InstanceLine
    due_at: datetime | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """Rounds in the order in which they began; `starts` belong to none of them."""

    rounds: tuple[Round, ...]
    starts: tuple[Step, ...]

    @property
    def first(self) -> Step | None:
        """The one thing to do next: a task before an application; none where only time, or a new round, goes on."""
        steps = [step for one in self.rounds for step in one.steps]
        return next((step for step in steps if not step.is_start), next(iter(steps), None))


def guide(tx: Transaction, library: Library) -> Guide:
    people = actors(tx)
    steps = [*_task_steps(tx, library, people), *_start_steps(tx, library, people)]
    query = (
        select(*COLUMNS)
        .select_from(JOINED)
        .where(process_instance.c.parent_id.is_(None), process_instance.c.status == ACTIVE)
    )
    rows = list(tx.session.execute(query.order_by(process_instance.c.started_at, process_instance.c.id)))
    rounds = [
        Round(line, _due(tx, line.id), tuple(step for step in steps if step.top_id == line.id))
        for line in lines(tx, library, rows)
    ]
    return Guide(tuple(rounds), tuple(step for step in steps if step.top_id is None))


def _due(tx: Transaction, top_id: str) -> datetime | None:
    """Of the round's timers and its children's, the next."""
    family = or_(process_instance.c.id == top_id, process_instance.c.parent_id == top_id)
    query = select(timer.c.due_at).join(process_instance, process_instance.c.id == timer.c.instance_id)
    waiting = query.where(family, timer.c.status == "open", timer.c.due_at.is_not(None))
    return tx.session.scalars(waiting.order_by(timer.c.due_at).limit(1)).first()


def _task_steps(tx: Transaction, library: Library, people: list[Actor]) -> list[Step]:
    steps = []
    found = open_lines(tx, library)
    tops = _tops(tx, [line.instance_id for line, _ in found])
    for line, subject in found:
        person = next((actor for actor in people if may(actor, Act.COMPLETE, subject)), None)
        if person is not None:
            top_id, href = tops[line.instance_id], f"/tasks/{line.id}"
            steps.append(
                Step(
                    person.id,
                    person.name,
                    line.name,
                    Text(line.instance_title, line.instance_title),
                    href,
                    is_start=False,
                    top_id=top_id,
                )
            )
    return steps


def _tops(tx: Transaction, ids: list[str]) -> dict[str, str]:
    """An instance's id -> its round's, which may be itself."""
    top = func.coalesce(process_instance.c.parent_id, process_instance.c.id).label("top")
    rows = tx.session.execute(select(process_instance.c.id, top).where(process_instance.c.id.in_(ids)))
    return {row.id: row.top for row in rows}


def _start_steps(tx: Transaction, library: Library, people: list[Actor]) -> list[Step]:
    steps = []
    for actor in people:
        as_actor = Transaction(tx.session, actor, tx.now, tx.real)
        for offer in startable(as_actor, library):
            top_id = offer.parent.id if offer.parent else None
            href = f"/start/{offer.process}" + (f"?parent={top_id}" if top_id else "")
            where = Text(offer.parent.title, offer.parent.title) if offer.parent else offer.policy
            steps.append(Step(actor.id, actor.name, offer.name, where, href, is_start=True, top_id=top_id))
    return steps
