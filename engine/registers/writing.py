"""Writing entries: references that must be there, one history chain a register and employer, an old revision refused.

Who may is asked by whoever calls; a diagram's services may, because its deployment was an administrator's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import audit
from engine.audit import Event
from engine.chain import START, Head
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.registers import stores
from engine.registers.stores import Row
from engine.registers.values import key_of
from engine.tables import employer, history, person, register_entry
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.registers.definition import Register
    from engine.transaction import Transaction

CHANGED, STRUCK = "register entry changed", "register entry struck"
_LONGEST_SUBJECT = 64
# Whose key is the id of a person.
_OF_PEOPLE = frozenset({"experts", "people"})
_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Known:
    """The ids that entries may refer to: every employer, everybody and every unit with their employer."""

    employers: frozenset[str]
    people: Mapping[str, str | None]
    units: Mapping[str, str | None]


def known(tx: Transaction) -> Known:
    everybody = tx.session.execute(select(person.c.id, person.c.employer_id))
    units = tx.session.execute(
        select(register_entry.c.key, register_entry.c.employer_id).where(
            register_entry.c.register == "units", register_entry.c.struck.is_(None)
        )
    )
    return Known(
        frozenset(tx.session.scalars(select(employer.c.id))),
        {row.id: row.employer_id for row in everybody},
        {row.key: row.employer_id for row in units},
    )


def prepare(register: Register, entry: Mapping[str, Any], there: Known, source_id: str | None = None) -> Row:
    """The row that an entry becomes; raises InvalidError where it names nobody who is there."""
    for column in register.columns:
        value = entry.get(column.key)
        ids = {"employer": there.employers, "person": there.people, "unit": there.units}.get(column.refers, ())
        if column.refers and value is not None and value not in ids:
            raise InvalidError(
                f"{column.label.zh}: 没有登记{value}。请先登记, 或更正编号。",
                f"{column.key}: {value} is not registered; register it first, or correct the id.",
            )
    _require_units_fit(register, entry, there)
    key = key_of(register, entry)
    if len(key) > _LONGEST_KEY:
        raise InvalidError(f"编号过长: {key:.60}", f"the key is too long: {key:.60}")
    person_id = (
        entry["person"] if "person" in register.by_key else entry["id"] if register.store in _OF_PEOPLE else None
    )
    employer_id = entry["id"] if register.store == "employers" else entry.get("employer_id")
    if employer_id is None and register.store not in _OF_PEOPLE:
        employer_id = there.people.get(person_id or "")
    return Row(key, dict(entry), employer_id, person_id, source_id)


def _require_units_fit(register: Register, entry: Mapping[str, Any], there: Known) -> None:
    """A unit is of the employer that the entry is about; one of the centre or the bureau is of none."""
    for column in register.columns:
        unit = entry.get(column.key)
        if column.refers == "unit" and unit is not None and there.units[unit] != entry.get("employer_id"):
            raise InvalidError(
                f"{column.label.zh}: {unit}不是该单位的部门。请核对单位编号和部门编号。",
                f"{column.key}: {unit} is no unit of that employer; check both ids.",
            )
    if (
        "kind" in entry
        and register.name == "units"
        and (entry["kind"] == "employer") != (entry["employer_id"] is not None)
    ):
        raise InvalidError(
            "用人单位的部门须填单位编号, 市鉴定中心和市人社局的处室不填。",
            "a unit of an employer has the employer's id; one of the centre or the bureau has none.",
        )


def subject(register: Register, employer_id: str | None) -> str:
    """The history's subject: one chain for each employer's part of a register."""
    name = f"register/{register.name}/{employer_id or '-'}"
    return name if len(name) <= _LONGEST_SUBJECT else f"register/{hashlib.sha256(name.encode()).hexdigest()[:40]}"


def lock(tx: Transaction, register: Register, employer_ids: Sequence[str | None]) -> None:
    """Always in the same order, before anything is read that a write follows."""
    for name in sorted({subject(register, employer_id) for employer_id in employer_ids}):
        lock_name(tx, f"history {name}")


def put(tx: Transaction, register: Register, row: Row, revision: str | None = None, *, new: bool = False) -> Row:
    """Write one entry and its history; the same again is not written twice.

    Raises ConflictError where it is not at `revision` any more, or where it is to be new and is there.
    """
    lock(tx, register, [row.employer_id])
    old = stores.one(tx, register, row.key)
    if (new and old is not None) or (revision is not None and (old is None or old.revision != revision)):
        raise changed(register, row.key)
    if old is not None and old.data == row.data and old.struck == row.struck:
        return old
    stores.put(tx, register, row, old)
    now = stores.one(tx, register, row.key) or row
    note(tx, register, row.employer_id, [changed_event(row.key, old, now)])
    return now


def changed_event(key: str, old: Row | None, now: Row) -> Event:
    """What an entry said and what it says now; of the columns that differ, by name."""
    before, after = dict(old.data) if old else {}, dict(now.data)
    names = [name for name in after if before.get(name) != after[name]]
    told = {
        "old": {name: before.get(name) for name in names} if old else None,
        "new": {name: after[name] for name in names},
    }
    if now.struck:
        return Event(STRUCK, key, {**told, "reason": now.struck, "instance": now.source_id})
    return Event(CHANGED, key, {**told, "instance": now.source_id})


def note(tx: Transaction, register: Register, employer_id: str | None, events: Sequence[Event]) -> None:
    name = subject(register, employer_id)
    lock_name(tx, f"history {name}")
    newest = select(history.c.number, history.c.link).where(history.c.subject_id == name)
    last = tx.session.execute(newest.order_by(history.c.number.desc()).limit(1)).first()
    audit.append(tx, name, events, Head(last.number, last.link) if last else Head(0, START))


def changed(register: Register, key: str) -> ConflictError:
    return ConflictError(
        f"{register.label.zh}台账的{key}已被他人登记或更改, 未作任何更改。请刷新后重试。",
        f"{key} of the register {register.name} was written by somebody else meanwhile; nothing was changed, reload it.",
    )


def not_there(register: Register, key: str) -> NotFoundError:
    return NotFoundError(
        f"{register.label.zh}台账中没有{key:.60}, 或您无权查看。请从台账列表进入。",
        f"there is no {key:.60} in the register {register.name}, or none that you may see; go there from its list.",
    )
