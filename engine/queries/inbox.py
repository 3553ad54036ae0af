"""The inbox: the tasks that wait for a person, in lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, and_, select

from engine.clock import SHANGHAI
from engine.errors import NotFoundError
from engine.permissions import Subject
from engine.queries import visible
from engine.queries.paging import Key, beyond, ordered
from engine.tables import employer, person, process_instance, task
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.library import Library
    from engine.transaction import Transaction

LIMIT = 200


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task in a list; `owner_id` has entrusted it to the assignee. `working_days_left` is negative when overdue, None without a due date or a calendar.

    `counts` are the working days behind the due date; with counts and without a date, it awaits a year's notice.
    """

    id: str
    element: str
    name: Text
    instance_id: str
    instance_title: str
    business_key: str
    process: str
    process_name: Text
    employer_name: str | None
    status: str
    assignee_id: str | None
    assignee_name: str | None
    owner_id: str | None
    opened_at: datetime
    due_at: datetime | None
    counts: tuple[Mapping[str, Any], ...]
    closed_at: datetime | None
    working_days_left: int | None


def inbox(
    tx: Transaction, library: Library, which: str, limit: int = LIMIT, after: str | None = None
) -> list[TaskLine]:
    """`mine`: assigned to the actor; `groups`: what the actor's roles may claim; `done`: closed by the actor.

    `entrusted`: what the actor has entrusted to others and may take back. `after`: those that follow the task of this id.
    Raises NotFoundError for another list, InvalidError for another id.
    """
    selected, keys = _selected(tx, which)
    if after is not None:
        selected = selected.where(beyond(tx, task, keys, after))
    return [task_line(tx, library, row) for row in tx.session.execute(selected.order_by(*ordered(keys)).limit(limit))]


def _selected(tx: Transaction, which: str) -> tuple[Select[Any], tuple[Key, ...]]:
    if which == "done":
        latest_first = (Key(task.c.closed_at, descending=True), Key(task.c.id))
        return lines().where(task.c.closed_by == tx.actor.id), latest_first
    filters: dict[str, ColumnElement[bool]] = {
        "mine": task.c.assignee_id == tx.actor.id,
        "groups": visible.group_tasks(tx.actor),
        "entrusted": task.c.owner_id == tx.actor.id,
    }
    if which not in filters:
        raise NotFoundError(f"没有列表{which}", f"there is no list {which}; take mine, groups, entrusted or done")
    due_first = (Key(task.c.due_at), Key(task.c.opened_at), Key(task.c.id))
    return lines().where(and_(task.c.status == "open", filters[which])), due_first


def open_lines(tx: Transaction, library: Library) -> list[tuple[TaskLine, Subject]]:
    """Every open task with what permission depends on: for the sandbox's guide."""
    rows = tx.session.execute(lines().where(task.c.status == "open").order_by(task.c.opened_at, task.c.id).limit(LIMIT))
    return [(task_line(tx, library, row), subject_of(row)) for row in rows]


def lines() -> Select[Any]:
    return select(
        task,
        process_instance.c.title,
        process_instance.c.business_key,
        process_instance.c.process,
        process_instance.c.deployment_id,
        process_instance.c.initiator_id,
        process_instance.c.unit,
        employer.c.name.label("employer_name"),
        person.c.name.label("assignee_name"),
    ).select_from(
        task.join(process_instance, process_instance.c.id == task.c.instance_id)
        .outerjoin(employer, employer.c.id == process_instance.c.employer_id)
        .outerjoin(person, person.c.id == task.c.assignee_id)
    )


def task_line(tx: Transaction, library: Library, row: Row[Any]) -> TaskLine:
    diagram = library.get(tx.session, row.deployment_id).diagrams[row.process]
    element = diagram.elements[row.element]
    return TaskLine(
        id=row.id,
        element=row.element,
        name=Text(element.name, element.name_en),
        instance_id=row.instance_id,
        instance_title=row.title,
        business_key=row.business_key,
        process=row.process,
        process_name=Text(diagram.name, diagram.name_en),
        employer_name=row.employer_name,
        status=row.status,
        assignee_id=row.assignee_id,
        assignee_name=row.assignee_name,
        owner_id=row.owner_id,
        opened_at=row.opened_at,
        due_at=row.due_at,
        counts=tuple(row.counts or ()),
        closed_at=row.closed_at,
        working_days_left=working_days_left(tx, library, row.due_at) if row.due_at else None,
    )


def working_days_left(tx: Transaction, library: Library, due_at: datetime) -> int | None:
    """Working days after today up to the due day; negative: those since it passed."""
    today, due = tx.now.astimezone(SHANGHAI).date(), due_at.astimezone(SHANGHAI).date()
    if due >= today:
        return library.calendar.working_days_between(today, due)
    late = library.calendar.working_days_between(due, today)
    return None if late is None else -late


def subject_of(row: Row[Any]) -> Subject:
    return Subject(
        employer_id=row.employer_id,
        initiator_id=row.initiator_id,
        assignee_id=row.assignee_id,
        candidate_roles=tuple(row.candidate_roles),
        barred_ids=frozenset(row.barred_ids),
        unit=row.unit,
        process=row.process,
    )
