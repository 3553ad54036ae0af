"""One task with everything that decides it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.commands.locked_tasks import require_standing
from engine.errors import ConflictError, NotFoundError
from engine.permissions import Act, may, represented, require
from engine.queries.beside import Beside, beside
from engine.queries.inbox import TaskLine, lines, subject_of, task_line
from engine.queries.instances import InstanceDetail, instance_detail
from engine.queries.next_steps import NextStep, next_steps
from engine.queries.opinions import OpinionLine, of_task
from engine.tables import task
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from engine.diagram import Element
    from engine.library import Library
    from engine.transaction import Transaction
    from forms import Form, FormView


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """One task: the line, its form and what a person decides by. `context` is what the form's expressions see."""

    line: TaskLine
    form: Form
    context: Mapping[str, Any]
    clauses: tuple[tuple[str, Text], ...]
    next_steps: tuple[NextStep, ...]
    opinions: tuple[OpinionLine, ...]
    instance: InstanceDetail
    beside: Beside


def task_detail(tx: Transaction, library: Library, task_id: str) -> TaskDetail:
    """Raises NotFoundError for an unknown task, NotPermittedError for somebody else's, ConflictError for a colleague's or a closed one."""
    row = tx.session.execute(lines().where(task.c.id == task_id)).first()
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
        line=task_line(tx, library, row),
        form=compiled.forms[element.form_id or ""],
        context={**detail.scope, **json.loads(row.local)},
        clauses=_gists(element, compiled.policy.gist),
        next_steps=next_steps(diagram, element, compiled.policy.roles),
        opinions=tuple(of_task(tx, library, task_id)),
        instance=detail,
        beside=beside(tx, row.instance_id, as_participant=True),
    )


def _require_mine(tx: Transaction, row: Row[Any]) -> None:
    """A colleague's task is told from one that was never the actor's to do."""
    subject = subject_of(row)
    unassigned = replace(subject, assignee_id=None)
    theirs = {one.id for one in represented(tx.actor, Act.CLAIM, row.process)} | {None, tx.actor.id}
    if row.status == "open" and row.assignee_id not in theirs and may(tx.actor, Act.CLAIM, unassigned):
        raise ConflictError(
            f"该任务已由{row.assignee_name}签收并办理。需要时请与其联系。",
            f"{row.assignee_name} has claimed this task and is doing it; talk to them if need be.",
        )
    require_standing(tx, Act.SEE_TASK, subject)
    require(tx.actor, Act.SEE_TASK, subject)


def _gists(element: Element, gist: Any) -> tuple[tuple[str, Text], ...]:
    return tuple((row, gist(row) or Text(row, row)) for row in element.clauses)


def form_view(
    tx: Transaction,
    library: Library,
    detail: TaskDetail,
    values: Mapping[str, Any],
    errors: Mapping[str, Text] | None = None,
) -> FormView:
    """The form as a page shows it, with what was typed and what is wrong with it."""
    return detail.form.view(values, detail.context, library.evaluator(tx.now).form_value, errors=errors)
