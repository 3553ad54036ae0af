"""Opinions asked for beside the diagram: what one is asked, and what was said about a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, select

from engine.tables import opinion, person, process_instance, task
from forms.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from engine.library import Library
    from engine.transaction import Transaction

LIMIT = 200


@dataclass(frozen=True, slots=True)
class OpinionLine:
    """One request; `status` is `asked`, `given` or `cancelled`, `agrees` and `text` are None until it is given."""

    id: str
    task_id: str
    element: str
    name: Text
    instance_id: str
    instance_title: str
    asked_by_name: str
    person_id: str
    person_name: str
    question: str
    status: str
    agrees: bool | None
    text: str | None
    asked_at: datetime
    due_at: datetime | None


def asked_of_me(tx: Transaction, library: Library) -> list[OpinionLine]:
    """What the actor is still to answer, the oldest first; what has been closed without them is not asked any more."""
    mine = opinion.c.person_id == tx.actor.id
    return _lines(tx, library, mine & (opinion.c.status == "asked") & (task.c.status == "open"))


def of_task(tx: Transaction, library: Library, task_id: str) -> list[OpinionLine]:
    """Every request about one task; who may see the task was asked already."""
    return _lines(tx, library, opinion.c.task_id == task_id)


def _lines(tx: Transaction, library: Library, wanted: ColumnElement[bool]) -> list[OpinionLine]:
    asker, asked = person.alias("asker"), person.alias("asked")
    rows = tx.session.execute(
        select(
            opinion,
            task.c.element,
            task.c.due_at,
            process_instance.c.title,
            process_instance.c.process,
            process_instance.c.deployment_id,
            asker.c.name.label("asked_by_name"),
            asked.c.name.label("person_name"),
        )
        .join_from(opinion, task, task.c.id == opinion.c.task_id)
        .join(process_instance, process_instance.c.id == opinion.c.instance_id)
        .join(asker, asker.c.id == opinion.c.asked_by)
        .join(asked, asked.c.id == opinion.c.person_id)
        .where(wanted)
        .order_by(opinion.c.asked_at, opinion.c.id)
        .limit(LIMIT)
    )
    return [_line(tx, library, row) for row in rows]


def _line(tx: Transaction, library: Library, row: Row[Any]) -> OpinionLine:
    element = library.get(tx.session, row.deployment_id).diagrams[row.process].elements[row.element]
    same = ("id", "task_id", "element", "instance_id", "asked_by_name", "person_id", "person_name", "question")
    state = ("status", "agrees", "text", "asked_at", "due_at")
    return OpinionLine(
        name=Text(element.name, element.name_en),
        instance_title=row.title,
        **{name: getattr(row, name) for name in same + state},
    )
