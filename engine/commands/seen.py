"""That somebody has opened a task since it came to them. For their own eyes, so no entry of the history tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.commands.locked_tasks import look
from engine.permissions import Act, require
from engine.tables import task, task_candidate, task_seen

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from engine.transaction import Transaction

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def is_new(tx: Transaction, task_id: str) -> bool:
    """Whether there is anything to remember."""
    assigned = select(task.c.id).where(
        task.c.id == task_id, task.c.assignee_id == tx.actor.id, task.c.status == "open", task.c.seen_at.is_(None)
    )
    if tx.session.execute(assigned).first() is not None:
        return True
    offered = (task_candidate.c.task_id == task_id, task_candidate.c.role != "", ~_seen(tx))
    return tx.session.execute(select(task_candidate.c.id).where(*offered)).first() is not None


def see(tx: Transaction, task_id: str) -> None:
    """Raises NotFoundError, NotPermittedError for what is not the actor's to do."""
    found, instance = look(tx, task_id)
    require(tx.actor, Act.SEE_TASK, found.subject(instance))
    mine = update(task).where(task.c.id == task_id, task.c.assignee_id == tx.actor.id, task.c.seen_at.is_(None))
    tx.session.execute(mine.values(seen_at=tx.now))
    # As a list of rows locked until the commit: whoever claims it meanwhile takes them away.
    offered = select(task_candidate.c.id).where(
        task_candidate.c.task_id == task_id, task_candidate.c.role != "", ~_seen(tx)
    )
    rows = [{"candidate_id": one, "person_id": tx.actor.id} for one in tx.session.scalars(offered.with_for_update())]
    if rows:  # two of one person's windows at once: once is enough
        written = _INSERT[tx.session.get_bind().dialect.name](task_seen)
        tx.session.execute(written.on_conflict_do_nothing(), rows)


def _seen(tx: Transaction) -> ColumnElement[bool]:
    return exists().where(task_seen.c.candidate_id == task_candidate.c.id, task_seen.c.person_id == tx.actor.id)
