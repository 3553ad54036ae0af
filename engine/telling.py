"""What people are told beside their tasks: each thing once, whichever worker finds it first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

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
