"""Delivering the outbox: each message in a transaction of its own, its effect and its mark in the same commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, exists, insert, or_, select, update

from engine.audit import Event
from engine.commands.step import DELIVERED, PENDING, UNMATCHED, WAITING, take
from engine.instance import ACTIVE, Instance, as_instance, locked_instance
from engine.spiff.snapshot import Receive
from engine.tables import outbox, process_instance, report, subscription
from engine.transaction import lock_name

if TYPE_CHECKING:
    from engine.library import Library
    from engine.transaction import Transaction


def next_pending(tx: Transaction) -> int | None:
    """The oldest message to deliver."""
    due = or_(outbox.c.retry_at.is_(None), outbox.c.retry_at <= tx.real)
    return tx.session.scalar(select(outbox.c.id).where(outbox.c.status == PENDING, due).order_by(outbox.c.id).limit(1))


def deliver(tx: Transaction, library: Library, message_id: int) -> None:
    """Deliver one message; a message that nobody waits for yet is kept, one for an ended instance is marked unmatched."""
    message = tx.session.execute(select(outbox).where(outbox.c.id == message_id).with_for_update()).one()
    if message.status != PENDING:
        return  # another worker was faster
    match message.kind:
        case "report":
            status = _take_report(tx, library, message)
        case "check":
            status = _check_fan_in(tx, library, message.target_id)
        case _:
            status = _deliver(tx, library, message)
    closed_at = None if status == WAITING else tx.now
    tx.session.execute(update(outbox).where(outbox.c.id == message_id).values(status=status, closed_at=closed_at))


def _deliver(tx: Transaction, library: Library, message: Row[Any]) -> str:
    if message.target_id:
        _lock(tx, message.target_id)
    else:
        lock_name(tx, f"message {message.message} {message.correlation_key}")
    wanted = (
        subscription.c.instance_id == message.target_id
        if message.target_id
        else subscription.c.correlation_key == message.correlation_key
    )
    found = tx.session.execute(
        select(subscription).where(subscription.c.message == message.message, subscription.c.fan_in.is_(None), wanted)
    ).first()
    if found is None:
        return WAITING if message.target_id is None or _is_active(tx, message.target_id) else UNMATCHED
    _receive(tx, library, _lock(tx, found.instance_id), found, message.payload, message.source_id)
    return DELIVERED


def _take_report(tx: Transaction, library: Library, message: Row[Any]) -> str:
    """A child's report counts once, however often it comes."""
    _lock(tx, message.target_id)
    key = {"parent_id": message.target_id, "message": message.message, "child_id": message.source_id}
    if tx.session.execute(select(report).filter_by(**key)).first() is None:
        tx.session.execute(insert(report).values(**key, payload=message.payload, reported_at=tx.now))
    return _check_fan_in(tx, library, message.target_id)


def _check_fan_in(tx: Transaction, library: Library, parent_id: str) -> str:
    """Under the parent's lock: go on if every child of the process waited for has reported or has ended."""
    instance = _lock(tx, parent_id)
    waits = tx.session.execute(
        select(subscription).where(subscription.c.instance_id == parent_id, subscription.c.fan_in.is_not(None))
    ).all()
    for wait in waits:
        if not _is_missing(tx, parent_id, wait.fan_in, wait.message):
            _receive(tx, library, instance, wait, {"reports": _reports(tx, parent_id, wait.message)}, None)
            break  # the instance has moved on; its next wait asks for its own check
    return DELIVERED


def _is_missing(tx: Transaction, parent_id: str, process: str, message: str) -> bool:
    has_reported = exists().where(report.c.child_id == process_instance.c.id, report.c.message == message)
    missing = select(process_instance.c.id).where(
        process_instance.c.parent_id == parent_id,
        process_instance.c.process == process,
        process_instance.c.status == ACTIVE,
        ~has_reported,
    )
    return tx.session.execute(missing.limit(1)).first() is not None


def _reports(tx: Transaction, parent_id: str, message: str) -> list[dict[str, Any]]:
    rows = tx.session.execute(
        select(report.c.payload, process_instance.c.id, process_instance.c.business_key)
        .join(process_instance, process_instance.c.id == report.c.child_id)
        .where(report.c.parent_id == parent_id, report.c.message == message)
        .order_by(process_instance.c.number)
    )
    return [{**row.payload, "key": row.business_key, "id": row.id} for row in rows]


def _receive(
    tx: Transaction,
    library: Library,
    instance: Instance,
    wait: Row[Any],
    payload: dict[str, Any],
    source_id: str | None,
) -> None:
    event = Event("received", wait.element, {"message": wait.message, "from": source_id, "payload": payload})
    take(tx, library, instance, Receive(wait.id, payload), event)


def _lock(tx: Transaction, instance_id: str) -> Instance:
    return as_instance(tx.session.execute(locked_instance().where(process_instance.c.id == instance_id)).one())


def _is_active(tx: Transaction, instance_id: str) -> bool:
    status = tx.session.scalar(select(process_instance.c.status).where(process_instance.c.id == instance_id))
    return status == ACTIVE
