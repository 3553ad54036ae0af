"""People, employers and API tokens, as far as sign-in and sandbox need them."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher
from sqlalchemy import insert, select

from engine.errors import ConflictError, NotFoundError
from engine.passwords import normalised, require_good
from engine.permissions import Act, require
from engine.registers.stores import require_apart
from engine.tables import api_token, employer, person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.transaction import Transaction

HASHER = PasswordHasher()


def add_employer(tx: Transaction, **values: Any) -> None:
    """Columns of `employer`; `trades` is a list of {trade, occupation_code, senior_count}."""
    require(tx.actor, Act.MANAGE_PEOPLE)
    if tx.session.execute(select(employer.c.id).where(employer.c.id == values["id"])).first() is not None:
        raise ConflictError(f"用人单位{values['id']}已登记", f"the employer {values['id']} is registered already")
    tx.session.execute(insert(employer).values(**{"trades": [], **values}))


def add_person(tx: Transaction, *, password: str | None = None, roles: Sequence[str] = (), **values: Any) -> None:
    """Columns of `person`; without a password nobody can sign in as this person outside the sandbox.

    Who is given roles is let in and empowered in one, which takes both administrators' rights.
    """
    require(tx.actor, Act.MANAGE_PEOPLE)
    if roles:
        require(tx.actor, Act.GRANT_ROLES)
        require_apart(roles)
    if tx.session.execute(select(person.c.id).where(person.c.id == values["id"])).first() is not None:
        raise ConflictError(f"人员{values['id']}已存在", f"the person {values['id']} exists already")
    if password:
        require_good(password, (values["id"], values["name"]))
    hashed = HASHER.hash(normalised(password)) if password else None
    tx.session.execute(insert(person).values(roles=list(roles), password_hash=hashed, **values))


def create_token(tx: Transaction, person_id: str, label: str) -> str:
    """A new API token of a person: said once, kept as a digest only."""
    require(tx.actor, Act.MANAGE_PEOPLE)
    if tx.session.execute(select(person.c.id).where(person.c.id == person_id)).first() is None:
        raise NotFoundError(f"没有人员{person_id}", f"there is no person {person_id}")
    token = f"pp_{secrets.token_urlsafe(32)}"
    tx.session.execute(
        insert(api_token).values(
            id=str(uuid.uuid4()), person_id=person_id, digest=token_digest(token), label=label, created_at=tx.real
        )
    )
    return token


def token_digest(token: str) -> str:
    """A token has 256 random bits, so a plain digest is enough to keep it."""
    return hashlib.sha256(token.encode()).hexdigest()
