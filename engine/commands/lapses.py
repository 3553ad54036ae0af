"""Tasks that a stand-in has claimed go back when their time is over: to the group, where the absent person finds them, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.commands.handing import hand
from engine.commands.locked_tasks import lock
from engine.commands.offering import offer
from engine.permissions import Act, may, require
from engine.queries import people
from engine.tables import task
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from engine.library import Library
    from engine.transaction import Transaction

LAPSED = "lapsed"
_TOLD = Text(
    "代理已结束，代理期间签收、尚未办结的任务已退回，由本人或同组人员办理。",
    "A stand-in's time is over: a task that was claimed and not completed is back with the absent person and their group.",
)


def held(tx: Transaction) -> list[tuple[str, str, str]]:
    """Open tasks that somebody has claimed in another's place: each with who was absent and who has it."""
    which = (task.c.in_place_of.is_not(None), task.c.status == "open")
    rows = tx.session.execute(select(task).where(*which).order_by(task.c.instance_id, task.c.id))
    return [(row.id, row.in_place_of, row.assignee_id) for row in rows]


def lapse_due(tx: Transaction, library: Library, task_id: str) -> None:
    """By the worker: an arrangement may end by its date, or because somebody is no colleague any more."""
    require(tx.actor, Act.FIRE_TIMER)
    lapse(tx, library, task_id)


def lapse(tx: Transaction, library: Library, task_id: str) -> None:
    """Give it back unless its assignee may still do it; for commands that have asked who may."""
    found, instance = lock(tx, task_id)
    if found.status != "open" or found.in_place_of is None or found.assignee_id is None:
        return
    stand_in = people.actor(tx, found.assignee_id)
    if stand_in is not None and may(stand_in, Act.COMPLETE, found.subject(instance)):
        return
    offer(tx, library, instance, [task_id])
    about = {"instance_id": instance.id, "task_id": task_id}
    key = f"{instance.id}#{instance.history_count + 1}"
    hand(tx, found, instance, LAPSED, None, None)
    tell(tx, sorted({found.in_place_of, found.assignee_id}), key, "absence", _TOLD, **about)
