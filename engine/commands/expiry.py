"""What is kept for some days only is deleted when they are over (engine.retaining), a thousand rows a transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from engine.commands import attachments
from engine.permissions import Act, require
from engine.tables.accounts import account_event
from engine.tables.outgoing import hook_call, letter
from engine.tables.papers import draft

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Column, Table

    from engine.retaining import Days
    from engine.transaction import Transaction

MOST = 1000


def delete_old(tx: Transaction, days: Days) -> int:
    """The first thousand of each; says how many were deleted, 0 when nothing is left."""
    require(tx.actor, Act.FIRE_TIMER)
    old: tuple[tuple[Table, Column[datetime], datetime], ...] = (
        (letter, letter.c.closed_at, tx.real - timedelta(days.letters)),
        (hook_call, hook_call.c.closed_at, tx.real - timedelta(days.hook_calls)),
        (account_event, account_event.c.at, tx.real - timedelta(days.sign_ins)),
        # Business time, as they were saved.
        (draft, draft.c.saved_at, tx.now - timedelta(days.drafts)),
    )
    gone = attachments.drop_waiting(tx, tx.now - timedelta(days.drafts), MOST)
    return gone + sum(_delete(tx, table, column, before) for table, column, before in old)


def _delete(tx: Transaction, table: Table, column: Column[datetime], before: datetime) -> int:
    """What is not closed yet has no moment, and stays."""
    first = select(table.c.id).where(column < before).order_by(table.c.id).limit(MOST)
    return int(tx.session.execute(delete(table).where(table.c.id.in_(first))).rowcount)  # type: ignore[attr-defined]
