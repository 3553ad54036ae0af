"""Accounts as their owners, the security administrator and the audit administrator see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from engine.errors import NotFoundError
from engine.permissions import Act, require
from engine.signing_in import Happened, account_key, why_over
from engine.tables import api_token, employer, person
from engine.tables.accounts import account_event, credential, identity_link, throttle, web_session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.signing_in import SessionLimits
    from engine.transaction import Transaction

_RECENT = 10
PAGE = 50
STATES = ("all", "open", "closed", "locked")


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session that is not over."""

    id: str
    how: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token that is not revoked; `scopes` None: everything that its person may."""

    id: str
    label: str
    scopes: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class EventLine:
    """A line of the log; `person_id` None: nobody has the name that was typed."""

    id: int
    at: datetime
    kind: str
    person_id: str | None
    person_name: str | None
    by_id: str | None
    by_name: str | None
    how: str | None
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account in a list."""

    id: str
    name: str
    employer_name: str | None
    roles: tuple[str, ...]
    active: bool
    has_password: bool
    must_change: bool
    locked_until: datetime | None
    last_sign_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """One account with all that hangs on it."""

    line: AccountLine
    password_set_at: datetime | None
    sessions: tuple[SessionLine, ...]
    tokens: tuple[TokenLine, ...]
    identities: tuple[tuple[str, str], ...]
    events: tuple[EventLine, ...]


def own(tx: Transaction, limits: SessionLimits) -> AccountDetail:
    require(tx.actor, Act.OWN_ACCOUNT)
    return _detail(tx, tx.actor.id, limits)


def account(tx: Transaction, person_id: str, limits: SessionLimits) -> AccountDetail:
    require(tx.actor, Act.KEEP_ACCOUNTS)
    return _detail(tx, person_id, limits)


def accounts(tx: Transaction, words: str = "", state: str = "all", after: str = "") -> list[AccountLine]:
    """By id, one more than a page where there are more; `words` stand in the name or the id."""
    require(tx.actor, Act.KEEP_ACCOUNTS)
    asked = _lines(tx).where(person.c.id > after).order_by(person.c.id)
    if words:
        asked = asked.where(or_(*(column.icontains(words, autoescape=True) for column in (person.c.id, person.c.name))))
    if state in {"open", "closed"}:
        asked = asked.where(person.c.active == (state == "open"))
    if state != "locked":
        return _with_locks(tx, asked.limit(PAGE + 1))
    return [line for line in _with_locks(tx, asked) if line.locked_until][: PAGE + 1]


def sign_ins(tx: Transaction, person_id: str = "", kind: str = "", before: int | None = None) -> list[EventLine]:
    """The log, newest first, one more than a page where there are more."""
    require(tx.actor, Act.SEE_SIGN_INS)
    which = [account_event.c.person_id == person_id] if person_id else []
    which += [account_event.c.kind == kind] if kind in set(Happened) else []
    which += [account_event.c.id < before] if before is not None else []
    return _events(tx, PAGE + 1, *which)


def _detail(tx: Transaction, person_id: str, limits: SessionLimits) -> AccountDetail:
    found = _with_locks(tx, _lines(tx).where(person.c.id == person_id))
    if not found:
        raise NotFoundError(f"没有账号{person_id}。", f"there is no account {person_id}.")
    linked = select(identity_link.c.issuer, identity_link.c.subject).where(identity_link.c.person_id == person_id)
    return AccountDetail(
        line=found[0],
        password_set_at=tx.session.scalar(select(credential.c.set_at).where(credential.c.person_id == person_id)),
        sessions=_sessions(tx, person_id, limits),
        tokens=_tokens(tx, person_id),
        identities=tuple((row.issuer, row.subject) for row in tx.session.execute(linked)),
        events=tuple(_events(tx, _RECENT, account_event.c.person_id == person_id)),
    )


def _lines(tx: Transaction) -> Select[Any]:  # noqa: ARG001
    last = (
        select(func.max(account_event.c.at))
        .where(account_event.c.person_id == person.c.id, account_event.c.kind == Happened.SIGNED_IN)
        .scalar_subquery()
    )
    return (
        select(person, employer.c.name.label("employer_name"), credential.c.must_change, last.label("last_sign_in_at"))
        .outerjoin(employer, employer.c.id == person.c.employer_id)
        .outerjoin(credential, credential.c.person_id == person.c.id)
    )


def _with_locks(tx: Transaction, asked: Select[Any]) -> list[AccountLine]:
    rows = tx.session.execute(asked).all()
    waiting = select(throttle.c.key, throttle.c.until).where(
        throttle.c.until > tx.real, throttle.c.key.startswith("account:")
    )
    locks: Mapping[str, datetime] = {row.key: row.until for row in tx.session.execute(waiting)}
    return [_line(row, locks.get(account_key(row.id))) for row in rows]


def _line(row: Row[Any], locked_until: datetime | None) -> AccountLine:
    return AccountLine(
        row.id, row.name, row.employer_name, tuple(sorted(row.roles)), row.active, row.password_hash is not None,
        bool(row.must_change), locked_until, row.last_sign_in_at,
    )  # fmt: skip


def _sessions(tx: Transaction, person_id: str, limits: SessionLimits) -> tuple[SessionLine, ...]:
    kept = tx.session.execute(
        select(web_session).where(web_session.c.person_id == person_id).order_by(web_session.c.seen_at.desc())
    )
    return tuple(
        SessionLine(row.id, row.how, row.begun_at, row.seen_at, row.ends_at, row.address, row.agent)
        for row in kept
        if why_over(row, tx.real, limits) is None
    )


def _tokens(tx: Transaction, person_id: str) -> tuple[TokenLine, ...]:
    kept = tx.session.execute(
        select(api_token)
        .where(api_token.c.person_id == person_id, api_token.c.revoked_at.is_(None))
        .order_by(api_token.c.created_at.desc(), api_token.c.id)
    )
    return tuple(_token(row, tx.real) for row in kept)


def _token(row: Row[Any], now: datetime) -> TokenLine:
    over = row.expires_at is not None and row.expires_at <= now
    scopes = None if row.scopes is None else tuple(row.scopes)
    return TokenLine(row.id, row.label, scopes, row.created_at, row.expires_at, row.last_used_at, over)


def _events(tx: Transaction, most: int, *which: ColumnElement[bool]) -> list[EventLine]:
    other = person.alias()
    rows = tx.session.execute(
        select(account_event, person.c.name.label("person_name"), other.c.name.label("by_name"))
        .outerjoin(person, person.c.id == account_event.c.person_id)
        .outerjoin(other, other.c.id == account_event.c.by_id)
        .where(*which)
        .order_by(account_event.c.id.desc())
        .limit(most)
    )
    return [EventLine(**row._mapping) for row in rows]  # noqa: SLF001
