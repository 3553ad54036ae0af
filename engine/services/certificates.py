"""Allocating certificate numbers (A10.3d, AX.1-AX.3): serial by serial under a row lock, inside the issuing transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine import certificate as numbers
from engine.clock import SHANGHAI
from engine.errors import InvalidError
from engine.tables import certificate, certificate_serial, employer
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.transaction import Transaction


def allocate(tx: Transaction, instance: Instance, compiled: Compiled, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The next number of (prefix, issue year, level); inputs `level` and, if not today, `issued_on`.

    Raises InvalidError when the prefix is not registered or the level has no letter: strict, nothing is issued.
    """
    _refuse_second(tx, instance)
    codes = numbers.read_code_sets(compiled.policy.certificate)
    letter = numbers.letter_of(str(inputs.get("level", "")), codes)
    prefix = _prefix(tx, instance)
    issued_on = (
        date.fromisoformat(inputs["issued_on"]) if inputs.get("issued_on") else tx.now.astimezone(SHANGHAI).date()
    )
    number = numbers.number(prefix, issued_on.year, letter, _next_serial(tx, prefix, issued_on.year, letter), codes)
    tx.session.execute(
        insert(certificate).values(
            number=number,
            instance_id=instance.id,
            holder_id=instance.initiator_id,
            issued_on=issued_on,
            allocated_at=tx.now,
        )
    )
    return {
        "certificate_number": number,
        "certificate_issued_on": issued_on.isoformat(),
        "certificate_parts": numbers.parse(number, codes).as_json(),
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
    key = {"prefix": prefix, "year": year, "level": letter}
    lock_name(tx, f"certificate {prefix} {year} {letter}")
    last = tx.session.scalar(select(certificate_serial.c.last).filter_by(**key).with_for_update())
    if last is None:
        tx.session.execute(insert(certificate_serial).values(**key, last=1))
        return 1
    tx.session.execute(update(certificate_serial).filter_by(**key).values(last=last + 1))
    return int(last) + 1
