"""Who someone is: by id, by password, by token."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from argon2.exceptions import VerificationError
from sqlalchemy import Row, Text, cast, false, or_, select

from engine.commands.people import HASHER, token_digest
from engine.permissions import Actor
from engine.tables import api_token, employer, person

if TYPE_CHECKING:
    from collections.abc import Collection

    from engine.transaction import Transaction

# Verified against when there is no such person, so that the answer takes as long.
_NOBODY = HASHER.hash("nobody")


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in a list."""

    id: str
    name: str
    employer_name: str | None
    roles: tuple[str, ...]


def actor(tx: Transaction, person_id: str) -> Actor | None:
    """None for an unknown or inactive person."""
    row = tx.session.execute(select(person).where(person.c.id == person_id, person.c.active)).first()
    return _actor(row) if row else None


def actor_by_password(tx: Transaction, person_id: str, password: str) -> Actor | None:
    """None for a wrong name or password; the two take the same time."""
    row = tx.session.execute(select(person).where(person.c.id == person_id, person.c.active)).first()
    try:
        HASHER.verify(row.password_hash if row and row.password_hash else _NOBODY, password)
    except VerificationError:
        return None
    return _actor(row) if row and row.password_hash else None


def actor_by_token(tx: Transaction, token: str) -> Actor | None:
    """None for an unknown, expired or revoked token."""
    valid = (api_token.c.revoked_at.is_(None), or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > tx.real))
    row = tx.session.execute(
        select(person)
        .join(api_token, api_token.c.person_id == person.c.id)
        .where(api_token.c.digest == token_digest(token), person.c.active, *valid)
    ).first()
    return _actor(row) if row else None


def actors(tx: Transaction) -> list[Actor]:
    """Everybody as an actor, by id."""
    return [_actor(row) for row in tx.session.execute(select(person).where(person.c.active).order_by(person.c.id))]


def with_roles(tx: Transaction, roles: Collection[str]) -> list[Actor]:
    """Everybody with one of these roles, by id."""
    has_one = or_(false(), *(cast(person.c.roles, Text).contains(json.dumps(role), autoescape=True) for role in roles))
    return [
        _actor(row) for row in tx.session.execute(select(person).where(person.c.active, has_one).order_by(person.c.id))
    ]


def people(tx: Transaction) -> list[PersonLine]:
    """Everybody, by employer: the sandbox's sign-in page."""
    rows = tx.session.execute(
        select(person, employer.c.name.label("employer_name"))
        .outerjoin(employer, employer.c.id == person.c.employer_id)
        .where(person.c.active)
        .order_by(employer.c.id.is_(None), employer.c.id, person.c.id)
    )
    return [PersonLine(row.id, row.name, row.employer_name, tuple(row.roles)) for row in rows]


def _actor(row: Row[Any]) -> Actor:
    return Actor(row.id, row.name, row.employer_id, frozenset(row.roles))
