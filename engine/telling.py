"""What people are told beside their tasks: each thing once, whichever worker finds it first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.mailing import TOPIC_OF, Often, Purpose, often
from engine.tables import notice, person
from engine.tables.outgoing import letter, mail_address, mail_choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.transaction import Transaction
    from forms.text import Text

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def tell(tx: Transaction, people: Iterable[str], key: str, kind: str, text: Text, **about: str | None) -> None:
    """Tell these people, by id; whoever was told under this key is not told again. `about`: `instance_id`, `task_id`.

    The text names no person: what a matter is called is read with it, by whoever may.
    """
    rows = [
        {"person_id": each, "key": key, "kind": kind, "text": text.as_json(), "created_at": tx.now, **about}
        for each in people
    ]
    if rows:
        statement = _INSERT[tx.session.get_bind().dialect.name](notice)
        once = statement.on_conflict_do_nothing(index_elements=["person_id", "key"])
        told = tx.session.execute(once.returning(notice.c.person_id, notice.c.id), rows)
        _write_letters(tx, kind, {row.person_id: row.id for row in told})


def _write_letters(tx: Transaction, kind: str, told: Mapping[str, int]) -> None:
    """To whoever has an address and wants such notices mailed; what is sent when is the worker's to see (engine.outgoing)."""
    topic = TOPIC_OF[kind]
    if topic is None or not told:
        return
    wanted = (
        select(person.c.id, mail_choice.c.often)
        .outerjoin(mail_address, mail_address.c.person_id == person.c.id)
        .outerjoin(mail_choice, and_(mail_choice.c.person_id == person.c.id, mail_choice.c.topic == topic))
        .where(person.c.id.in_(told), person.c.active)
        .where(func.coalesce(mail_address.c.address, person.c.email, "") != "")
    )
    rows = [
        letter_row(tx, row.id, Purpose.NOTICE, notice_id=told[row.id], is_daily=how is Often.DAILY)
        for row in tx.session.execute(wanted)
        if (how := often(row.often, topic)) is not Often.NEVER
    ]
    if rows:
        tx.session.execute(insert(letter), rows)


def letter_row(
    tx: Transaction,
    person_id: str,
    purpose: Purpose,
    *,
    notice_id: int | None = None,
    address: str | None = None,
    is_daily: bool = False,
) -> dict[str, Any]:
    what = {"person_id": person_id, "purpose": purpose, "notice_id": notice_id, "address": address}
    return {**what, "is_daily": is_daily, "status": "pending", "told_at": tx.now, "created_at": tx.real}
