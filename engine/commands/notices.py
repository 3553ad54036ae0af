"""What people do with what they were told (engine.telling): they have read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from engine.commands import idempotency
from engine.tables import notice

if TYPE_CHECKING:
    from engine.transaction import Transaction


def read(tx: Transaction, until: int | None, key: str | None) -> dict[str, Any]:
    """The actor has read all of theirs, or those up to the one of this id; says `{"read": how many, "unread": how many}`."""
    return idempotency.once(tx, key, ["read notices", until], lambda: _read(tx, until))


def _read(tx: Transaction, until: int | None) -> dict[str, Any]:
    unread = (notice.c.person_id == tx.actor.id, notice.c.read_at.is_(None))
    seen = (*unread, notice.c.id <= until) if until is not None else unread
    result = tx.session.execute(update(notice).where(*seen).values(read_at=tx.now))
    left = tx.session.scalar(select(func.count()).select_from(notice).where(*unread))
    return {"read": result.rowcount, "unread": left}  # type: ignore[attr-defined]
