"""What a step puts into the outbox, and the waits that it opens for what others put there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from engine.errors import InvalidError
from engine.instance import ACTIVE, Instance
from engine.spiff.snapshot import Sent
from engine.tables import outbox, process_instance, subscription
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.spiff.snapshot import OpenedJob, OpenedSubscription, Snapshot
    from engine.transaction import Transaction

PENDING, WAITING, DELIVERED, UNMATCHED, INCIDENT = "pending", "waiting", "delivered", "unmatched", "incident"
# The outbox's rows for what is done outside: to be done, and done but still to be told.
JOB, DONE = "job", "done"
OUTSIDE = (JOB, DONE)


def send(tx: Transaction, instance: Instance, snapshot: Snapshot) -> None:
    rows = [row for sent in snapshot.sent for row in _outbox_rows(tx, instance, sent)]
    rows += [check_row(tx, instance, instance.id, wait.message) for wait in snapshot.subscriptions if wait.fan_in]
    if snapshot.end_element is not None:
        # A child that ends without reporting must not keep its parent waiting.
        rows += [check_row(tx, instance, instance.parent_id, "")] if instance.parent_id else []
        # What was kept for a wait that never began is looked at once more, and found to have come too late.
        late = update(outbox).where(outbox.c.target_id == instance.id, outbox.c.status == WAITING)
        if tx.session.execute(late.values(status=PENDING, ready_at=tx.now)).rowcount:  # type: ignore[attr-defined]
            tx.announce()
    if rows:
        tx.announce()
        tx.session.execute(insert(outbox), rows)


def subscribe(tx: Transaction, instance: Instance, opened: Sequence[OpenedSubscription]) -> None:
    """Open the waits, and wake what came before them: a message kept until now, or reports that are all in already."""
    tx.session.execute(
        insert(subscription),
        [
            {
                "id": wait.id,
                "instance_id": instance.id,
                "element": wait.element,
                "message": wait.message,
                "correlation_key": wait.correlation_key,
                "fan_in": wait.fan_in,
                "is_signal": wait.is_signal,
            }
            for wait in opened
        ],
    )
    for wait in opened:
        if wait.correlation_key:
            # A message without a target has no row that both sides lock: its name and key stand for one.
            lock_name(tx, f"message {wait.message} {wait.correlation_key}")
    early = outbox.c.target_id == instance.id
    keys = [wait.correlation_key for wait in opened if wait.correlation_key]
    tx.announce()
    tx.session.execute(
        update(outbox)
        .where(outbox.c.status == WAITING, outbox.c.message.in_([wait.message for wait in opened]))
        .where(early | (outbox.c.target_id.is_(None) & outbox.c.correlation_key.in_(keys)))
        # Its time may be over although no worker has said so yet.
        .where(or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > tx.now))
        .values(status=PENDING, ready_at=tx.now)
    )


def job_row(tx: Transaction, instance: Instance, opened: OpenedJob) -> dict[str, Any]:
    sent = Sent("job", opened.element, opened.type, opened.id, opened.inputs)
    return _outbox_row(tx, instance, JOB, sent, instance.id)


def check_row(tx: Transaction, instance: Instance, target: str | None, message: str) -> dict[str, Any]:
    return {
        "kind": "check",
        "message": message,
        "correlation_key": None,
        "target_id": target,
        "source_id": instance.id,
        "source_element": "",
        "payload": {},
        "status": PENDING,
        "created_at": tx.now,
        "ready_at": tx.now,
    }


def _outbox_rows(tx: Transaction, instance: Instance, sent: Sent) -> list[dict[str, Any]]:
    match sent.kind:
        case "message-to-children":
            return [_outbox_row(tx, instance, "message", sent, child) for child in _open_children(tx, instance)]
        case "signal":
            return [_outbox_row(tx, instance, "signal", sent, each) for each in _listeners(tx, instance, sent.message)]
        case "message-to-begin":
            return [_outbox_row(tx, instance, "begin", sent, None)]
        case "message-to-parent":
            return [_outbox_row(tx, instance, "report", sent, instance.parent_id)] if instance.parent_id else []
        case _:
            if sent.correlation_key is None:
                raise InvalidError(
                    f"{sent.element}: 消息{sent.message}没有关联键(输入correlationKey为空), 无法确定送给谁。",
                    f"{sent.element}: the message {sent.message} has no correlation key (its input correlationKey is null), so it "
                    "is for nobody.",
                )
            return [_outbox_row(tx, instance, "message", sent, None)]


def _open_children(tx: Transaction, instance: Instance) -> list[str]:
    children = select(process_instance.c.id).where(
        process_instance.c.parent_id == instance.id, process_instance.c.status == ACTIVE
    )
    return list(tx.session.scalars(children.order_by(process_instance.c.process, process_instance.c.number)))


def _listeners(tx: Transaction, instance: Instance, signal: str) -> list[str]:
    """The other instances that wait for a signal: of the same employer, or all of them if the sender belongs to none."""
    waiting = (
        select(process_instance.c.id)
        .join(subscription, subscription.c.instance_id == process_instance.c.id)
        .where(subscription.c.is_signal, subscription.c.message == signal)
        .where(process_instance.c.id != instance.id)  # its own waits have heard it within the step
        .distinct()
        .order_by(process_instance.c.id)
    )
    if instance.employer_id is not None:
        waiting = waiting.where(process_instance.c.employer_id == instance.employer_id)
    return list(tx.session.scalars(waiting))


def _outbox_row(tx: Transaction, instance: Instance, kind: str, sent: Sent, target: str | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "message": sent.message,
        "correlation_key": sent.correlation_key,
        "target_id": target,
        "source_id": instance.id,
        "source_element": sent.element,
        "payload": dict(sent.payload),
        "status": PENDING,
        "created_at": tx.now,
        "ready_at": tx.now,
    }
