"""When a message or a timer fails: tried again with growing pauses, then an incident that waits for a person."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, insert, select, update

from engine.audit import Event
from engine.commands.step import INCIDENT, PENDING, UNMATCHED, note
from engine.errors import ConflictError, NotFoundError
from engine.instance import as_instance, locked_instance
from engine.permissions import Act, require
from engine.tables import incident, outbox, process_instance, timer

if TYPE_CHECKING:
    from engine.transaction import Transaction
    from forms.text import Text

# Seconds to wait before the second, third, ... attempt; after the last one a person is asked.
PAUSES = (1, 10, 60)
_OPEN = {"message": PENDING, "timer": "open"}
_TABLES: dict[str, Table] = {"message": outbox, "timer": timer}


def note_failure(tx: Transaction, kind: str, work_id: str | int, cause: Text) -> None:
    """One more failed attempt of a message or a timer that is still to be done."""
    table = _TABLES[kind]
    row = tx.session.execute(select(table).where(table.c.id == work_id).with_for_update()).one()
    if row.status != _OPEN[kind]:
        return  # done by another worker meanwhile
    attempts = row.attempts + 1
    if attempts > len(PAUSES):
        open_incident(tx, kind, row, cause)
        values: dict[str, Any] = {"status": INCIDENT, "attempts": attempts}
    else:
        values = {"attempts": attempts, "retry_at": tx.real + timedelta(seconds=PAUSES[attempts - 1])}
    tx.session.execute(update(table).where(table.c.id == work_id).values(**values))


def open_incident(tx: Transaction, kind: str, row: Any, cause: Text) -> None:
    """A person is asked; `row` is the message or the timer, locked."""
    instance_id = row.instance_id if kind == "timer" else row.target_id or row.source_id
    element = row.element if kind == "timer" else row.message
    found = {
        "id": str(uuid.uuid4()),
        "kind": kind,
        "work_id": str(row.id),
        "instance_id": instance_id,
        "element": element,
    }
    tx.session.execute(insert(incident).values(**found, cause=cause.as_json(), opened_at=tx.now))
    _note(tx, instance_id, Event("incident opened", element, {"incident": found["id"], "cause": cause.as_json()}))


def _note(tx: Transaction, instance_id: str, event: Event) -> None:
    """Those who wait for the instance see why in its history."""
    row = tx.session.execute(locked_instance().where(process_instance.c.id == instance_id)).one()
    note(tx, as_instance(row), event)


def retry(tx: Transaction, incident_id: str) -> None:
    """Try again what failed, from the first attempt on. Raises NotFoundError, ConflictError if it was retried already."""
    require(tx.actor, Act.RETRY)
    row = tx.session.execute(select(incident).where(incident.c.id == incident_id).with_for_update()).first()
    if row is None:
        raise NotFoundError(f"没有编号为{incident_id}的异常", f"there is no incident {incident_id}")
    if row.closed_at is not None:
        raise ConflictError("该异常已经重试过。", "this incident has been retried already.")
    table = _TABLES[row.kind]
    work_id = row.work_id if row.kind == "timer" else int(row.work_id)
    again = {"status": _OPEN[row.kind], "attempts": 0, "retry_at": None}
    tx.session.execute(update(table).where(table.c.id == work_id, table.c.status == INCIDENT).values(**again))
    if row.kind == "message":
        # Nobody waited for it while it was kept. It was never late, so it happens now, and is kept as long again.
        again |= {"ready_at": tx.now, "expires_at": None, "closed_at": None}
        tx.session.execute(update(outbox).where(outbox.c.id == work_id, outbox.c.status == UNMATCHED).values(**again))
    closed = {"closed_at": tx.now, "closed_by": tx.actor.id}
    tx.session.execute(update(incident).where(incident.c.id == incident_id).values(**closed))
    _note(tx, row.instance_id, Event("incident retried", row.element, {"incident": incident_id}))
    tx.announce()
