"""Where each register is kept: rows out of the tables, entries into them. No permissions and no history here."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text as Words
from sqlalchemy import and_, cast, func, insert, or_, select, update

from engine.errors import ConflictError, InvalidError
from engine.permissions import ADMINISTRATORS, ROLE_WORDS, Role
from engine.registers.definition import SEPARATOR
from engine.registers.table import EMPLOYERS, EXPERTS, GRANTS, PEOPLE
from engine.tables import certificate, employer, person, register_entry
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import ColumnElement, Select

    from engine.registers.definition import Register
    from engine.transaction import Transaction

EXPERT = "expert"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. `employer_id` and `person_id`: whom it is about; `source_id`: the instance that wrote it last, if one did.

    `struck` is the reason for which it does not count any more.
    """

    key: str
    data: Mapping[str, Any]
    employer_id: str | None = None
    person_id: str | None = None
    source_id: str | None = None
    struck: str | None = None

    @property
    def id(self) -> str:
        """What a page of a list goes on after."""
        return self.key

    @property
    def revision(self) -> str:
        """Another one whenever the entry says something else, whoever wrote it."""
        facts = json.dumps([self.data, self.struck], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows: all that is said must hold. `own` is how far who asks may see, `employer` what they chose."""

    own: str | None = None
    employer: str | None = None
    person: str | None = None
    key: str | None = None
    words: tuple[str, ...] = ()
    after: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """How a register's rows are read, in the order of their keys, and one is written."""

    rows: Callable[[Transaction, Register, Asked], list[Row]]
    put: Callable[[Transaction, Register, Row, Row | None], None]


def rows(tx: Transaction, register: Register, asked: Asked) -> list[Row]:
    typed = (asked.employer, asked.person, asked.key, asked.after, *asked.words)
    if any("\0" in text for text in typed if text is not None):
        return []  # PostgreSQL knows no such text, and neither does any entry
    return _STORES[register.store].rows(tx, register, asked)


def one(tx: Transaction, register: Register, key: str) -> Row | None:
    found = rows(tx, register, Asked(key=key))
    return found[0] if found else None


def put(tx: Transaction, register: Register, row: Row, old: Row | None) -> None:
    _STORES[register.store].put(tx, register, row, old)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The expressions that every filter is made of."""

    key: ColumnElement[str]
    employer: ColumnElement[Any]
    person: ColumnElement[Any]
    words: ColumnElement[str]


def _filtered(query: Select[Any], columns: _Columns, asked: Asked) -> Select[Any]:
    wanted = [columns.words.contains(word, autoescape=True) for word in asked.words]
    wanted += [columns.employer == chosen for chosen in (asked.own, asked.employer) if chosen is not None]
    wanted += [columns.person == asked.person] if asked.person is not None else []
    wanted += [columns.key == asked.key] if asked.key is not None else []
    wanted += [columns.key > asked.after] if asked.after is not None else []
    return query.where(*wanted).order_by(columns.key).limit(asked.limit)


# --- entries without a table of their own

_e = register_entry.c
_ENTRIES = _Columns(_e.key, _e.employer_id, _e.person_id, _e.words)


def _entries(tx: Transaction, register: Register, asked: Asked) -> list[Row]:
    query = _filtered(select(register_entry).where(_e.register == register.name), _ENTRIES, asked)
    found = tx.session.execute(query)
    return [Row(row.key, row.data, row.employer_id, row.person_id, row.source_id, row.struck) for row in found]


def _put_entry(tx: Transaction, register: Register, row: Row, old: Row | None) -> None:
    words = " ".join(_plain(value) for value in row.data.values()).lower()
    values = {
        "employer_id": row.employer_id,
        "person_id": row.person_id,
        "data": dict(row.data),
        "words": words,
        "struck": row.struck,
        "source_id": row.source_id,
        "changed_by": tx.actor.id,
        "changed_at": tx.now,
    }
    same = and_(_e.register == register.name, _e.key == row.key)
    if old is None:
        tx.session.execute(insert(register_entry).values(register=register.name, key=row.key, **values))
    else:
        tx.session.execute(update(register_entry).where(same).values(**values))


def _plain(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- employers

_m = employer.c
_EMPLOYERS = _Columns(
    _m.id, _m.id, cast(None, Words), func.lower(_m.id + " " + _m.name + " " + func.coalesce(_m.prefix, ""))
)


def _employers(tx: Transaction, _register: Register, asked: Asked) -> list[Row]:
    found = tx.session.execute(_filtered(select(employer), _EMPLOYERS, asked))
    return [Row(row.id, _employer_data(row), row.id) for row in found]


def _employer_data(row: Any) -> dict[str, Any]:
    hq, left = row.hq or {}, row.exit or {}
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "prefix_source": row.prefix_source,
        "status": row.status,
        "hq_agency_code": hq.get("agency_code"),
        "hq_name": hq.get("name"),
        "hq_scope": hq.get("scope"),
        "exit_number": left.get("number"),
        "exit_on": left.get("decided_on"),
        "exit_reason": left.get("reason"),
    }


def _put_employer(tx: Transaction, _register: Register, row: Row, old: Row | None) -> None:
    data = row.data
    taken = select(employer.c.name).where(employer.c.prefix == data["prefix"], employer.c.id != row.key)
    if data["prefix"] and (other := tx.session.scalar(taken)) is not None:
        raise ConflictError(
            f"AX.2: 前13位{data['prefix']}已登记给{other}, 不能再登记给{data['name']}。请核对赋码通知。",
            f"AX.2: places 1-13 {data['prefix']} are registered for {other}, not for {data['name']} too; check the notice.",
        )
    parts = {"agency_code": data["hq_agency_code"], "name": data["hq_name"], "scope": data["hq_scope"]}
    values = {
        "name": data["name"],
        "prefix": data["prefix"],
        "prefix_source": data["prefix_source"],
        "hq": {**parts, "scope": parts["scope"] or []} if any(parts.values()) else None,
    }
    if old is None:
        tx.session.execute(insert(employer).values(id=row.key, trades=[], **values))
    else:
        tx.session.execute(update(employer).where(employer.c.id == row.key).values(**values))


# --- the trades of employers

_TRADE = ("trade", "occupation_code", "senior_count", "levels", "standard", "approved_on", "filing")


def _trades(tx: Transaction, _register: Register, asked: Asked) -> list[Row]:
    query = select(employer.c.id, employer.c.name, employer.c.trades)
    for chosen in (asked.own, asked.employer):
        query = query.where(employer.c.id == chosen) if chosen is not None else query
    if asked.key is not None:
        query = query.where(employer.c.id == asked.key.split(SEPARATOR)[0])
    found = [row for one in tx.session.execute(query) for row in _trades_of(one, asked)]
    return sorted(found, key=lambda row: row.key)[: asked.limit]


def _trades_of(found: Any, asked: Asked) -> Iterable[Row]:
    for entry in found.trades:
        data = {"employer_id": found.id, **{name: entry.get(name) for name in _TRADE}}
        key = f"{found.id}{SEPARATOR}{entry.get('trade')}"
        words = f"{key} {found.name} {data['occupation_code']}".lower()
        if (
            (asked.key is None or key == asked.key)
            and (asked.after is None or key > asked.after)
            and all(word in words for word in asked.words)
        ):
            yield Row(key, data, found.id)


def _put_trade(tx: Transaction, _register: Register, row: Row, _old: Row | None) -> None:
    same = employer.c.id == row.data["employer_id"]
    trades = tx.session.scalar(select(employer.c.trades).where(same).with_for_update()) or []
    entry = {name: row.data.get(name) for name in _TRADE if row.data.get(name) is not None}
    before: dict[str, Any] = next((one for one in trades if one.get("trade") == entry["trade"]), {})
    others = {name: value for name, value in before.items() if name not in _TRADE}
    kept = [one for one in trades if one.get("trade") != entry["trade"]]
    place = trades.index(before) if before else len(kept)
    kept.insert(place, {**others, **entry})
    tx.session.execute(update(employer).where(same).values(trades=kept))


# --- experts

_p = person.c
_EXPERTS = _Columns(_p.id, _p.employer_id, _p.id, func.lower(_p.id + " " + _p.name + " " + func.coalesce(_p.field, "")))


def _experts(tx: Transaction, _register: Register, asked: Asked) -> list[Row]:
    is_expert = cast(person.c.roles, Words).contains(json.dumps(EXPERT))
    found = tx.session.execute(_filtered(select(person).where(is_expert), _EXPERTS, asked))
    return [Row(row.id, _expert_data(row), row.employer_id, row.id) for row in found]


def _expert_data(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "field": row.field,
        "employer_id": row.employer_id,
        "active": row.active,
        "conflicts": row.conflicts or None,
    }


def _put_expert(tx: Transaction, _register: Register, row: Row, old: Row | None) -> None:
    data = row.data
    account = {name: data[name] for name in ("name", "employer_id", "active")}
    account["active"] = account["active"] is not False
    known = tx.session.execute(select(person).where(person.c.id == row.key)).first()
    if known is None:
        own = {"field": data["field"], "conflicts": data["conflicts"]}
        tx.session.execute(insert(person).values(id=row.key, roles=[EXPERT], language="zh", **account, **own))
        return
    # Who is more than an expert keeps name, employer and account: those are an administrator's to change.
    differs = any(getattr(known, name) != value for name, value in account.items())
    if old is None or (differs and set(known.roles) != {EXPERT}):
        raise ConflictError(
            f"{row.key}已是系统中的其他人员, 不能由专家库更改其姓名、单位、状态或角色。请换一个编号, 或请管理员办理。",
            f"{row.key} is somebody else's account too: the register of experts changes neither name, employer, state nor roles "
            "of it. Choose another id, or ask an administrator.",
        )
    changed = {**account, "field": data["field"], "conflicts": data["conflicts"]}
    tx.session.execute(update(person).where(person.c.id == row.key).values(**changed))


# --- people and what they may be

_PEOPLE = _Columns(_p.id, _p.employer_id, _p.id, func.lower(_p.id + " " + _p.name + " " + func.coalesce(_p.email, "")))
_PERSON = ("name", "employer_id", "unit", "email", "active")


def _people(tx: Transaction, _register: Register, asked: Asked) -> list[Row]:
    found = tx.session.execute(_filtered(select(person), _PEOPLE, asked))
    return [Row(row.id, _person_data(row), row.employer_id, row.id) for row in found]


def _person_data(row: Any) -> dict[str, Any]:
    return {"id": row.id, **{name: getattr(row, name) for name in _PERSON}, "roles": row.roles or None}


def _put_person(tx: Transaction, _register: Register, row: Row, old: Row | None) -> None:
    values = {name: row.data[name] for name in _PERSON}
    values["active"] = values["active"] is not False
    if old is None:
        tx.session.execute(insert(person).values(id=row.key, roles=[], language="zh", **values))
    else:
        _change_person(tx, row.key, values)


_granted = register_entry.alias("granted")


def _roles(tx: Transaction, register: Register, asked: Asked) -> list[Row]:
    """Of everybody: who was granted nothing yet is where one begins."""
    why = and_(_granted.c.register == register.name, _granted.c.key == person.c.id)
    query = select(person, _granted.c.data["reason"].as_string().label("reason")).outerjoin(_granted, why)
    return [_role_row(row) for row in tx.session.execute(_filtered(query, _PEOPLE, asked))]


def _role_row(row: Any) -> Row:
    data = {"person": row.id, "name": row.name, "roles": row.roles or None, "unit_only": row.unit_only}
    return Row(row.id, {**data, "reason": row.reason}, row.employer_id, row.id)


def _put_roles(tx: Transaction, register: Register, row: Row, _old: Row | None) -> None:
    roles = list(row.data["roles"] or ())
    require_apart(roles)
    there = tx.session.execute(select(_e.key).where(_e.register == register.name, _e.key == row.key)).first()
    _put_entry(tx, register, row, row if there else None)
    _change_person(tx, row.key, {"roles": roles, "unit_only": bool(row.data["unit_only"])})


def require_apart(roles: Iterable[str]) -> None:
    """Raises InvalidError where one person would be two of the administrators."""
    both = sorted(ADMINISTRATORS & set(roles))
    if len(both) > 1:
        zh, en = ("、".join(ROLE_WORDS[Role(one)][0] for one in both), ", ".join(both))
        raise InvalidError(
            f"{zh}不得由一人兼任。请只保留一种, 其余授予他人。",
            f"nobody is both of {en}; leave one of them and grant the others to somebody else.",
        )


def _change_person(tx: Transaction, person_id: str, values: Mapping[str, Any]) -> None:
    """Raises ConflictError where nobody would be left who lets people in, or says what they may."""
    lock_name(tx, "administrators")
    before = administered(tx)
    tx.session.execute(update(person).where(person.c.id == person_id).values(**values))
    require_administered(tx, before)


def require_administered(tx: Transaction, before: frozenset[Role]) -> None:
    """Raises ConflictError where an administrator that there was `before` is nobody's any more."""
    for role in sorted(before - administered(tx)):
        zh, en = ROLE_WORDS[role]
        raise ConflictError(
            f"至少须保留一名启用的{zh}。请先授予他人。",
            f"an active {en} must be left; grant the role to somebody else first.",
        )


def administered(tx: Transaction) -> frozenset[Role]:
    """Which of the two administrators there are at all."""
    held = list(tx.session.scalars(select(person.c.roles).where(person.c.active, _is_administrator())))
    return frozenset(role for role in (Role.ADMIN, Role.SECURITY) if any(role in roles for roles in held))


def _is_administrator() -> ColumnElement[bool]:
    roles = cast(person.c.roles, Words)
    return or_(*(roles.contains(json.dumps(role.value)) for role in (Role.ADMIN, Role.SECURITY)))


# --- certificates

_c = certificate.c
_CERTIFICATES = _Columns(
    _c.number, _c.employer_id, _c.holder_id, func.lower(_c.number + " " + func.coalesce(_c.holder, ""))
)
_CERTIFICATE = ("holder", "holder_id_number", "level", "trade", "status", "source", "employer_id")


def _certificates(tx: Transaction, _register: Register, asked: Asked) -> list[Row]:
    found = tx.session.execute(_filtered(select(certificate), _CERTIFICATES, asked))
    return [Row(row.number, _certificate_data(row), row.employer_id, row.holder_id, row.instance_id) for row in found]


def _certificate_data(row: Any) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in _CERTIFICATE}
    return {"number": row.number, "person": row.holder_id, "issued_on": row.issued_on.isoformat(), **own}


def _put_certificate(tx: Transaction, _register: Register, row: Row, old: Row | None) -> None:
    values = {name: row.data.get(name) for name in _CERTIFICATE}
    values |= {"holder_id": row.data.get("person"), "issued_on": date.fromisoformat(row.data["issued_on"])}
    values["status"] = values["status"] or "valid"
    if old is None:
        made = {"number": row.key, "instance_id": row.source_id, "allocated_at": tx.now}
        tx.session.execute(insert(certificate).values(**made, **values))
    else:
        tx.session.execute(update(certificate).where(certificate.c.number == row.key).values(**values))


_STORES: Mapping[str, Store] = {
    "entries": Store(_entries, _put_entry),
    EMPLOYERS.store: Store(_employers, _put_employer),
    "trades": Store(_trades, _put_trade),
    EXPERTS.store: Store(_experts, _put_expert),
    "certificates": Store(_certificates, _put_certificate),
    PEOPLE.store: Store(_people, _put_person),
    GRANTS.store: Store(_roles, _put_roles),
}
