"""Jobs: what a diagram has done outside the database. Begun, done and told in three transactions, at least once.

A worker takes a job for a while, does it without holding anything, and then moves the instance on. If it dies meanwhile,
another one does it again. If the instance cannot go on, what was done is kept and told again: it is not done again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from engine.audit import Event
from engine.commands import incidents
from engine.commands.sending import DELIVERED, DONE, JOB, PENDING
from engine.commands.step import take
from engine.instance import as_instance, locked_instance
from engine.spiff.snapshot import Done, Failed
from engine.tables import outbox, process_instance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Row

    from engine.errors import BpmnError
    from engine.library import Library
    from engine.transaction import Transaction
    from forms.text import Text

# How long a worker may take before another one thinks that it is dead.
LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Job:
    """One job that this worker has taken, and until when nobody else takes it."""

    id: int
    until: datetime
    wait_id: str
    type: str
    inputs: Mapping[str, Any]


def take_next(tx: Transaction) -> Job | None:
    """Take the oldest job that nobody has in hand."""
    due = or_(outbox.c.retry_at.is_(None), outbox.c.retry_at <= tx.real)
    query = select(outbox).where(outbox.c.kind == JOB, outbox.c.status == PENDING, due).order_by(outbox.c.id).limit(1)
    row = tx.session.execute(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    until = tx.real + LEASE
    tx.session.execute(update(outbox).where(outbox.c.id == row.id).values(retry_at=until))
    return Job(row.id, until, row.correlation_key, row.message, row.payload)


def finish(tx: Transaction, library: Library, job: Job, result: Mapping[str, Any]) -> None:
    """Tell the instance what was done; nothing if the job is over already."""
    row = _open(tx, job)
    if row is not None:
        _move(tx, library, row, Done(job.wait_id, result), done(row, result))


def done(row: Row[Any], result: Mapping[str, Any]) -> Event:
    """What the history says of it."""
    return Event("job done", row.source_element, {"job": row.message, "values": dict(result)})


def fail(tx: Transaction, library: Library, job: Job, error: BpmnError) -> None:
    """Tell the instance of an outcome that its diagram is meant to catch."""
    row = _open(tx, job)
    if row is not None:
        event = Event(
            "job failed", row.source_element, {"job": job.type, "code": error.code, "cause": error.text.as_json()}
        )
        _move(tx, library, row, Failed(job.wait_id, error.code, str(error)), event)


def note_failure(tx: Transaction, job: Job, cause: Text) -> None:
    """One more failed attempt; nothing if another worker has taken the job meanwhile, who will say how it went."""
    row = _open(tx, job)
    if row is not None and row.retry_at == job.until:
        incidents.note_failure(tx, "message", job.id, cause)


def keep(tx: Transaction, job: Job, result: Mapping[str, Any], cause: Text) -> None:
    """It was done, but its instance could not go on: from now on a message to it, tried again and corrected like any."""
    if _open(tx, job) is not None:
        values = {"kind": DONE, "payload": dict(result), "retry_at": None}
        tx.session.execute(update(outbox).where(outbox.c.id == job.id).values(**values))
        incidents.note_failure(tx, "message", job.id, cause)


def _open(tx: Transaction, job: Job) -> Row[Any] | None:
    """The job's row, if it is still to be done; its instance first, as every step locks it."""
    target = select(outbox.c.target_id).where(outbox.c.id == job.id).scalar_subquery()
    tx.session.execute(select(process_instance.c.id).where(process_instance.c.id == target).with_for_update())
    row = tx.session.execute(select(outbox).where(outbox.c.id == job.id).with_for_update()).one()
    return row if row.kind == JOB and row.status == PENDING else None


def _move(tx: Transaction, library: Library, row: Row[Any], move: Done | Failed, event: Event) -> None:
    # Done first: the step cancels the jobs that it ends, and this one is none of them.
    tx.session.execute(update(outbox).where(outbox.c.id == row.id).values(status=DELIVERED, closed_at=tx.now))
    instance = tx.session.execute(locked_instance().where(process_instance.c.id == row.target_id)).one()
    take(tx, library, as_instance(instance), move, event)
