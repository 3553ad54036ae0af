"""Sessions: begun, kept alive, drawn anew, ended. The secret in the cookie is here as a digest only."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, insert, select, update

from engine.commands.account_events import log
from engine.errors import NotFoundError
from engine.permissions import Act, require
from engine.signing_in import Happened, Over, digest
from engine.tables import person
from engine.tables.accounts import web_session

if TYPE_CHECKING:
    from engine.signing_in import How, Origin, SessionLimits
    from engine.transaction import Transaction

# What is over is kept so long, to say why it is.
_KEPT = timedelta(days=1)


def begin(
    tx: Transaction, person_id: str, how: How, origin: Origin, limits: SessionLimits, *, replaces: str | None = None
) -> str | None:
    """A new secret for whoever has just shown who they are; None for somebody unknown or inactive.

    What the browser had before is worth nothing afterwards; of too many sessions the oldest ends.
    """
    found = tx.session.execute(
        select(person).where(person.c.id == person_id, person.c.active).with_for_update()
    ).first()
    if found is None:
        return None
    if replaces is not None:
        _end(tx, Over.SIGNED_OUT, web_session.c.digest == digest(replaces))
    tx.session.execute(delete(web_session).where(web_session.c.ends_at <= tx.real - _KEPT))
    _make_room(tx, person_id, limits)
    secret = secrets.token_urlsafe(32)
    tx.session.execute(
        insert(web_session).values(
            id=str(uuid.uuid4()), digest=digest(secret), person_id=person_id, roles=sorted(found.roles), how=how,
            begun_at=tx.real, seen_at=tx.real, ends_at=tx.real + limits.absolute, address=origin.address, agent=origin.agent,
        )
    )  # fmt: skip
    log(tx, Happened.SIGNED_IN, person_id, origin, how=how)
    return secret


def _make_room(tx: Transaction, person_id: str, limits: SessionLimits) -> None:
    alive = (
        web_session.c.person_id == person_id,
        web_session.c.ended.is_(None),
        web_session.c.seen_at > tx.real - limits.idle,
        web_session.c.ends_at > tx.real,
    )
    ids = list(tx.session.scalars(select(web_session.c.id).where(*alive).order_by(web_session.c.begun_at.desc())))
    _end(tx, Over.TOO_MANY, web_session.c.id.in_(ids[max(0, limits.at_once - 1) :]))


def see(tx: Transaction, session_id: str) -> None:
    """Somebody is still there."""
    tx.session.execute(update(web_session).where(web_session.c.id == session_id).values(seen_at=tx.real))


def draw_anew(tx: Transaction, secret: str) -> str | None:
    """Another secret for the same session, with the roles as they are now; None for whoever came second."""
    drawn = secrets.token_urlsafe(32)
    roles = select(person.c.roles).where(person.c.id == web_session.c.person_id).scalar_subquery()
    found = tx.session.execute(select(roles).where(web_session.c.digest == digest(secret))).first()
    if found is None:
        return None
    done = tx.session.execute(
        update(web_session)
        .where(web_session.c.digest == digest(secret), web_session.c.ended.is_(None))
        .values(digest=digest(drawn), roles=sorted(found[0]))
    )
    return drawn if done.rowcount else None  # type: ignore[attr-defined]


def sign_out(tx: Transaction, secret: str, origin: Origin) -> None:
    """End the session of this secret, whosever it is; nothing where there is none."""
    mine = (web_session.c.digest == digest(secret), web_session.c.ended.is_(None))
    person_id = tx.session.scalar(select(web_session.c.person_id).where(*mine))
    if person_id is not None:
        _end(tx, Over.SIGNED_OUT, *mine)
        log(tx, Happened.SIGNED_OUT, person_id, origin)


def end_own(tx: Transaction, session_id: str, origin: Origin) -> None:
    """One of one's own sessions, in another browser say."""
    require(tx.actor, Act.OWN_ACCOUNT)
    if not _end(tx, Over.ENDED, web_session.c.id == session_id, web_session.c.person_id == tx.actor.id):
        raise NotFoundError("没有这个登录, 它可能已经结束。", "there is no such session; it may be over already.")
    log(tx, Happened.SESSIONS_ENDED, tx.actor.id, origin)


def end_all(tx: Transaction, person_id: str, origin: Origin, *, but: str | None = None) -> None:
    """Sign out everywhere: oneself, or anybody where one keeps the accounts; `but` is the id of the one that stays."""
    require(tx.actor, Act.OWN_ACCOUNT if person_id == tx.actor.id else Act.KEEP_ACCOUNTS)
    if tx.session.execute(select(person.c.id).where(person.c.id == person_id)).first() is None:
        raise NotFoundError(f"没有账号{person_id:.64}。", f"there is no account {person_id:.64}.")
    end_of(tx, person_id, Over.ENDED, but=but)
    log(tx, Happened.SESSIONS_ENDED, person_id, origin)


def end_of(tx: Transaction, person_id: str, why: Over, *, but: str | None = None) -> None:
    """For the commands beside this one, which have asked who may."""
    others = (web_session.c.id != but,) if but else ()
    _end(tx, why, web_session.c.person_id == person_id, *others)


def _end(tx: Transaction, why: Over, *which: ColumnElement[bool]) -> int:
    done = tx.session.execute(update(web_session).where(web_session.c.ended.is_(None), *which).values(ended=why))
    return int(done.rowcount)  # type: ignore[attr-defined]
