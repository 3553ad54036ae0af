"""JSON values by path: reading one, placing one, and making JSON of what FEEL returns."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forms.components import Path

MOST_VALUES = 20_000
DEEPEST = 24


class Absent:
    """Says that nothing was given: not even null."""

    __slots__ = ()


ABSENT = Absent()

MOST_DIGITS = 15
"""A double keeps 15 decimal digits unchanged, and JSON's readers are doubles."""


def pick(data: Any, path: Path) -> Any:
    """The value at the path, `ABSENT` where there is none."""
    for step in path:
        if isinstance(data, Mapping) and step in data:
            data = data[step]
        elif isinstance(data, list | tuple) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return ABSENT
    return data


def put(data: dict[str, Any], path: Path, value: Any) -> None:
    """Place a value at a path of keys (no rows); what stands in between is made."""
    for step in path[:-1]:
        data = data.setdefault(step, {})
    data[path[-1]] = value


def too_large(value: Any) -> bool:
    """Whether it holds more values, or is nested deeper, than any form could want."""
    waiting, seen = [(value, 0)], 0
    while waiting:
        item, depth = waiting.pop()
        seen += 1
        if seen > MOST_VALUES or depth > DEEPEST:
            return True
        if isinstance(item, Mapping):
            waiting += [(below, depth + 1) for below in item.values()]
        elif isinstance(item, list | tuple):
            waiting += [(below, depth + 1) for below in item]
    return False


def as_json(value: Any) -> Any:
    """The same value in JSON's types: days and times as ISO text, a whole decimal as int, anything strange as text."""
    match value:
        case None | bool() | str() | int():
            return value
        case Decimal() | float():
            return plain_number(Decimal(str(value)))
        case dt.date() | dt.time():
            return value.isoformat()
        case Mapping():
            return {str(key): as_json(item) for key, item in value.items()}
        case list() | tuple():
            return [as_json(item) for item in value]
        case _:
            return str(value)


def plain_number(number: Decimal) -> int | float | None:
    """JSON's number; none for what is not a number, infinite or beyond what a form may hold."""
    if not number.is_finite() or number.adjusted() > MOST_DIGITS:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; true is not 1."""
    return canonical(one) == canonical(other)


def canonical(value: Any) -> str:
    """One text for each JSON value; 1 and 1.0 have the same."""
    return json.dumps(as_json(value), sort_keys=True, ensure_ascii=False)
