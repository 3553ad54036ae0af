"""A task changes hands (放回, 转办, 委托): who does it, never where the token stands."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select, update

from engine.audit import Event, note
from engine.commands import idempotency
from engine.commands.locked_tasks import Task, lock, require_mine, require_open, require_own
from engine.commands.offering import offer
from engine.commands.texts import required
from engine.errors import ConflictError, InvalidError
from engine.mailing import HANDED
from engine.permissions import TABLE, Act, Subject, Whose, may
from engine.queries import people
from engine.tables import history, person, task, task_candidate
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from engine.instance import Instance
    from engine.library import Library
    from engine.permissions import Actor
    from engine.transaction import Transaction

_REACH = {role.value: whose for role, whose in TABLE[Act.COMPLETE].items()}
_TOLD = Text("有任务转交给您，请办理", "A task was handed to you; please see to it")


def unclaim(tx: Transaction, library: Library, task_id: str, key: str | None) -> dict[str, Any]:
    """Give a claimed task back to its candidate roles.

    Raises ConflictError where nobody has claimed it, it is entrusted, or the diagram assigned it by name.
    """
    found, instance = lock(tx, task_id)
    return idempotency.once(tx, key, ["unclaim", task_id], lambda: _unclaim(tx, library, found, instance))


def _unclaim(tx: Transaction, library: Library, found: Task, instance: Instance) -> dict[str, Any]:
    require_unclaimable(tx, found, instance)
    offer(tx, library, instance, [found.id])
    return hand(tx, found, instance, "unclaimed", None, None)


def require_unclaimable(tx: Transaction, found: Task, instance: Instance) -> None:
    require_mine(tx, Act.UNCLAIM, found, instance)
    require_open(found)
    _require_not_entrusted(found)
    _require_claimed(found)


def give_back(tx: Transaction, task_id: str, key: str | None) -> dict[str, Any]:
    """An entrusted task is its owner's again; the delegate or the owner may ask for it. Raises ConflictError where it is none."""
    found, instance = lock(tx, task_id)
    return idempotency.once(tx, key, ["give back", task_id], lambda: _give_back(tx, found, instance))


def _give_back(tx: Transaction, found: Task, instance: Instance) -> dict[str, Any]:
    require_returnable(tx, found, instance)
    return hand(tx, found, instance, "given back", found.owner_id, None)


def require_returnable(tx: Transaction, found: Task, instance: Instance) -> None:
    if found.owner_id != tx.actor.id:
        require_mine(tx, Act.UNCLAIM, found, instance)
    require_open(found)
    if found.owner_id is None:
        raise ConflictError(
            "该任务没有委托他人, 无需收回。", "this task is not entrusted to anybody; nothing to give back."
        )


def _require_not_entrusted(found: Task) -> None:
    if found.owner_id is not None:
        raise ConflictError(
            "该任务是他人委托给您的, 不能放回或再转交。请办理, 或交还委托人。",
            "this task was entrusted to you; do it, or give it back to its owner.",
        )


def _require_claimed(found: Task) -> None:
    if found.assignee_id is None:
        raise ConflictError(
            "该任务无人签收, 无需放回。", "nobody has claimed this task; there is nothing to give back."
        )
    if found.claimed_at is None:
        raise ConflictError(
            "该任务由流程图指定到人, 没有可放回的候选角色。需要时请转办或联系管理员。",
            "the diagram assigns this task by name, so there is no group to give it back to; reassign it or ask an administrator.",
        )


def reassign(tx: Transaction, task_id: str, to: str, reason: str, key: str | None) -> dict[str, Any]:
    """Hand a task to somebody else who may do it: by its assignee, a leader of its employer, or an administrator.

    Raises InvalidError naming why that person may not do it, ConflictError where it is theirs already or entrusted.
    """
    found, instance = lock(tx, task_id)
    request = ["reassign", task_id, to, reason]
    return idempotency.once(tx, key, request, lambda: _reassign(tx, found, instance, to, reason))


def _reassign(tx: Transaction, found: Task, instance: Instance, to: str, reason: str) -> dict[str, Any]:
    require_disposable(tx, found, instance)
    said = required(reason, "转办理由", "the reason")
    _require_suitable(tx, found, instance, to)
    if found.owner_id == to:
        raise ConflictError(
            "该任务正由其委托他人办理, 请交还本人。", "it is theirs, entrusted to somebody: give it back."
        )
    return hand(tx, found, instance, "reassigned", to, None, said)


def require_disposable(tx: Transaction, found: Task, instance: Instance) -> None:
    """A leader disposes of the tasks of their employer's staff, not of what the centre or an expert does about them."""
    of_employer = any(_REACH.get(role) is Whose.OWN_EMPLOYER for role in _roles(tx, found, instance))
    subject = Subject(
        employer_id=instance.employer_id if of_employer else None,
        unit=instance.unit,
        assignee_id=found.assignee_id,
        in_place_of=found.in_place_of,
        barred_ids=found.barred_ids,
    )
    if found.assignee_id == tx.actor.id:
        _require_not_entrusted(found)
    if not may(tx.actor, Act.REASSIGN, subject):
        require_own(tx, Act.REASSIGN, found, instance)
    require_open(found)


def delegate(tx: Transaction, task_id: str, to: str, reason: str, key: str | None) -> dict[str, Any]:
    """Entrust one's own task to somebody who may do it: they do it or give it back, the owner stays on record.

    Raises as `reassign`.
    """
    found, instance = lock(tx, task_id)
    request = ["delegate", task_id, to, reason]
    return idempotency.once(tx, key, request, lambda: _delegate(tx, found, instance, to, reason))


def _delegate(tx: Transaction, found: Task, instance: Instance, to: str, reason: str) -> dict[str, Any]:
    require_delegable(tx, found, instance)
    said = required(reason, "委托理由", "the reason")
    _require_suitable(tx, found, instance, to)
    return hand(tx, found, instance, "delegated", to, found.assignee_id, said)


def require_delegable(tx: Transaction, found: Task, instance: Instance) -> None:
    require_own(tx, Act.DELEGATE, found, instance)
    require_open(found)
    _require_not_entrusted(found)


def takers(tx: Transaction, found: Task, instance: Instance) -> list[Actor]:
    """Whom it may be handed to, by id; of several who are each named, who has a turn of their own is still among them."""
    roles = _roles(tx, found, instance)
    subject = dataclasses.replace(found.as_nobodys(instance), candidate_roles=roles)
    others = (each for each in people.with_roles(tx, roles) if each.id not in {found.assignee_id, found.owner_id})
    return [each for each in others if may(each, Act.COMPLETE, subject)]


def _require_suitable(tx: Transaction, found: Task, instance: Instance, to: str) -> None:
    """Whom a task may be handed to: who could have claimed it, or has the role of the person whom the diagram names."""
    if to == found.assignee_id:
        raise ConflictError("该任务已在此人名下。", "this task is theirs already.")
    receiver = people.actor(tx, to)
    if receiver is None:
        raise InvalidError(
            f"没有人员{to}, 或其账号已停用。请另选他人。",
            f"there is no person {to}, or the account is closed; choose somebody else.",
        )
    roles = _roles(tx, found, instance)
    if not roles:
        raise InvalidError(
            "该任务须由指定的申报人或专家本人办理, 不能转交。",
            "this task is for one candidate or expert in person; it cannot be handed on.",
        )
    _require_no_second_turn(tx, found, instance, receiver)
    subject = dataclasses.replace(found.as_nobodys(instance), candidate_roles=roles)
    if not may(receiver, Act.COMPLETE, subject):
        raise InvalidError(
            f"{receiver.name}不能办理此任务: 需要角色{'、'.join(roles)}, 同一单位, 且不在回避之列。请另选他人。",
            f"{receiver.name} may not do this task: it takes the role {', '.join(roles)}, the same employer, and nobody whom "
            "separation of duties bars. Choose somebody else.",
        )


def _require_no_second_turn(tx: Transaction, found: Task, instance: Instance, receiver: Actor) -> None:
    """Of several who are each named, nobody speaks twice: their quorum counts people."""
    if found.candidate_roles or "loopCounter" not in found.local:
        return
    others = select(task.c.id).where(
        task.c.instance_id == instance.id,
        task.c.element == found.element,
        task.c.id != found.id,
        task.c.status != "cancelled",
        or_(task.c.assignee_id == receiver.id, task.c.owner_id == receiver.id, task.c.closed_by == receiver.id),
    )
    if tx.session.execute(others.limit(1)).first() is not None:
        raise InvalidError(
            f"{receiver.name}在此环节另有自己的任务, 不能兼办他人的一份。请另选他人。",
            f"{receiver.name} has a turn of their own in this step and cannot take another's too. Choose somebody else.",
        )


def _roles(tx: Transaction, found: Task, instance: Instance) -> tuple[str, ...]:
    """Who may do it as a group; of a task assigned by name, the roles of that person. Candidates and experts act in person."""
    if found.candidate_roles:
        return found.candidate_roles
    named = _named(tx, found, instance)
    roles = tx.session.scalar(select(person.c.roles).where(person.c.id == named)) or []
    if any(_REACH.get(role) is Whose.MINE for role in roles):
        return ()
    return tuple(role for role in roles if role in _REACH)


def _named(tx: Transaction, found: Task, instance: Instance) -> str | None:
    """Whom the diagram names, through however many hands it has gone: else it would reach people whom that one is none of."""
    entries = select(history.c.payload).where(history.c.subject_id == instance.id, history.c.kind == "reassigned")
    for payload in tx.session.scalars(entries.order_by(history.c.number)):
        if payload and payload["task"] == found.id:
            first: str | None = payload["old"]["owner"] or payload["old"]["assignee"]
            return first
    return found.owner_id or found.assignee_id


def hand(
    tx: Transaction,
    found: Task,
    instance: Instance,
    kind: str,
    assignee: str | None,
    owner: str | None,
    reason: str | None = None,
) -> dict[str, Any]:
    """Write who has it now; what was claimed by a group stays so, whoever has it."""
    claimed_at = None if assignee is None else found.claimed_at
    if found.assignee_id is None:
        claimed_at = tx.now
        tx.session.execute(delete(task_candidate).where(task_candidate.c.task_id == found.id))
    values = {
        "assignee_id": assignee,
        "owner_id": owner,
        "claimed_at": claimed_at,
        "seen_at": None,
        "in_place_of": None,
    }
    if kind == "reassigned":
        values["handed_by"] = tx.actor.id
    tx.session.execute(update(task).where(task.c.id == found.id).values(**values))
    told = {
        "task": found.id,
        "old": {"assignee": found.assignee_id, "owner": found.owner_id},
        "new": {"assignee": assignee, "owner": owner},
    }
    if assignee not in {None, tx.actor.id}:
        about = {"instance_id": instance.id, "task_id": found.id}
        tell(tx, [str(assignee)], f"{instance.id}#{instance.history_count + 1}", HANDED, _TOLD, **about)
    note(tx, instance, Event(kind, found.element, told | ({"reason": reason} if reason else {})))
    return {"task": found.id, "instance": instance.id}
