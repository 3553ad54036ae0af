"""A user task as commands hold it: its row and its instance's locked until the commit, and whose it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from engine.errors import ConflictError, NotFoundError, NotPermittedError
from engine.instance import COLUMNS, JOINED, Instance, as_instance
from engine.permissions import Act, Subject, by_right_of, may, represented, require
from engine.places import of_task
from engine.queries import people
from engine.tables import process_instance, task
from engine.tables.papers import draft

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Select

    from engine.permissions import Actor
    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Task:
    """A user task's row; `owner_id` has entrusted it to the assignee. `claimed_at` is None where the diagram assigned it."""

    id: str
    element: str
    status: str
    assignee_id: str | None
    owner_id: str | None
    # Whose right the assignee has claimed it by, where it was not their own.
    in_place_of: str | None
    claimed_at: datetime | None
    closed_by: str | None
    box: str | None
    candidate_roles: tuple[str, ...]
    barred_ids: frozenset[str]
    local: Mapping[str, Any]
    # Whether the actor has typed something on its form and not submitted it: read with the row, so that it costs no statement.
    has_draft: bool

    def subject(self, instance: Instance) -> Subject:
        return instance.subject(
            assignee_id=self.assignee_id,
            in_place_of=self.in_place_of,
            candidate_roles=self.candidate_roles,
            barred_ids=self.barred_ids,
        )

    def as_nobodys(self, instance: Instance) -> Subject:
        """As if nobody had it: what its candidate roles may do."""
        return instance.subject(candidate_roles=self.candidate_roles, barred_ids=self.barred_ids)


_OWN = ("element", "assignee_id", "owner_id", "in_place_of", "claimed_at", "closed_by", "box")


def lock(tx: Transaction, task_id: str) -> tuple[Task, Instance]:
    """Raises NotFoundError."""
    return _found(tx, task_id, _row(tx, task_id).with_for_update(of=(process_instance, task)))


def look(tx: Transaction, task_id: str) -> tuple[Task, Instance]:
    """The same for a page, which changes nothing. Raises NotFoundError."""
    return _found(tx, task_id, _row(tx, task_id))


def _row(tx: Transaction, task_id: str) -> Select[Any]:
    own_draft = exists().where(draft.c.person_id == tx.actor.id, draft.c.place == str(of_task(task_id)))
    return (
        select(
            *COLUMNS,
            *(task.c[name] for name in _OWN),
            task.c.status.label("task_status"),
            task.c.candidate_roles,
            task.c.barred_ids,
            task.c.local,
            own_draft.label("has_draft"),
        )
        .select_from(JOINED.join(task, task.c.instance_id == process_instance.c.id))
        .where(task.c.id == task_id)
    )


def _found(tx: Transaction, task_id: str, query: Select[Any]) -> tuple[Task, Instance]:
    row = tx.session.execute(query).first()
    if row is None:
        raise NotFoundError(
            f"没有编号为{task_id}的任务。请从待办中重新打开。",
            f"there is no task {task_id}; open it from the inbox again.",
        )
    found = Task(
        id=task_id,
        status=row.task_status,
        candidate_roles=tuple(row.candidate_roles),
        barred_ids=frozenset(row.barred_ids),
        local=json.loads(row.local),
        has_draft=bool(row.has_draft),
        **{name: getattr(row, name) for name in _OWN},
    )
    return found, as_instance(row)


def require_mine(tx: Transaction, act: Act, found: Task, instance: Instance) -> None:
    """The actor's own, or nobody's yet and their role's. A colleague's is told from one that never was theirs to do."""
    _require_no_colleague(tx, found, instance)
    require_standing(tx, act, found.subject(instance))
    require(tx.actor, act, found.subject(instance))


def require_own(tx: Transaction, act: Act, found: Task, instance: Instance) -> None:
    """The actor's own: what nobody has yet must be claimed first."""
    if found.assignee_id is None and may(tx.actor, Act.CLAIM, found.subject(instance)):
        raise ConflictError("该任务尚未签收。请先签收。", "nobody has claimed this task yet; claim it first.")
    _require_no_colleague(tx, found, instance)
    mine = Subject(assignee_id=found.assignee_id, in_place_of=found.in_place_of, barred_ids=found.barred_ids)
    require(tx.actor, act, mine)


def _require_no_colleague(tx: Transaction, found: Task, instance: Instance) -> None:
    represented_ids = {one.id for one in represented(tx.actor, Act.COMPLETE, instance.process)}
    if found.assignee_id in {None, tx.actor.id} | represented_ids:
        return
    if found.owner_id == tx.actor.id:
        raise ConflictError(
            "该任务已由您委托他人办理。请先收回。", "you have entrusted this task to somebody; take it back first."
        )
    if may(tx.actor, Act.CLAIM, found.as_nobodys(instance)):
        raise ConflictError(
            "该任务已由他人签收。需要时请联系签收人。", "a colleague has claimed this task; talk to them if need be."
        )


def require_standing(tx: Transaction, act: Act, subject: Subject) -> None:
    """Say so to whoever could have done it as long as they stood in for somebody. Raises NotPermittedError."""
    if (
        tx.actor.id in subject.barred_ids
        or subject.assignee_id not in {None, tx.actor.id}
        or may(tx.actor, act, subject)
    ):
        return
    nobodys = replace(subject, assignee_id=None, in_place_of=None)
    for absent in people.stood_in_for(tx, tx.actor.id, subject.process):
        if may(absent, act, nobodys):
            raise NotPermittedError(
                f"您代理{absent.name}的期间已经结束, 该任务由{absent.name}或其同组人员办理。未作任何更改。",
                f"your time as stand-in for {absent.name} is over: the task is for them or their group. Nothing was changed.",
            )


def in_place_of(actor: Actor, act: Act, subject: Subject) -> dict[str, str]:
    """For the history: whose right it was, where it was not the actor's own."""
    bearer = by_right_of(actor, act, subject)
    return {"in_place_of": bearer.id} if bearer is not None and bearer.id != actor.id else {}


def require_open(found: Task) -> None:
    if found.status != "open":
        raise ConflictError(
            "该任务已经办结或取消, 本次提交未作任何更改。请返回待办。",
            "this task has been completed or cancelled already; nothing was changed. Go back to the inbox.",
        )
