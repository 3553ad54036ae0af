"""`value.property` and `list[condition]`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel import dates
from engine.feel.scope import MISSING, Scope
from engine.feel.values import NANOSECONDS, DateTime, DaysTime, FarDate, Range, Time, YearsMonths

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.limits import Run


def property_of(run: Run, base: Any, name: str) -> Any:
    """An entry of a context, of every context in a list, or a part of a day, time, moment, duration or range."""
    if isinstance(base, dict):
        if name not in base:
            return run.null(f"没有 {name}", f"there is no {name}")
        return base[name]
    if isinstance(base, list):
        run.spend(len(base))
        return [property_of(run, item, name) for item in base]
    if base is None:
        return run.null(f".{name} 前面是空值", f".{name} follows a null")
    part = _parts(base).get(name)
    if part is None:
        return run.null(f"值没有属性 {name}", f"the value has no property {name}")
    return _wrapped(part(base))


def _wrapped(value: Any) -> Any:
    return Decimal(value) if type(value) is int else value


def _parts(base: Any) -> dict[str, Callable[[Any], Any]]:
    return next((parts for kinds, parts in PARTS if isinstance(base, kinds)), {})


def _offset(seconds: int | None) -> DaysTime | None:
    return None if seconds is None else DaysTime(seconds * NANOSECONDS)


def _signed(value: int, whole: int) -> int:
    return -value if whole < 0 else value


def _days_part(unit: int, size: int) -> Callable[[DaysTime], int]:
    """The days, hours, minutes or seconds of a duration, each with its sign."""

    def part(duration: DaysTime) -> int:
        count = abs(duration.nanoseconds) // (unit * NANOSECONDS)
        return _signed(count % size if size else count, duration.nanoseconds)

    return part


def _of_date(part: Callable[[Any], Any]) -> Callable[[DateTime], Any]:
    return lambda moment: part(moment.date)


def _of_time(part: Callable[[Any], Any]) -> Callable[[DateTime], Any]:
    return lambda moment: part(moment.time)


DATE_PARTS: dict[str, Callable[[Any], Any]] = {
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "weekday": dates.weekday,
}
TIME_PARTS: dict[str, Callable[[Any], Any]] = {
    "hour": lambda time: time.hour,
    "minute": lambda time: time.minute,
    "second": lambda time: time.second,
    "timezone": lambda time: time.zone,
    "time offset": lambda time: _offset(dates.time_offset(time)),
}
MOMENT_PARTS: dict[str, Callable[[Any], Any]] = (
    {name: _of_date(part) for name, part in DATE_PARTS.items()}
    | {name: _of_time(part) for name, part in TIME_PARTS.items()}
    | {"time offset": lambda moment: _offset(dates.offset_of(moment))}
)
MONTHS_PARTS: dict[str, Callable[[Any], Any]] = {
    "years": lambda duration: _signed(abs(duration.months) // 12, duration.months),
    "months": lambda duration: _signed(abs(duration.months) % 12, duration.months),
}
DAYS_PARTS: dict[str, Callable[[Any], Any]] = {
    "days": _days_part(86_400, 0),
    "hours": _days_part(3600, 24),
    "minutes": _days_part(60, 60),
    "seconds": _days_part(1, 60),
}
RANGE_PARTS: dict[str, Callable[[Any], Any]] = {
    "start": lambda interval: interval.low,
    "end": lambda interval: interval.high,
    "start included": lambda interval: interval.low_included,
    "end included": lambda interval: interval.high_included,
}
PARTS: tuple[tuple[Any, dict[str, Callable[[Any], Any]]], ...] = (
    (DateTime, MOMENT_PARTS),
    ((dt.date, FarDate), DATE_PARTS),
    (Time, TIME_PARTS),
    (YearsMonths, MONTHS_PARTS),
    (DaysTime, DAYS_PARTS),
    (Range, RANGE_PARTS),
)


def filtered(scope: Scope, base: Any, condition: Callable[[Scope], Any], constant: Any) -> Any:
    """The items for which the condition is true; for a number the item at that place."""
    items = base if isinstance(base, list) else [] if base is None else [base]
    if isinstance(constant, Decimal):
        return _at(items, constant)
    found = []
    for number, item in enumerate(items):
        scope.run.spend()
        verdict = condition(_item_scope(scope, item))
        if number == 0 and isinstance(verdict, Decimal):
            return _at(items, verdict)
        if verdict is True:
            found.append(item)
    if not items and constant is MISSING and isinstance(condition(scope), Decimal):
        return None
    return found


def _item_scope(scope: Scope, item: Any) -> Scope:
    return scope.inner(({"item": item} | item) if isinstance(item, dict) else {"item": item})


def _at(items: list[Any], position: Decimal) -> Any:
    index = int(position)
    if index != position or index == 0 or abs(index) > len(items):
        return None
    return items[index - 1 if index > 0 else index]
