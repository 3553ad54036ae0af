"""The way back from a completion, kept with the instance until its next step: what was before, and what the step did.

Only what was before and is no more is kept: rows that were closed stand in their tables and are opened again.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import services
from engine.tables import subscription
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.audit import Event
    from engine.diagram import Diagram
    from engine.instance import Instance
    from engine.spiff.snapshot import Snapshot
    from engine.transaction import Transaction


def way_back(
    tx: Transaction, diagram: Diagram, instance: Instance, snapshot: Snapshot, event: Event
) -> dict[str, Any] | None:
    """None where the step was no completion, or the last; `outside` says what it did that nobody can take back."""
    if event.kind != "completed" or snapshot.end_element is not None:
        return None
    outside = [text.as_json() for text in _outside(diagram, snapshot)]
    if event.payload.get("voted"):
        outside.append(Text("已投无记名票", "a secret vote has been cast").as_json())
    if outside:
        return {"task": event.payload["task"], "outside": outside}
    return {
        "task": event.payload["task"],
        "outside": [],
        "state": base64.b64encode(instance.state).decode(),
        "title": instance.title,
        "old": changed(instance.variables, snapshot.variables),
        "added": sorted(snapshot.variables.keys() - instance.variables.keys()),
        "opened": _opened(snapshot),
        "closed": dict(snapshot.closed),
        "subscriptions": _subscriptions(tx, snapshot),
    }


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The old values of what is another now."""
    return {name: value for name, value in before.items() if after.get(name, value) != value}


def variables_before(now: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    added = frozenset(kept["added"])
    old: dict[str, Any] = kept["old"]
    return {name: value for name, value in now.items() if name not in added} | old


def state_before(kept: Mapping[str, Any]) -> bytes:
    return base64.b64decode(kept["state"])


def _outside(diagram: Diagram, snapshot: Snapshot) -> Iterator[Text]:
    for sent in snapshot.sent:
        yield Text(f"已发出消息{sent.message}", f"the message {sent.message} has been sent")
    for element_id in snapshot.brought:
        name = diagram.elements[element_id].task_type or ""
        if name in services.OUTSIDE:
            yield services.OUTSIDE[name]
    for job in snapshot.jobs:
        name = diagram.elements[job.element].name or job.element
        yield Text(f"已开始后台工作“{name}”", f"the job “{name}” has been begun")
    if "job" in snapshot.closed.values():
        yield Text("已取消后台工作", "a job has been cancelled")


def _opened(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "task": {opened.id: opened.assignee_id for opened in snapshot.tasks},
        "timer": [opened.id for opened in snapshot.timers],
        "subscription": [opened.id for opened in snapshot.subscriptions],
    }


def _subscriptions(tx: Transaction, snapshot: Snapshot) -> list[dict[str, Any]]:
    """The one kind of row that is deleted when it closes."""
    closed = [wait for wait, kind in snapshot.closed.items() if kind == "subscription"]
    if not closed:
        return []
    rows = tx.session.execute(select(subscription).where(subscription.c.id.in_(closed)))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001  the documented way to read a row by name
