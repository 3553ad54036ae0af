"""Values at the border: from JSON and Python to FEEL, and back; and a value's text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import regex

from engine.errors import FeelError
from engine.feel import dates
from engine.feel.numbers import CONTEXT, finite, format_number
from engine.feel.operators import Budget
from engine.feel.temporal import format_temporal
from engine.feel.values import DaysTime, Function, Range

PLAIN_KEY = regex.compile(r"[\p{L}_][\p{L}\p{Nd}_]*(?: [\p{L}\p{Nd}_]+)*")
SAME = frozenset((type(None), bool, str, Decimal, dt.date))
NANOSECONDS_A_MICROSECOND = 1000
# Beyond it JSON's readers, which are doubles, see infinity; and Python writes no integer of more than 4300 digits.
MAX_EXPONENT = 307


def from_python(value: Any) -> Any:
    """A FEEL value; numbers become decimals, moments and durations FEEL's own; what has no meaning becomes null."""
    kind = type(value)
    if kind in SAME:
        return value
    if kind is dict:
        return {str(key): from_python(item) for key, item in value.items()}
    if kind in (list, tuple):
        return [from_python(item) for item in value]
    return _rarer(value)


def _rarer(value: Any) -> Any:
    if isinstance(value, (int, float)):
        return finite(CONTEXT.create_decimal(str(value)))
    if isinstance(value, (dt.datetime, dt.time)):
        return dates.from_python(value)
    if isinstance(value, dt.timedelta):
        micros = value // dt.timedelta(microseconds=1)
        return DaysTime(micros * NANOSECONDS_A_MICROSECOND)
    if isinstance(value, str):
        return str(value)
    return value if isinstance(value, Function) or format_value(value) is not None else None


def measured(value: Any) -> Any:
    """The value itself, if its parts, repeated ones counted each time, are not too many to be written out."""
    waiting, budget = [value], Budget()
    while waiting:
        part = waiting.pop()
        if isinstance(part, (list, dict)):
            budget.spend(len(part))
            waiting.extend(part if isinstance(part, list) else (*part.keys(), *part.values()))
        elif isinstance(part, str):
            budget.spend_text(part)
    return value


def from_json(value: Any) -> Any:
    """What was read from JSON as FEEL values; raises FeelError for a text nested too deep."""
    try:
        return from_python(value)
    except RecursionError:
        raise _too_deep() from None


def to_json(value: Any) -> Any:
    """What JSON can carry: days, times and durations as ISO text, ranges, functions and endless numbers as written."""
    try:
        return _to_json(value, Budget())
    except RecursionError:
        raise _too_deep() from None


def _to_json(value: Any, budget: Budget) -> Any:
    if isinstance(value, str):
        budget.spend_text(value)
        return value
    if value is None or isinstance(value, bool):
        return value
    budget.spend()
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, dict):
        return {str(key): _to_json(item, budget) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json(item, budget) for item in value]
    return format_value(value)


def _number(value: Decimal) -> int | float | str:
    if value.adjusted() > MAX_EXPONENT:
        return format_number(value)
    return int(value) if value == value.to_integral_value() else float(value)


def _too_deep() -> FeelError:
    return FeelError("值嵌套过深", "the value is nested too deep")


def format_value(value: Any) -> str | None:
    """The text that FEEL's `string()` gives; null for null."""
    if value is None or isinstance(value, str):
        return value
    try:
        return _written(value, Budget())
    except RecursionError:
        raise _too_deep() from None


def _written(value: Any, budget: Budget) -> str | None:
    """As it would be written inside an expression: strings in quotes."""
    if isinstance(value, str):
        budget.spend_text(value)
    elif isinstance(value, dict):
        for key in value:
            budget.spend_text(key)
    budget.spend()
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Decimal):
        return format_number(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(str(_written(item, budget)) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(key)}: {_written(item, budget)}' for key, item in value.items())}}}"
    if isinstance(value, Range):
        return _range(value, budget)
    return repr(value) if isinstance(value, Function) else format_temporal(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _key(key: str) -> str:
    return key if PLAIN_KEY.fullmatch(key) else _quoted(key)


def _range(value: Range, budget: Budget) -> str:
    low = "" if value.low is None else _written(value.low, budget)
    high = "" if value.high is None else _written(value.high, budget)
    if value.low is None or value.high is None:
        sign = (">" if value.high is None else "<") + ("=" if value.low_included or value.high_included else "")
        return f"({sign}{low}{high})"
    return f"{'[' if value.low_included else '('}{low}..{high}{']' if value.high_included else ')'}"
