"""What a step means to web hooks: which of its changes they are told of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.announcing import announce
from engine.hooks import Heard
from engine.tables import timer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.announcing import Listener
    from engine.audit import Event
    from engine.instance import Instance
    from engine.spiff.snapshot import Snapshot
    from engine.transaction import Transaction


def tell_step(
    tx: Transaction, listeners: Sequence[Listener], instance: Instance, snapshot: Snapshot, event: Event
) -> None:
    """Ids, keys and element ids; never a title, a name or a variable."""
    if not listeners:
        return
    about = {
        "instance": instance.id,
        "key": instance.business_key,
        "process": instance.process,
        "employer": instance.employer_id,
    }
    done = event.payload.get("task")
    told: dict[Heard, list[dict[str, Any]]] = {
        Heard.INSTANCE_STARTED: [{}] if event.kind == "started" else [],
        Heard.TASK_COMPLETED: [{"task": done, "element": event.element}] if snapshot.closed.get(str(done)) else [],
        Heard.WINDOW_CLOSED: _closed(tx, snapshot) if _wants(listeners, Heard.WINDOW_CLOSED) else [],
        Heard.TASK_OPENED: [{"task": each.id, "element": each.element} for each in snapshot.tasks],
        Heard.WINDOW_OPENED: [
            {"timer": each.id, "element": each.element, "window": each.window, "due_at": _iso(each.due_at)}
            for each in snapshot.timers
            if each.window
        ],
        Heard.INSTANCE_ENDED: [{"element": snapshot.end_element or None}] if snapshot.end_element is not None else [],
    }
    for heard, found in told.items():
        announce(tx, listeners, heard, *({**about, **each} for each in found))


def _wants(listeners: Sequence[Listener], heard: Heard) -> bool:
    return any(heard in one.events for one in listeners)


def _closed(tx: Transaction, snapshot: Snapshot) -> list[dict[str, Any]]:
    ids = [wait for wait, kind in snapshot.closed.items() if kind == "timer"]
    rows = tx.session.execute(select(timer).where(timer.c.id.in_(ids), timer.c.window.is_not(None))) if ids else ()
    return [{"timer": row.id, "element": row.element, "window": row.window} for row in rows]


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
