"""Writing registers by hand or from a file: who may is asked here, entry by entry."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from engine import certificate as numbers
from engine import in_force
from engine.audit import Event
from engine.clock import SHANGHAI
from engine.errors import InvalidError, NotFoundError, NotPermittedError
from engine.keys import Sealed
from engine.permissions import Subject, may, require
from engine.registers import find, stores, writing
from engine.registers.files import Line, read_file
from engine.registers.letters import code_sets
from engine.registers.table import CERTIFICATES
from engine.registers.values import entry_of, read_entry
from engine.registers.writing import Known, not_there
from engine.services.certificates import lock_serials, raise_serials
from engine.tables import employer, staged_import
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.certificate import CodeSets, Parts
    from engine.library import Library
    from engine.registers.definition import Register
    from engine.registers.stores import Row
    from engine.transaction import Transaction

IMPORTED = "register imported"
_KEPT = timedelta(days=1)
_MOST_TOLD = 200
_MAX_REASON = 1000
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in a file: the row as a spreadsheet counts it, the column's label (empty: the whole row)."""

    row: int
    column: Text
    text: Text


@dataclass(frozen=True, slots=True)
class Checked:
    """A file against the register: what it would write, and everything that keeps it from being written.

    `lines` are (row number, what becomes of it: `new`, `changed` or `same`, the entry); `serials` the last certificate
    serials that would be raised.
    """

    lines: tuple[tuple[int, str, Row], ...]
    wrong: tuple[Wrong, ...]
    parts: tuple[Parts, ...] = ()


def save(
    tx: Transaction, library: Library, name: str, raw: Mapping[str, Any], key: str | None, revision: str | None
) -> dict[str, Any]:
    """Write one entry: a new one without `key`, or change the one that has it; says `{"register", "key"}`.

    Raises NotPermittedError, NotFoundError, ConflictError (it is there already, or was changed meanwhile), InvalidError.
    """
    register = find(name)
    _require_some(tx, register)
    if register is CERTIFICATES:
        lock_serials(tx, [str(raw.get("number") or "")])
    old = stores.one(tx, register, key) if key is not None else None
    if key is not None and (old is None or not _sees(tx, register, old)):
        raise not_there(register, key)
    entry = _kept(register, entry_of(register, raw), old)
    row = writing.prepare(register, entry, _reachable(tx, register))
    if old is not None and row.key != old.key:
        raise InvalidError(
            f"编号({old.key})不能更改。请作废此条后另行登记。",
            f"the key ({old.key}) cannot be changed; strike this entry and write another one.",
        )
    _require(tx, register, row, old)
    if register is CERTIFICATES:
        row = _checked_certificate(tx, library, row, old)
    writing.put(tx, register, replace(row, struck=old.struck if old else None), revision, new=old is None)
    return {"register": name, "key": row.key}


def strike(tx: Transaction, name: str, key: str, reason: str, revision: str | None) -> None:
    """An entry that is wrong counts no more; it stays where everybody sees it, with the reason."""
    register = find(name)
    _require_some(tx, register)
    old = stores.one(tx, register, key)
    if old is None or not _sees(tx, register, old):
        raise not_there(register, key)
    _require(tx, register, old, old)
    if register.store != "entries":
        raise InvalidError(
            f"{register.label.zh}台账的条目不能作废, 请更改其状态。",
            f"entries of {register.name} cannot be struck; change their state instead.",
        )
    if not 0 < len(reason.strip()) <= _MAX_REASON or "\0" in reason:
        raise InvalidError(
            f"请写明作废理由(不超过{_MAX_REASON}字)。", f"say why it is struck, in up to {_MAX_REASON} characters."
        )
    writing.put(tx, register, replace(old, struck=reason.strip(), source_id=None), revision)


def stage(tx: Transaction, library: Library, name: str, file_name: str, content: bytes) -> str:
    """Keep a file for a day until its bearer says that it may be written; the id to say it by. Nothing is written yet."""
    register = find(name)
    _require_some(tx, register)
    check(tx, library, register, content)
    mine, old = staged_import.c.staged_by == tx.actor.id, staged_import.c.staged_at < tx.now - _KEPT
    tx.session.execute(delete(staged_import).where(mine | old))
    staged_id = str(uuid.uuid4())
    made = tx.keys.seal(content, _bound(staged_id))
    told = {"register": name, "file_name": file_name.replace("\0", "")[-_LONGEST_NAME:], "content": made.content}
    values = {**told, "key_id": made.key_id, "staged_by": tx.actor.id, "staged_at": tx.now}
    tx.session.execute(insert(staged_import).values(id=staged_id, **values))
    return staged_id


def staged(tx: Transaction, library: Library, staged_id: str) -> tuple[Register, str, Checked]:
    """The caller's own staged file, checked against the register as it is now."""
    row = _staged(tx, staged_id)
    register = find(row.register)
    return register, row.file_name, check(tx, library, register, _content(tx, row))


def import_staged(tx: Transaction, library: Library, staged_id: str) -> dict[str, Any]:
    """Write all rows of a staged file, or none; says how many were `new`, `changed` and `same`."""
    row = _staged(tx, staged_id)
    register = find(row.register)
    done = import_content(tx, library, register.name, _content(tx, row), row.file_name)
    tx.session.execute(delete(staged_import).where(staged_import.c.id == staged_id))
    return done


def import_content(tx: Transaction, library: Library, name: str, content: bytes, file_name: str = "") -> dict[str, Any]:
    """Raises InvalidError with every row that is wrong; nothing is written then."""
    register = find(name)
    _require_some(tx, register)
    return _import(tx, library, register, read_file(register, content), file_name)


def import_entries(
    tx: Transaction, library: Library, name: str, entries: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The same for entries that come as JSON values."""
    register = find(name)
    _require_some(tx, register)
    return _import(tx, library, register, [Line(place, dict(entry)) for place, entry in enumerate(entries, 1)], "")


def check(tx: Transaction, library: Library, register: Register, content: bytes) -> Checked:
    """Everything about a file; raises InvalidError for what is no such file at all, or has nothing below its heading."""
    lines = read_file(register, content)
    if not lines:
        raise InvalidError(
            "表头以下没有内容。请填写后重新上传。",
            "there is nothing below the heading; fill it in and upload it again.",
        )
    return _check(tx, library, register, lines)


def _import(
    tx: Transaction, library: Library, register: Register, lines: Iterable[Line], file_name: str
) -> dict[str, Any]:
    lines = list(lines)
    if register is CERTIFICATES:
        lock_serials(tx, [str(line.cells.get("number") or "") for line in lines])
    checked = _check(tx, library, register, lines)
    if checked.wrong:
        raise _refused(checked.wrong)
    writing.lock(tx, register, [row.employer_id for _, _, row in checked.lines])
    counts = {"new": 0, "changed": 0, "same": 0}
    events: dict[str | None, list[Any]] = {}
    for _, what, row in checked.lines:
        counts[what] += 1
        if what != "same":
            old = stores.one(tx, register, row.key)
            stores.put(tx, register, row, old)
            events.setdefault(row.employer_id, []).append(
                writing.changed_event(row.key, old, stores.one(tx, register, row.key) or row)
            )
    for employer_id in sorted(events, key=str):
        writing.note(tx, register, employer_id, events[employer_id])
    serials = raise_serials(tx, checked.parts)
    told = {"file": file_name, **counts, "serials": serials}
    writing.note(tx, register, None, [Event(IMPORTED, None, told)])
    return {"register": register.name, **counts, "serials": serials}


def _check(tx: Transaction, library: Library, register: Register, lines: Sequence[Line]) -> Checked:
    there = _reachable(tx, register)
    wrong: list[Wrong] = []
    found: list[tuple[int, str, Row]] = []
    seen: dict[str, int] = {}
    before = {row.key: row for row in stores.rows(tx, register, stores.Asked())}
    certificates = _Certificates.of(tx, library) if register is CERTIFICATES else None
    for line in lines:
        entry, bad = read_entry(register, line.cells)
        wrong += [Wrong(line.number, _label(register, key), text) for key, text in bad.items()]
        if bad:
            continue
        try:
            row = _row(tx, register, entry, there, before, certificates)
        except (InvalidError, NotPermittedError) as error:
            wrong.append(Wrong(line.number, Text("", ""), error.text))
            continue
        if row.key in seen:
            first = seen[row.key]
            text = Text(f"与第{first}行重复: {row.key}", f"the same as row {first}: {row.key}")
            wrong.append(Wrong(line.number, Text("", ""), text))
            continue
        seen[row.key] = line.number
        old = before.get(row.key)
        what = "new" if old is None else "same" if old.data == row.data and old.struck == row.struck else "changed"
        found.append((line.number, what, row))
    return Checked(tuple(found), tuple(wrong), tuple(certificates.parts if certificates else ()))


def _row(
    tx: Transaction,
    register: Register,
    entry: Mapping[str, Any],
    there: Known,
    before: Mapping[str, Row],
    certificates: _Certificates | None,
) -> Row:
    row = writing.prepare(register, entry, there)
    old = before.get(row.key)
    if old is not None and register.adds_only:
        raise InvalidError(f"{row.key}已在台账中, 不能重复导入。", f"{row.key} is in the register already.")
    row = replace(row, data=_kept(register, row.data, old), source_id=old.source_id if old else None)
    if certificates is not None:
        row = certificates.checked(row)
    _require(tx, register, row, old)
    return row


class _Certificates:
    """What a certificate's number must agree with: the codes of the policy in use, the employers' prefixes (AX.1, AX.2)."""

    def __init__(self, codes: CodeSets, employers: Mapping[str, str], today: date) -> None:
        self.codes, self.employers, self.today = codes, employers, today
        self.parts: list[Parts] = []

    @classmethod
    def of(cls, tx: Transaction, library: Library) -> _Certificates:
        rows = tx.session.execute(select(employer.c.id, employer.c.prefix).where(employer.c.prefix.is_not(None)))
        return cls(_codes(tx, library), {row.prefix: row.id for row in rows}, tx.now.astimezone(SHANGHAI).date())

    def checked(self, row: Row) -> Row:
        """With the employer that the prefix belongs to; raises InvalidError naming what does not agree."""
        parts = numbers.parse(row.key, self.codes)
        if parts.prefix not in self.employers:
            raise InvalidError(
                f"AX.2: 没有单位登记了前13位{parts.prefix}。请先登记该单位的编码。",
                f"AX.2: no employer has places 1-13 {parts.prefix} registered; register the employer's code first.",
            )
        level = next(name for name, letter in self.codes.letters.items() if letter == parts.level_letter)
        if level != row.data["level"]:
            raise InvalidError(
                f"AX.1: 编号第16位{parts.level_letter}是{self.codes.levels[level].zh}, 与“等级”不符。",
                f"AX.1: place 16, {parts.level_letter}, is {self.codes.levels[level].en}, not the level given.",
            )
        issued = date.fromisoformat(row.data["issued_on"])
        # The year may be that of the determination (Q24), which can be the year before.
        if issued.year - parts.issue_year not in (0, 1) or issued > self.today:
            raise InvalidError(
                f"Q24: 编号年份{parts.issue_year}与发证日期{issued}不符, 或日期在将来。",
                f"Q24: the year {parts.issue_year} of the number does not fit the issue date {issued}, or that is to come.",
            )
        self.parts.append(parts)
        employer_id = self.employers[parts.prefix]
        data = {**row.data, "employer_id": employer_id, "status": row.data["status"] or "valid"}
        return replace(row, data=data, employer_id=employer_id)


def _codes(tx: Transaction, library: Library) -> CodeSets:
    """Of the newest deployment that says anything of certificates."""
    for each in in_force.activations(tx):
        policy = library.get(tx.session, each.deployment_id).policy
        if policy.certificate:
            return code_sets(tx, policy)
    raise InvalidError(
        "还没有部署含证书编码的政策, 不能核对编号。请管理员先部署。",
        "no policy with certificate codes is deployed, so numbers cannot be checked; deploy one first.",
    )


def _checked_certificate(tx: Transaction, library: Library, row: Row, old: Row | None) -> Row:
    certificates = _Certificates.of(tx, library)
    row = certificates.checked(row)
    if old is None:
        raise_serials(tx, certificates.parts)
        return row
    fixed = ("level", "issued_on")
    if any(row.data[name] != old.data[name] for name in fixed):
        raise InvalidError(
            "A10.3d: 已编号证书的等级和发证日期不能更改。",
            "A10.3d: level and issue date of a certificate that has its number cannot be changed.",
        )
    return replace(row, source_id=old.source_id)


def _kept(register: Register, entry: Mapping[str, Any], old: Row | None) -> dict[str, Any]:
    """What people do not write stays as services have left it; an ID number typed as shown is the one that is there."""
    kept = {column.key: old.data.get(column.key) if old else None for column in register.columns if column.readonly}
    if register.name == "employers":
        kept["status"] = kept["status"] or "active"
    if register.name in {"experts", "people"} and entry["active"] is None:
        # Blank: as it is. What the security administrator has closed no register opens by the way.
        kept["active"] = bool(old.data["active"]) if old else True
    if register.name == "roles":
        kept["unit_only"] = bool(entry["unit_only"])
    return {**entry, **kept}


def _reachable(tx: Transaction, register: Register) -> Known:
    """Employers and people that the actor's entries may name: not whether others have such a person."""
    there = writing.known(tx)
    own = {employer_id for employer_id in there.employers if may(tx.actor, register.write, Subject(employer_id))}
    if may(tx.actor, register.write, Subject()):
        return there
    people = {one: employer_id for one, employer_id in there.people.items() if employer_id in own}
    return Known(frozenset(own), people, {one: of for one, of in there.units.items() if of in own})


def _require_some(tx: Transaction, register: Register) -> None:
    """Anything of this register at all; whose it is comes later, entry by entry."""
    require(tx.actor, register.write, Subject(employer_id=tx.actor.employer_id))


def _require(tx: Transaction, register: Register, row: Row, old: Row | None) -> None:
    for one in (row, old):
        if one is not None:
            barred = frozenset({one.person_id} - {None})
            require(tx.actor, register.write, Subject(one.employer_id, barred_ids=barred))  # type: ignore[arg-type]


def _sees(tx: Transaction, register: Register, row: Row) -> bool:
    return may(tx.actor, register.see, Subject(row.employer_id))


def _staged(tx: Transaction, staged_id: str) -> Any:
    mine = (staged_import.c.id == staged_id, staged_import.c.staged_by == tx.actor.id)
    row = tx.session.execute(select(staged_import).where(*mine)).first()
    if row is None:
        raise NotFoundError(
            "没有这次导入, 或已导入、已过期。请重新上传文件。",
            "there is no such import of yours, or it is done or too old; upload the file again.",
        )
    return row


def bound(row: Any) -> str:
    """What a staged file's content is bound to."""
    return _bound(row.id)


def _bound(staged_id: str) -> str:
    return f"import {staged_id}"


def _content(tx: Transaction, row: Any) -> bytes:
    content: bytes = row.content
    return content if row.key_id is None else tx.keys.open(Sealed(row.key_id, content), bound(row))


def _label(register: Register, key: str) -> Text:
    return register.by_key[key].label if key in register.by_key else Text(key, key)


def _refused(wrong: Sequence[Wrong]) -> InvalidError:
    told = wrong[:_MOST_TOLD]
    zh = "\n".join(f"第{one.row}行{'“' + one.column.zh + '”' if one.column.zh else ''}: {one.text.zh}" for one in told)
    en = "\n".join(f"row {one.row}{', ' + one.column.en if one.column.en else ''}: {one.text.en}" for one in told)
    return InvalidError(
        f"{len(wrong)}处有误, 未导入任何内容:\n{zh}", f"{len(wrong)} mistakes, nothing was imported:\n{en}"
    )
