"""Registers as people read them: which there are, a list by pages, one entry with its history, everything for a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.commands import registers as commands
from engine.errors import InvalidError
from engine.permissions import Subject, Whose, may, reach, require
from engine.registers import REGISTERS, find, stores, writing
from engine.registers.stores import Asked
from engine.services.certificates import would_raise
from engine.tables import employer, history, person, process_instance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.library import Library
    from engine.permissions import Actor
    from engine.registers.definition import Register
    from engine.registers.stores import Row
    from engine.transaction import Transaction

MAX_EXPORTED = 50_000
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a register. `names` are those of the ids that its entries refer to."""

    register: Register
    rows: tuple[Row, ...]
    names: Mapping[str, str]
    employers: tuple[tuple[str, str], ...]
    may_write: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One write of an entry: who, when, and the columns that differ; `instance` is (id, business key) of what wrote it."""

    kind: str
    actor_name: str
    at: datetime
    old: Mapping[str, Any] | None
    new: Mapping[str, Any]
    reason: str
    instance: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry with what became of it."""

    register: Register
    row: Row
    names: Mapping[str, str]
    source: tuple[str, str] | None
    changes: tuple[Change, ...]
    may_write: bool


@dataclass(frozen=True, slots=True)
class Staged:
    """A file before it is written."""

    register: Register
    file_name: str
    checked: commands.Checked
    names: Mapping[str, str]
    # The last serials that it would raise: `{prefix, year, letter, to}`.
    serials: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """All that a file holds; `rows` without what was struck."""

    register: Register
    rows: tuple[Row, ...]


def visible(actor: Actor) -> list[Register]:
    """The registers of which the actor may see anything."""
    own = Subject(employer_id=actor.employer_id)
    return [register for register in REGISTERS.values() if may(actor, register.see, own)]


def writable(actor: Actor, register: Register) -> bool:
    return may(actor, register.write, Subject(employer_id=actor.employer_id))


def listed(
    tx: Transaction,
    name: str,
    *,
    search: str = "",
    employer_id: str | None = None,
    after: str | None = None,
    limit: int,
) -> Listed:
    """Entries by their keys after one of them; every word of `search` occurs in each. Raises NotPermittedError."""
    register = find(name)
    own = _own(tx.actor, register)
    asked = Asked(own=own, employer=employer_id or None, words=_words(search), after=after, limit=limit)
    rows = tuple(stores.rows(tx, register, asked))
    employers = _employers(tx) if own is None and register.store != "employers" else ()
    return Listed(register, rows, _names(tx, rows), employers, writable(tx.actor, register))


def detail(tx: Transaction, name: str, key: str) -> Detail:
    """Raises NotFoundError for what is not there, or is somebody else's."""
    register = find(name)
    row = _visible(tx, register, key)
    source = None
    if row.source_id is not None:
        source = (row.source_id, _titles(tx, {row.source_id}).get(row.source_id, row.source_id))
    barred = frozenset({row.person_id} if row.person_id else ())
    may_write = may(tx.actor, register.write, Subject(row.employer_id, barred_ids=barred))
    return Detail(register, row, _names(tx, (row,)), source, tuple(_changes(tx, register, row)), may_write)


def exported(tx: Transaction, name: str, search: str = "", employer_id: str | None = None) -> Exported:
    """Everything that the actor may see of it, as the list shows it; without what was struck."""
    register = find(name)
    asked = Asked(
        own=_own(tx.actor, register), employer=employer_id or None, words=_words(search), limit=MAX_EXPORTED + 1
    )
    rows = stores.rows(tx, register, asked)
    if len(rows) > MAX_EXPORTED:
        raise InvalidError(
            f"超过{MAX_EXPORTED}条, 请先按单位或内容查找, 再分次导出。",
            f"there are more than {MAX_EXPORTED} entries; search by employer or content first, and export part by part.",
        )
    return Exported(register, tuple(row for row in rows if row.struck is None))


def staged(tx: Transaction, library: Library, staged_id: str) -> Staged:
    register, file_name, checked = commands.staged(tx, library, staged_id)
    names = _names(tx, tuple(row for _, _, row in checked.lines))
    return Staged(register, file_name, checked, names, tuple(would_raise(tx, checked.parts)))


def _own(actor: Actor, register: Register) -> str | None:
    """None: all employers' entries; raises NotPermittedError for who may see none."""
    require(actor, register.see, Subject(employer_id=actor.employer_id))
    far = {whose for _, whose in reach(actor, register.see)}
    return None if Whose.ANY in far else actor.employer_id


def _visible(tx: Transaction, register: Register, key: str) -> Row:
    _own(tx.actor, register)
    row = stores.one(tx, register, key)
    if row is None or not may(tx.actor, register.see, Subject(row.employer_id)):
        raise writing.not_there(register, key)
    return row


def _words(search: str) -> tuple[str, ...]:
    return tuple(search.lower().split()[:_MOST_WORDS])


def _names(tx: Transaction, rows: tuple[Row, ...]) -> dict[str, str]:
    """Names of the employers and people that entries name by their ids: `employer/E1`, `person/jia`."""
    employers = {row.employer_id for row in rows} - {None}
    people = {row.person_id for row in rows} - {None}
    found = {}
    for kind, table, ids in (("employer", employer, employers), ("person", person, people)):
        for row in tx.session.execute(select(table.c.id, table.c.name).where(table.c.id.in_(ids))) if ids else ():
            found[f"{kind}/{row.id}"] = row.name
    return found


def _employers(tx: Transaction) -> tuple[tuple[str, str], ...]:
    rows = tx.session.execute(select(employer.c.id, employer.c.name).order_by(employer.c.name, employer.c.id))
    return tuple((row.id, row.name) for row in rows)


def _changes(tx: Transaction, register: Register, row: Row) -> list[Change]:
    subject = writing.subject(register, row.employer_id)
    entries = (
        select(history, person.c.name.label("actor_name"))
        .outerjoin(person, person.c.id == history.c.actor_id)
        .where(history.c.subject_id == subject, history.c.element == row.key)
        .order_by(history.c.number.desc())
    )
    found = tx.session.execute(entries).all()
    ids = {(one.payload or {}).get("instance") for one in found} - {None}
    titles = _titles(tx, ids)
    return [_change(one, titles) for one in found]


def _change(one: Any, titles: Mapping[str, str]) -> Change:
    told = one.payload or {}
    instance = str(told.get("instance"))
    return Change(
        kind=one.kind,
        actor_name=one.actor_name or "—",
        at=one.at,
        old=told.get("old"),
        new=told.get("new") or {},
        reason=told.get("reason") or "",
        instance=(instance, titles[instance]) if instance in titles else None,
    )


def _titles(tx: Transaction, ids: set[Any]) -> dict[str, str]:
    if not ids:
        return {}
    columns = (process_instance.c.id, process_instance.c.business_key)
    return {
        row.id: row.business_key for row in tx.session.execute(select(*columns).where(process_instance.c.id.in_(ids)))
    }
