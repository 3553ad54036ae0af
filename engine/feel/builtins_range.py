"""Built-in functions on how points and ranges lie to each other (Allen's relations), and `range()` from text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import regex

from engine.errors import FeelError
from engine.feel import tree
from engine.feel.functions import feel
from engine.feel.operators import conjunction, equals, less, less_or_equal
from engine.feel.ranges import range_of
from engine.feel.values import Range

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.limits import Run

WRITTEN = regex.compile(r"(?P<open>[\[\](])(?P<low>.*?)\.\.(?P<high>.*)(?P<close>[\])\[])", regex.DOTALL)


def _as_range(value: Any) -> Range | None:
    if isinstance(value, Range):
        return value
    return None if value is None else Range(value, value, True, True)


def _both(*verdicts: bool | None) -> bool | None:
    return conjunction(list(verdicts))


def _ends_before(one: Range, other: Range) -> bool | None:
    touching = one.high_included and other.low_included
    return (less if touching else less_or_equal)(one.high, other.low)


def _lows_equal(one: Range, other: Range) -> bool | None:
    return _both(equals(one.low, other.low), one.low_included == other.low_included)


def _highs_equal(one: Range, other: Range) -> bool | None:
    return _both(equals(one.high, other.high), one.high_included == other.high_included)


def _low_not_after(one: Range, other: Range) -> bool | None:
    """One starts no later than the other."""
    strict = other.low_included and not one.low_included
    return (less if strict else less_or_equal)(one.low, other.low)


def _high_not_before(one: Range, other: Range) -> bool | None:
    strict = other.high_included and not one.high_included
    return (less if strict else less_or_equal)(other.high, one.high)


def before(one: Range, other: Range) -> bool | None:
    return _ends_before(one, other)


def meets(one: Range, other: Range) -> bool | None:
    return _both(one.high_included and other.low_included, equals(one.high, other.low))


def overlaps(one: Range, other: Range) -> bool | None:
    early, late = _ends_before(one, other), _ends_before(other, one)
    return None if early is None or late is None else not early and not late


def _starts_earlier(one: Range, other: Range) -> bool | None:
    found = less(one.low, other.low)
    if found is None or found:
        return found
    return _both(equals(one.low, other.low), one.low_included and not other.low_included)


def overlaps_before(one: Range, other: Range) -> bool | None:
    reaches = _ends_before(one, other)
    return _both(_starts_earlier(one, other), None if reaches is None else not reaches, _high_not_before(other, one))


def finishes(one: Range, other: Range) -> bool | None:
    return _both(_highs_equal(one, other), _low_not_after(other, one))


def starts(one: Range, other: Range) -> bool | None:
    return _both(_lows_equal(one, other), _high_not_before(other, one))


def includes(one: Range, other: Range) -> bool | None:
    return _both(_low_not_after(one, other), _high_not_before(one, other))


def coincides(one: Range, other: Range) -> bool | None:
    return _both(_lows_equal(one, other), _highs_equal(one, other))


def _swapped(relation: Callable[[Range, Range], bool | None]) -> Callable[[Range, Range], bool | None]:
    return lambda one, other: relation(other, one)


ANY_PAIR = ("point1, point2", "point, range", "range, point", "range1, range2")
RANGES = ("range1, range2",)
POINT_FIRST = ("point, range", *RANGES)
RANGE_FIRST = ("range, point", *RANGES)
# Each relation with the pairs of names that it may be called by.
RELATIONS: dict[str, tuple[Callable[[Range, Range], bool | None], tuple[str, ...]]] = {
    "before": (before, ANY_PAIR),
    "after": (_swapped(before), ANY_PAIR),
    "meets": (meets, RANGES),
    "met by": (_swapped(meets), RANGES),
    "overlaps": (overlaps, RANGES),
    "overlaps before": (overlaps_before, RANGES),
    "overlaps after": (_swapped(overlaps_before), RANGES),
    "finishes": (finishes, POINT_FIRST),
    "finished by": (_swapped(finishes), RANGE_FIRST),
    "includes": (includes, RANGE_FIRST),
    "during": (_swapped(includes), POINT_FIRST),
    "starts": (starts, POINT_FIRST),
    "started by": (_swapped(starts), RANGE_FIRST),
    "coincides": (coincides, ("point1, point2", *RANGES)),
}


def _relation(relation: Callable[[Range, Range], bool | None], pairs: tuple[str, ...]) -> Callable[..., bool | None]:
    shapes = {tuple("range" in name for name in pair.split(", ")) for pair in pairs}

    def call(_run: Run, one: Any, other: Any) -> bool | None:
        left, right = _as_range(one), _as_range(other)
        shape = (isinstance(one, Range), isinstance(other, Range))
        return relation(left, right) if left and right and shape in shapes else None

    return call


for _name, (_body, _pairs) in RELATIONS.items():
    for _pair in _pairs:
        _first, _second = _pair.split(", ")
        feel(f"{_name}({_first}: any, {_second}: any)")(_relation(_body, _pairs))


@feel("range(from: string)")
def range_from_text(run: Run, text: str) -> Range | None:
    """`[18..21)`, or with one end left out `[18..]`; the ends are literals."""
    match = WRITTEN.fullmatch(text.strip())
    if match is None or not (match["low"] or match["high"]):
        return None
    low, high = _end(match["low"]), _end(match["high"])
    if (low is None) != (not match["low"]) or (high is None) != (not match["high"]):
        return None
    ends = (match["open"] == "[" and low is not None, match["close"] == "]" and high is not None)
    return Range(low, high, *ends) if low is None or high is None else range_of(run, low, high, *ends)


def _end(text: str) -> Any:
    """The value of an end; None unless it is a literal or a date, time or duration made from one."""
    from engine.feel.expression import parse

    try:
        found = parse(text or "null")
    except FeelError:
        return None
    node = found.node
    arguments = node.arguments if isinstance(node, tree.Call) else (node,)
    literal = all(isinstance(argument, tree.Literal) for argument in arguments)
    return found.evaluate({}) if literal else None
