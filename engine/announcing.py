"""What other systems are told: calls of web hooks, written in the same transaction as what they tell of. Nothing personal."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from engine.tables.outgoing import hook, hook_call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.transaction import Transaction

# A hook that another process registers is heard by this one after so long at the latest.
_REMEMBERED = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Listener:
    """An active hook and what it is told of."""

    id: str
    events: frozenset[str]


class Listeners:
    """The active hooks, read once in a while: where there is none a step costs nothing. Threads share it."""

    def __init__(self) -> None:
        self._known: tuple[datetime, tuple[Listener, ...]] | None = None

    def of(self, tx: Transaction) -> tuple[Listener, ...]:
        if self._known is None or not timedelta(0) <= tx.real - self._known[0] < _REMEMBERED:
            self._known = tx.real, active(tx)
        return self._known[1]

    def forget(self) -> None:
        self._known = None


def active(tx: Transaction) -> tuple[Listener, ...]:
    rows = tx.session.execute(select(hook.c.id, hook.c.events).where(hook.c.status == "active"))
    return tuple(Listener(row.id, frozenset(row.events)) for row in rows)


def announce(tx: Transaction, listeners: Sequence[Listener], event: str, *told: Mapping[str, Any]) -> None:
    """A call for each of these that wants such events, and for each thing told."""
    rows = [call_row(tx, one.id, event, each) for one in listeners if event in one.events for each in told]
    if rows:
        tx.session.execute(insert(hook_call), rows)


def call_row(tx: Transaction, hook_id: str, event: str, told: Mapping[str, Any]) -> dict[str, Any]:
    body = {"type": event, "timestamp": tx.now.isoformat(), "data": dict(told)}
    what = {"hook_id": hook_id, "message_id": f"msg_{uuid.uuid4().hex}", "event": event, "status": "pending"}
    return {**what, "body": json.dumps(body, ensure_ascii=False), "created_at": tx.real}
