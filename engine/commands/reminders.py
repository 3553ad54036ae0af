"""Reminding people of open tasks: each reminder once, in a transaction of its own, with its entry in the history."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from engine import audit
from engine.audit import Event
from engine.clock import SHANGHAI
from engine.commands import concerned
from engine.instance import COLUMNS, JOINED, as_instance
from engine.permissions import Act, Subject, require
from engine.reminding import AFTER, ALL_BEHIND, BEFORE, ESCALATED, ON, rules, schedule, standing
from engine.tables import calendar_version, process_instance, task
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Select

    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.library import Library
    from engine.reminding import Reminder
    from engine.transaction import Transaction

_log = logging.getLogger("pingpin.engine")
# One that failed is tried again later; a mistake of ours must not hold up the others.
_PAUSE = dt.timedelta(hours=1)
_SAYS: Mapping[str, Text] = {
    BEFORE: Text("即将到期", "Due soon"),
    ON: Text("期限已到", "Due"),
    AFTER: Text("已逾期", "Overdue"),
    ESCALATED: Text("逾期未办，请督促", "Overdue and not done; please see to it"),
}


@dataclass(frozen=True, slots=True)
class Open:
    """An open task that somebody is reminded of, its instance locked."""

    id: str
    element: str
    due_at: dt.datetime
    name: Text
    subject: Subject
    heads: Mapping[str, str]


def next_look(tx: Transaction, until: dt.datetime) -> dt.datetime | None:
    """The first moment up to then at which a task's reminders are to be looked at."""
    found = tx.session.execute(_due(until, task.c.next_reminder_at)).first()
    return found.next_reminder_at if found else None


def remind_next(tx: Transaction, library: Library, taken: list[str]) -> None:
    """Look at the first task whose moment has come and that no other worker has in hand; `taken` gets its id.

    Whatever is to be said of it by now is said, and the next moment is set. Of reminders that were missed, while nothing
    ran or the matter stood still, only the latest is sent, and the escalation.
    """
    require(tx.actor, Act.FIRE_TIMER)
    taken.clear()
    row = tx.session.execute(
        _due(tx.now, *COLUMNS, *_OWN).with_for_update(of=(process_instance, task), skip_locked=True)
    ).first()
    # By a calendar that is older than the register's nothing is said: the next tick has the new one.
    if row is None or (tx.session.scalar(select(func.max(calendar_version.c.number))) or 0) != (library.number or 0):
        return
    taken.append(row.task_id)
    instance = as_instance(row)
    compiled = library.get(tx.session, instance.deployment_id)
    reminders = schedule(rules(compiled.settings), library.calendar, row.due_at, row.opened_at)
    found = standing(reminders, row.reminded, tx.now)
    values = {"reminded": found.behind, "next_reminder_at": found.next_at}
    tx.session.execute(update(task).where(task.c.id == row.task_id).values(**values))
    if found.due:
        _send(tx, instance, _open(compiled, instance, row), found.due)


def look_again(tx: Transaction, *, at_all: bool) -> None:
    """Another calendar counts: at the next tick the days of those whose next was not known are counted anew, or of all."""
    due = update(task).where(task.c.status == "open", task.c.due_at.is_not(None), task.c.reminded < ALL_BEHIND)
    wanted = due if at_all else due.where(task.c.next_reminder_at.is_(None))
    tx.session.execute(wanted.values(next_reminder_at=tx.now))


def postpone(tx: Transaction, taken: list[str], cause: Text) -> None:
    """It failed: not for an hour."""
    _log.error("no reminder of the task %s: %s", taken, cause.en)
    tx.session.execute(update(task).where(task.c.id.in_(taken)).values(next_reminder_at=tx.now + _PAUSE))


_OWN = (
    task.c.id.label("task_id"),
    *(
        task.c[name]
        for name in ("element", "assignee_id", "candidate_roles", "barred_ids", "due_at", "opened_at", "reminded")
    ),
)


def _due(until: dt.datetime, *columns: ColumnElement[Any]) -> Select[Any]:
    """The first open task to look at by then, of a matter that does not stand still."""
    return (
        select(*columns)
        .select_from(JOINED.join(task, task.c.instance_id == process_instance.c.id))
        .where(task.c.status == "open", task.c.next_reminder_at <= until, process_instance.c.suspended.is_(None))
        .order_by(task.c.next_reminder_at)  # of thousands at nine o'clock the first is found without sorting them
        .limit(1)
    )


def _open(compiled: Compiled, instance: Instance, row: Any) -> Open:
    element = compiled.diagrams[instance.process].elements[row.element]
    subject = instance.subject(
        assignee_id=row.assignee_id,
        candidate_roles=tuple(row.candidate_roles),
        barred_ids=frozenset(row.barred_ids),
    )
    name = Text(element.name or element.id, element.name_en or element.id)
    return Open(row.task_id, row.element, row.due_at, name, subject, compiled.policy.heads)


def _send(tx: Transaction, instance: Instance, found: Open, due: tuple[tuple[Reminder, int], ...]) -> None:
    events = []
    for place, (reminder, number) in enumerate(due, 1):
        escalated = reminder.which == ESCALATED
        told = concerned.heads(tx, found.subject, found.heads) if escalated else concerned.doers(tx, found.subject)
        what = {"which": reminder.which, "days": reminder.days, "number": number, "told": told}
        events.append(Event("reminded", found.element, {"task": found.id, "due_at": found.due_at.isoformat(), **what}))
        # The head goes to the matter, the task is not theirs.
        about = {"instance_id": instance.id, "task_id": None if escalated else found.id}
        tell(
            tx, told, f"{instance.id}#{instance.history_count + place}", reminder.which, _text(found, reminder), **about
        )
    audit.note(tx, instance, *events)


def _text(found: Open, reminder: Reminder) -> Text:
    says, day = _SAYS[reminder.which], found.due_at.astimezone(SHANGHAI).date()
    return Text(
        f"{says.zh}：{found.name.zh}，办理期限{day.year}年{day.month}月{day.day}日",
        f"{says.en}: {found.name.en}, due on {day.isoformat()}",
    )
