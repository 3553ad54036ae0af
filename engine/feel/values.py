"""What a FEEL expression can yield, where Python has no type of its own for it.

Null, booleans, strings, lists and contexts are Python's; numbers are `Decimal`; days are `datetime.date`. Here live the
rest: times, moments, the two kinds of duration, ranges and functions. Calendar arithmetic does not live here (`dates`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.feel.kinds import Type
    from engine.feel.limits import Run

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class FarDate:
    """A day that `datetime.date` cannot hold: before year 1 or after year 9999."""

    year: int
    month: int
    day: int


Date = dt.date | FarDate


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day; `offset` in seconds east of UTC, or the name of a `zone`, or neither (local)."""

    hour: int
    minute: int
    second: int
    nanosecond: int = 0
    offset: int | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class DateTime:
    """A day and a time of day; a named zone survives as written."""

    date: Date
    time: Time


@dataclass(frozen=True, slots=True)
class YearsMonths:
    """A duration in whole months."""

    months: int


@dataclass(frozen=True, slots=True)
class DaysTime:
    """A duration in exact time."""

    nanoseconds: int

    @property
    def timedelta(self) -> dt.timedelta:
        """For Python's calendar; finer than a microsecond is dropped."""
        return dt.timedelta(microseconds=self.nanoseconds // 1000)


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; an end that is None is open (`> 5` is a range without an upper end)."""

    low: Any
    high: Any
    low_included: bool
    high_included: bool


class Function:
    """What can be called: built in, handed over by the host, or written in the expression."""

    __slots__ = ("name", "parameters", "type")
    type: Type

    def __init__(self, name: str, parameters: tuple[str, ...] | None) -> None:
        self.name, self.parameters = name, parameters

    def __repr__(self) -> str:
        return f"function {self.name}({', '.join(self.parameters or ())})"

    def call(self, run: Run, arguments: Sequence[Any]) -> Any:
        raise NotImplementedError

    def call_named(self, run: Run, arguments: Mapping[str, Any]) -> Any:
        """Arguments by parameter name; a missing or unknown name is an error, so null."""
        names = self.parameters
        if names is None or set(arguments) != set(names):
            return run.null(f"{self.name}: 参数名不符", f"{self.name}: the parameter names do not fit")
        return self.call(run, [arguments[name] for name in names])
