"""Following a matter: a mark of one's own, which changes nothing about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from engine.errors import NotFoundError
from engine.queries.instances import may_see
from engine.tables import follow as follow_table
from engine.transaction import lock_name

if TYPE_CHECKING:
    from engine.transaction import Transaction


def follow(tx: Transaction, instance_id: str) -> None:
    """Once is enough. Raises NotFoundError for a matter that the actor may not see."""
    if not may_see(tx, instance_id):
        raise NotFoundError(
            f"没有编号为{instance_id}的事项, 或您无权查看。",
            f"there is no matter {instance_id}, or none that you may see.",
        )
    lock_name(tx, f"follow {tx.actor.id} {instance_id}")
    if not is_followed(tx, instance_id):
        mark = {"person_id": tx.actor.id, "instance_id": instance_id, "followed_at": tx.now}
        tx.session.execute(insert(follow_table).values(**mark))


def unfollow(tx: Transaction, instance_id: str) -> None:
    """Also of a matter that the actor may not see any more; a mark that is none is not missed."""
    tx.session.execute(delete(follow_table).filter_by(person_id=tx.actor.id, instance_id=instance_id))


def is_followed(tx: Transaction, instance_id: str) -> bool:
    mark = select(follow_table).filter_by(person_id=tx.actor.id, instance_id=instance_id)
    return tx.session.execute(mark).first() is not None
