"""What the security administrator does with other people's accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from engine.commands import sessions, throttling
from engine.commands.account_events import log
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.permissions import Act, require
from engine.registers.stores import administered, require_administered
from engine.signing_in import Happened, Over, account_key
from engine.tables import person
from engine.tables.accounts import identity_link, reset_link
from engine.transaction import lock_name

if TYPE_CHECKING:
    from engine.signing_in import Origin
    from engine.transaction import Transaction

_LONGEST_ISSUER, _LONGEST_SUBJECT = 300, 255


def unlock(tx: Transaction, person_id: str, origin: Origin) -> None:
    """Whoever has failed too often may try again at once."""
    _known(tx, person_id)
    throttling.forget(tx, account_key(person_id))
    log(tx, Happened.UNLOCKED, person_id, origin)


def close(tx: Transaction, person_id: str, origin: Origin) -> None:
    """Nobody comes in by this account any more, and who is in is out; what the person did stays."""
    _known(tx, person_id)
    if person_id == tx.actor.id:
        raise InvalidError(
            "不能停用自己的账号, 请由另一位安全管理员办理。",
            "nobody closes their own account; another security administrator does.",
        )
    _set_active(tx, person_id, active=False)
    sessions.end_of(tx, person_id, Over.CLOSED)
    tx.session.execute(delete(reset_link).where(reset_link.c.person_id == person_id))
    log(tx, Happened.CLOSED, person_id, origin)


def open_again(tx: Transaction, person_id: str, origin: Origin) -> None:
    _known(tx, person_id)
    _set_active(tx, person_id, active=True)
    log(tx, Happened.OPENED, person_id, origin)


def link_identity(tx: Transaction, person_id: str, issuer: str, subject: str, origin: Origin) -> None:
    """What the provider calls this person: its `sub`."""
    _known(tx, person_id)
    if not (0 < len(subject) <= _LONGEST_SUBJECT and 0 < len(issuer) <= _LONGEST_ISSUER and "\0" not in subject):
        raise InvalidError(
            f"统一身份标识(sub)应为1至{_LONGEST_SUBJECT}个字符。",
            f"the identity (sub) has 1 to {_LONGEST_SUBJECT} characters.",
        )
    lock_name(tx, f"identity {subject}")
    kept = (identity_link.c.issuer == issuer, identity_link.c.subject == subject)
    if tx.session.execute(select(identity_link).where(*kept)).first() is not None:
        raise ConflictError("此统一身份已关联到一个账号。", "this identity is linked to an account already.")
    tx.session.execute(
        insert(identity_link).values(issuer=issuer, subject=subject, person_id=person_id, linked_at=tx.real)
    )
    log(tx, Happened.IDENTITY_LINKED, person_id, origin)


def unlink_identity(tx: Transaction, person_id: str, issuer: str, subject: str, origin: Origin) -> None:
    _known(tx, person_id)
    kept = (
        identity_link.c.issuer == issuer,
        identity_link.c.subject == subject,
        identity_link.c.person_id == person_id,
    )
    if not tx.session.execute(delete(identity_link).where(*kept)).rowcount:  # type: ignore[attr-defined]
        raise NotFoundError("没有这个统一身份关联。", "there is no such link.")
    log(tx, Happened.IDENTITY_UNLINKED, person_id, origin)


def _known(tx: Transaction, person_id: str) -> None:
    require(tx.actor, Act.KEEP_ACCOUNTS)
    if tx.session.execute(select(person.c.id).where(person.c.id == person_id)).first() is None:
        raise NotFoundError(f"没有账号{person_id}。", f"there is no account {person_id}.")


def _set_active(tx: Transaction, person_id: str, *, active: bool) -> None:
    lock_name(tx, "administrators")  # two who close each other at once would leave nobody
    before = administered(tx)
    done = tx.session.execute(
        update(person).where(person.c.id == person_id, person.c.active != active).values(active=active)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise ConflictError(
            "此账号已经是这个状态, 未作更改。", "the account is in this state already; nothing was changed."
        )
    require_administered(tx, before)
