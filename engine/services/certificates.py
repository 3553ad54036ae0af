"""Allocating certificate numbers (A10.3d, AX.1-AX.3): serial by serial under a row lock, inside the issuing transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine import certificate as numbers
from engine.audit import Event
from engine.clock import SHANGHAI
from engine.errors import InvalidError
from engine.registers import stores
from engine.registers.letters import code_sets
from engine.registers.stores import Row
from engine.registers.table import CERTIFICATES
from engine.registers.writing import note
from engine.tables import certificate, certificate_serial, employer
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.certificate import Parts
    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.transaction import Transaction

ALLOCATED = "certificate allocated"


def allocate(tx: Transaction, instance: Instance, compiled: Compiled, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The next number of (prefix, issue year, level); inputs `level`, `trade` and, if not today, `issued_on`.

    Raises InvalidError when the prefix is not registered or the level has no letter: strict, nothing is issued.
    """
    _refuse_second(tx, instance)
    codes = code_sets(tx, compiled.policy)
    level = str(inputs.get("level", ""))
    letter = numbers.letter_of(level, codes)
    prefix = _prefix(tx, instance)
    issued_on = (
        date.fromisoformat(inputs["issued_on"]) if inputs.get("issued_on") else tx.now.astimezone(SHANGHAI).date()
    )
    number = numbers.number(prefix, issued_on.year, letter, _next_serial(tx, prefix, issued_on.year, letter), codes)
    entry = _entry(instance, number, level, inputs.get("trade"), issued_on)
    row = Row(number, entry, instance.employer_id, instance.initiator_id, instance.id)
    stores.put(tx, CERTIFICATES, row, None)
    note(tx, CERTIFICATES, row.employer_id, [Event(ALLOCATED, number, {"instance": instance.id, "new": entry})])
    return {
        "certificate_number": number,
        "certificate_issued_on": issued_on.isoformat(),
        "certificate_parts": numbers.parse(number, codes).as_json(),
    }


def raise_serials(tx: Transaction, found: Iterable[Parts]) -> list[dict[str, Any]]:
    """Raise the last serials to those of numbers issued before, so that none is given out again; says from what to what."""
    found = list(found)
    for prefix, year, letter in sorted({_scope(parts) for parts in found}):
        _last_serial(tx, prefix, year, letter)  # its lock
    raised = would_raise(tx, found)
    for one in raised:
        _set_serial(tx, one["prefix"], one["year"], one["letter"], one["to"], is_new=one["from"] is None)
    return [{**one, "from": one["from"] or 0} for one in raised]


def would_raise(tx: Transaction, found: Iterable[Parts]) -> list[dict[str, Any]]:
    """The same without raising any; `from` is None where there was none."""
    highest: dict[tuple[str, int, str], int] = {}
    for parts in found:
        highest[_scope(parts)] = max(highest.get(_scope(parts), 0), parts.serial)
    raised = []
    for (prefix, year, letter), serial in sorted(highest.items()):
        same = {"prefix": prefix, "year": year, "level": letter}
        last = tx.session.scalar(select(certificate_serial.c.last).filter_by(**same))
        if serial > (last or 0):
            raised.append({"prefix": prefix, "year": year, "letter": letter, "from": last, "to": serial})
    return raised


def _scope(parts: Parts) -> tuple[str, int, str]:
    """What serials are counted by (Q25)."""
    return parts.prefix, parts.issue_year, parts.level_letter


def lock_serials(tx: Transaction, given: Iterable[str]) -> None:
    """Before asking whether these numbers are there: nobody gives one of them out meanwhile."""
    end = numbers.PREFIX_LENGTH
    for prefix, year, letter in sorted({(one[:end], one[end : end + 2], one[end + 2 : end + 3]) for one in given}):
        lock_name(tx, f"certificate {prefix} 20{year} {letter}")


def _entry(instance: Instance, number: str, level: str, trade: Any, issued_on: date) -> dict[str, Any]:
    return {
        "number": number,
        "holder": instance.initiator_name,
        "person": instance.initiator_id,
        "holder_id_number": None,
        "level": level,
        "trade": None if trade is None else str(trade),
        "issued_on": issued_on.isoformat(),
        "status": "valid",
        "source": instance.business_key,
        "employer_id": instance.employer_id,
    }


def _refuse_second(tx: Transaction, instance: Instance) -> None:
    number = tx.session.scalar(select(certificate.c.number).where(certificate.c.instance_id == instance.id))
    if number is not None:
        raise InvalidError(
            f"AX.3: {instance.title}已有证书编号{number}, 不能再次编号。",
            f"AX.3: {instance.title} has the certificate number {number} already; no second one is allocated.",
        )


def _prefix(tx: Transaction, instance: Instance) -> str:
    prefix: str | None = tx.session.scalar(select(employer.c.prefix).where(employer.c.id == instance.employer_id))
    if not prefix:
        raise InvalidError(
            f"AX.2: {instance.employer_name}的证书编码前13位尚未登记, 不能发证。请管理员登记编码及来源。",
            f"AX.2: places 1-13 of the certificate numbers of {instance.employer_name} are not registered, so no certificate "
            "can be issued. Ask an administrator to register them with their source.",
        )
    return prefix


def _next_serial(tx: Transaction, prefix: str, year: int, letter: str) -> int:
    last = _last_serial(tx, prefix, year, letter)
    _set_serial(tx, prefix, year, letter, (last or 0) + 1, is_new=last is None)
    return (last or 0) + 1


def _last_serial(tx: Transaction, prefix: str, year: int, letter: str) -> int | None:
    """None where there was none yet; nobody else takes a number of this row before the commit."""
    lock_name(tx, f"certificate {prefix} {year} {letter}")
    same = {"prefix": prefix, "year": year, "level": letter}
    last: int | None = tx.session.scalar(select(certificate_serial.c.last).filter_by(**same).with_for_update())
    return last


def _set_serial(tx: Transaction, prefix: str, year: int, letter: str, serial: int, *, is_new: bool) -> None:
    same = {"prefix": prefix, "year": year, "level": letter}
    if is_new:
        tx.session.execute(insert(certificate_serial).values(**same, last=serial))
    else:
        tx.session.execute(update(certificate_serial).filter_by(**same).values(last=serial))
