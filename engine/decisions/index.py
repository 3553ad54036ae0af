"""The cells of a table's columns, looked up instead of tried: the rules that a value satisfies, as bits.

Only cells whose values are written out can be looked up; all others stand in `open` and are tried where they still
matter. What is looked up is what trying would say; `tests/engine/decisions/test_decision_index.py` holds it.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engine.feel.expression import Expression
    from engine.feel.scope import Scope

    Test = Callable[[Any, Scope], bool | None]
    # Low end, high end (None: open) and whether they belong to it.
    Span = tuple[Any, Any, bool, bool]

KINDS = (Decimal, str, bool, dt.date)


@dataclass(frozen=True, slots=True)
class Places:
    """The rules that the values of one kind satisfy: at each value that a cell mentions, and between two of them."""

    points: list[Any]
    at: list[int]
    between: list[int]

    def rules(self, value: Any) -> int:
        place = bisect_left(self.points, value)
        if place < len(self.points) and self.points[place] == value:
            return self.at[place]
        return self.between[place]


@dataclass(frozen=True, slots=True)
class Index:
    """One column: by kind of value the rules that it satisfies; `open` are the rules whose cell must be tried."""

    kinds: dict[type, Places]
    open: int
    tests: tuple[Test, ...]

    def rules(self, value: Any, scope: Scope) -> int:
        """The rules that the value satisfies, and those that are open."""
        places = self.kinds.get(type(value))
        if places is not None:
            return places.rules(value) | self.open
        inner, found = scope.inner({"?": value}), 0
        for at, test in enumerate(self.tests):
            if test(value, inner) is True:
                found |= 1 << at
        return found | self.open


def indexed(cells: Sequence[Expression]) -> Index:
    """The index of one column."""
    closed: list[tuple[int, list[Span], bool]] = []
    always = open_rules = 0
    for at, cell in enumerate(cells):
        spans = _spans(cell.node)
        if spans is None:
            open_rules |= 1 << at
        elif not spans:
            always |= 1 << at
        else:
            closed.append((1 << at, spans, isinstance(cell.node, tree.Tests) and cell.node.negated))
    kinds: dict[type, Places] = {kind: _places(kind, closed, always) for kind in KINDS}
    return Index(kinds, open_rules, tuple(cell.test for cell in cells if cell.test is not None))


def _spans(node: tree.Node) -> list[Span] | None:
    """What a cell accepts as spans between written values, empty for the dash; None if it must be tried."""
    if not isinstance(node, tree.Tests):
        return None
    found = [_span(item) for item in node.items]
    return None if None in found else [span for span in found if span is not None]


def _span(item: tree.Node) -> Span | None:
    if isinstance(item, tree.UnaryRange):
        end = _written(item.end)
        return None if end is None else SHAPES.get(item.op, _no_span)(end)
    if isinstance(item, tree.RangeOf):
        low, high = _written(item.low), _written(item.high)
        in_order = low is not None and type(low) is type(high) and low <= high
        return _ordered((low, high, item.low_included, item.high_included)) if in_order else None
    value = _written(item)
    return None if value is None else (value, value, True, True)


def _written(node: tree.Node) -> Any:
    """A value that is written out and has a place in an order, else None."""
    if isinstance(node, tree.Negate) and isinstance(node.operand, tree.Literal) and type(node.operand.value) is Decimal:
        return -node.operand.value
    return node.value if isinstance(node, tree.Literal) and type(node.value) in KINDS else None


def _no_span(_end: Any) -> Span | None:
    return None


def _ordered(span: Span) -> Span | None:
    """Truths have no order: they are compared by being equal alone."""
    return None if isinstance(span[0], bool) or isinstance(span[1], bool) else span


SHAPES: dict[str, Callable[[Any], Span | None]] = {
    "<": lambda end: _ordered((None, end, False, False)),
    "<=": lambda end: _ordered((None, end, False, True)),
    ">": lambda end: _ordered((end, None, False, False)),
    ">=": lambda end: _ordered((end, None, True, False)),
    "=": lambda end: (end, end, True, True),
}


def _places(kind: type, closed: Iterable[tuple[int, list[Span], bool]], always: int) -> Places:
    """By sweeping once over the mentioned values: each span begins and ends somewhere on the way."""
    mine = [
        (bit, [span for span in spans if _is_of(span, kind)], len(spans), negated) for bit, spans, negated in closed
    ]
    points = sorted({end for _, spans, _, _ in mine for span in spans for end in span[:2] if end is not None})
    place = {point: at for at, point in enumerate(points)}
    changes: list[int] = [0] * (2 * len(points) + 2)
    for bit, spans, count, negated in mine:
        if negated and len(spans) < count:
            continue  # compared with another kind of value, so neither true nor false
        for first, last in _union([_slots(span, place, len(points)) for span in spans], negated, 2 * len(points) + 1):
            changes[first] ^= bit
            changes[last] ^= bit
    slots, rules = [], always
    for change in changes[:-1]:
        rules ^= change
        slots.append(rules)
    return Places(points, slots[1::2], slots[::2])


def _is_of(span: Span, kind: type) -> bool:
    return type(span[0] if span[0] is not None else span[1]) is kind


def _slots(span: Span, place: dict[Any, int], count: int) -> tuple[int, int]:
    """The slots from the first to behind the last; even ones lie between two points, odd ones are points."""
    low, high, low_included, high_included = span
    first = 0 if low is None else 2 * place[low] + (1 if low_included else 2)
    last = 2 * count + 1 if high is None else 2 * place[high] + (2 if high_included else 1)
    return first, max(first, last)


def _union(stretches: list[tuple[int, int]], negated: bool, end: int) -> list[tuple[int, int]]:
    """Stretches that do not overlap; with `negated` what they leave."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(stretches):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    if not negated:
        return merged
    edges = [0, *(edge for stretch in merged for edge in stretch), end]
    return list(zip(edges[::2], edges[1::2], strict=True))
