"""The inbox and one task with everything that decides it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, and_, select

from engine.clock import SHANGHAI
from engine.errors import ConflictError, NotFoundError
from engine.permissions import Act, Subject, may, require
from engine.queries import visible
from engine.queries.instances import InstanceDetail, instance_detail
from engine.queries.opinions import OpinionLine, of_task
from engine.queries.paging import Key, beyond, ordered
from engine.tables import employer, person, process_instance, task
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.diagram import Element
    from engine.library import Library
    from engine.transaction import Transaction
    from forms import Form, FormView

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


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """One task: the line, its form and what a person decides by. `context` is what the form's expressions see."""

    line: TaskLine
    form: Form
    context: Mapping[str, Any]
    clauses: tuple[tuple[str, Text], ...]
    next_steps: tuple[Text, ...]
    opinions: tuple[OpinionLine, ...]
    instance: InstanceDetail


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
    return [_line(tx, library, row) for row in tx.session.execute(selected.order_by(*ordered(keys)).limit(limit))]


def _selected(tx: Transaction, which: str) -> tuple[Select[Any], tuple[Key, ...]]:
    if which == "done":
        latest_first = (Key(task.c.closed_at, descending=True), Key(task.c.id))
        return _lines().where(task.c.closed_by == tx.actor.id), latest_first
    filters: dict[str, ColumnElement[bool]] = {
        "mine": task.c.assignee_id == tx.actor.id,
        "groups": visible.group_tasks(tx.actor),
        "entrusted": task.c.owner_id == tx.actor.id,
    }
    if which not in filters:
        raise NotFoundError(f"没有列表{which}", f"there is no list {which}; take mine, groups, entrusted or done")
    due_first = (Key(task.c.due_at), Key(task.c.opened_at), Key(task.c.id))
    return _lines().where(and_(task.c.status == "open", filters[which])), due_first


def open_lines(tx: Transaction, library: Library) -> list[tuple[TaskLine, Subject]]:
    """Every open task with what permission depends on: for the sandbox's guide."""
    rows = tx.session.execute(
        _lines().where(task.c.status == "open").order_by(task.c.opened_at, task.c.id).limit(LIMIT)
    )
    return [(_line(tx, library, row), _subject(row)) for row in rows]


def _lines() -> Select[Any]:
    return select(
        task,
        process_instance.c.title,
        process_instance.c.business_key,
        process_instance.c.process,
        process_instance.c.deployment_id,
        process_instance.c.initiator_id,
        employer.c.name.label("employer_name"),
        person.c.name.label("assignee_name"),
    ).select_from(
        task.join(process_instance, process_instance.c.id == task.c.instance_id)
        .outerjoin(employer, employer.c.id == process_instance.c.employer_id)
        .outerjoin(person, person.c.id == task.c.assignee_id)
    )


def _line(tx: Transaction, library: Library, row: Row[Any]) -> TaskLine:
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


def task_detail(tx: Transaction, library: Library, task_id: str) -> TaskDetail:
    """Raises NotFoundError for an unknown task, NotPermittedError for somebody else's, ConflictError for a colleague's or a closed one."""
    row = tx.session.execute(_lines().where(task.c.id == task_id)).first()
    if row is None:
        raise NotFoundError(
            f"没有编号为{task_id}的任务。请从待办中重新打开。",
            f"there is no task {task_id}; open it from the inbox again.",
        )
    _require_mine(tx, row)
    if row.status != "open":
        raise ConflictError(
            "该任务已经办结或取消。请返回待办。", "this task has been completed or cancelled. Go back to the inbox."
        )
    compiled = library.get(tx.session, row.deployment_id)
    diagram = compiled.diagrams[row.process]
    element = diagram.elements[row.element]
    detail = instance_detail(tx, library, row.instance_id, as_participant=True)
    return TaskDetail(
        line=_line(tx, library, row),
        form=compiled.forms[element.form_id or ""],
        context={**detail.scope, **json.loads(row.local)},
        clauses=_gists(element, compiled.policy.gist),
        next_steps=tuple(_next_steps(diagram, element)),
        opinions=tuple(of_task(tx, library, task_id)),
        instance=detail,
    )


def _require_mine(tx: Transaction, row: Row[Any]) -> None:
    """A colleague's task is told from one that was never the actor's to do."""
    subject = _subject(row)
    unassigned = replace(subject, assignee_id=None)
    if row.status == "open" and row.assignee_id not in {None, tx.actor.id} and may(tx.actor, Act.CLAIM, unassigned):
        raise ConflictError(
            f"该任务已由{row.assignee_name}签收并办理。需要时请与其联系。",
            f"{row.assignee_name} has claimed this task and is doing it; talk to them if need be.",
        )
    require(tx.actor, Act.SEE_TASK, subject)


def _subject(row: Row[Any]) -> Subject:
    return Subject(
        employer_id=row.employer_id,
        initiator_id=row.initiator_id,
        assignee_id=row.assignee_id,
        candidate_roles=tuple(row.candidate_roles),
        barred_ids=frozenset(row.barred_ids),
    )


def _gists(element: Element, gist: Any) -> tuple[tuple[str, Text], ...]:
    return tuple((row, gist(row) or Text(row, row)) for row in element.clauses)


def _next_steps(diagram: Any, element: Element) -> list[Text]:
    """The named elements that may come next, looking through gateways."""
    found: dict[str, Text] = {}
    seen, open_ids = set(), [flow.target for flow in diagram.outgoing(element.id)]
    while open_ids:
        current = diagram.elements[open_ids.pop(0)]
        if current.id in seen:
            continue
        seen.add(current.id)
        if current.tag.endswith("Gateway"):
            open_ids += [flow.target for flow in diagram.outgoing(current.id)]
        else:
            found[current.id] = Text(current.name, current.name_en)
    return list(found.values())


def form_view(
    tx: Transaction,
    library: Library,
    detail: TaskDetail,
    values: Mapping[str, Any],
    errors: Mapping[str, Text] | None = None,
) -> FormView:
    """The form as a page shows it, with what was typed and what is wrong with it."""
    return detail.form.view(values, detail.context, library.evaluator(tx.now).form_value, errors=errors)
