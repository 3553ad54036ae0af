"""Firing timers: each in a transaction of its own, with its own due moment as now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from engine.audit import Event
from engine.commands.step import take
from engine.errors import ConflictError, NotFoundError
from engine.instance import COLUMNS, JOINED, as_instance
from engine.permissions import Act, require
from engine.spiff.snapshot import Fire
from engine.tables import process_instance, timer

if TYPE_CHECKING:
    from datetime import datetime

    from engine.library import Library
    from engine.transaction import Transaction


def next_due(tx: Transaction, until: datetime) -> tuple[str, datetime] | None:
    """The open timer that is due first, if it is due by `until`, and the moment at which it fires.

    That is its due moment, but never before it was opened. One without a known end is never due. Two that are due together
    fire by the names of their elements: ids are chance, and chance must not decide what happens first.
    """
    found = tx.session.execute(
        select(timer.c.id, timer.c.due_at, timer.c.opened_at)
        .join(process_instance, process_instance.c.id == timer.c.instance_id)
        .where(process_instance.c.suspended.is_(None))
        .where(timer.c.status == "open", timer.c.due_at <= until)
        .where(or_(timer.c.retry_at.is_(None), timer.c.retry_at <= tx.real))
        .order_by(timer.c.due_at, timer.c.opened_at, timer.c.element, timer.c.id)
        .limit(1)
    ).first()
    return (found.id, max(found.due_at, found.opened_at)) if found else None


def fire(tx: Transaction, library: Library, timer_id: str) -> None:
    """Fire one timer whose moment has come. Raises ConflictError if it is closed, not due, or waits for a calendar."""
    require(tx.actor, Act.FIRE_TIMER)
    row = tx.session.execute(
        select(*COLUMNS, timer.c.element, timer.c.status.label("timer_status"), timer.c.due_at)
        .select_from(JOINED.join(timer, timer.c.instance_id == process_instance.c.id))
        .where(timer.c.id == timer_id)
        .with_for_update(of=(process_instance, timer))
    ).first()
    if row is None:
        raise NotFoundError("没有这个定时", f"there is no timer {timer_id}")
    if row.timer_status != "open" or row.due_at is None or row.due_at > tx.now:
        raise ConflictError("该定时已结束或尚未到期", f"the timer {timer_id} is closed or not due yet")
    event = Event("timer fired", row.element, {"timer": timer_id, "due_at": row.due_at.isoformat()})
    take(tx, library, as_instance(row), Fire(timer_id), event)
