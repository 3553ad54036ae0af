"""Putting a version in force: its days begin when it is deployed, go on by an extension, and come again by a rollback.

A day is law when it comes, whether a worker looks or not (engine.commands.beginnings tells people). Nothing is ever deleted.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update

from engine import files, in_force
from engine.audit import Event, append_to
from engine.commands import idempotency
from engine.commands.texts import required
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.in_force import Kind, today
from engine.permissions import Act, require
from engine.tables import deployment
from engine.tables.policies import activation
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from engine.files import File
    from engine.gate import Extension
    from engine.in_force import Activation
    from engine.transaction import Transaction

POLICY = "policy"
LOCK = "deploy"
_DAY = timedelta(days=1)


def record(
    tx: Transaction,
    deployment_id: int,
    kind: Kind,
    from_on: date,
    until_on: date | None,
    reason: str,
    more: Mapping[str, Any],
) -> int:
    """The row, with `more` of its columns, and its entry in the deployment's history; says its id. The caller holds the lock."""
    days = {"from": from_on.isoformat(), "until": until_on.isoformat() if until_on else None}
    decided = {"decided_by": tx.actor.id, "decided_at": tx.now, "decided_at_real": tx.real}
    values = {"deployment_id": deployment_id, "kind": kind, "from_on": from_on, "until_on": until_on, "reason": reason}
    result = tx.session.execute(insert(activation).values(**values, **decided, **more))
    activation_id: int = result.inserted_primary_key[0]  # type: ignore[attr-defined]
    told = {"activation": activation_id, "kind": kind, **days, "reason": reason}
    told |= {name: more[name] for name in ("basis", "document_name") if name in more}
    append_to(tx, f"deployment/{deployment_id}", Event("activated", None, told))
    return activation_id


def extend(tx: Transaction, deployment_id: int, wanted: Extension, key: str | None = None) -> dict[str, Any]:
    """Let a version's term go on (A15.1) by a recorded act: `{"deployment", "activation"}`.

    The days follow the term's last; instances of this version are within it from now on. Raises NotFoundError,
    ConflictError for one without an end or where another version holds on those days, InvalidError.
    """
    require(tx.actor, Act.DECIDE_POLICY)
    document = _document(wanted)
    request = ["extend", deployment_id, *_told(wanted, document)]
    return idempotency.once(tx, key, request, lambda: _extend(tx, deployment_id, wanted, document))


def _document(wanted: Extension) -> File:
    if wanted.document is None:
        raise InvalidError("请附上延期所依据的文件。", "attach the document that the extension rests on.")
    return files.inspect(wanted.document.name, wanted.document.content)


def _told(wanted: Extension, document: File) -> list[str]:
    return [wanted.until_on.isoformat(), wanted.reason, wanted.basis, document.digest]


def _kept(wanted: Extension, document: File) -> dict[str, Any]:
    basis = required(wanted.basis, "依据", "the legal basis")
    return {
        "basis": basis,
        "document": document.content,
        "document_name": document.name,
        "document_type": document.type,
    }


def _extend(tx: Transaction, deployment_id: int, wanted: Extension, document: File) -> dict[str, Any]:
    lock_name(tx, LOCK)
    row = _deployment(tx, deployment_id)
    reason = required(wanted.reason, "理由", "the reason")
    kept = _kept(wanted, document)
    _require_real(wanted.until_on, "until_on")
    begins = _next_day(row, wanted.until_on)
    if not decided(tx, row.id):
        raise ConflictError(
            "该版本的施行已取消, 不能延期。如需施行, 请重新提交审批。",
            "this version was cancelled before it began; there is no term to extend. Propose it anew.",
        )
    _require_free(tx, row, begins, wanted.until_on)
    found = record(tx, row.id, Kind.EXTENSION, begins, wanted.until_on, reason, kept)
    settle_term(tx, row.id)
    return {"deployment": row.id, "activation": found}


def settle_term(tx: Transaction, deployment_id: int) -> None:
    """Up to which day instances of this version are within its term, by what stands decided now."""
    if its := decided(tx, deployment_id):
        last = in_force.end_of_term(its)
        tx.session.execute(update(deployment).where(deployment.c.id == deployment_id).values(in_force_until=last))


def decided(tx: Transaction, deployment_id: int) -> list[Activation]:
    """What stands decided of this version."""
    return [one for one in in_force.activations(tx) if one.deployment_id == deployment_id and not one.is_cancelled]


def _require_real(day: date, name: str) -> None:
    if day > in_force.LAST_DAY:
        raise InvalidError(
            f"{name}: 日期不得晚于{in_force.LAST_DAY}。请填写实际的日期。",
            f"{name}: no day after {in_force.LAST_DAY} is taken; enter the real one.",
        )


def _next_day(row: Row[Any], until_on: date) -> date:
    if in_force.last_day(row.in_force_until) is None:
        raise ConflictError("该版本没有截止日, 无需延期。", "this version has no last day; there is nothing to extend.")
    if until_on <= row.in_force_until:
        raise InvalidError(
            f"until_on: 新的截止日应晚于原截止日{row.in_force_until}。",
            f"until_on: the new last day must be later than the present one, {row.in_force_until}.",
        )
    begins: date = row.in_force_until + _DAY
    return begins


def _require_free(tx: Transaction, row: Row[Any], begins: date, ends: date) -> None:
    """An extension fills a gap; to put another version out of force is a rollback, said as such."""
    known = in_force.activations(tx)
    for days in (each for process in row.processes for each in in_force.line(known, process)):
        each, meets = days.current, days.from_on <= ends and (days.until_on is None or days.until_on >= begins)
        if meets and each is not None and each.deployment_id != row.id:
            raise ConflictError(
                f"{days.from_on}起施行的是{each.title.zh}第{each.version}版, 不能以延期取代。如确需改回, 请使用“恢复此版”。",
                f"from {days.from_on} on version {each.version} of {each.title.en} is in force; an extension does not replace "
                "it. If that is meant, put this version in force again (rollback).",
            )


def roll_back(
    tx: Transaction,
    deployment_id: int,
    from_on: date | None,
    reason: str,
    longer: Extension | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """Put a version in force again that has been, from today or a later day on, to the end of its term.

    Running instances keep their version. One whose term is over needs `longer`: a last day, its basis and the document.
    Raises NotFoundError, ConflictError for one that has never begun, for a day outside its term or where it is what holds on
    that day anyway, InvalidError for a day that is over.
    """
    require(tx.actor, Act.DECIDE_POLICY)
    document = _document(longer) if longer is not None else None
    told = _told(longer, document) if longer is not None and document is not None else []
    request = ["roll back", deployment_id, from_on.isoformat() if from_on else None, reason, *told]
    return idempotency.once(tx, key, request, lambda: _roll_back(tx, deployment_id, from_on, reason, longer, document))


def _roll_back(
    tx: Transaction,
    deployment_id: int,
    from_on: date | None,
    reason: str,
    longer: Extension | None,
    document: File | None,
) -> dict[str, Any]:
    lock_name(tx, LOCK)
    row, day = _deployment(tx, deployment_id), from_on or today(tx)
    said = required(reason, "理由", "the reason")
    _require_to_come(tx, day)
    _require_begun(tx, row)
    until_on = in_force.last_day(row.in_force_until) if longer is None else longer.until_on
    _require_real(day, "from_on")
    _require_real(until_on or day, "until_on")
    if day < row.in_force_from or (until_on is not None and day > until_on):
        raise ConflictError(
            f"{day}不在该版本的有效期内({row.in_force_from}至{until_on})。有效期已过的, 须写明新的截止日和依据, 并附文件。",
            f"{day} is outside the term of this version ({row.in_force_from} to {until_on}); where its term is over, say the "
            "new last day and the legal basis and attach the document.",
        )
    _require_other(tx, row, day)
    kept = _kept(longer, document) if longer is not None and document is not None else {}
    found = record(tx, row.id, Kind.ROLLBACK, day, until_on, said, kept)
    if longer is not None:
        settle_term(tx, row.id)
    return {"deployment": row.id, "activation": found}


def _require_begun(tx: Transaction, row: Row[Any]) -> None:
    """One person takes back; what is new, and from which day it is law, two decide."""
    if not any(each.from_on <= today(tx) for each in decided(tx, row.id)):
        raise ConflictError(
            "该版本尚未施行过, 不能恢复。如需提前施行, 请重新提交审批。",
            "this version has never been in force, so it cannot be in force again; to have it earlier, propose it anew.",
        )


def _require_other(tx: Transaction, row: Row[Any], day: date) -> None:
    known = in_force.activations(tx)
    holding = {in_force.current(known, process, day) for process in row.processes}
    if {each.deployment_id if each else None for each in holding} == {row.id}:
        raise ConflictError(f"{day}施行的就是这一版。", f"this version is what is in force on {day} already.")


def cancel(tx: Transaction, activation_id: int, reason: str, key: str | None = None) -> dict[str, Any]:
    """Take back what has not begun yet; it stays on record. Raises NotFoundError, ConflictError once it has begun."""
    require(tx.actor, Act.DECIDE_POLICY)
    request = ["cancel activation", activation_id, reason]
    return idempotency.once(tx, key, request, lambda: _cancel(tx, activation_id, reason))


def _cancel(tx: Transaction, activation_id: int, reason: str) -> dict[str, Any]:
    lock_name(tx, LOCK)
    row = tx.session.execute(select(activation).where(activation.c.id == activation_id)).first()
    if row is None:
        raise NotFoundError(f"没有编号为{activation_id}的施行记录。", f"there is no activation {activation_id}.")
    said = required(reason, "理由", "the reason")
    if row.cancelled_at is not None or row.from_on <= today(tx):
        raise ConflictError(
            "已经开始施行或已取消, 不能再取消。如需停用, 请恢复先前的版本。",
            "it has begun, or is cancelled already; to put it out of force put an earlier version in force again.",
        )
    tx.session.execute(
        update(activation)
        .where(activation.c.id == activation_id)
        .values(cancelled_at=tx.now, cancelled_at_real=tx.real)
    )
    settle_term(tx, row.deployment_id)
    told = {"activation": activation_id, "reason": said}
    append_to(tx, f"deployment/{row.deployment_id}", Event("activation cancelled", None, told))
    return {"deployment": row.deployment_id, "activation": activation_id}


def _require_to_come(tx: Transaction, day: date) -> None:
    if day < today(tx):
        raise InvalidError(
            f"from_on: {day}已经过去, 不能追溯施行。请选择今天或以后的日期。",
            f"from_on: {day} is over; nothing is put in force for days that have passed. Choose today or a later day.",
        )


def _deployment(tx: Transaction, deployment_id: int) -> Row[Any]:
    row = tx.session.execute(select(deployment).where(deployment.c.id == deployment_id)).first()
    if row is None:
        raise NotFoundError(f"没有编号为{deployment_id}的部署", f"there is no deployment {deployment_id}")
    return row
