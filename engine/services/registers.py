"""Registers as diagrams read and write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.errors import ConflictError, InvalidError
from engine.permissions import Act, Role
from engine.registers import REGISTERS, find, letters, stores, writing
from engine.registers.stores import Asked
from engine.registers.values import entry_of
from engine.tables import employer, person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.registers.definition import Register
    from engine.registers.stores import Row
    from engine.transaction import Transaction

_MOST = 1000
_POST = ("employer", "own", "post", "trade", "start", "end", "proof")
_AWARD = ("award", "name", "year", "class", "rank", "proof")
_APPOINTMENT = ("key", "level", "trade", "status", "start_on", "end_on", "certificate_number")
_CERTIFICATE = ("number", "level", "trade", "issued_on", "status")


def read_employer(
    tx: Transaction, instance: Instance, _compiled: Compiled, _inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """`{"employer": {id, name, prefix, status, exit, hq, trades}}` (A2.1, A3.2, A6.3, A14.2, AX.2).

    A trade is `{trade, occupation_code, senior_count, levels, standard, approved_on}`; without `levels` it is not limited.
    """
    row = _employer(tx, instance.employer_id)
    facts = {name: getattr(row, name) for name in ("id", "name", "prefix", "status", "exit", "hq", "trades")}
    return {"employer": facts}


def read_employers(
    tx: Transaction, _instance: Instance, _compiled: Compiled, _inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """`{"employers": [{id, name, status}]}`, all of them by id (A14.1)."""
    rows = tx.session.execute(select(employer.c.id, employer.c.name, employer.c.status).order_by(employer.c.id))
    return {"employers": [{"id": row.id, "name": row.name, "status": row.status} for row in rows]}


def read_experts(
    tx: Transaction, _instance: Instance, _compiled: Compiled, _inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """`{"experts_register": [{id, name, field, employer, conflicts: [{person, name, relation}]}]}` (A10.2b, Q6).

    The active ones by name; `employer` is an employer's id, null for who belongs to none.
    """
    rows = tx.session.execute(select(person).where(person.c.active).order_by(person.c.name, person.c.id))
    experts = [
        {
            "id": row.id,
            "name": row.name,
            "field": row.field or "",
            "employer": row.employer_id,
            "conflicts": row.conflicts or [],
        }
        for row in rows
        if Role.EXPERT in row.roles
    ]
    return {"experts_register": experts}


def read_person(tx: Transaction, instance: Instance, _compiled: Compiled, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`{"records": {posts, awards, appointments, certificates}}` of the input `person`, or else of who began it."""
    person_id = str(inputs.get("person") or instance.initiator_id)
    parts = {"posts": _POST, "awards": _AWARD, "appointments": _APPOINTMENT, "certificates": _CERTIFICATE}
    records = {
        name: [
            {column: row.data.get(column) for column in columns} for row in _counting(tx, name, Asked(person=person_id))
        ]
        for name, columns in parts.items()
    }
    return {"records": records}


def approve_trades(
    tx: Transaction, instance: Instance, _compiled: Compiled, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the approved `["trade|level"]` of a filing's rows `trades` into the employer's trades (A6.0, Q28).

    A later filing adds and never takes away; a trade that is not limited stays so. Brings `approved_trades`, the trades
    written as they are now.
    """
    register, there = REGISTERS["trades"], writing.known(tx)
    writing.lock(tx, register, [instance.employer_id])
    before = {
        row.data["trade"]: row for row in stores.rows(tx, register, Asked(own=_employer(tx, instance.employer_id).id))
    }
    written = []
    for trade, levels in _by_trade(inputs.get("approved")).items():
        rows = _filed(trade, levels, inputs.get("trades"))
        entry = {**rows[-1], "approved_on": inputs.get("approved_on"), "filing": inputs.get("filing")}
        merged = _added(entry, levels, before.get(trade))
        row = writing.prepare(
            register, entry_of(register, {**merged, "employer_id": instance.employer_id}), there, instance.id
        )
        written.append(dict(writing.put(tx, register, row).data))
    return {"approved_trades": written}


def _by_trade(approved: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in approved if isinstance(approved, list) else [approved]:
        trade, _, level = str(item).rpartition("|")
        if not trade or not level:
            raise InvalidError(
                f"approved应为“工种|等级”的列表, 现为{item!r:.60}。请更正流程图。",
                f"approved is a list of “trade|level”, found {item!r:.60}; correct the diagram.",
            )
        found.setdefault(trade, []).append(level)
    return found


def _filed(trade: str, levels: list[str], trades: Any) -> list[dict[str, Any]]:
    """The filing's row of each level, without what is the level's alone; none may be approved that was not filed."""
    filed = {(row.get("trade"), row.get("level")): row for row in trades or [] if isinstance(row, dict)}
    missing = [level for level in levels if (trade, level) not in filed]
    if missing:
        raise InvalidError(
            f"A6.0: 备案中没有{trade}的{'、'.join(missing)}, 不能批准。",
            f"A6.0: {trade} at {', '.join(missing)} is not in the filing and cannot be approved.",
        )
    return [
        {name: filed[trade, level].get(name) for name in ("trade", "occupation_code", "senior_count", "standard")}
        for level in levels
    ]


def _added(entry: Mapping[str, Any], levels: list[str], old: Row | None) -> dict[str, Any]:
    if old is None:
        return {**entry, "levels": levels}
    told = {name: value for name, value in entry.items() if value is not None}
    levels_now = None if old.data["levels"] is None else [*old.data["levels"], *levels]
    return {**old.data, **told, "levels": levels_now, "approved_on": old.data["approved_on"] or entry["approved_on"]}


def write_entry(tx: Transaction, instance: Instance, _compiled: Compiled, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Write the `entry` of a `register`: what it does not name stays as it is; brings `register_key`.

    `key` is the entry's where the register has one key column, and is made of the entry's columns elsewhere. Where the
    entry names no employer, it is this instance's.
    """
    register, given = find(str(inputs.get("register"))), inputs.get("entry")
    if not isinstance(given, dict):
        raise InvalidError(
            f"register-write的entry应为键值结构, 现为{given!r:.60}。请更正流程图。",
            f"the entry of register-write is a context, found {given!r:.60}; correct the diagram.",
        )
    raw = {**({"employer_id": instance.employer_id} if "employer_id" in register.by_key else {}), **given}
    if len(register.key_columns) == 1 and inputs.get("key") is not None:
        raw[register.key_columns[0]] = inputs["key"]
    old = _old(tx, register, raw)
    entry = entry_of(register, {**(old.data if old else {}), **raw})
    row = writing.put(tx, register, writing.prepare(register, entry, writing.known(tx), instance.id))
    return {"register_key": row.key}


def _old(tx: Transaction, register: Register, raw: Mapping[str, Any]) -> Row | None:
    if any(raw.get(name) is None for name in register.key_columns):
        return None
    key = "|".join(str(raw[name]) for name in register.key_columns)
    return stores.one(tx, register, key)


def read_entries(tx: Transaction, instance: Instance, _compiled: Compiled, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`{"entries": [...]}` of a `register` whose columns are as `where` says; each with its `register_key`.

    An instance of an employer reads that employer's entries only, except in registers that are open to everybody.
    """
    register, where = find(str(inputs.get("register"))), inputs.get("where") or {}
    if not isinstance(where, dict) or where.keys() - register.by_key.keys():
        known = ", ".join(register.by_key)
        raise InvalidError(
            f"register-read的where应为{register.name}的列: {known}。请更正流程图。",
            f"the where of register-read names columns of {register.name}: {known}; correct the diagram.",
        )
    own = None if register.see is Act.SEE_OPEN_REGISTER else instance.employer_id
    found = [row for row in _counting(tx, register.name, Asked(own=own)) if where.items() <= _comparable(row, where)]
    if len(found) > _MOST:
        raise InvalidError(
            f"{register.label.zh}台账中符合条件的超过{_MOST}条, 请缩小where。",
            f"more than {_MOST} entries of {register.name} are as asked; narrow the where.",
        )
    return {"entries": [{"register_key": row.key, **row.data} for row in found]}


def _comparable(row: Row, where: Mapping[str, Any]) -> Any:
    return {name: row.data.get(name) for name in where}.items()


def _counting(tx: Transaction, register: str, asked: Asked) -> list[Row]:
    return [row for row in stores.rows(tx, REGISTERS[register], asked) if row.struck is None]


def read_letter(tx: Transaction, _instance: Instance, compiled: Compiled, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`{"letter": {letter, source}}` of the input `level`, null while neither policy nor register has one (AX.1)."""
    return {"letter": letters.letter(tx, compiled.policy, str(inputs.get("level")))}


def require_active(tx: Transaction, employer_id: str | None) -> None:
    """Raise ConflictError where the employer has left (A14.2), naming the decision."""
    row = tx.session.execute(select(employer).where(employer.c.id == employer_id)).first()
    if row is None or row.status == "active":
        return
    left = row.exit or {}
    number, day = left.get("number") or "—", left.get("decided_on") or "—"
    raise ConflictError(
        f"A14.2: {row.name}已于{day}退出(决定文号{number}), 不能发起新的评聘。已颁发的证书不受影响。",
        f"A14.2: {row.name} has left on {day} (decision {number}), so nothing new can be started; issued certificates stay valid.",
    )


def _employer(tx: Transaction, employer_id: str | None) -> Any:
    row = tx.session.execute(select(employer).where(employer.c.id == employer_id)).first()
    if row is None:
        raise InvalidError(
            f"用人单位{employer_id}未登记。请管理员先登记。", f"the employer {employer_id} is not registered."
        )
    return row
