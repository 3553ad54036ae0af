"""Deleting a payload where retention or a person's right demands it, and the daily list of the chains' heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from engine.chain import START, Head, list_digest
from engine.clock import SHANGHAI
from engine.errors import NotFoundError
from engine.permissions import Act, require
from engine.tables import head_list, history
from engine.transaction import lock_name

if TYPE_CHECKING:
    from engine.transaction import Transaction


def forget(tx: Transaction, subject_id: str, number: int) -> None:
    """Delete what an entry says, with its salt; that there was an entry, when and whose, stays and still verifies."""
    require(tx.actor, Act.FORGET)
    result = tx.session.execute(
        update(history)
        .where(history.c.subject_id == subject_id, history.c.number == number)
        .values(payload=None, salt=None)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFoundError(f"没有记录{subject_id}#{number}", f"there is no entry {subject_id}#{number}")


def is_list_due(tx: Transaction) -> bool:
    """Whether today, by the machine's clock in Shanghai, has no list of heads yet."""
    last = tx.session.scalar(select(func.max(head_list.c.day)))
    return last is None or last < _today(tx)


def list_heads(tx: Transaction) -> None:
    """Write today's list: from then on a missing instance or entry shows."""
    lock_name(tx, "head list")
    if not is_list_due(tx):
        return  # another worker was faster
    last = tx.session.execute(select(head_list).order_by(head_list.c.day.desc()).limit(1)).first()
    day = _today(tx)
    heads, previous = _heads(tx), last.digest if last else START
    kept = {subject: [head.number, head.link] for subject, head in heads.items()}
    digest = list_digest(day, heads, previous)
    tx.session.execute(insert(head_list).values(day=day, heads=kept, previous=previous, digest=digest))


def _today(tx: Transaction) -> str:
    return tx.real.astimezone(SHANGHAI).date().isoformat()


def _heads(tx: Transaction) -> dict[str, Head]:
    newest = (
        select(history.c.subject_id, func.max(history.c.number).label("number"))
        .group_by(history.c.subject_id)
        .subquery()
    )
    rows = tx.session.execute(
        select(history.c.subject_id, history.c.number, history.c.link)
        .join(newest, (newest.c.subject_id == history.c.subject_id) & (newest.c.number == history.c.number))
        .order_by(history.c.subject_id)
    )
    return {row.subject_id: Head(row.number, row.link) for row in rows}
