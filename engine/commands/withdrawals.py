"""Withdrawing one's own completion (撤回): everything stands as before it, as long as nobody has built upon it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, insert, select, update

from engine import audit, sealing
from engine.audit import Event
from engine.commands import idempotency, lapses, undo
from engine.commands.locked_tasks import Task, lock
from engine.commands.offering import offer, rename, search_text
from engine.commands.sending import check_row, subscribe
from engine.commands.step import close_timers
from engine.commands.texts import required
from engine.errors import ConflictError
from engine.instance import ACTIVE, Instance
from engine.permissions import Act, Subject, may, require
from engine.spiff.snapshot import OpenedSubscription
from engine.tables import (
    history,
    opinion,
    outbox,
    person,
    process_instance,
    subscription,
    task,
    task_candidate,
    timer,
)
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.library import Library
    from engine.transaction import Transaction

# The entries that are a step of the instance, as a refusal says them after the element's name and before the person's.
_STEPS = {
    "completed": Text("已办理", "completed"),
    "received": Text("已收到通知", "message received"),
    "timer fired": Text("已到期", "timer fired"),
    "timer fired early": Text("已提前触发", "timer fired early"),
    "timer postponed": Text("已延期", "postponed"),
    "job done": Text("已完成", "done"),
    "job failed": Text("未能完成", "tried without success"),
    "withdrawn": Text("已撤回", "withdrawn"),
    "incident retried": Text("异常已处理", "incident dealt with"),
}


def withdraw(tx: Transaction, library: Library, task_id: str, reason: str, key: str | None) -> dict[str, Any]:
    """Take back one's own completion; the task is open again as it was, with its assignee and due date.

    Raises ConflictError naming what stands in the way: a task that it opened and somebody has claimed, a message that
    it sent, whatever else has happened to the instance since.
    """
    found, instance = lock(tx, task_id)
    request = ["withdraw", task_id, reason]
    return idempotency.once(tx, key, request, lambda: _withdraw(tx, library, found, instance, reason))


def _withdraw(tx: Transaction, library: Library, found: Task, instance: Instance, reason: str) -> dict[str, Any]:
    if found.status == "open" and may(tx.actor, Act.COMPLETE, found.subject(instance)):
        raise ConflictError("该任务尚未办结, 无需撤回。", "this task is open; there is nothing to withdraw.")
    require(tx.actor, Act.WITHDRAW, Subject(assignee_id=found.closed_by, barred_ids=found.barred_ids))
    said = required(reason, "撤回理由", "the reason")
    kept = require_way_back(tx, library, found, instance)
    _restore(tx, library, found, instance, kept, said)
    lapses.lapse(tx, library, found.id)  # its assignee stood in for somebody, and may do so no more
    return {"task": found.id, "instance": instance.id}


# --- what stands in the way


def require_way_back(tx: Transaction, library: Library, found: Task, instance: Instance) -> dict[str, Any]:
    """What was before; raises ConflictError naming what stands in the way."""
    diagram = library.get(tx.session, instance.deployment_id).diagrams[instance.process]
    elements = diagram.elements.values()
    names = {element.id: Text(element.name or element.id, element.name_en or element.id) for element in elements}
    kept = _way_back(tx, found, instance, names)
    _require_untouched(tx, kept, names)
    _require_time(tx, kept, names)
    return kept


def _refuse(zh: str, en: str) -> ConflictError:
    return ConflictError(
        f"不能撤回: {zh}。可由后续环节退回, 或联系管理员。",
        f"this cannot be withdrawn: {en}. Ask for it to be returned at a later step, or an administrator.",
    )


def _way_back(tx: Transaction, found: Task, instance: Instance, names: Mapping[str, Text]) -> dict[str, Any]:
    if instance.status != ACTIVE:
        raise _refuse("事项已经结束", "the matter has ended")
    kept: dict[str, Any] | None = tx.session.scalar(
        select(process_instance.c.undo).where(process_instance.c.id == instance.id)
    )
    if kept is None or kept["task"] != found.id:
        raise _refuse(*_since(tx, found, instance, names))
    if kept["outside"]:
        texts = [Text(**text) for text in kept["outside"]]
        raise _refuse("、".join(text.zh for text in texts), "; ".join(text.en for text in texts))
    return kept


def _since(tx: Transaction, found: Task, instance: Instance, names: Mapping[str, Text]) -> tuple[str, str]:
    """What has happened since: another step of the instance, or a child that was started in the state it led to."""
    last = tx.session.execute(
        select(history.c.kind, history.c.element, history.c.payload, person.c.name)
        .outerjoin(person, person.c.id == history.c.actor_id)
        .where(history.c.subject_id == instance.id, history.c.kind.in_(_STEPS))
        .order_by(history.c.number.desc())
        .limit(1)
    ).first()
    if last is not None and (last.kind, (last.payload or {}).get("task")) != ("completed", found.id):
        name, done = names.get(last.element, Text(last.element, last.element)), _STEPS[last.kind]
        zh, en = last.name or "系统", last.name or "the system"
        return f"此后“{name.zh}”{done.zh}({zh})", f"since then “{name.en}” was {done.en} by {en}"
    child = tx.session.scalar(
        select(process_instance.c.title)
        .where(process_instance.c.parent_id == instance.id)
        .order_by(process_instance.c.started_at.desc(), process_instance.c.number.desc())
        .limit(1)
    )
    return f"此后已发起“{child}”", f"since then “{child}” has been started"


def _require_untouched(tx: Transaction, kept: Mapping[str, Any], names: Mapping[str, Text]) -> None:
    opened = kept["opened"]["task"]
    rows = tx.session.execute(
        select(task, person.c.name)
        .outerjoin(person, person.c.id == task.c.assignee_id)
        .where(task.c.id.in_(opened))
        .order_by(task.c.id)
    )
    for row in rows:
        if _is_touched(row, opened[row.id]):
            name = names[row.element]
            raise _refuse(f"“{name.zh}”已由{row.name}签收或接办", f"{row.name} has claimed “{name.en}”")
    asked = tx.session.execute(
        select(person.c.name, task.c.element)
        .join_from(opinion, person, person.c.id == opinion.c.person_id)
        .join(task, task.c.id == opinion.c.task_id)
        .where(opinion.c.task_id.in_(opened))
        .limit(1)
    ).first()
    if asked is not None:
        name = names[asked.element]
        raise _refuse(f"“{name.zh}”已请{asked.name}加签", f"{asked.name} has been asked about “{name.en}”")


def _is_touched(row: Row[Any], assignee_id: str | None) -> bool:
    return row.claimed_at is not None or row.owner_id is not None or row.assignee_id != assignee_id


def _require_time(tx: Transaction, kept: Mapping[str, Any], names: Mapping[str, Text]) -> None:
    """Going back to a wait whose time is up would let it fire at once: not what was before."""
    late = tx.session.execute(
        select(timer.c.element).where(timer.c.id.in_(_closed(kept, "timer")), timer.c.due_at <= tx.now).limit(1)
    ).first()
    if late is not None:
        name = names[late.element]
        raise _refuse(f"“{name.zh}”的期限已过", f"the time of “{name.en}” is up")


def _closed(kept: Mapping[str, Any], kind: str) -> list[str]:
    return [wait for wait, closed in kept["closed"].items() if closed == kind]


# --- the way back


def _restore(
    tx: Transaction, library: Library, found: Task, instance: Instance, kept: Mapping[str, Any], reason: str
) -> None:
    before = _named_before(tx, library, instance, kept)
    _close_opened(tx, kept)
    rename(tx, before)
    _reopen_tasks(tx, library, before, _closed(kept, "task"))
    again = {"status": "open", "closed_at": None, "attempts": 0, "retry_at": None}
    tx.session.execute(update(timer).where(timer.c.id.in_(_closed(kept, "timer"))).values(**again))
    _resubscribe(tx, instance, kept)
    sealing.withdraw(tx, instance.id, kept["entries"][0])
    _write_instance(tx, found, instance, before, kept, reason)


def _named_before(tx: Transaction, library: Library, instance: Instance, kept: Mapping[str, Any]) -> Instance:
    """As it was called and found before."""
    before = replace(instance, title=kept["title"], variables=undo.variables_before(instance.variables, kept))
    compiled = library.get(tx.session, instance.deployment_id)
    return replace(before, search=search_text(library.evaluator(tx.now), before, compiled))


def _close_opened(tx: Transaction, kept: Mapping[str, Any]) -> None:
    opened, closed = kept["opened"], {"status": "cancelled", "closed_at": tx.now}
    tx.session.execute(delete(task_candidate).where(task_candidate.c.task_id.in_(opened["task"])))
    tx.session.execute(update(task).where(task.c.id.in_(opened["task"])).values(**closed))
    close_timers(tx, opened["timer"], "cancelled")
    tx.session.execute(delete(subscription).where(subscription.c.id.in_(opened["subscription"])))


def _reopen_tasks(tx: Transaction, library: Library, instance: Instance, ids: list[str]) -> None:
    again = {"status": "open", "closed_at": None, "closed_by": None}
    tx.session.execute(update(task).where(task.c.id.in_(ids)).values(**again))
    nobodys = select(task.c.id).where(task.c.id.in_(ids), task.c.assignee_id.is_(None))
    offer(tx, library, instance, list(tx.session.scalars(nobodys)))


def _resubscribe(tx: Transaction, instance: Instance, kept: Mapping[str, Any]) -> None:
    # A row that was kept before signals had a column is no signal's.
    names = OpenedSubscription.__slots__
    waits = [OpenedSubscription(**{name: row.get(name, False) for name in names}) for row in kept["subscriptions"]]
    if waits:
        subscribe(tx, instance, waits)
    checks = [check_row(tx, instance, instance.id, wait.message) for wait in waits if wait.fan_in]
    if checks:
        tx.session.execute(insert(outbox), checks)


def _write_instance(
    tx: Transaction, found: Task, instance: Instance, before: Instance, kept: Mapping[str, Any], reason: str
) -> None:
    variables = before.variables
    told = {
        "task": found.id,
        "reason": reason,
        "entries": kept["entries"],
        "old": undo.changed(instance.variables, {**dict.fromkeys(kept["added"]), **variables}),
        "new": kept["old"],
        "cancelled": list(kept["opened"]["task"]),
        "reopened": _closed(kept, "task"),
    }
    head = audit.append(tx, instance.id, [Event("withdrawn", found.element, told)], instance.head)
    tx.session.execute(
        update(process_instance)
        .where(process_instance.c.id == instance.id)
        .values(
            revision=instance.revision + 1,
            history_count=head.number,
            history_head=head.link,
            state=undo.state_before(kept),
            title=before.title,
            search=before.search,
            variables=json.dumps(variables, ensure_ascii=False),
            undo=None,
        )
    )
