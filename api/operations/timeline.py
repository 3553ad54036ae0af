"""The line of days as a drawing: where each range stands, in hundredths of the drawing's width. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.in_force import Range

WIDTH = 100
_BESIDE = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Bar:
    """A range from `x` on; `look` is `current`, `coming`, `over` or `gap`; `number` is its place in the list beside it."""

    x: float
    width: float
    look: str
    number: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """`today` is where today stands; `years` each with its place."""

    bars: tuple[Bar, ...]
    today: float
    years: tuple[tuple[int, float], ...]


def drawn(ranges: Sequence[Range], today: date) -> Drawn:
    days = [*(each.from_on for each in ranges), *(each.until_on for each in ranges if each.until_on), today]
    first, last = min(days), max(days) + _BESIDE

    def at(day: date) -> float:
        return round((day - first).days / (last - first).days * WIDTH, 2)

    bars = [
        Bar(at(each.from_on), max(at(_end(each, last)) - at(each.from_on), 0.3), look(each, today), number)
        for number, each in enumerate(ranges, 1)
    ]
    years = [(year, at(date(year, 1, 1))) for year in range(first.year + 1, last.year + 1)]
    return Drawn(tuple(bars), at(today), tuple(years))


def look(each: Range, today: date) -> str:
    if each.current is None:
        return "gap"
    if each.from_on > today:
        return "coming"
    return "current" if each.until_on is None or each.until_on >= today else "over"


def _end(each: Range, last: date) -> date:
    return each.until_on + timedelta(days=1) if each.until_on else last
