"""Jobs: what a diagram has done outside the database. Begun, done and told in three transactions, at least once.

A worker takes a job for a while, does it without holding anything, and then moves the instance on. If it dies meanwhile,
another one does it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from engine.audit import Event
from engine.commands.step import DELIVERED, PENDING, take
from engine.instance import as_instance, locked_instance
from engine.spiff.snapshot import Done, Failed
from engine.tables import outbox, process_instance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from engine.errors import BpmnError
    from engine.library import Library
    from engine.transaction import Transaction

# How long a worker may take before another one thinks that it is dead.
LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Job:
    """One job that this worker has taken."""

    id: int
    wait_id: str
    type: str
    inputs: Mapping[str, Any]


def take_next(tx: Transaction) -> Job | None:
    """Take the oldest job that nobody has in hand."""
    due = or_(outbox.c.retry_at.is_(None), outbox.c.retry_at <= tx.real)
    query = select(outbox).where(outbox.c.kind == "job", outbox.c.status == PENDING, due).order_by(outbox.c.id).limit(1)
    row = tx.session.execute(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    tx.session.execute(update(outbox).where(outbox.c.id == row.id).values(retry_at=tx.real + LEASE))
    return Job(row.id, row.correlation_key, row.message, row.payload)


def finish(tx: Transaction, library: Library, job: Job, result: Mapping[str, Any]) -> None:
    """Tell the instance what was done; nothing if the job is over already."""
    row = _open(tx, job)
    if row is not None:
        event = Event("job done", row.source_element, {"job": job.type, "values": dict(result)})
        _move(tx, library, row, Done(job.wait_id, result), event)


def fail(tx: Transaction, library: Library, job: Job, error: BpmnError) -> None:
    """Tell the instance of an outcome that its diagram is meant to catch."""
    row = _open(tx, job)
    if row is not None:
        event = Event(
            "job failed", row.source_element, {"job": job.type, "code": error.code, "cause": error.text.as_json()}
        )
        _move(tx, library, row, Failed(job.wait_id, error.code, str(error)), event)


def _open(tx: Transaction, job: Job) -> Row[Any] | None:
    """The job's row, if it is still to be done; its instance first, as every step locks it."""
    target = select(outbox.c.target_id).where(outbox.c.id == job.id).scalar_subquery()
    tx.session.execute(select(process_instance.c.id).where(process_instance.c.id == target).with_for_update())
    row = tx.session.execute(select(outbox).where(outbox.c.id == job.id).with_for_update()).one()
    return row if row.status == PENDING else None


def _move(tx: Transaction, library: Library, row: Row[Any], move: Done | Failed, event: Event) -> None:
    # Done first: the step cancels the jobs that it ends, and this one is none of them.
    tx.session.execute(update(outbox).where(outbox.c.id == row.id).values(status=DELIVERED, closed_at=tx.now))
    instance = tx.session.execute(locked_instance().where(process_instance.c.id == row.target_id)).one()
    take(tx, library, as_instance(instance), move, event)
