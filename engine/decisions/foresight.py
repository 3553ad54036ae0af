"""On which later day a comparison that fails now would hold: the days that it depends on are moved, one at a time.

The question is asked again with every day tried, so it is answered by the rule itself, whatever the rule is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import FeelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FARTHEST_DAYS = 4**7  # almost 45 years
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moved:
    """The day by which the comparison holds, and the name of what was moved to it."""

    name: str
    day: dt.date


def as_day(value: Any) -> dt.date | None:
    """A day, or the text of one as JSON carries it."""
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2025-07-01") else None
    except ValueError:
        return None


def like(value: Any, day: dt.date) -> Any:
    """The day in the shape in which the other one came."""
    return day.isoformat() if isinstance(value, str) else day


def first_day(days: Iterable[tuple[str, Any]], holds: Callable[[str, Any], bool]) -> Moved | None:
    """The earliest day to which one of the named days can be moved so that `holds(name, value)`."""
    found = [moved for name, value in days if (moved := _first(name, value, holds)) is not None]
    return min(found, key=lambda moved: moved.day, default=None)


def _first(name: str, value: Any, holds: Callable[[str, Any], bool]) -> Moved | None:
    """By steps that grow fourfold, then halving the stretch in which the verdict changes."""
    start = as_day(value)
    if start is None:
        return None
    try:
        near, far = 0, 1
        while not holds(name, like(value, start + ONE_DAY * far)):
            near, far = far, far * 4
            if far > FARTHEST_DAYS:
                return None
        while far - near > 1:
            middle = (near + far) // 2
            near, far = (near, middle) if holds(name, like(value, start + ONE_DAY * middle)) else (middle, far)
    except (OverflowError, FeelError):
        return None
    return Moved(name, start + ONE_DAY * far)
