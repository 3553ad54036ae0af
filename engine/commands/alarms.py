"""What administrators must hear of in time: a year without its calendar, a policy whose term ends. Each is told once.

Looked at once a business day; the key of a notice keeps several workers, and a day looked at twice, from telling it again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import in_force
from engine.clock import SHANGHAI
from engine.permissions import Act, Role, require
from engine.queries import people
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.library import Library
    from engine.transaction import Transaction

CALENDAR, POLICY = "calendar", "policy"
_NOVEMBER = 11
_WEEK = 7
# Days before the last day of a policy's term.
_AHEAD = (0, 30, 90, 180)


@dataclass(frozen=True, slots=True)
class Alarm:
    """What these roles are told under this key."""

    kind: str
    key: str
    roles: frozenset[Role]
    text: Text


@dataclass(frozen=True, slots=True)
class Term:
    """The latest deployment of a policy; both days of the term belong to it."""

    policy: str
    version: int
    title: Text
    processes: frozenset[str]
    first: dt.date
    last: dt.date | None


def raise_all(tx: Transaction, library: Library) -> None:
    """Tell what is to be told on this day."""
    require(tx.actor, Act.FIRE_TIMER)
    today = tx.now.astimezone(SHANGHAI).date()
    for alarm in (*of_calendars(today, library.calendar.is_working_day), *of_terms(today, _terms(tx))):
        told = [each.id for each in people.with_roles(tx, alarm.roles)]
        tell(tx, told, alarm.key, alarm.kind, alarm.text)


def of_calendars(today: dt.date, is_working_day: Callable[[dt.date], bool | None]) -> Iterator[Alarm]:
    """Of this year, and from 1 November of the next: not known yet, said again every seven days. Pure."""
    for year in (today.year, today.year + 1):
        since = dt.date(year - 1, _NOVEMBER, 1)
        if today < since or is_working_day(dt.date(year, 1, 1)) is not None:
            continue
        week = (today - since).days // _WEEK
        text = Text(
            f"{year}年工作日历尚未导入：涉及该年的公示和期限不会自行结束。国务院办公厅通知公布后，请导入日历，并由另一人确认。",
            f"The working-day calendar of {year} is not known yet: no window or deadline that needs it ends by itself. Import "
            "it as soon as the notice is published, and have somebody else confirm it.",
        )
        yield Alarm(CALENDAR, f"{CALENDAR} {year} {week}", frozenset({Role.ADMIN}), text)


def of_terms(today: dt.date, terms: Sequence[Term]) -> Iterator[Alarm]:
    """Of each term that ends soon and that no other deployment takes over: the nearest of the days ahead. Pure."""
    for term in terms:
        if term.last is None or any(_takes_over(other, term.last, term.processes) for other in terms if other != term):
            continue
        left = (term.last - today).days
        ahead = next((days for days in _AHEAD if 0 <= left <= days), None)
        if ahead is None:
            continue
        said = Text(
            f"《{term.title.zh}》的有效期至{term.last.year}年{term.last.month}月{term.last.day}日",
            f"The term of “{term.title.en}” ends on {term.last.isoformat()}",
        )
        text = Text(
            f"{said.zh}{f'，还有{left}天' if left else '，即今日'}。此后不能再发起新事项；如有修订或延期，请部署新版政策。",
            f"{said.en}{f', in {left} days' if left else ', today'}. Nothing new can be started after it; deploy the revised or "
            "prolonged policy if there is one.",
        )
        key = f"{POLICY} {term.policy} {term.version} {ahead}"
        yield Alarm(POLICY, key, frozenset({Role.ADMIN, Role.OWNER}), text)


def _takes_over(other: Term, last: dt.date, processes: frozenset[str]) -> bool:
    """Whether everything can still be started on the other on the day after the last."""
    goes_on = other.last is None or other.last > last
    return goes_on and other.first - dt.timedelta(days=1) <= last and processes <= other.processes


def _terms(tx: Transaction) -> list[Term]:
    """Of each policy the version that was put in force last, from its first day to its last."""
    newest: dict[str, list[in_force.Activation]] = {}
    for each in in_force.activations(tx):  # the one decided last first
        its = newest.setdefault(each.policy, [])
        if not each.is_cancelled and (not its or its[0].deployment_id == each.deployment_id):
            its.append(each)
    return [_term(its) for its in newest.values() if its]


def _term(its: Sequence[in_force.Activation]) -> Term:
    lasts = [each.until_on for each in its]
    last = None if None in lasts else max(day for day in lasts if day is not None)
    one = its[0]
    return Term(one.policy, one.version, one.title, one.processes, min(each.from_on for each in its), last)
