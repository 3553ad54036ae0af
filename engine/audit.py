"""Writing the history: append-only, chained, every change of state has its entry in the same transaction."""

from __future__ import annotations

import dataclasses
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine.chain import START, Entry, Head, commitment
from engine.tables import history, process_instance
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.instance import Instance
    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Event:
    """One entry before it has its number. The payload is JSON."""

    kind: str
    element: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


def append(tx: Transaction, subject_id: str, events: Sequence[Event], head: Head) -> Head:
    """Write entries after the head and say the new one; the primary key refuses a number given twice."""
    rows, head = chained(tx, subject_id, events, head)
    if rows:
        tx.session.execute(insert(history), rows)
    return head


def chained(tx: Transaction, subject_id: str, events: Sequence[Event], head: Head) -> tuple[list[dict[str, Any]], Head]:
    """The rows of entries after the head, not yet written, and the head that they lead to."""
    rows = []
    for event in events:
        row = _row(tx, subject_id, head.number + 1, event, head.link)
        head = Head(row["number"], row["link"])
        rows.append(row)
    return rows, head


def append_to(tx: Transaction, subject_id: str, event: Event) -> None:
    """For subjects that do not keep their head themselves: deployments, incidents, the sandbox clock."""
    lock_name(tx, f"history {subject_id}")
    newest = select(history.c.number, history.c.link).where(history.c.subject_id == subject_id)
    row = tx.session.execute(newest.order_by(history.c.number.desc()).limit(1)).first()
    append(tx, subject_id, [event], Head(row.number, row.link) if row else Head(0, START))


def note(tx: Transaction, instance: Instance, *events: Event) -> None:
    """Entries without a step: the instance counts them, its state stays."""
    head = append(tx, instance.id, events, instance.head)
    counted = {"history_count": head.number, "history_head": head.link}
    tx.session.execute(update(process_instance).where(process_instance.c.id == instance.id).values(**counted))


def iso(moment: datetime) -> str:
    return moment.isoformat()


def _row(tx: Transaction, subject_id: str, number: int, event: Event, previous: str) -> dict[str, Any]:
    salt, payload = secrets.token_hex(16), dict(event.payload)
    entry = Entry(
        subject=subject_id,
        number=number,
        kind=event.kind,
        element=event.element,
        actor=tx.actor.id,
        at=iso(tx.now),
        at_real=iso(tx.real),
        commitment=commitment(salt, payload),
        link="",
        salt=salt,
        payload=payload,
    )
    entry = dataclasses.replace(entry, link=entry.bound(previous))
    return {
        "subject_id": subject_id,
        "number": number,
        "kind": event.kind,
        "element": event.element,
        "actor_id": tx.actor.id,
        "at": tx.now,
        "at_real": tx.real,
        "commitment": entry.commitment,
        "link": entry.link,
        "salt": salt,
        "payload": payload,
    }
