"""Letters that were given up: to whom, about what, when, why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.letters import words_of
from engine.mailing import Purpose
from engine.permissions import Act, require
from engine.tables import notice, person
from engine.tables.outgoing import letter, mail_address
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from engine.transaction import Transaction

PAGE = 50
GIVEN_UP = "given up"
_LINKS = {
    Purpose.CONFIRM: Text("确认邮箱的链接", "a link that confirms an address"),
    Purpose.RESET: Text("设置密码的链接", "a link that sets a password"),
}


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One mail, be it of many notices; `may_send` where somebody may still wait for it. `number` is where a page breaks off."""

    batch: str
    number: int
    person_id: str
    person_name: str
    address: str | None
    about: tuple[Text, ...]
    created_at: datetime
    closed_at: datetime
    attempts: int
    cause: Text | None
    may_send: bool


def undelivered(tx: Transaction, before: int | None = None) -> list[Undelivered]:
    """The latest first, one more than a page where there are more."""
    require(tx.actor, Act.KEEP_LETTERS)
    number = func.max(letter.c.id)
    who = (
        letter.c.batch,
        letter.c.purpose,
        letter.c.address,
        person.c.id,
        person.c.name,
        person.c.active,
        person.c.email,
    )
    query = (
        select(
            *who,
            mail_address.c.address.label("confirmed"),
            number.label("number"),
            func.min(letter.c.created_at).label("created_at"),
            func.max(letter.c.closed_at).label("closed_at"),
            func.max(letter.c.attempts).label("attempts"),
            func.max(letter.c.cause).label("cause"),
        )
        .join(person, person.c.id == letter.c.person_id)
        .outerjoin(mail_address, mail_address.c.person_id == person.c.id)
        .where(letter.c.status == GIVEN_UP)
        .group_by(*who, mail_address.c.address)
        .order_by(number.desc())
        .limit(PAGE + 1)
    )
    rows = tx.session.execute(query if before is None else query.having(number < before)).all()
    kinds = _kinds(tx, [row.batch for row in rows])
    return [_line(row, kinds[row.batch]) for row in rows]


def _kinds(tx: Transaction, batches: Sequence[str]) -> Mapping[str, list[str]]:
    told = select(letter.c.batch, notice.c.kind).join(notice, notice.c.id == letter.c.notice_id).distinct()
    found = defaultdict[str, list[str]](list)
    for batch, kind in tx.session.execute(told.where(letter.c.batch.in_(batches)).order_by(notice.c.kind)):
        found[batch].append(kind)
    return found


def _line(row: Row[Any, *tuple[Any, ...]], kinds: Sequence[str]) -> Undelivered:
    is_notice = row.purpose == Purpose.NOTICE
    address = row.address or row.confirmed or (row.email if is_notice else None)
    about = tuple(Text(words_of("zh")["kinds"][kind], words_of("en")["kinds"][kind]) for kind in kinds)
    return Undelivered(
        batch=row.batch,
        number=row.number,
        person_id=row.id,
        person_name=row.name,
        address=address,
        about=about if is_notice else (_LINKS[Purpose(row.purpose)],),
        created_at=row.created_at,
        closed_at=row.closed_at,
        attempts=row.attempts,
        cause=_cause(row.cause) if row.cause else None,
        may_send=is_notice and row.active and bool(address),
    )


def as_kept(cause: Text) -> str:
    """Both languages in one column of 500 characters, a line each."""
    return "\n".join(" ".join(said.split())[:249] for said in (cause.zh, cause.en))


def _cause(kept: str) -> Text:
    zh, _, en = kept.partition("\n")
    return Text(zh, en or zh)
