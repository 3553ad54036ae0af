"""The secret address under which a person's calendar program reads their agenda: made, made anew, ended by them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert

from engine.commands.people import token_digest
from engine.tables import agenda_feed
from engine.transaction import lock_name

if TYPE_CHECKING:
    from engine.transaction import Transaction


def renew(tx: Transaction) -> str:
    """The actor's new secret, said once and kept as a digest only; the one before ends."""
    lock_name(tx, f"agenda {tx.actor.id}")  # pressed twice at once, the first time there is no row to lock
    end(tx)
    secret = secrets.token_urlsafe(32)
    row = {"person_id": tx.actor.id, "digest": token_digest(secret), "created_at": tx.real}
    tx.session.execute(insert(agenda_feed).values(**row))
    return secret


def end(tx: Transaction) -> None:
    """The actor's address leads nowhere any more."""
    tx.session.execute(delete(agenda_feed).where(agenda_feed.c.person_id == tx.actor.id))
