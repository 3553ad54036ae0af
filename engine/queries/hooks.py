"""Web hooks and what became of their calls. Never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.errors import NotFoundError
from engine.permissions import Act, require
from engine.tables.outgoing import hook, hook_call
from forms.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from engine.transaction import Transaction

LIMIT = 50


@dataclass(frozen=True, slots=True)
class HookLine:
    """A web hook; `waiting` is how many of its calls are still to be made."""

    id: str
    label: str
    url: str
    events: tuple[str, ...]
    status: str
    made_by: str
    made_at: datetime
    failures: int
    rests_until: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call: `answer` is the last status, `cause` why there was none."""

    id: int
    message_id: str
    event: str
    body: str
    status: str
    attempts: int
    created_at: datetime
    closed_at: datetime | None
    answer: int | None
    cause: Text | None


def bound(row: Any) -> str:
    """What a hook's encrypted secret is bound to."""
    return bound_to(row.id)


def bound_to(hook_id: str) -> str:
    return f"hook {hook_id}"


def hooks(tx: Transaction) -> list[HookLine]:
    """Those that are not ended, the newest first."""
    require(tx.actor, Act.KEEP_HOOKS)
    rows = tx.session.execute(select(hook).where(hook.c.status != "ended").order_by(hook.c.made_at.desc()))
    waiting = select(hook_call.c.hook_id, func.count()).where(hook_call.c.status == "pending")
    counts = {row[0]: row[1] for row in tx.session.execute(waiting.group_by(hook_call.c.hook_id))}
    return [_line(row, counts.get(row.id, 0)) for row in rows]


def calls(tx: Transaction, hook_id: str, before: int | None = None) -> tuple[HookLine, list[CallLine]]:
    """A hook and its calls, the newest first; one more than are shown where there are more."""
    require(tx.actor, Act.KEEP_HOOKS)
    found = next((one for one in hooks(tx) if one.id == hook_id), None)
    if found is None:
        raise NotFoundError("没有这个网络回调。", "there is no such web hook.")
    query = select(hook_call).where(hook_call.c.hook_id == hook_id)
    query = query.where(hook_call.c.id < before) if before is not None else query
    rows = tx.session.execute(query.order_by(hook_call.c.id.desc()).limit(LIMIT + 1))
    return found, [
        CallLine(
            row.id, row.message_id, row.event, row.body, row.status, row.attempts, row.created_at, row.closed_at,
            row.answer,
            Text(row.cause["zh"], row.cause["en"]) if row.cause else None,
        )
        for row in rows
    ]  # fmt: skip


def _line(row: Any, waiting: int) -> HookLine:
    return HookLine(
        row.id, row.label, row.url, tuple(row.events), row.status, row.made_by, row.made_at, row.failures, row.rests_until,
        waiting,
    )  # fmt: skip
