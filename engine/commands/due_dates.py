"""Counting the due dates of open tasks anew after a calendar was confirmed: each task in a transaction of its own.

A due date moves later by itself, or comes to be known at last. One that would be earlier stays: nobody loses a day that
they were given. The history tells of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import String, cast, select, update

from engine.audit import Event, note
from engine.commands.offering import due_key
from engine.commands.recounts import Recount, Waiting, evaluated, recount_event
from engine.instance import COLUMNS, JOINED, as_instance
from engine.permissions import Act, require
from engine.tables import process_instance, task, task_candidate

if TYPE_CHECKING:
    from engine.library import Library
    from engine.transaction import Transaction


def stale(tx: Transaction, library: Library) -> list[str]:
    """Open tasks whose due date was counted by another calendar than the library's."""
    open_ones = select(task.c.id, task.c.counts).where(
        task.c.status == "open", cast(task.c.counts, String) != "[]", task.c.counts.is_not(None)
    )
    rows = tx.session.execute(open_ones.order_by(task.c.opened_at, task.c.id))
    return [row.id for row in rows if not all(library.calendar.has_counted(count) for count in row.counts)]


def recount(tx: Transaction, library: Library, task_id: str) -> None:
    """Count one anew. One that is over meanwhile, or that another worker has counted, is left."""
    require(tx.actor, Act.FIRE_TIMER)
    row = tx.session.execute(
        select(*COLUMNS, task.c.element, task.c.due_at, task.c.counts, task.c.opened_at)
        .select_from(JOINED.join(task, task.c.instance_id == process_instance.c.id))
        .where(task.c.id == task_id, task.c.status == "open")
        .with_for_update(of=(process_instance, task))
    ).first()
    if row is None or all(library.calendar.has_counted(count) for count in row.counts):
        return
    before, instance = Waiting(task_id, row.element, row.due_at, row.counts, row.opened_at), as_instance(row)
    found = evaluated(tx, library, instance, before)
    if found is None or found.counts == before.counts:
        return
    kept = found.why is not None
    # What is shown is what the date was counted by; that a later calendar was asked is kept beside it.
    asked = [{**count, "asked": library.calendar.version} for count in before.counts]
    values = {"counts": asked, "due_at": before.due_at} if kept else {"counts": found.counts, "due_at": found.due_at}
    # Looked at by the next tick: what was said of an earlier day is said again of the later one.
    anew = {} if kept or found.due_at == before.due_at else {"reminded": 0, "next_reminder_at": tx.now}
    tx.session.execute(update(task).where(task.c.id == task_id).values(**values, **anew))
    due_at = before.due_at if kept else found.due_at
    offered = update(task_candidate).where(task_candidate.c.task_id == task_id)
    tx.session.execute(offered.values(due_at=due_key(due_at, found.counts)))
    note(tx, instance, _event(before, found))


def _event(before: Waiting, found: Recount) -> Event:
    if found.why is None:
        return recount_event("due date recounted", before, found.due_at, found.counts, {})
    return recount_event("due date kept", before, before.due_at, found.counts, {"why": found.why.as_json()})
