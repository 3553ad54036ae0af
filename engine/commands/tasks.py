"""Claiming and completing user tasks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from engine.audit import Event
from engine.clock import SHANGHAI
from engine.commands import idempotency
from engine.commands.step import note, take
from engine.errors import ConflictError, NotFoundError, StaleRevisionError
from engine.instance import COLUMNS, JOINED, Instance, as_instance
from engine.permissions import Act, Subject, may, require
from engine.spiff.snapshot import Complete
from engine.tables import process_instance, task, task_candidate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.library import Library
    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Task:
    """A user task's row."""

    id: str
    element: str
    status: str
    assignee_id: str | None
    candidate_roles: tuple[str, ...]
    barred_ids: frozenset[str]
    local: Mapping[str, Any]

    def subject(self, instance: Instance) -> Subject:
        return Subject(
            employer_id=instance.employer_id,
            initiator_id=instance.initiator_id,
            assignee_id=self.assignee_id,
            candidate_roles=self.candidate_roles,
            barred_ids=self.barred_ids,
        )


def claim(tx: Transaction, task_id: str) -> None:
    """Make an open task one's own; claiming what is one's own already changes nothing."""
    found, instance = _lock(tx, task_id)
    _require_mine(tx, Act.CLAIM, found, instance)
    _require_open(found)
    if found.assignee_id == tx.actor.id:
        return
    tx.session.execute(update(task).where(task.c.id == task_id).values(assignee_id=tx.actor.id, claimed_at=tx.now))
    tx.session.execute(delete(task_candidate).where(task_candidate.c.task_id == task_id))
    note(tx, instance, Event("claimed", found.element, {"task": task_id}))


def complete(
    tx: Transaction,
    library: Library,
    task_id: str,
    submitted: Mapping[str, Any],
    *,
    idempotency_key: str | None,
    revision: int | None,
) -> dict[str, Any]:
    """Complete a task with what its form lets through; says `{"task", "instance"}`, the same again for the same key.

    With `revision`, only if the instance is still at it. Raises NotFoundError, NotPermittedError, ConflictError (done
    already, moved on, or the key was used for something else), forms.FormError naming every field, InvalidError when
    the process cannot go on.
    """
    found, instance = _lock(tx, task_id)
    if (earlier := idempotency.recall(tx, idempotency_key, ["complete", task_id, submitted])) is not None:
        return earlier
    _require_mine(tx, Act.COMPLETE, found, instance)
    _require_open(found)
    _require_revision(instance, revision)
    values = _load(tx, library, found, instance, submitted)
    take(
        tx,
        library,
        instance,
        Complete(task_id, values),
        Event("completed", found.element, {"task": task_id, "values": values}),
    )
    result = {"task": task_id, "instance": instance.id}
    idempotency.keep(tx, idempotency_key, ["complete", task_id, submitted], result)
    return result


def _load(
    tx: Transaction, library: Library, found: Task, instance: Instance, submitted: Mapping[str, Any]
) -> dict[str, Any]:
    compiled = library.get(tx.session, instance.deployment_id)
    form = compiled.forms[compiled.diagrams[instance.process].elements[found.element].form_id or ""]
    context = {**instance.scope(compiled.settings), **found.local}
    today = tx.now.astimezone(SHANGHAI).date()
    return form.load(submitted, context, library.evaluator(tx.now).form_value, today=today)


def _lock(tx: Transaction, task_id: str) -> tuple[Task, Instance]:
    row = tx.session.execute(
        select(
            *COLUMNS,
            task.c.element,
            task.c.status.label("task_status"),
            task.c.assignee_id,
            task.c.candidate_roles,
            task.c.barred_ids,
            task.c.local,
        )
        .select_from(JOINED.join(task, task.c.instance_id == process_instance.c.id))
        .where(task.c.id == task_id)
        .with_for_update(of=(process_instance, task))
    ).first()
    if row is None:
        raise NotFoundError(
            f"没有编号为{task_id}的任务。请从待办中重新打开。",
            f"there is no task {task_id}; open it from the inbox again.",
        )
    found = Task(
        task_id,
        row.element,
        row.task_status,
        row.assignee_id,
        tuple(row.candidate_roles),
        frozenset(row.barred_ids),
        json.loads(row.local),
    )
    return found, as_instance(row)


def _require_mine(tx: Transaction, act: Act, found: Task, instance: Instance) -> None:
    subject = found.subject(instance)
    if found.assignee_id not in {None, tx.actor.id} and may(tx.actor, act, _unassigned(subject)):
        raise ConflictError(
            "该任务已由他人签收。需要时请联系签收人。", "a colleague has claimed this task; talk to them if need be."
        )
    require(tx.actor, act, subject)


def _unassigned(subject: Subject) -> Subject:
    return Subject(
        employer_id=subject.employer_id, candidate_roles=subject.candidate_roles, barred_ids=subject.barred_ids
    )


def _require_open(found: Task) -> None:
    if found.status != "open":
        raise ConflictError(
            "该任务已经办结或取消, 本次提交未作任何更改。请返回待办。",
            "this task has been completed or cancelled already; nothing was changed. Go back to the inbox.",
        )


def _require_revision(instance: Instance, revision: int | None) -> None:
    if revision not in {None, instance.revision}:
        raise StaleRevisionError(
            f"该事项已从第{revision}次变为第{instance.revision}次更新, 未作任何更改。请重新读取。",
            f"this matter has moved on from revision {revision} to {instance.revision}; nothing was changed. Read it again.",
            current=instance.revision,
        )
