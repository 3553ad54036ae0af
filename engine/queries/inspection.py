"""The whole picture without permissions: for worked cases and for the worker, never for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.queries.instances import InstanceDetail, instance_detail
from engine.tables import history, notice, process_instance, task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.diagram import Diagram
    from engine.library import Library
    from engine.transaction import Transaction


def open_tasks(tx: Transaction, instance_id: str, element: str) -> list[str]:
    """Ids of the open tasks of one element, the oldest first."""
    query = select(task.c.id).where(
        task.c.instance_id == instance_id, task.c.element == element, task.c.status == "open"
    )
    return list(tx.session.scalars(query.order_by(task.c.opened_at, task.c.id)))


def children(tx: Transaction, parent_id: str, process: str) -> list[str]:
    """Ids of the instances of a process that belong to another, in the order in which they began."""
    query = select(process_instance.c.id).filter_by(parent_id=parent_id, process=process)
    return list(tx.session.scalars(query.order_by(process_instance.c.number)))


def told(tx: Transaction, person_id: str) -> list[str]:
    """What somebody was told, the oldest first: the kind and the element that it is about, or an alarm's key."""
    rows = tx.session.execute(select(notice).where(notice.c.person_id == person_id).order_by(notice.c.id)).all()
    return [f"{row.kind} {_element(tx, row) or ''}".strip() if row.instance_id else row.key for row in rows]


def _element(tx: Transaction, row: Any) -> str | None:
    """Of the history's entry that the notice tells of."""
    number = int(row.key.rpartition("#")[2])
    entry = select(history.c.element).where(history.c.subject_id == row.instance_id, history.c.number == number)
    return tx.session.scalar(entry)


def whole(tx: Transaction, library: Library, instance_id: str) -> InstanceDetail:
    """An instance with everything in it."""
    return instance_detail(tx, library, instance_id, as_participant=True)


def happenings(tx: Transaction, library: Library) -> list[tuple[str, str, dict[str, Any], Mapping[str, Diagram]]]:
    """(process, kind, payload, its deployment's diagrams) of every history entry of every instance."""
    columns = (process_instance.c.deployment_id, process_instance.c.process, history.c.kind, history.c.payload)
    query = select(*columns).join(process_instance, process_instance.c.id == history.c.subject_id)
    return [
        (row.process, row.kind, row.payload or {}, library.get(tx.session, row.deployment_id).diagrams)
        for row in tx.session.execute(query).all()
    ]
