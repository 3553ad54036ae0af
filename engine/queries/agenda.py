"""What is due when for one person: their tasks, and the timers of the matters that they may see."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, String, and_, cast, null, select

from engine.clock import SHANGHAI
from engine.commands.people import token_digest
from engine.commands.timer_acts import POSTPONED
from engine.errors import NotFoundError
from engine.permissions import Subject
from engine.queries import visible
from engine.queries.instances import for_staff
from engine.queries.people import actor as find_actor
from engine.tables import agenda_feed, history, person, process_instance, task, timer
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Table

    from engine.compiled import Compiled
    from engine.library import Library
    from engine.permissions import Actor
    from engine.transaction import Transaction

LIMIT = 100
FEED_LIMIT = 500
MINE, GROUP, ENTRUSTED, WINDOW, TIMER = "mine", "group", "entrusted", "window", "timer"
_TASKS = frozenset({MINE, GROUP, ENTRUSTED})
_TIMERS = (WINDOW, TIMER)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """Something due. `kind`: `mine`, `group` or `entrusted` for a task, `window` or `timer`; `status` is the row's own.

    `due_at` None: it awaits the official notice. `is_postponed`: later than its counted days say. `revision` grows with whatever happens in its matter, last at
    `changed_at` (the machine's time).
    """

    id: str
    kind: str
    name: Text
    instance_id: str
    instance_title: str
    business_key: str
    process_name: Text
    status: str
    due_at: datetime | None
    counts: tuple[Mapping[str, Any], ...]
    revision: int
    changed_at: datetime
    is_postponed: bool = False

    @property
    def is_task(self) -> bool:
        return self.kind not in _TIMERS

    @property
    def is_whole_day(self) -> bool:
        """A task is due on a day; a wait that ends at midnight ends with the day before."""
        return self.is_task or (self.due_at is not None and _is_midnight(self.due_at))

    @property
    def day(self) -> date | None:
        """The day in Shanghai with which its time is up."""
        if self.due_at is None:
            return None
        local = self.due_at.astimezone(SHANGHAI).date()
        ends_before = not self.is_task and _is_midnight(self.due_at)
        return local.fromordinal(local.toordinal() - 1) if ends_before else local


@dataclass(frozen=True, slots=True)
class Day:
    """A day with what is due on it. `is_working` None: its year is not known; `rest` names the holiday or the weekend."""

    day: date
    is_working: bool | None
    rest: Text | None
    is_make_up: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    """Overdue first, then day by day, then what has no end yet. `listed_until`: what is later is left out; None: nothing is."""

    today: date
    overdue: tuple[Entry, ...]
    days: tuple[Day, ...]
    awaiting: tuple[Entry, ...]
    listed_until: date | None
    feed_since: datetime | None

    @property
    def is_empty(self) -> bool:
        return not (self.overdue or self.days or self.awaiting)


@dataclass(frozen=True, slots=True)
class Feed:
    """An agenda for a calendar program, in its person's language."""

    agenda: Agenda
    language: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What one list gave; `until`: there is more of it after this moment."""

    entries: list[Entry]
    until: datetime | None


def agenda(tx: Transaction, library: Library, limit: int = LIMIT) -> Agenda:
    """The actor's; the `limit` nearest of all, and as many of those without an end."""
    found = [_found(tx, library, kind, query, limit) for kind, query in _dated(tx.actor)]
    without = [_found(tx, library, kind, query, limit) for kind, query in _awaiting(tx.actor)]
    nearest, until = merged(found, limit)
    # A due day begins at the midnight at which a window of the day before ends: by days first.
    entries = sorted(_marked(tx, nearest), key=lambda entry: (_day(entry), _order(entry)))
    today = tx.now.astimezone(SHANGHAI).date()
    return Agenda(
        today=today,
        overdue=tuple(entry for entry in entries if _day(entry) < today),
        days=tuple(_days(library, [entry for entry in entries if _day(entry) >= today])),
        awaiting=tuple(entry for one in without for entry in one.entries)[:limit],
        listed_until=until,
        feed_since=tx.session.scalar(select(agenda_feed.c.created_at).where(agenda_feed.c.person_id == tx.actor.id)),
    )


def feed(tx: Transaction, library: Library, secret: str) -> Feed:
    """The agenda behind a secret address. Raises NotFoundError where it is nobody's, or of a closed account."""
    row = tx.session.execute(
        select(person.c.id, person.c.language)
        .join(agenda_feed, agenda_feed.c.person_id == person.c.id)
        .where(agenda_feed.c.digest == token_digest(secret))
    ).first()
    found = find_actor(tx, row.id) if row else None
    if row is None or found is None:
        raise NotFoundError(
            "没有这个日历地址, 或已停用。请在日程页面取得新的地址。",
            "there is no such calendar address, or it has ended. Get a new one on the agenda page.",
        )
    return Feed(agenda(dataclasses.replace(tx, actor=found), library, FEED_LIMIT), row.language)


def merged(found: Sequence[_Found], limit: int) -> tuple[list[Entry], date | None]:
    """The nearest of all lists, and the day with which the list breaks off; None: it does not. Pure.

    Where one list breaks off the others do too: else a day would look empty of what was only not read. Tasks stay: they are
    the person's own to do, whatever else there is.
    """
    ends = [one.until for one in found if one.until is not None]
    entries = sorted((entry for one in found for entry in one.entries), key=_order)
    timers = [entry for entry in entries if entry.kind not in _TASKS]
    near = [entry for entry in timers if not ends or _moment(entry) <= min(ends)][:limit]
    shown = {entry.id for entry in near}
    kept = [entry for entry in entries if entry.kind in _TASKS or entry.id in shown]
    if not ends and len(kept) == len(entries):
        return kept, None
    last = _moment(near[-1]) if len(near) == limit else min(ends)
    return kept, last.astimezone(SHANGHAI).date()


def _order(entry: Entry) -> tuple[datetime, str, str, str, str]:
    return _moment(entry), entry.kind, entry.instance_title, entry.business_key, entry.id


def _moment(entry: Entry) -> datetime:
    assert entry.due_at is not None
    return entry.due_at


def _day(entry: Entry) -> date:
    assert entry.day is not None
    return entry.day


def _is_midnight(moment: datetime) -> bool:
    local = moment.astimezone(SHANGHAI)
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def _days(library: Library, entries: Iterable[Entry]) -> Iterator[Day]:
    calendar = library.calendar
    for day, due in groupby(entries, key=_day):
        is_working, rest = calendar.is_working_day(day), calendar.rest(day)
        yield Day(day, is_working, rest, bool(is_working) and day.weekday() >= _SATURDAY, tuple(due))


# --- what is read: so many lists, each bounded, however many matters the person sees


_TASK_ORDER = (task.c.due_at, task.c.opened_at, task.c.id)
# As the index has them.
_TIMER_ORDER = (timer.c.due_at, timer.c.opened_at, timer.c.element, timer.c.id)


def _dated(actor: Actor) -> list[tuple[str, Select[Any]]]:
    """Tasks and timers with a moment, the nearest first."""
    tasks = [(kind, query.where(task.c.due_at.is_not(None))) for kind, query in _tasks(actor)]
    timers = [(TIMER, _timers(actor, status).where(timer.c.due_at.is_not(None))) for status in ("open", "incident")]
    return [(kind, query.order_by(*_TASK_ORDER)) for kind, query in tasks] + [
        (kind, query.order_by(*_TIMER_ORDER)) for kind, query in timers
    ]


def _awaiting(actor: Actor) -> list[tuple[str, Select[Any]]]:
    """What was counted into a year whose notice has not come; a task without a due date at all has counted nothing."""
    counted = and_(task.c.due_at.is_(None), cast(task.c.counts, String) != "[]")
    tasks = [(kind, query.where(counted).order_by(*_TASK_ORDER[1:])) for kind, query in _tasks(actor)]
    waiting = _timers(actor, "open").where(timer.c.due_at.is_(None)).order_by(*_TIMER_ORDER[1:])
    return [(TIMER, waiting), *tasks]


def _tasks(actor: Actor) -> list[tuple[str, Select[Any]]]:
    """One list for each way in which a task concerns somebody: each has its own index, all of them together have none."""
    whose = {
        MINE: task.c.assignee_id == actor.id,
        GROUP: visible.group_tasks(actor),
        ENTRUSTED: task.c.owner_id == actor.id,
    }
    return [(kind, _rows(task, null()).where(task.c.status == "open", mine)) for kind, mine in whose.items()]


def _timers(actor: Actor, status: str) -> Select[Any]:
    return _rows(timer, timer.c.window).where(timer.c.status == status, visible.instances(actor))


def _rows(table: Table, window: ColumnElement[Any]) -> Select[Any]:
    """With the matter and the moment of its last entry. In a matter that stands still nothing is due."""
    newest = and_(history.c.subject_id == process_instance.c.id, history.c.number == process_instance.c.history_count)
    return (
        select(
            *(table.c[name] for name in ("id", "element", "status", "due_at", "counts", "instance_id")),
            window.label("window"),
            *(process_instance.c[name] for name in ("title", "business_key", "process", "deployment_id")),
            *(process_instance.c[name] for name in ("employer_id", "initiator_id", "history_count")),
            history.c.at_real,
        )
        .select_from(table.join(process_instance, process_instance.c.id == table.c.instance_id).join(history, newest))
        .where(process_instance.c.suspended.is_(None))
    )


def _found(tx: Transaction, library: Library, kind: str, query: Select[Any], limit: int) -> _Found:
    rows = tx.session.execute(query.limit(limit + 1)).all()
    kept = [entry for row in rows[:limit] if (entry := _entry(tx, library, kind, row)) is not None]
    return _Found(kept, rows[limit - 1].due_at if len(rows) > limit else None)


def _entry(tx: Transaction, library: Library, kind: str, row: Row[Any]) -> Entry | None:
    """None for a timer without a name, and for one that is for staff alone."""
    compiled = library.get(tx.session, row.deployment_id)
    diagram = compiled.diagrams[row.process]
    element = diagram.elements[row.element]
    if kind == TIMER and not (element.name and _is_shown(tx, compiled, row)):
        return None
    return Entry(
        id=row.id,
        kind=WINDOW if row.window else kind,
        name=Text(element.name, element.name_en),
        instance_id=row.instance_id,
        instance_title=row.title,
        business_key=row.business_key,
        process_name=Text(diagram.name, diagram.name_en),
        status=row.status,
        due_at=row.due_at,
        counts=tuple(row.counts),
        revision=row.history_count,
        changed_at=row.at_real,
    )


def _marked(tx: Transaction, entries: Sequence[Entry]) -> list[Entry]:
    """Those that an administrator has postponed, by one look at their matters."""
    timers = {(entry.instance_id, entry.id) for entry in entries if not entry.is_task}
    postponed = select(history.c.subject_id, history.c.payload).where(
        history.c.subject_id.in_({instance for instance, _ in timers}), history.c.kind == POSTPONED
    )
    found = {(row.subject_id, (row.payload or {}).get("timer")) for row in tx.session.execute(postponed)}
    return [
        dataclasses.replace(entry, is_postponed=True) if (entry.instance_id, entry.id) in found else entry
        for entry in entries
    ]


def _is_shown(tx: Transaction, compiled: Compiled, row: Any) -> bool:
    """As on the matter's page."""
    if visible.sees_everything(tx, Subject(row.employer_id, row.initiator_id, process=row.process)):
        return True
    return row.element not in for_staff(compiled, row)
