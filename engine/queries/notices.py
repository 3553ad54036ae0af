"""What the actor was told: the unread first, each with the way to its matter. Nobody sees anybody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from engine.errors import InvalidError
from engine.queries import visible
from engine.tables import notice, process_instance, task
from forms.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from engine.transaction import Transaction

LIMIT = 50


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice; `instance_title` is what the matter is called now, none where the actor may not see it any more.

    `task_id` is given as long as the task is open and the actor's to do.
    """

    id: int
    kind: str
    text: Text
    instance_id: str | None
    instance_title: str | None
    task_id: str | None
    created_at: datetime
    read_at: datetime | None


def notices(tx: Transaction, limit: int = LIMIT, after: str | None = None) -> list[NoticeLine]:
    """The unread ones first, of each the newest first; `after`: those that follow the one of this id."""
    may_do = (task.c.assignee_id == tx.actor.id) | visible.group_tasks(tx.actor)
    query = (
        select(notice, process_instance.c.title, task.c.id.label("open_task"))
        .select_from(notice)  # for who sees no matter at all the joins name no table of theirs
        .outerjoin(process_instance, and_(process_instance.c.id == notice.c.instance_id, visible.instances(tx.actor)))
        .outerjoin(task, and_(task.c.id == notice.c.task_id, task.c.status == "open", may_do))
        .where(notice.c.person_id == tx.actor.id)
        .order_by(notice.c.read_at.is_not(None), notice.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(_beyond(tx, after))
    return [_line(row) for row in tx.session.execute(query)]


def unread(tx: Transaction) -> int:
    mine = (notice.c.person_id == tx.actor.id, notice.c.read_at.is_(None))
    return tx.session.execute(select(func.count()).select_from(notice).where(*mine)).scalar_one()


def _beyond(tx: Transaction, after: str) -> ColumnElement[bool]:
    """Raises InvalidError for what is no notice of the actor's."""
    last = None
    if after.isascii() and after.isdigit() and len(after) < 10:  # noqa: PLR2004  beyond that no database has a number
        mine = select(notice.c.id, notice.c.read_at).where(notice.c.person_id == tx.actor.id)
        last = tx.session.execute(mine.where(notice.c.id == int(after))).first()
    if last is None:
        raise InvalidError(
            "参数after无效: 请使用上一页Link中给出的值, 或去掉它从头读取。",
            "the parameter after is not one of ours: take it from the last page's Link, or begin again without it.",
        )
    older = notice.c.id < last.id
    is_read = notice.c.read_at.is_not(None)
    return or_(older, is_read) if last.read_at is None else and_(older, is_read)


def _line(row: Any) -> NoticeLine:
    return NoticeLine(
        id=row.id,
        kind=row.kind,
        text=Text(row.text["zh"], row.text["en"]),
        instance_id=row.instance_id if row.title is not None else None,
        instance_title=row.title,
        task_id=row.open_task,
        created_at=row.created_at,
        read_at=row.read_at,
    )
