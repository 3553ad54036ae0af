"""What happened at the door and with accounts: one line each, only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from engine.signing_in import NOWHERE
from engine.tables.accounts import account_event

if TYPE_CHECKING:
    from engine.signing_in import Happened, How, Origin
    from engine.transaction import Transaction


def log(
    tx: Transaction, kind: Happened, person_id: str | None, origin: Origin = NOWHERE, *, how: How | None = None
) -> None:
    """About this person, by whoever acts; None where nobody has the name that was typed."""
    by = None if tx.actor.system or tx.actor.id == person_id else tx.actor.id
    tx.session.execute(
        insert(account_event).values(
            at=tx.real, kind=kind, person_id=person_id, by_id=by, how=how, address=origin.address, agent=origin.agent
        )
    )
