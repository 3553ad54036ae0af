"""Passwords: changed by their owner, or set anew by a link that works once. Hashing is slow and done by the caller."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from engine.commands import sessions, throttling
from engine.commands.account_events import log
from engine.errors import NotFoundError
from engine.mailing import ACCOUNT, Purpose
from engine.permissions import Act, require
from engine.signing_in import LINK_LASTS, OF_ADDRESS, Happened, Over, account_key, address_key, digest
from engine.tables import agenda_feed, api_token, employer, person
from engine.tables.accounts import credential, reset_link
from engine.tables.outgoing import address_link, letter, mail_address
from engine.telling import tell
from engine.transaction import lock_name
from forms.text import Text

if TYPE_CHECKING:
    from datetime import timedelta

    from engine.signing_in import Origin
    from engine.transaction import Transaction


_WAS_RESET = Text(
    "您的密码已通过链接重新设置；所有登录已结束，接口密钥、日程订阅地址和未用的邮件链接已作废，自设的邮箱须重新确认。"
    "如果不是您本人所为，请立即联系安全管理员。",
    "Your password was set by a link. Every session was ended; your API tokens, the calendar address and links still under way are "
    "void; an e-mail address of your own has to be confirmed anew. If this was not you, tell the security administrator at once.",
)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose password is to be set; `about` are the words that add nothing to its length."""

    person_id: str
    name: str
    about: tuple[str, ...]


class LinkOverError(NotFoundError):
    """No such link, used already, or too old: the three are not told apart."""

    def __init__(self) -> None:
        super().__init__(
            "此链接无效、已使用过或已超过60分钟。请联系安全管理员重新获取。",
            "This link is not valid, was used already, or is older than 60 minutes. Ask the security administrator for another.",
        )


def bearer(tx: Transaction, person_id: str) -> Bearer:
    """Of oneself, or of anybody where one keeps the accounts."""
    require(tx.actor, Act.OWN_PASSWORD if person_id == tx.actor.id else Act.KEEP_ACCOUNTS)
    return _bearer(tx, person_id)


def try_link(tx: Transaction, secret: str, origin: Origin) -> tuple[timedelta, Bearer | None]:
    """How long to wait, and whom the link is for; whoever has the link is nobody known yet."""
    wait = throttling.strike(tx, {address_key(origin): OF_ADDRESS})
    if wait:
        return wait, None
    valid = (reset_link.c.digest == digest(secret), reset_link.c.expires_at > tx.real)
    found = tx.session.execute(select(reset_link.c.person_id).where(*valid)).first()
    if found is None:
        return wait, None
    throttling.forgive(tx, address_key(origin))
    return wait, _bearer(tx, found.person_id)


def make_link(tx: Transaction, person_id: str, origin: Origin) -> str:
    """A secret that sets this person's password once within the hour; earlier ones are void, the old password asks for a new.

    Until then none is set by mail (engine.commands.mail_settings.ask_reset): somebody else may read that person's.
    """
    require(tx.actor, Act.KEEP_ACCOUNTS)
    _bearer(tx, person_id)
    secret = secrets.token_urlsafe(32)
    _void_links(tx, person_id)
    tx.session.execute(
        insert(reset_link).values(
            digest=digest(secret), person_id=person_id, made_by=tx.actor.id, expires_at=tx.real + LINK_LASTS
        )
    )
    _note(tx, person_id, must_change=True)
    log(tx, Happened.LINK_MADE, person_id, origin)
    return secret


def draw_own_link(tx: Transaction, person_id: str) -> str:
    """The same for whoever asked for it themselves: the password that they have, and a link of others, stay good until then."""
    require(tx.actor, Act.FIRE_TIMER)
    secret = secrets.token_urlsafe(32)
    own = {"person_id": person_id, "made_by": person_id}
    tx.session.execute(delete(reset_link).filter_by(**own))
    tx.session.execute(insert(reset_link).values(digest=digest(secret), expires_at=tx.real + LINK_LASTS, **own))
    return secret


def use_link(tx: Transaction, secret: str, hashed: str, origin: Origin) -> None:
    """Set the password, once; every other way into the account is closed. Raises LinkOverError for whoever comes second."""
    mine = (reset_link.c.digest == digest(secret), reset_link.c.expires_at > tx.real)
    person_id = tx.session.scalar(select(reset_link.c.person_id).where(*mine))
    if person_id is None or not tx.session.execute(delete(reset_link).where(*mine)).rowcount:  # type: ignore[attr-defined]
        raise LinkOverError
    _set(tx, person_id, hashed)
    sessions.end_of(tx, person_id, Over.PASSWORD)
    log(tx, Happened.PASSWORD_RESET, person_id, origin)
    _close_ways_in(tx, person_id, origin)
    tell(tx, [person_id], f"password {digest(secret)[:16]}", ACCOUNT, _WAS_RESET)


def change(tx: Transaction, hashed: str, origin: Origin, session_id: str | None) -> None:
    """One's own, after the old one was shown; every session but this one is over."""
    require(tx.actor, Act.OWN_PASSWORD)
    _set(tx, tx.actor.id, hashed)
    sessions.end_of(tx, tx.actor.id, Over.PASSWORD, but=session_id)
    log(tx, Happened.PASSWORD_CHANGED, tx.actor.id, origin)


def _close_ways_in(tx: Transaction, person_id: str, origin: Origin) -> None:
    """What somebody who had the account may have left behind for themselves."""
    _void_links(tx, person_id)
    alive = (api_token.c.person_id == person_id, api_token.c.revoked_at.is_(None))
    revoked = tx.session.execute(update(api_token).where(*alive).values(revoked_at=tx.real))
    dropped = tx.session.execute(delete(mail_address).where(mail_address.c.person_id == person_id))
    tx.session.execute(delete(agenda_feed).where(agenda_feed.c.person_id == person_id))
    for done, kind in ((revoked, Happened.TOKEN_REVOKED), (dropped, Happened.ADDRESS_DROPPED)):
        if done.rowcount:  # type: ignore[attr-defined]
            log(tx, kind, person_id, origin)


def _void_links(tx: Transaction, person_id: str) -> None:
    """Letters first: of one that a worker has in hand the link is there when its row is free."""
    waiting = (letter.c.person_id == person_id, letter.c.purpose != Purpose.NOTICE, letter.c.status == "pending")
    tx.session.execute(update(letter).where(*waiting).values(status="dropped", closed_at=tx.real))
    for table in (reset_link, address_link):
        tx.session.execute(delete(table).where(table.c.person_id == person_id))


def _bearer(tx: Transaction, person_id: str) -> Bearer:
    named = select(person.c.id, person.c.name, employer.c.name.label("employer_name")).outerjoin(
        employer, employer.c.id == person.c.employer_id
    )
    found = tx.session.execute(named.where(person.c.id == person_id, person.c.active)).first()
    if found is None:
        raise NotFoundError(f"没有账号{person_id}, 或已停用。", f"there is no account {person_id}, or it is closed.")
    return Bearer(found.id, found.name, tuple(word for word in found if word))


def _set(tx: Transaction, person_id: str, hashed: str) -> None:
    tx.session.execute(update(person).where(person.c.id == person_id).values(password_hash=hashed))
    tx.session.execute(delete(reset_link).where(reset_link.c.person_id == person_id))
    throttling.forget(tx, account_key(person_id))
    _note(tx, person_id, must_change=False)


def _note(tx: Transaction, person_id: str, *, must_change: bool) -> None:
    lock_name(tx, f"credential {person_id}")
    values = {"must_change": must_change} if must_change else {"must_change": False, "set_at": tx.real}
    done = tx.session.execute(update(credential).where(credential.c.person_id == person_id).values(**values))
    if not done.rowcount:  # type: ignore[attr-defined]
        tx.session.execute(insert(credential).values(person_id=person_id, **values))
