"""What is encrypted, under which keys, and all of it anew under the newest one: a few rows a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Table, func, select, update

from engine import sealing
from engine.commands import registers
from engine.keys import Sealed, UnreadableError
from engine.permissions import Act, require
from engine.queries import drafts, hooks
from engine.tables import staged_import
from engine.tables.outgoing import hook
from engine.tables.papers import draft
from engine.tables.sealed import sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.transaction import Transaction

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class _Kept:
    """A table with encrypted content, and what each row's is bound to."""

    table: Table
    content: Column[Any]
    bound: Callable[[Any], str]


_KEPT = (
    _Kept(sealed, sealed.c.content, sealing.bound),
    _Kept(draft, draft.c.typed, drafts.bound),
    _Kept(staged_import, staged_import.c.content, registers.bound),
    _Kept(hook, hook.c.secret, hooks.bound),
)


@dataclass(frozen=True, slots=True)
class Use:
    """How many rows of a table are under a key (None: not encrypted yet), and whether the key is there."""

    table: str
    key_id: str | None
    rows: int
    is_there: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """`broken` are the rows, by table and key of the table, that their key cannot open."""

    uses: tuple[Use, ...]
    broken: tuple[str, ...]


def rotate(tx: Transaction) -> Mapping[str, int]:
    """Encrypt some rows anew under the newest key, by table; nothing where none is left whose key is there.

    Killed between two of these it goes on where it was. Raises UnreadableError for a row that was changed.
    """
    require(tx.actor, Act.KEEP_KEYS)
    done = {kept.table.name: _rotate(tx, kept) for kept in _KEPT} if tx.keys.ids else {}
    return {name: count for name, count in done.items() if count}


def _rotate(tx: Transaction, kept: _Kept) -> int:
    key_id = kept.table.c.key_id
    is_old = key_id.is_(None) | key_id.in_(tx.keys.ids[1:])
    rows = tx.session.execute(select(kept.table).where(is_old).limit(AT_ONCE).with_for_update()).all()
    for row in rows:
        made = tx.keys.seal(_plain(tx, kept, row), kept.bound(row))
        values = {kept.content.name: made.content, "key_id": made.key_id}
        tx.session.execute(update(kept.table).where(*_same(kept, row)).values(values))
    return len(rows)


def check(tx: Transaction) -> Checked:
    """Reads everything that is encrypted."""
    require(tx.actor, Act.KEEP_KEYS)
    uses = tuple(use for kept in _KEPT for use in _uses(tx, kept))
    return Checked(uses, tuple(place for kept in _KEPT for place in _broken(tx, kept)))


def _uses(tx: Transaction, kept: _Kept) -> list[Use]:
    key_id = kept.table.c.key_id
    counted = select(key_id, func.count()).select_from(kept.table).group_by(key_id).order_by(key_id)
    there = {None, *tx.keys.ids}
    return [Use(kept.table.name, found, rows, found in there) for found, rows in tx.session.execute(counted)]


def _broken(tx: Transaction, kept: _Kept) -> list[str]:
    return [
        " ".join([kept.table.name, *(str(value) for value in _key(kept, row).values())])
        for row in tx.session.execute(select(kept.table), execution_options={"yield_per": AT_ONCE})
        if row.key_id in tx.keys.ids and not _opens(tx, kept, row)
    ]


def _opens(tx: Transaction, kept: _Kept, row: Any) -> bool:
    try:
        _plain(tx, kept, row)
    except UnreadableError:
        return False
    return True


def _plain(tx: Transaction, kept: _Kept, row: Any) -> bytes:
    content: bytes = row._mapping[kept.content]  # noqa: SLF001  the documented way to read a row by column
    return content if row.key_id is None else tx.keys.open(Sealed(row.key_id, content), kept.bound(row))


def _key(kept: _Kept, row: Any) -> dict[str, Any]:
    return {column.name: row._mapping[column] for column in kept.table.primary_key}  # noqa: SLF001


def _same(kept: _Kept, row: Any) -> list[Any]:
    return [kept.table.c[name] == value for name, value in _key(kept, row).items()]
