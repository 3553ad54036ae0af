"""The files of a matter: staff see all, who has a part in it their own and what its applicant handed in for everybody."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Text, cast, select

from engine.errors import NotFoundError
from engine.instance import COLUMNS, JOINED, as_instance
from engine.queries import visible
from engine.queries.instances import may_see
from engine.tables import person, process_instance, task
from engine.tables.papers import attachment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.instance import Instance
    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class AttachmentLine:
    """A file without its content; `about` is what it proves, `struck` why it does not count any more."""

    id: str
    name: str
    type: str
    size: int
    digest: str
    about: str
    for_staff: bool
    by_id: str
    by_name: str
    at: datetime
    element: str | None
    struck: str | None


def of_matter(tx: Transaction, instance_id: str) -> list[AttachmentLine]:
    """In the order of handing in. Raises NotFoundError where there is no such matter that the actor may see."""
    row = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == instance_id)).first()
    if row is None or not may_see(tx, instance_id):
        raise _not_found(instance_id)
    return shown(tx, as_instance(row))


def shown(tx: Transaction, instance: Instance) -> list[AttachmentLine]:
    """Of a matter that the actor may see, as was asked before."""
    rows = tx.session.execute(_lines().where(attachment.c.instance_id == instance.id)).all()
    return [_line(row) for row in _permitted(tx, instance, rows)]


def beside_start(tx: Transaction, place: str) -> list[AttachmentLine]:
    """The actor's own, chosen beside a form whose matter has not begun."""
    mine = (attachment.c.by_id == tx.actor.id, attachment.c.place == place)
    return [_line(row) for row in tx.session.execute(_lines().where(*mine))]


def find(tx: Transaction, attachment_id: str) -> Row[Any]:
    """Raises NotFoundError where there is none that the actor may read."""
    row = tx.session.execute(select(attachment).where(attachment.c.id == attachment_id)).first()
    if row is None:
        raise _not_found(attachment_id)
    if row.instance_id is None:
        if row.by_id != tx.actor.id:
            raise _not_found(attachment_id)
        return row
    if not may_see(tx, row.instance_id):
        raise _not_found(attachment_id)
    found = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == row.instance_id))
    instance = as_instance(found.one())
    if not _permitted(tx, instance, [row]):
        raise _not_found(attachment_id)
    return row


def _permitted(tx: Transaction, instance: Instance, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Whom separation of duties keeps from a matter reads nothing of it but their own."""
    if not rows or visible.sees_everything(tx, instance.subject()):
        return list(rows)
    open_to_all = [row for row in rows if row.by_id == instance.initiator_id and not row.for_staff]
    readable = {row.id for row in open_to_all} if open_to_all and not _is_barred(tx, instance.id) else set()
    return [row for row in rows if row.by_id == tx.actor.id or (row.id in readable and row.struck is None)]


def _is_barred(tx: Transaction, instance_id: str) -> bool:
    named = cast(task.c.barred_ids, Text).contains(json.dumps(tx.actor.id, ensure_ascii=False), autoescape=True)
    return tx.session.execute(select(task.c.id).where(task.c.instance_id == instance_id, named)).first() is not None


def _lines() -> Any:
    return (
        select(attachment, person.c.name.label("by_name"))
        .join(person, person.c.id == attachment.c.by_id)
        .order_by(attachment.c.at, attachment.c.id)
    )


def _line(row: Row[Any]) -> AttachmentLine:
    return AttachmentLine(**{name: getattr(row, name) for name in AttachmentLine.__slots__})


def _not_found(what: str) -> NotFoundError:
    return NotFoundError(f"没有{what}, 或您无权查看。", f"there is no {what}, or none that you may see.")
