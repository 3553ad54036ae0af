"""The public check of a certificate: that it exists, its level, who issued it and when. Never whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.errors import NotFoundError
from engine.registers.letters import code_sets
from engine.registers.table import LEVELS
from engine.tables import certificate, employer, process_instance

if TYPE_CHECKING:
    from datetime import date

    from engine.library import Library
    from engine.transaction import Transaction
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class Checked:
    """What anybody may know of a certificate."""

    number: str
    level: Text
    employer_name: str
    issued_on: date


def check(tx: Transaction, library: Library, number: str) -> Checked:
    """Raises NotFoundError for a number that was neither issued nor imported here, or counts no more."""
    query = select(certificate, employer.c.name, process_instance.c.deployment_id).select_from(
        certificate.join(employer, employer.c.id == certificate.c.employer_id).outerjoin(
            process_instance, process_instance.c.id == certificate.c.instance_id
        )
    )
    row = tx.session.execute(query.where(certificate.c.number == number, certificate.c.status == "valid")).first()
    if row is None:
        raise NotFoundError(
            f"没有编号为{number}的有效证书。请核对22位编号。",
            f"there is no valid certificate {number}; check its 22 places.",
        )
    return Checked(row.number, _level(tx, library, row), row.name, row.issued_on)


def _level(tx: Transaction, library: Library, row: Any) -> Text:
    """As the policy names it by which it was issued; one that was imported has the registers' name."""
    if row.deployment_id is None:
        return LEVELS[row.level]
    codes = code_sets(tx, library.get(tx.session, row.deployment_id).policy)
    level = row.level or next(name for name, letter in codes.letters.items() if letter == row.number[15])
    return codes.levels[level]
