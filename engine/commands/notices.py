"""What people are told beside their tasks: each thing once, whichever worker finds it first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.commands import idempotency
from engine.tables import notice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.transaction import Transaction
    from forms.text import Text

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def tell(tx: Transaction, people: Iterable[str], key: str, kind: str, text: Text, **about: str | None) -> None:
    """Tell these people, by id; whoever was told under this key is not told again. `about`: `instance_id`, `task_id`.

    The text names no person: what a matter is called is read with it, by whoever may.
    """
    rows = [
        {"person_id": each, "key": key, "kind": kind, "text": text.as_json(), "created_at": tx.now, **about}
        for each in people
    ]
    if rows:
        statement = _INSERT[tx.session.get_bind().dialect.name](notice)
        tx.session.execute(statement.on_conflict_do_nothing(index_elements=["person_id", "key"]), rows)


def read(tx: Transaction, until: int | None, key: str | None) -> dict[str, Any]:
    """The actor has read all of theirs, or those up to the one of this id; says `{"read": how many, "unread": how many}`."""
    return idempotency.once(tx, key, ["read notices", until], lambda: _read(tx, until))


def _read(tx: Transaction, until: int | None) -> dict[str, Any]:
    unread = (notice.c.person_id == tx.actor.id, notice.c.read_at.is_(None))
    seen = (*unread, notice.c.id <= until) if until is not None else unread
    result = tx.session.execute(update(notice).where(*seen).values(read_at=tx.now))
    left = tx.session.scalar(select(func.count()).select_from(notice).where(*unread))
    return {"read": result.rowcount, "unread": left}  # type: ignore[attr-defined]
