"""What a person chooses about mail: which notices, how often, in which language, to which address."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from engine.commands import sign_ins, throttling
from engine.commands.account_events import log
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.mailing import DEFAULTS, Often, Purpose, Topic
from engine.permissions import ADMINISTRATORS, Act, require
from engine.signing_in import OF_ADDRESS, OF_LETTERS, Happened, address_key, digest
from engine.tables import person
from engine.tables.accounts import credential
from engine.tables.outgoing import address_link, letter, mail_address, mail_choice
from engine.telling import letter_row
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from engine.signing_in import Origin
    from engine.transaction import Transaction

_LONGEST = 254
_LANGUAGES = ("zh", "en")


class AddressLinkOverError(NotFoundError):
    """No such link, somebody else's, used already or too old: they are not told apart."""

    def __init__(self) -> None:
        super().__init__(
            "此链接无效、已使用过或已超过24小时, 或不是当前登录人的。请用本人账号登录, 或在通知设置中重新填写邮箱。",
            "This link is not valid, was used already, is older than 24 hours, or is not yours. Sign in as yourself, or enter the "
            "address again in your notice settings.",
        )


def choose(tx: Transaction, chosen: Mapping[str, str], language: str) -> None:
    """How often each topic is mailed; topics that are not named keep what was chosen."""
    require(tx.actor, Act.OWN_ACCOUNT)
    if language not in _LANGUAGES or not all(
        topic in set(Topic) and often in set(Often) for topic, often in chosen.items()
    ):
        raise InvalidError(
            "没有这样的选项。请重新打开通知设置后选择。", "there is no such choice; open the settings again."
        )
    lock_name(tx, f"mail {tx.actor.id}")
    mine = mail_choice.c.person_id == tx.actor.id
    tx.session.execute(delete(mail_choice).where(mine, mail_choice.c.topic.in_(list(chosen))))
    rows = [
        {"person_id": tx.actor.id, "topic": topic, "often": often}
        for topic, often in chosen.items()
        if often != DEFAULTS[Topic(topic)]
    ]
    if rows:
        tx.session.execute(insert(mail_choice), rows)
    tx.session.execute(update(person).where(person.c.id == tx.actor.id).values(language=language))


def require_address(text: str) -> str:
    """Raises InvalidError for what is no address."""
    try:
        found = Address(addr_spec=text.strip())
        if found.username and "." in found.domain and len(text) <= _LONGEST and found.addr_spec.isprintable():
            return found.addr_spec
    except (ValueError, IndexError, MessageError):
        pass
    raise InvalidError(
        "这不是可用的邮箱地址。请按“名称@域名”填写, 例如 name@example.com。",
        "this is no e-mail address; write it as name@example.com.",
    )


def ask_address(tx: Transaction, address: str) -> None:
    """A letter with a link goes there; nothing changes until it is opened."""
    require(tx.actor, Act.OWN_ACCOUNT)
    if throttling.strike(tx, {f"letters:{digest(tx.actor.id)}": OF_LETTERS}):
        raise ConflictError(
            "确认邮件发得过于频繁。请先查收已发的邮件, 或过一会儿再试。",
            "too many letters were asked for; look for those that were sent, or try again later.",
        )
    waiting = (letter.c.person_id == tx.actor.id, letter.c.purpose == Purpose.CONFIRM, letter.c.status == "pending")
    tx.session.execute(update(letter).where(*waiting).values(status="dropped", closed_at=tx.real))
    tx.session.execute(insert(letter).values(**letter_row(tx, tx.actor.id, Purpose.CONFIRM, address=address)))


def confirm(tx: Transaction, secret: str, origin: Origin) -> str:
    """The address of the link is the actor's from now on; works once. Raises AddressLinkOverError."""
    require(tx.actor, Act.OWN_ACCOUNT)
    mine = (
        address_link.c.digest == digest(secret),
        address_link.c.person_id == tx.actor.id,
        address_link.c.expires_at > tx.real,
    )
    address = tx.session.scalar(select(address_link.c.address).where(*mine))
    if address is None or not tx.session.execute(delete(address_link).where(*mine)).rowcount:  # type: ignore[attr-defined]
        raise AddressLinkOverError
    tx.session.execute(delete(mail_address).where(mail_address.c.person_id == tx.actor.id))
    tx.session.execute(insert(mail_address).values(person_id=tx.actor.id, address=address, confirmed_at=tx.real))
    log(tx, Happened.ADDRESS_CONFIRMED, tx.actor.id, origin)
    return str(address)


def drop_address(tx: Transaction, origin: Origin) -> None:
    """The register's counts again."""
    require(tx.actor, Act.OWN_ACCOUNT)
    dropped = tx.session.execute(delete(mail_address).where(mail_address.c.person_id == tx.actor.id))
    if dropped.rowcount:  # type: ignore[attr-defined]
        log(tx, Happened.ADDRESS_DROPPED, tx.actor.id, origin)


def ask_reset(tx: Transaction, name: str, origin: Origin) -> timedelta:
    """How long to wait, or none; a letter is on its way if there is somebody to write to, which nobody is told.

    To an address that its person has confirmed alone: whoever writes the register must not come by other people's
    passwords. An administrator's is never set by mail, and nobody's for whom the security administrator has made a link.
    """
    wait = throttling.strike(tx, {address_key(origin): OF_ADDRESS, f"reset:{digest(name)}": OF_LETTERS})
    if wait:
        return wait
    if not sign_ins.is_name(name):
        return wait
    query = (
        select(person.c.id, person.c.roles)
        .join(mail_address, mail_address.c.person_id == person.c.id)
        .outerjoin(credential, credential.c.person_id == person.c.id)
        .where(person.c.id == name, person.c.active, person.c.password_hash.is_not(None))
        .where(credential.c.must_change.is_not(True))
    )
    row = tx.session.execute(query).first()
    if row is not None and not ADMINISTRATORS & set(row.roles):
        tx.session.execute(insert(letter).values(**letter_row(tx, row.id, Purpose.RESET)))
        log(tx, Happened.LINK_ASKED, row.id, origin)
    return wait
