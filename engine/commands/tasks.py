"""Claiming and completing user tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, update

from engine import sealing
from engine.audit import Event, note
from engine.commands import drafts, idempotency, voting
from engine.commands.locked_tasks import Task, in_place_of, lock, require_mine, require_open
from engine.commands.opinions import require_heard
from engine.commands.step import take
from engine.errors import ConflictError, StaleRevisionError
from engine.permissions import Act
from engine.places import of_task
from engine.queries import people
from engine.spiff.snapshot import Complete
from engine.tables import task, task_candidate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.instance import Instance
    from engine.library import Library
    from engine.transaction import Transaction
    from forms.ballot import Ballot


def claim(tx: Transaction, task_id: str) -> None:
    """Make an open task one's own; claiming what is one's own already changes nothing."""
    found, instance = lock(tx, task_id)
    require_mine(tx, Act.CLAIM, found, instance)
    require_open(found)
    if found.assignee_id == tx.actor.id:
        return
    lent = in_place_of(tx.actor, Act.CLAIM, found.subject(instance))
    _require_arranged(tx, lent.get("in_place_of"))
    mine = {"assignee_id": tx.actor.id, "claimed_at": tx.now, "seen_at": tx.now, "in_place_of": None, **lent}
    tx.session.execute(update(task).where(task.c.id == task_id).values(**mine))
    tx.session.execute(delete(task_candidate).where(task_candidate.c.task_id == task_id))
    note(tx, instance, Event("claimed", found.element, {"task": task_id, **lent}))


def _require_arranged(tx: Transaction, absent_id: str | None) -> None:
    """What is claimed while the arrangement is being ended would stay with the stand-in."""
    if absent_id is not None and not people.is_arranged(tx, absent_id, tx.actor.id):
        raise ConflictError("这项代理刚刚结束。", "this arrangement has just ended.")


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
    already, moved on, an opinion is still
    to be given, or the key was used for something else), forms.FormError naming every field, InvalidError when
    the process cannot go on.
    """
    found, instance = lock(tx, task_id)
    compiled = library.get(tx.session, instance.deployment_id)
    form = compiled.forms[compiled.diagrams[instance.process].elements[found.element].form_id or ""]
    # How somebody votes is in nothing that is kept with their name, not even in the digest of a request.
    request = ["complete", task_id, form.ballot.without(submitted) if form.ballot else submitted]
    if (earlier := idempotency.recall(tx, idempotency_key, request)) is not None:
        _require_standing(found)
        return earlier
    require_mine(tx, Act.COMPLETE, found, instance)
    require_open(found)
    _require_revision(instance, revision)
    require_heard(tx, found)
    context = {**instance.scope(compiled.settings), **found.local}
    values, numbers = sealing.load(tx, library, form, submitted, context, instance.id)
    told: dict[str, Any] = {"task": task_id, **_for_whom(tx, found, instance)}
    if form.ballot is not None:
        told["voted"] = _vote(tx, form.ballot, found, instance, values)
        values = form.ballot.without(values)
    sealing.keep(tx, instance, numbers)
    take(
        tx,
        library,
        instance,
        Complete(task_id, values),
        Event("completed", found.element, {**told, "values": values}),
        found,
    )
    if found.has_draft:
        drafts.discard(tx, of_task(task_id))
    result = {"task": task_id, "instance": instance.id}
    idempotency.keep(tx, idempotency_key, request, result)
    return result


def _require_standing(found: Task) -> None:
    """A late repetition of what was withdrawn is not done again, and is not told that it is done."""
    if found.status != "completed":
        raise ConflictError(
            "这次办理之后已经撤回, 重复的请求不再生效。如需再次办理, 请更换Idempotency-Key。",
            "this completion has been withdrawn since, so repeating it does nothing. To complete the task anew, take a new "
            "Idempotency-Key.",
        )


def _for_whom(tx: Transaction, found: Task, instance: Instance) -> dict[str, str]:
    """Who had entrusted it, and in whose absence it was done."""
    owner = {"owner": found.owner_id} if found.owner_id else {}
    return owner | in_place_of(tx.actor, Act.COMPLETE, found.subject(instance))


def _vote(tx: Transaction, ballot: Ballot, found: Task, instance: Instance, values: Mapping[str, Any]) -> bool:
    """Whether there was one to cast: a form may hide its ballot."""
    choice = ballot.vote(values)
    if choice is not None:
        voting.cast(tx, instance, found, choice)
    return choice is not None


def _require_revision(instance: Instance, revision: int | None) -> None:
    if revision not in {None, instance.revision}:
        raise StaleRevisionError(
            f"该事项已从第{revision}次变为第{instance.revision}次更新, 未作任何更改。请重新读取。",
            f"this matter has moved on from revision {revision} to {instance.revision}; nothing was changed. Read it again.",
            current=instance.revision,
        )
