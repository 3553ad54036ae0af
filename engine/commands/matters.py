"""A matter as commands hold it that hang something on it: locked, and seen by who asks."""

from __future__ import annotations

import dataclasses
import secrets
from typing import TYPE_CHECKING

from engine.errors import ConflictError, NotFoundError
from engine.instance import ACTIVE, as_instance, locked_instance
from engine.permissions import Act, require
from engine.queries.instances import may_see
from engine.tables import process_instance

if TYPE_CHECKING:
    from engine.instance import Instance
    from engine.transaction import Transaction


def lock_matter(tx: Transaction, act: Act, instance_id: str) -> Instance:
    """Raises NotFoundError where there is none that the actor may see, NotPermittedError."""
    row = tx.session.execute(locked_instance().where(process_instance.c.id == instance_id)).first()
    if row is None or not may_see(tx, instance_id):
        raise NotFoundError(
            f"没有编号为{instance_id}的事项, 或您无权查看。",
            f"there is no matter {instance_id}, or none that you may see.",
        )
    instance = as_instance(row)
    # Who may see it has a part in it, or reaches it by a role.
    require(tx.actor, act, dataclasses.replace(instance.subject(), participants=frozenset({tx.actor.id})))
    return instance


def require_active(instance: Instance) -> None:
    if instance.status != ACTIVE:
        raise ConflictError(
            "该事项已经结束, 不能再附材料。需要补充时请联系人事部门。",
            "this matter has ended and takes no more files; talk to HR if something is missing.",
        )


def new_id(tx: Transaction, number: int = 0) -> str:
    """Sorts by the machine's clock, then by `number` within one command: a sandbox's own clock stands still for days."""
    return f"{int(tx.real.timestamp() * 1_000_000):015x}{number:02x}-{secrets.token_hex(8)}"
