"""When people are reminded of a task: in working days before, on and after its due day, then the head of its role.

Pure: a policy's settings, the calendar and two moments in. A day of an unknown year is never guessed: its moment is None.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.calendar import ONE_DAY
from engine.clock import SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.calendar import Calendar

BEFORE, ON, AFTER, ESCALATED = "before", "on", "after", "escalated"
# More than any task has: none of them is left, whatever calendar comes.
ALL_BEHIND = 32_767
_HOUR = dt.time(9)


@dataclass(frozen=True, slots=True)
class Rules:
    """A policy's settings `reminders.*`, in working days; a policy without them reminds nobody."""

    before: tuple[int, ...] = ()
    on: bool = False
    after: tuple[int, ...] = ()
    escalate: int | None = None
    urge_limit: int = 0

    def in_order(self) -> list[tuple[int, str]]:
        """(days from the due day, which), the earliest first; the head hears of it after everybody else."""
        found = [(-days, BEFORE) for days in self.before] + [(0, ON)] * self.on
        found += [(days, AFTER) for days in self.after]
        found += [(self.escalate, ESCALATED)] if self.escalate is not None else []
        return sorted(found, key=lambda one: (one[0], one[1] == ESCALATED))


@dataclass(frozen=True, slots=True)
class Reminder:
    """One of a task's reminders; `at` is None while the calendar that says its day is unknown."""

    which: str
    days: int
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a task stands in the order of its reminders: how many are behind, which are to be sent now, the next moment.

    Without a next moment there is none left (`ALL_BEHIND`), or its day is not known yet. `due` are pairs of a reminder and its number, from 1.
    """

    behind: int
    due: tuple[tuple[Reminder, int], ...]
    next_at: dt.datetime | None


def rules(settings: Mapping[str, Any]) -> Rules:
    """As `pingpin check` has let them through; of an older deployment whatever is none of them is none."""
    given = settings.get("reminders")
    given = given if isinstance(given, dict) else {}
    escalate, limit = given.get("escalate"), given.get("urge_limit")
    return Rules(
        before=_days(given.get("before")),
        on=given.get("on") is True,
        after=_days(given.get("after")),
        escalate=escalate if isinstance(escalate, int) else None,
        urge_limit=limit if isinstance(limit, int) else 0,
    )


def schedule(
    rules: Rules, calendar: Calendar, due_at: dt.datetime | None, opened_at: dt.datetime
) -> tuple[Reminder, ...]:
    """All reminders of a task in their order, at 9:00 in Shanghai; none without a due date.

    The day itself is the due day, or the last working day before it. What is late counts from the due day, or from the
    day on which the task was opened, if that was later: nobody could have done it before.
    """
    if due_at is None:
        return ()
    due = _day(due_at)
    late = max(due, _day(opened_at))
    return tuple(
        Reminder(
            which,
            abs(offset),
            _at(_counted_back(calendar, due, -offset) if offset <= 0 else _end(calendar, late, offset)),
        )
        for offset, which in rules.in_order()
    )


def standing(reminders: Sequence[Reminder], behind: int, now: dt.datetime) -> Standing:
    """What is to be sent at `now`, `behind` of them being dealt with. Of those missed only the latest, and the escalation."""
    passed = [number for number, one in enumerate(reminders, 1) if one.at is not None and one.at <= now]
    missed = [(reminders[number - 1], number) for number in passed if number > behind]
    to_doers = [one for one in missed if one[0].which != ESCALATED][-1:]
    to_heads = [one for one in missed if one[0].which == ESCALATED]
    behind = max([behind, *passed])
    ahead = [one.at for one in reminders[behind:] if one.at is not None]
    behind = behind if behind < len(reminders) else ALL_BEHIND
    return Standing(behind, (*to_doers, *to_heads), min(ahead, default=None))


def at_opening(rules: Rules, calendar: Calendar, opened_at: dt.datetime, due_at: dt.datetime | None) -> Standing:
    """Where a task stands that is opened now: nobody is told of what had passed already."""
    return standing(schedule(rules, calendar, due_at, opened_at), 0, opened_at)


def _days(value: Any) -> tuple[int, ...]:
    return tuple(sorted({days for days in value if isinstance(days, int)})) if isinstance(value, list) else ()


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(SHANGHAI).date()


def _at(day: dt.date | None) -> dt.datetime | None:
    return None if day is None else dt.datetime.combine(day, _HOUR, SHANGHAI)


def _end(calendar: Calendar, day: dt.date, days: int) -> dt.date | None:
    return calendar.working_days_after(day, days).end


def _counted_back(calendar: Calendar, day: dt.date, days: int) -> dt.date | None:
    """The n-th working day before a day; for none the day itself, or the last working day before it."""
    if days:
        day -= ONE_DAY
    left = max(days - 1, 0)
    while (works := calendar.is_working_day(day)) is not None:
        if works and not left:
            return day
        left -= works
        day -= ONE_DAY
    return None
