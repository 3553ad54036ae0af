"""Letters: what people are told, and links that they asked for, by mail. Taken, sent and noted in three steps, as jobs are.

A worker that dies after sending sends again, under the same message id. What cannot be sent for days is given up, and the
administrators hear of it once a day.
"""

from __future__ import annotations

import logging
import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, insert, or_, select, update

from engine.clock import SHANGHAI
from engine.commands import credentials
from engine.commands.jobs import LEASE
from engine.errors import ConflictError, NotFoundError
from engine.letters import Line
from engine.mailing import CONFIRM_WITHIN, GIVEN_UP_AFTER, MAIL, Purpose, pause_after
from engine.permissions import Act, Role, require
from engine.queries import people
from engine.queries.undelivered import GIVEN_UP, as_kept
from engine.signing_in import digest
from engine.tables import notice, person, process_instance, task
from engine.tables.outgoing import address_link, letter, mail_address
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row

    from engine.transaction import Transaction
    from forms.text import Language

PENDING, SENT, READ, DROPPED = "pending", "sent", "read", "dropped"
_log = logging.getLogger("pingpin.mail")


@dataclass(frozen=True, slots=True)
class Letter:
    """What this worker is to send, and until when nobody else does; `secret` is what a link is made of."""

    batch: str
    until: datetime
    to: str
    language: Language
    purpose: Purpose
    lines: tuple[Line, ...]
    secret: str | None


def has_due(tx: Transaction, daily_until: datetime) -> bool:
    return tx.session.execute(select(letter.c.id).where(*_due(tx, daily_until)).limit(1)).first() is not None


def take_next(tx: Transaction, daily_until: datetime) -> Letter | None:
    """The oldest that is due and that nobody has in hand; of daily ones all that their person was told by then."""
    require(tx.actor, Act.FIRE_TIMER)
    first = select(letter).where(*_due(tx, daily_until)).order_by(letter.c.id).limit(1)
    while (row := tx.session.execute(first.with_for_update(skip_locked=True)).first()) is not None:
        rows = _together(tx, row, daily_until) if row.is_daily else [row]
        found = _compose(tx, row, [each.id for each in rows])
        if found is not None:
            return found
    return None


def note_sent(tx: Transaction, found: Letter) -> None:
    """It has left; whoever else has it in hand by now cannot change that."""
    _close(tx, letter.c.batch == found.batch, SENT)


def note_failure(tx: Transaction, found: Letter, cause: Text, *, is_final: bool) -> None:
    """Tried again after a pause, or given up; nothing if another worker has it in hand, who will say how it went."""
    rows = tx.session.execute(select(letter).where(*_of(found)).with_for_update()).all()
    if not rows or rows[0].retry_at != found.until:
        return
    tried = rows[0].attempts + 1
    said = {"attempts": tried, "cause": as_kept(cause)}
    if is_final or tx.real - rows[0].created_at >= GIVEN_UP_AFTER[found.purpose]:
        _log.warning("given up: a letter to %s: %s", rows[0].person_id, cause.en)
        _close(tx, letter.c.batch == found.batch, GIVEN_UP, **said)
        _alarm(tx)
    else:
        tx.session.execute(update(letter).where(*_of(found)).values(retry_at=tx.real + pause_after(tried), **said))


def send_again(tx: Transaction, batch: str) -> None:
    """A mail that was given up is tried anew, once the address or the server is mended; what was read meanwhile is left out.

    Raises NotFoundError where none was given up, ConflictError for a link: whom it was for has to ask for another.
    """
    require(tx.actor, Act.KEEP_LETTERS)
    given_up = (letter.c.batch == batch, letter.c.status == GIVEN_UP)
    purposes = set(tx.session.scalars(select(letter.c.purpose).where(*given_up).with_for_update()))
    if not purposes:
        raise NotFoundError(
            "没有这封未送达的邮件, 或已重新发送。",
            "there is no such mail that was given up, or it was sent again already.",
        )
    if purposes != {Purpose.NOTICE}:
        raise ConflictError(
            "带链接的邮件不能补发, 链接早已过期。请本人重新申请。",
            "a mail with a link is not sent again, its link is long over; whom it was for asks for another.",
        )
    anew = {"status": PENDING, "created_at": tx.real, "closed_at": None, "retry_at": None, "attempts": 0}
    tx.session.execute(update(letter).where(*given_up).values(**anew))


def has_old(tx: Transaction) -> bool:
    return tx.session.execute(select(letter.c.id).where(*_old(tx)).limit(1)).first() is not None


def drop_old(tx: Transaction) -> None:
    """Where no mail is sent: what has become too old to be news when it is."""
    require(tx.actor, Act.FIRE_TIMER)
    _close(tx, and_(*_old(tx)), DROPPED)


def _due(tx: Transaction, daily_until: datetime) -> tuple[ColumnElement[bool], ...]:
    """A daily one stands for all of its batch, or for all that their person was told: the others wait for the first."""
    other = letter.alias()
    first = ~exists(
        select(other.c.id).where(
            other.c.person_id == letter.c.person_id,
            other.c.status == PENDING,
            other.c.is_daily,
            other.c.batch.is_not_distinct_from(letter.c.batch),
            other.c.id < letter.c.id,
        )
    )
    rested = or_(letter.c.retry_at.is_(None), letter.c.retry_at <= tx.real)
    return letter.c.status == PENDING, rested, or_(~letter.c.is_daily, (letter.c.told_at <= daily_until) & first)


def _together(tx: Transaction, row: Row[Any], daily_until: datetime) -> list[Row[Any]]:
    same = (letter.c.person_id == row.person_id, letter.c.status == PENDING, letter.c.is_daily)
    query = select(letter).where(*same, letter.c.batch.is_not_distinct_from(row.batch), letter.c.told_at <= daily_until)
    return list(tx.session.execute(query.order_by(letter.c.id).with_for_update()))


def _compose(tx: Transaction, row: Row[Any], ids: list[int]) -> Letter | None:
    """None where nothing is to be said any more: it was read on the page, or its person is gone."""
    receiver = _receiver(tx, row.person_id)
    to = _address(row, receiver) if receiver else None
    if receiver is None or not to:
        _close(tx, letter.c.id.in_(ids), DROPPED)
        return None
    read = select(notice.c.id).where(notice.c.id == letter.c.notice_id, notice.c.read_at.is_not(None))
    _close(tx, letter.c.id.in_(ids) & exists(read), READ)
    lines = _lines(tx, ids)
    if not lines and row.purpose == Purpose.NOTICE:
        return None
    batch, until = row.batch or str(uuid.uuid4()), tx.real + LEASE
    mine = update(letter).where(letter.c.id.in_(ids), letter.c.status == PENDING)
    tx.session.execute(mine.values(batch=batch, retry_at=until))
    purpose, language = Purpose(row.purpose), receiver.language
    return Letter(batch, until, to, language, purpose, tuple(lines), _secret(tx, row, purpose))


def _receiver(tx: Transaction, person_id: str) -> Row[Any, Any, Any] | None:
    query = select(person.c.language, person.c.email, mail_address.c.address).outerjoin(
        mail_address, mail_address.c.person_id == person.c.id
    )
    return tx.session.execute(query.where(person.c.id == person_id, person.c.active)).first()


def _address(row: Row[Any], receiver: Row[Any, Any, Any]) -> str | None:
    """A link that opens an account goes to an address that its owner has confirmed, however the register calls theirs by now."""
    if row.purpose == Purpose.RESET:
        return receiver.address  # type: ignore[no-any-return]
    return row.address or receiver.address or receiver.email  # type: ignore[no-any-return]


def _lines(tx: Transaction, ids: list[int]) -> list[Line]:
    """A link to a task as long as it is open, to its matter then."""
    query = (
        select(notice.c.kind, notice.c.instance_id, process_instance.c.business_key, task.c.id.label("task_id"))
        .join(letter, letter.c.notice_id == notice.c.id)
        .outerjoin(process_instance, process_instance.c.id == notice.c.instance_id)
        .outerjoin(task, and_(task.c.id == notice.c.task_id, task.c.status == "open"))
        .where(letter.c.id.in_(ids), notice.c.read_at.is_(None))
        .order_by(notice.c.id)
    )
    return [Line(row.kind, row.business_key, row.instance_id, row.task_id) for row in tx.session.execute(query)]


def _secret(tx: Transaction, row: Row[Any], purpose: Purpose) -> str | None:
    """Drawn now, so that none lies in the database: a letter tried again has another, and the one before is void."""
    if purpose is Purpose.RESET:
        return credentials.draw_own_link(tx, row.person_id)
    if purpose is not Purpose.CONFIRM:
        return None
    secret = secrets.token_urlsafe(32)
    tx.session.execute(address_link.delete().where(address_link.c.person_id == row.person_id))
    values = {"person_id": row.person_id, "address": row.address, "expires_at": tx.real + CONFIRM_WITHIN}
    tx.session.execute(insert(address_link).values(digest=digest(secret), **values))
    return secret


def _of(found: Letter) -> tuple[ColumnElement[bool], ...]:
    return letter.c.batch == found.batch, letter.c.status == PENDING


def _old(tx: Transaction) -> tuple[ColumnElement[bool], ...]:
    return letter.c.status == PENDING, letter.c.created_at < tx.real - GIVEN_UP_AFTER[Purpose.NOTICE]


def _close(tx: Transaction, which: ColumnElement[bool], status: str, **values: Any) -> None:
    closed = update(letter).where(which, letter.c.status == PENDING)
    tx.session.execute(closed.values(status=status, closed_at=tx.real, **values))


def _alarm(tx: Transaction) -> None:
    text = Text(
        "有邮件多次未能送达，已不再尝试；通知本身仍在各人的“通知”页。请检查邮件服务器和人员的邮箱，再从“未送达邮件”补发。",
        "Mail could not be delivered and is not tried any more; the notices themselves are on everybody's own page. Check the "
        "mail server and people's addresses, and send it again from the page of undelivered mail.",
    )
    told = [each.id for each in people.with_roles(tx, {Role.ADMIN, Role.SECURITY})]
    tell(tx, told, f"{MAIL} {tx.now.astimezone(SHANGHAI).date().isoformat()}", MAIL, text)
