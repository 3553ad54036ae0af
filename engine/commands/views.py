"""Saved views of an inbox: each its person's own, so there is nobody else to ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from engine.commands.texts import is_text
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.tables import saved_view
from engine.transaction import lock_name

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from engine.queries.filters import Filters
    from engine.transaction import Transaction

_LONGEST, _MOST = 60, 50


def save(tx: Transaction, name: str, wanted: Filters, *, is_default: bool) -> None:
    """Under a name of one's own; of the same name the later one stays. One at most is what the inbox opens with.

    Raises InvalidError for a name that is none, ConflictError where there are enough.
    """
    called = " ".join(name.split())
    if not 0 < len(called) <= _LONGEST or not is_text(called):
        raise InvalidError(
            f"名称应为1至{_LONGEST}个字符, 实际{len(called)}个。请填写。",
            f"a name has 1 to {_LONGEST} characters, found {len(called)}. Give one.",
        )
    lock_name(tx, f"views {tx.actor.id}")
    _drop(tx, saved_view.c.name == called)
    _require_few(tx)
    if is_default:
        tx.session.execute(update(saved_view).filter_by(person_id=tx.actor.id).values(is_default=False))
    query = json.dumps(wanted.as_query(), ensure_ascii=False)
    view = {"name": called, "query": query, "is_default": is_default, "created_at": tx.now}
    tx.session.execute(insert(saved_view).values(person_id=tx.actor.id, **view))


def _require_few(tx: Transaction) -> None:
    kept = tx.session.scalar(select(func.count()).select_from(saved_view).filter_by(person_id=tx.actor.id)) or 0
    if kept >= _MOST:
        raise ConflictError(
            f"您已保存{kept}个筛选, 最多{_MOST}个。请先删除不用的。",
            f"you have saved {kept} views, and {_MOST} is the most. Delete one that you do not need.",
        )


def drop(tx: Transaction, view_id: int) -> None:
    """Raises NotFoundError for what is not the actor's."""
    if not _drop(tx, saved_view.c.id == view_id):
        raise NotFoundError("没有这个已保存的筛选。", "there is no such saved view of yours.")


def _drop(tx: Transaction, which: ColumnElement[bool]) -> bool:
    gone = delete(saved_view).where(saved_view.c.person_id == tx.actor.id, which).returning(saved_view.c.id)
    return tx.session.execute(gone).first() is not None
