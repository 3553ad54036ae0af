"""The history: append-only, every change of state has its entry in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from engine.tables import history

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Event:
    """One entry before it has its number."""

    kind: str
    element: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


def append(tx: Transaction, subject_id: str, events: Sequence[Event], after: int) -> None:
    """Write entries numbered from `after` + 1; the primary key refuses a number given twice."""
    if events:
        tx.session.execute(
            insert(history), [_row(tx, subject_id, number, event) for number, event in enumerate(events, after + 1)]
        )


def append_to(tx: Transaction, subject_id: str, event: Event) -> None:
    """For subjects that do not count their entries themselves: deployments, the sandbox clock."""
    last = tx.session.scalar(select(func.max(history.c.number)).where(history.c.subject_id == subject_id))
    append(tx, subject_id, [event], last or 0)


def _row(tx: Transaction, subject_id: str, number: int, event: Event) -> dict[str, Any]:
    return {
        "subject_id": subject_id,
        "number": number,
        "kind": event.kind,
        "element": event.element,
        "actor_id": tx.actor.id,
        "at": tx.now,
        "at_real": tx.real,
        "payload": dict(event.payload),
    }
