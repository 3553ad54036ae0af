"""The sandbox's guide: every open task with somebody who may do it, so that a newcomer always knows the next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.permissions import Act, Actor, may
from engine.queries.instances import startable
from engine.queries.people import actors
from engine.queries.tasks import open_lines
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.library import Library
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done now. `href` is where that person does it."""

    person_id: str
    person_name: str
    what: Text
    where: str
    href: str
    is_start: bool


def guide(tx: Transaction, library: Library) -> list[Step]:
    """Open tasks first, then what can be started."""
    people = actors(tx)
    return [*_task_steps(tx, library, people), *_start_steps(tx, library, people)]


def _task_steps(tx: Transaction, library: Library, people: list[Actor]) -> list[Step]:
    steps = []
    for line, subject in open_lines(tx, library):
        person = next((actor for actor in people if may(actor, Act.COMPLETE, subject)), None)
        if person is not None:
            href = f"/tasks/{line.id}"
            steps.append(Step(person.id, person.name, line.name, line.instance_title, href, is_start=False))
    return steps


def _start_steps(tx: Transaction, library: Library, people: list[Actor]) -> list[Step]:
    steps = []
    for actor in people:
        as_actor = Transaction(tx.session, actor, tx.now, tx.real)
        for offer in startable(as_actor, library):
            href = f"/start/{offer.process}" + (f"?parent={offer.parent.id}" if offer.parent else "")
            where = offer.parent.title if offer.parent else offer.policy.zh
            steps.append(Step(actor.id, actor.name, offer.name, where, href, is_start=True))
    return steps
