"""The public check of a certificate: that it exists, its level, who issued it and when. Never whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import certificate as numbers
from engine.errors import NotFoundError
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
    """Raises NotFoundError for a number that was never issued here."""
    query = select(certificate, employer.c.name, process_instance.c.deployment_id).select_from(
        certificate.join(process_instance, process_instance.c.id == certificate.c.instance_id).join(
            employer, employer.c.id == process_instance.c.employer_id
        )
    )
    row = tx.session.execute(query.where(certificate.c.number == number)).first()
    if row is None:
        raise NotFoundError(
            f"没有编号为{number}的证书。请核对22位编号。",
            f"there is no certificate {number}; check its 22 places.",
        )
    codes = numbers.read_code_sets(library.get(tx.session, row.deployment_id).policy.certificate)
    level = next(name for name, letter in codes.letters.items() if letter == number[15])
    return Checked(row.number, codes.levels[level], row.name, row.issued_on)
