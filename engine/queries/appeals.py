"""What may be begun beside a matter by who looks at it, such as an objection while a list is posted, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from engine.errors import NotFoundError
from engine.instance import ACTIVE
from engine.queries.instances import may_see
from engine.queries.startable import startable
from engine.tables import process_instance, timer

if TYPE_CHECKING:
    from datetime import datetime

    from engine.library import Library
    from engine.transaction import Transaction
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class Appeal:
    """`until` is the end of the window that it is possible in; None where no day is known."""

    process: str
    name: Text
    parent_id: str
    until: datetime | None


def appeals(tx: Transaction, library: Library, instance_id: str) -> list[Appeal]:
    """Under what the matter belongs to, or under itself. Raises NotFoundError where there is none that the actor may see."""
    row = tx.session.execute(
        select(process_instance.c.parent_id, process_instance.c.process).where(process_instance.c.id == instance_id)
    ).first()
    if row is None or not may_see(tx, instance_id):
        raise NotFoundError(
            f"没有事项{instance_id}, 或您无权查看。", f"there is no matter {instance_id} that you may see."
        )
    around = {instance_id, row.parent_id}
    offered = [one for one in startable(tx, library) if one.parent and one.parent.id in around]
    return [
        Appeal(one.process, one.name, one.parent.id, _until(tx, library, one.parent.id, one.process))
        for one in offered
        if one.parent and one.process != row.process
    ]


def _until(tx: Transaction, library: Library, parent_id: str, process: str) -> datetime | None:
    asked = select(process_instance.c.deployment_id).where(
        process_instance.c.id == parent_id, process_instance.c.status == ACTIVE
    )
    deployment_id = tx.session.scalar(asked)
    rule = library.get(tx.session, deployment_id).policy.start_rule(process) if deployment_id else None
    if rule is None:
        return None
    window = (timer.c.instance_id == parent_id, timer.c.element == rule.while_at, timer.c.status == "open")
    found: datetime | None = tx.session.scalar(select(func.min(timer.c.due_at)).where(*window))
    return found
