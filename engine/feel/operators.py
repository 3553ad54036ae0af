"""Equality, order and arithmetic over FEEL values; None is the answer to every question that makes no sense."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel import dates
from engine.feel.limits import MAX_PARTS, TEXT_PART, too_big
from engine.feel.numbers import CONTEXT, finite
from engine.feel.values import DateTime, DaysTime, FarDate, Function, Range, Time, YearsMonths

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.limits import Run

MAX_MONTHS = 10**12
MAX_NANOSECONDS = 10**29


def kind_of(value: Any) -> str:
    """The FEEL type's name; what equality and order must agree on."""
    found = KINDS.get(type(value))
    if found is not None:
        return found
    return next((name for kind, name in KINDS.items() if isinstance(value, kind)), "unknown")


KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    DateTime: "date and time",
    Time: "time",
    dt.date: "date",
    FarDate: "date",
    YearsMonths: "years and months duration",
    DaysTime: "days and time duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}


class Budget:
    """How many parts two values may be compared by; a value that holds one part many times can be endless."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_PARTS

    def spend_text(self, text: str) -> None:
        """A long text weighs as much as many parts: a list may hold the same one thousands of times."""
        self.spend(1 + len(text) // TEXT_PART)

    def spend(self, parts: int = 1) -> None:
        self.left -= parts
        if self.left < 0:
            raise too_big()


def equals(left: Any, right: Any, budget: Budget | None = None) -> bool | None:
    """FEEL's `=`: null for two different kinds of value."""
    if left is None or right is None:
        return left is right
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    special = EQUALITIES.get(kind)
    if special is None:
        return bool(left == right)
    budget = budget or Budget()
    budget.spend()
    return special(left, right, budget)


def _lists_equal(left: list[Any], right: list[Any], budget: Budget) -> bool | None:
    if len(left) != len(right):
        return False
    return all(equals(one, other, budget) is True for one, other in zip(left, right, strict=True))


def _contexts_equal(left: dict[str, Any], right: dict[str, Any], budget: Budget) -> bool | None:
    return left.keys() == right.keys() and all(equals(left[key], right[key], budget) is True for key in left)


def _ranges_equal(left: Range, right: Range, budget: Budget) -> bool | None:
    same = (left.low_included, left.high_included) == (right.low_included, right.high_included)
    ends = ((left.low, right.low), (left.high, right.high))
    return same and all(equals(one, other, budget) is True for one, other in ends)


def _moments_equal(left: DateTime, right: DateTime, _budget: Budget) -> bool | None:
    if (dates.offset_of(left) is None) != (dates.offset_of(right) is None):
        return None
    return dates.instant(left) == dates.instant(right)


def _times_equal(left: Time, right: Time, _budget: Budget) -> bool | None:
    here, there = dates.time_offset(left), dates.time_offset(right)
    if (here is None) != (there is None):
        return None
    return _time_key(left, here) == _time_key(right, there)


def _time_key(time: Time, offset: int | None) -> int:
    return dates.time_nanoseconds(time) - (offset or 0) * 1_000_000_000


EQUALITIES: dict[str, Callable[[Any, Any, Budget], bool | None]] = {
    "list": _lists_equal,
    "context": _contexts_equal,
    "range": _ranges_equal,
    "date and time": _moments_equal,
    "time": _times_equal,
    "function": lambda left, right, _budget: left is right,
}


def order(left: Any, right: Any) -> int | None:
    """-1, 0 or 1; None where there is no order between the two."""
    if type(left) is Decimal and type(right) is Decimal:
        return (left > right) - (left < right)
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    key = ORDER_KEYS.get(kind)
    if key is None:
        return None
    one, other = key(left), key(right)
    if one[0] != other[0]:
        return None
    return int(one[1] > other[1]) - int(one[1] < other[1])


# First what two values must share to be comparable (both local or both with an offset), then the place in the order.
ORDER_KEYS: dict[str, Callable[[Any], tuple[bool, Any]]] = {
    "number": lambda value: (True, value),
    "string": lambda value: (True, value),
    "date": lambda value: (True, dates.ordinal(value)),
    "date and time": lambda value: (dates.offset_of(value) is None, dates.instant(value)),
    "time": lambda value: (dates.time_offset(value) is None, _time_key(value, dates.time_offset(value))),
    "years and months duration": lambda value: (True, value.months),
    "days and time duration": lambda value: (True, value.nanoseconds),
}


def less(left: Any, right: Any) -> bool | None:
    found = order(left, right)
    return None if found is None else found < 0


def less_or_equal(left: Any, right: Any) -> bool | None:
    found = order(left, right)
    return None if found is None else found <= 0


def differs(left: Any, right: Any) -> bool | None:
    found = equals(left, right)
    return None if found is None else not found


COMPARE: dict[str, Callable[[Any, Any], bool | None]] = {
    "=": equals,
    "!=": differs,
    "<": less,
    "<=": less_or_equal,
    ">": lambda left, right: less(right, left),
    ">=": lambda left, right: less_or_equal(right, left),
}


def contains(interval: Range, value: Any) -> bool | None:
    """Whether the value lies in the range; null when it cannot be compared with an end."""
    low = high = True
    if interval.low is not None or interval.high is None:
        found = (less_or_equal if interval.low_included else less)(interval.low, value)
        if found is None:
            return None
        low = found
    if interval.high is not None:
        found = (less_or_equal if interval.high_included else less)(value, interval.high)
        if found is None:
            return None
        high = found
    return low and high


def conjunction(values: list[Any]) -> bool | None:
    """Three-valued and: one false decides."""
    if any(value is False for value in values):
        return False
    return True if all(value is True for value in values) else None


def disjunction(values: list[Any]) -> bool | None:
    if any(value is True for value in values):
        return True
    return False if all(value is False for value in values) else None


# -- arithmetic: one table by operator and the kinds of both sides


def _moment(value: Any) -> DateTime:
    return value if isinstance(value, DateTime) else dates.as_moment(value)


def _difference(left: Any, right: Any) -> DaysTime | None:
    one, other = _moment(left), _moment(right)
    if (dates.offset_of(one) is None) != (dates.offset_of(other) is None):
        return None
    return DaysTime(dates.instant(one) - dates.instant(other))


def _time_difference(left: Time, right: Time) -> DaysTime | None:
    here, there = dates.time_offset(left), dates.time_offset(right)
    if (here is None) != (there is None):
        return None
    return DaysTime(_time_key(left, here) - _time_key(right, there))


def _time_plus(left: Time, right: DaysTime) -> Time:
    return dates.make_time(dates.time_nanoseconds(left) + right.nanoseconds, left)


def negated(value: Any) -> Any:
    if isinstance(value, Decimal):
        return CONTEXT.minus(value)
    if isinstance(value, YearsMonths):
        return YearsMonths(-value.months)
    return DaysTime(-value.nanoseconds) if isinstance(value, DaysTime) else None


def _scaled(size: int, by: Decimal) -> int | None:
    product = finite(CONTEXT.multiply(Decimal(size), by))
    return None if product is None else int(product)


def _divided(size: int, by: Decimal) -> int | None:
    return None if not by else _scaled_down(size, by)


def _scaled_down(size: int, by: Decimal) -> int | None:
    quotient = finite(CONTEXT.divide(Decimal(size), by))
    return None if quotient is None else int(quotient)


def _months(found: int | None) -> YearsMonths | None:
    return None if found is None or abs(found) > MAX_MONTHS else YearsMonths(found)


def _nanoseconds(found: int | None) -> DaysTime | None:
    return None if found is None or abs(found) > MAX_NANOSECONDS else DaysTime(found)


def _ratio(left: int, right: int) -> Decimal | None:
    return finite(CONTEXT.divide(Decimal(left), Decimal(right))) if right else None


NUMBER, STRING, DATE, MOMENT, TIME = "number", "string", "date", "date and time", "time"
MONTHS, DAYS = "years and months duration", "days and time duration"

ARITHMETIC: dict[tuple[str, str, str], Callable[[Any, Any], Any]] = {
    ("+", NUMBER, NUMBER): lambda one, other: finite(CONTEXT.add(one, other)),
    ("-", NUMBER, NUMBER): lambda one, other: finite(CONTEXT.subtract(one, other)),
    ("*", NUMBER, NUMBER): lambda one, other: finite(CONTEXT.multiply(one, other)),
    ("/", NUMBER, NUMBER): lambda one, other: finite(CONTEXT.divide(one, other)),
    ("**", NUMBER, NUMBER): lambda one, other: finite(CONTEXT.power(one, other)) if one or other else Decimal(1),
    ("+", STRING, STRING): lambda one, other: one + other,
    ("+", MONTHS, MONTHS): lambda one, other: _months(one.months + other.months),
    ("-", MONTHS, MONTHS): lambda one, other: _months(one.months - other.months),
    ("+", DAYS, DAYS): lambda one, other: _nanoseconds(one.nanoseconds + other.nanoseconds),
    ("-", DAYS, DAYS): lambda one, other: _nanoseconds(one.nanoseconds - other.nanoseconds),
    ("*", MONTHS, NUMBER): lambda one, other: _months(_scaled(one.months, other)),
    ("*", NUMBER, MONTHS): lambda one, other: _months(_scaled(other.months, one)),
    ("*", DAYS, NUMBER): lambda one, other: _nanoseconds(_scaled(one.nanoseconds, other)),
    ("*", NUMBER, DAYS): lambda one, other: _nanoseconds(_scaled(other.nanoseconds, one)),
    ("/", MONTHS, NUMBER): lambda one, other: _months(_divided(one.months, other)),
    ("/", DAYS, NUMBER): lambda one, other: _nanoseconds(_divided(one.nanoseconds, other)),
    ("/", MONTHS, MONTHS): lambda one, other: _ratio(one.months, other.months),
    ("/", DAYS, DAYS): lambda one, other: _ratio(one.nanoseconds, other.nanoseconds),
    ("-", TIME, TIME): _time_difference,
    ("+", TIME, DAYS): _time_plus,
    ("+", DAYS, TIME): lambda one, other: _time_plus(other, one),
    ("-", TIME, DAYS): lambda one, other: _time_plus(one, negated(other)),
}
for _day in (DATE, MOMENT):
    ARITHMETIC |= {("-", _day, _other): _difference for _other in (DATE, MOMENT)}
    for _duration in (MONTHS, DAYS):
        ARITHMETIC[("+", _day, _duration)] = dates.add
        ARITHMETIC[("+", _duration, _day)] = lambda one, other: dates.add(other, one)
        ARITHMETIC[("-", _day, _duration)] = lambda one, other: dates.add(one, negated(other))


def arithmetic(run: Run, op: str, left: Any, right: Any) -> Any:
    """One operation; the reason for a null goes to the run's warnings."""
    kinds = (kind_of(left), kind_of(right))
    operation = ARITHMETIC.get((op, *kinds))
    if operation is None:
        return run.null(f"{kinds[0]} {op} {kinds[1]} 没有意义", f"{kinds[0]} {op} {kinds[1]} has no meaning")
    result = operation(left, right)
    if result is None:
        return run.null(f"{op} 没有可表示的结果", f"{op} has no result that can be represented")
    return run.sized_text(result) if type(result) is str else result
