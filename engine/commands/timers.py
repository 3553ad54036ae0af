"""Firing timers: each in a transaction of its own, with its own due moment as now."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, or_, select

from engine.audit import Event
from engine.commands.step import take
from engine.instance import COLUMNS, JOINED, as_instance
from engine.permissions import Act, require
from engine.spiff.snapshot import Fire
from engine.tables import process_instance, timer, timer_recount

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from engine.library import Library
    from engine.transaction import Transaction


_OWN = ("element", "due_at", "opened_at", "attempts")


def next_due(tx: Transaction, until: datetime) -> datetime | None:
    """The moment at which the open timer fires that is due first, if it is due by `until`; see `_due`."""
    found = tx.session.execute(_due(tx, until, timer.c.due_at, timer.c.opened_at)).first()
    return max(found.due_at, found.opened_at) if found else None


def fire_next(tx: Transaction, library: Library, until: datetime, taken: list[tuple[str, int]]) -> None:
    """Fire the first timer due by then that no other worker has in hand, at its own moment; `taken` gets its id and attempts.

    Nothing happens where none is left. A worker that finds an instance locked goes on to the next: it loses no time, and
    the timers of one instance still fire in their order.
    """
    require(tx.actor, Act.FIRE_TIMER)
    taken.clear()
    due = _due(tx, until, *COLUMNS, timer.c.id.label("timer_id"), *(timer.c[name] for name in _OWN))
    row = tx.session.execute(due.with_for_update(of=(process_instance, timer), skip_locked=True)).first()
    if row is None:
        return
    taken.append((row.timer_id, row.attempts))
    event = Event("timer fired", row.element, {"timer": row.timer_id, "due_at": row.due_at.isoformat()})
    at = dataclasses.replace(tx, now=max(row.due_at, row.opened_at))
    take(at, library, as_instance(row), Fire(row.timer_id), event)


def _due(tx: Transaction, until: datetime, *columns: Any) -> Select[Any]:
    """The first open timer due by then, and not one that has just failed or whose instance stands still.

    A timer is due at its moment, but never before it was opened. One without a known end is never due. Two that are due
    together fire by the names of their elements: ids are chance, and chance must not decide what happens first.
    """
    return (
        select(*columns)
        .select_from(JOINED.join(timer, timer.c.instance_id == process_instance.c.id))
        .where(process_instance.c.suspended.is_(None))
        .where(timer.c.status == "open", timer.c.due_at <= until, ~_is_to_be_counted_anew())
        .where(or_(timer.c.retry_at.is_(None), timer.c.retry_at <= tx.real))
        .order_by(timer.c.due_at, timer.c.opened_at, timer.c.element, timer.c.id)
        .limit(1)
    )


def _is_to_be_counted_anew() -> ColumnElement[bool]:
    """A calendar was confirmed since, and this one's turn has not come yet: it does not fire by the old end meanwhile."""
    pending = (timer_recount.c.timer_id == timer.c.id, timer_recount.c.status == "pending")
    return exists().where(*pending)
