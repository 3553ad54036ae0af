"""When a message or a timer fails: tried again with growing pauses, then an incident that waits for a person."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, insert, select, update

from engine.announcing import active, announce
from engine.audit import Event, note
from engine.commands import corrections, idempotency
from engine.commands.sending import INCIDENT, OUTSIDE, PENDING, UNMATCHED, check_row
from engine.commands.texts import required
from engine.errors import ConflictError, NotFoundError
from engine.hooks import Heard
from engine.instance import Instance, as_instance, locked_instance
from engine.permissions import Act, require, require_uninvolved
from engine.tables import incident, outbox, process_instance, subscription, timer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.correction import Correction
    from engine.library import Library
    from engine.transaction import Transaction
    from forms.text import Text

# Seconds to wait before the second, third, ... attempt; after the last one a person is asked.
PAUSES = (1, 10, 60)
DROPPED = "dropped"
_AWAITED = frozenset({"check", *OUTSIDE})
_OPEN = {"message": PENDING, "timer": "open"}
_TABLES: dict[str, Table] = {"message": outbox, "timer": timer}


def note_failure(tx: Transaction, kind: str, work_id: str | int, cause: Text, seen: int | None = None) -> None:
    """One more failed attempt of a message or a timer that is still to be done.

    `seen`: how many there were when it was tried; another worker that failed with it in the same gap counts once.
    """
    table = _TABLES[kind]
    row = tx.session.execute(select(table).where(table.c.id == work_id).with_for_update()).one()
    if row.status != _OPEN[kind] or seen not in {None, row.attempts}:
        return  # done, or noted, by another worker meanwhile
    attempts = row.attempts + 1
    if attempts > len(PAUSES):
        open_incident(tx, kind, row, cause)
        values: dict[str, Any] = {"status": INCIDENT, "attempts": attempts}
    else:
        values = {"attempts": attempts, "retry_at": tx.real + timedelta(seconds=PAUSES[attempts - 1])}
    tx.session.execute(update(table).where(table.c.id == work_id).values(**values))


def open_incident(tx: Transaction, kind: str, row: Any, cause: Text) -> None:
    """A person is asked; `row` is the message or the timer, locked."""
    instance_id = row.instance_id if kind == "timer" else row.target_id or _receiver(tx, row) or row.source_id
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
    told = {"incident": found["id"], "instance": instance_id, "kind": kind, "element": element}
    announce(tx, active(tx), Heard.INCIDENT_OPENED, told)


def _receiver(tx: Transaction, message: Any) -> str | None:
    """Whose step the message failed in, if one alone waits for it."""
    waits = tx.session.scalars(
        select(subscription.c.instance_id).where(
            subscription.c.message == message.message,
            subscription.c.correlation_key == message.correlation_key,
            subscription.c.fan_in.is_(None),
        )
    ).all()
    return waits[0] if len(waits) == 1 else None


def _note(tx: Transaction, instance_id: str, event: Event) -> None:
    """Those who wait for the instance see why in its history."""
    note(tx, _locked_instance(tx, instance_id), event)


def _locked_instance(tx: Transaction, instance_id: str) -> Instance:
    return as_instance(tx.session.execute(locked_instance().where(process_instance.c.id == instance_id)).one())


def retry(tx: Transaction, library: Library, incident_id: str, wanted: Correction, key: str | None) -> dict[str, Any]:
    """Try again what failed, corrected if need be, from the first attempt on; says `{"incident", "instance"}`.

    Raises NotFoundError, ConflictError if it was dealt with already, InvalidError for what cannot be corrected so.
    """
    require(tx.actor, Act.RETRY)
    request = ["retry", incident_id, asdict(wanted)]
    return idempotency.once(tx, key, request, lambda: _retry(tx, library, incident_id, wanted))


def _retry(tx: Transaction, library: Library, incident_id: str, wanted: Correction) -> dict[str, Any]:
    row, work = _locked(tx, incident_id)
    if not wanted.is_empty:
        _require_not_own(tx, row, work)
    told = corrections.apply(tx, library, row, work, wanted)
    table = _TABLES[row.kind]
    again = {"status": _OPEN[row.kind], "attempts": 0, "retry_at": None}
    tx.session.execute(update(table).where(table.c.id == work.id, table.c.status == INCIDENT).values(**again))
    if row.kind == "message":
        # Nobody waited for it while it was kept. It was never late, so it happens now, and is kept as long again.
        again |= {"ready_at": tx.now, "expires_at": None, "closed_at": None}
        tx.session.execute(update(outbox).where(outbox.c.id == work.id, outbox.c.status == UNMATCHED).values(**again))
    return _close(tx, row, "incident retried", told)


def resolve(tx: Transaction, library: Library, incident_id: str, reason: str, key: str | None) -> dict[str, Any]:
    """Deal with an incident without trying again: a message is dropped, a timer that nobody needs stands still.

    Raises as `retry`, and ConflictError for a timer without which its instance would wait for ever.
    """
    require(tx.actor, Act.RETRY)
    request = ["resolve", incident_id, reason]
    return idempotency.once(tx, key, request, lambda: _resolve(tx, library, incident_id, reason))


def _resolve(tx: Transaction, library: Library, incident_id: str, reason: str) -> dict[str, Any]:
    row, work = _locked(tx, incident_id)
    _require_not_own(tx, row, work)
    said = required(reason, "处理理由", "the reason")
    told: dict[str, Any] = {"reason": said}
    if row.kind == "message":
        _require_dispensable(work)
        told["dropped"] = {"message": work.message, "correlation_key": work.correlation_key, "payload": work.payload}
        _drop_message(tx, work)
    elif work.status == INCIDENT:
        _drop_timer(tx, library, work)
    return _close(tx, row, "incident resolved", told)


def _require_not_own(tx: Transaction, row: Any, work: Any) -> None:
    """Nobody corrects what decides on a matter that they began, nor drops what came in about it."""
    ids = {row.instance_id, work.source_id if row.kind == "message" else row.instance_id}
    began = frozenset(tx.session.scalars(select(process_instance.c.initiator_id).where(process_instance.c.id.in_(ids))))
    require_uninvolved(tx.actor, began)


def _require_dispensable(work: Any) -> None:
    """What the instance itself waits for (a fan-in that is complete, a job) would never come."""
    if work.kind in _AWAITED:
        raise ConflictError(
            f"不再处理{work.message or work.source_element}, 则该事项将永远等待。请更正所用的数据后重试。",
            f"without {work.message or work.source_element} the matter would wait for ever. Correct the data that it uses and "
            "retry.",
        )


def _drop_message(tx: Transaction, work: Any) -> None:
    dropped = {"status": DROPPED, "closed_at": tx.now}
    mine = (outbox.c.id == work.id, outbox.c.status.in_((INCIDENT, UNMATCHED)))
    tx.session.execute(update(outbox).where(*mine).values(**dropped))
    if work.kind == "report":
        # Who waits for it looks again: a child that has ended is not waited for any longer.
        parent = _locked_instance(tx, work.target_id)
        tx.session.execute(insert(outbox), [check_row(tx, parent, parent.id, work.message)])


def _drop_timer(tx: Transaction, library: Library, work: Any) -> None:
    instance = _locked_instance(tx, work.instance_id)
    diagram = library.get(tx.session, instance.deployment_id).diagrams[instance.process]
    sources = {flow.source for flow in diagram.flows.values() if flow.target == work.element}
    beside = any(diagram.elements[source].tag == "eventBasedGateway" for source in sources)
    if diagram.elements[work.element].tag != "boundaryEvent" and not beside:
        raise ConflictError(
            f"没有定时{work.element}, 该事项将永远等待。请更正所用的变量后重试。",
            f"without the timer {work.element} the matter would wait for ever. Correct the variables that it uses and retry.",
        )
    tx.session.execute(update(timer).where(timer.c.id == work.id).values(status="cancelled", closed_at=tx.now))


def _locked(tx: Transaction, incident_id: str) -> tuple[Any, Any]:
    """The open incident and the message or timer behind it."""
    row = tx.session.execute(select(incident).where(incident.c.id == incident_id).with_for_update()).first()
    if row is None:
        raise NotFoundError(f"没有编号为{incident_id}的异常", f"there is no incident {incident_id}")
    if row.closed_at is not None:
        raise ConflictError("该异常已经处理过。", "this incident has been dealt with already.")
    table = _TABLES[row.kind]
    work_id = int(row.work_id) if row.kind == "message" else row.work_id
    return row, tx.session.execute(select(table).where(table.c.id == work_id).with_for_update()).one()


def _close(tx: Transaction, row: Any, kind: str, told: Mapping[str, Any]) -> dict[str, Any]:
    closed = {"closed_at": tx.now, "closed_by": tx.actor.id}
    tx.session.execute(update(incident).where(incident.c.id == row.id).values(**closed))
    _note(tx, row.instance_id, Event(kind, row.element, {"incident": row.id, **told}))
    tx.announce()
    return {"incident": row.id, "instance": row.instance_id}
