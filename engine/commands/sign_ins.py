"""Showing who one is: by password, in two steps with the slow comparison between them, or by a provider's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from argon2.exceptions import VerificationError
from sqlalchemy import Row, insert, select, update

from engine.commands import sessions, throttling
from engine.commands.account_events import log
from engine.commands.people import HASHER
from engine.passwords import normalised
from engine.signing_in import OF_ACCOUNT, OF_ADDRESS, Happened, How, account_key, address_key
from engine.tables import person
from engine.tables.accounts import identity_link
from engine.transaction import lock_name

if TYPE_CHECKING:
    from engine.signing_in import Origin, SessionLimits
    from engine.transaction import Transaction

# Compared with where there is no such person, so that the answer takes as long.
_NOBODY = HASHER.hash("nobody")
_LONGEST_SENT, _LONGEST_NAME = 1_000, 64


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who may try: `person_id` is None where nobody has the name. With a `wait` nothing is tried."""

    name: str
    person_id: str | None = None
    password_hash: str | None = None
    wait: timedelta = timedelta(0)


def admit(tx: Transaction, name: str, origin: Origin) -> Admitted:
    """Count a try for this name and from this address; nobody is known yet, so no right is asked for."""
    found = _find(tx, name)
    wait = throttling.strike(tx, {account_key(name): OF_ACCOUNT, address_key(origin): OF_ADDRESS})
    if wait:
        log(tx, Happened.HELD_OFF, found.id if found else None, origin, how=How.PASSWORD)
    return Admitted(name, found.id if found else None, found.password_hash if found else None, wait)


def _find(tx: Transaction, name: str) -> Row[Any] | None:
    if not is_name(name):
        return None
    return tx.session.execute(select(person).where(person.c.id == name, person.c.active)).first()


def is_name(text: str) -> bool:
    """No id is otherwise, and not every database takes it."""
    return len(text) <= _LONGEST_NAME and text.isprintable()


def is_right(admitted: Admitted, password: str) -> bool:
    """A tenth of a second, for anybody and for nobody: never within a transaction."""
    try:
        sent = normalised(password[:_LONGEST_SENT]).encode("utf-8", "surrogatepass")
        HASHER.verify(admitted.password_hash or _NOBODY, sent)
    except VerificationError:
        return False
    return admitted.password_hash is not None and len(password) <= _LONGEST_SENT


def hash_again(admitted: Admitted, password: str) -> str | None:
    """The same password under today's parameters, where they have risen."""
    kept = admitted.password_hash
    return HASHER.hash(normalised(password)) if kept and HASHER.check_needs_rehash(kept) else None


def refuse(tx: Transaction, admitted: Admitted, origin: Origin) -> None:
    log(tx, Happened.WRONG, admitted.person_id, origin, how=How.PASSWORD)


def acknowledge(tx: Transaction, admitted: Admitted, origin: Origin, rehashed: str | None = None) -> bool:
    """It was the right password, and still is: the tries are forgotten."""
    still = (person.c.id == admitted.person_id, person.c.active, person.c.password_hash == admitted.password_hash)
    if tx.session.execute(select(person.c.id).where(*still)).first() is None:
        return False
    throttling.forget(tx, account_key(admitted.name))
    throttling.forgive(tx, address_key(origin))
    throttling.clear(tx)
    if rehashed is not None:
        tx.session.execute(update(person).where(*still).values(password_hash=rehashed))
    return True


def by_identity(
    tx: Transaction,
    issuer: str,
    subject: str,
    claimed: str | None,
    origin: Origin,
    limits: SessionLimits,
    replaces: str | None,
) -> str | None:
    """Begin a session for whom the provider names; None where that is nobody here, which is written down.

    A person who is claimed by their id is linked to the subject from then on: an id that the provider gives to somebody
    else later opens nothing.
    """
    person_id = _linked(tx, issuer, subject) or _claimed(tx, issuer, subject, claimed, origin)
    secret = person_id and sessions.begin(tx, person_id, How.OIDC, origin, limits, replaces=replaces)
    if not secret:
        log(tx, Happened.NOT_LINKED, person_id, origin, how=How.OIDC)
        return None
    return secret


def _linked(tx: Transaction, issuer: str, subject: str) -> str | None:
    kept = (identity_link.c.issuer == issuer, identity_link.c.subject == subject)
    found: str | None = tx.session.scalar(select(identity_link.c.person_id).where(*kept))
    return found


def _claimed(tx: Transaction, issuer: str, subject: str, claimed: str | None, origin: Origin) -> str | None:
    if claimed is None:
        return None
    lock_name(tx, f"identity {subject}")
    known: str | None = tx.session.scalar(
        select(person.c.id).where(person.c.id == claimed, person.c.active).with_for_update()
    )
    others = (identity_link.c.issuer == issuer, identity_link.c.person_id == claimed)
    if known is None or tx.session.execute(select(identity_link.c.subject).where(*others)).first() is not None:
        return None
    tx.session.execute(insert(identity_link).values(issuer=issuer, subject=subject, person_id=known, linked_at=tx.real))
    log(tx, Happened.IDENTITY_LINKED, known, origin, how=How.OIDC)
    return known
