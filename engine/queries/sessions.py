"""Who is at a page, by the secret in their cookie; who calls the API, by their token. Asked with every request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from engine.queries import people
from engine.scopes import narrowed
from engine.signing_in import How, Over, digest, is_to_be_noted, why_over
from engine.tables import api_token, person
from engine.tables.accounts import credential, web_session

if TYPE_CHECKING:
    from engine.permissions import Actor
    from engine.signing_in import SessionLimits
    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at a page: an actor, or why there is none. What is to be written besides stands in the last two."""

    actor: Actor | None = None
    over: Over | None = None
    session_id: str | None = None
    must_change: bool = False
    is_to_be_noted: bool = False
    has_other_roles: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at the API, as far as their token goes."""

    actor: Actor
    token_id: str


def visit(tx: Transaction, secret: str, limits: SessionLimits) -> Visit:
    """One row by its digest, and the person."""
    kept = tx.session.execute(
        select(web_session, credential.c.must_change, person.c.roles.label("present_roles"))
        .join(person, person.c.id == web_session.c.person_id)
        .outerjoin(credential, credential.c.person_id == web_session.c.person_id)
        .where(web_session.c.digest == digest(secret))
    ).first()
    over = Over.UNKNOWN if kept is None else why_over(kept, tx.real, limits)
    if kept is None or over is not None:
        return Visit(over=over)
    actor = people.actor(tx, kept.person_id)
    if actor is None:
        return Visit(over=Over.CLOSED)
    return Visit(
        actor,
        session_id=kept.id,
        must_change=bool(kept.must_change) and kept.how == How.PASSWORD,
        is_to_be_noted=is_to_be_noted(kept.seen_at, tx.real),
        has_other_roles=sorted(kept.roles) != sorted(kept.present_roles),
    )


def caller(tx: Transaction, token: str) -> Caller | None:
    """None for an unknown, expired or revoked token."""
    valid = (api_token.c.revoked_at.is_(None), or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > tx.real))
    found = tx.session.execute(select(api_token).where(api_token.c.digest == digest(token), *valid)).first()
    actor = people.actor(tx, found.person_id) if found else None
    return Caller(narrowed(actor, found.scopes), found.id) if found and actor else None
