"""The values of a table's column sorted by which of its cells they satisfy: what checks and near misses reason over.

A column has endless values but few regions, because only the values that its cells mention can tell one from another.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from engine.decisions.items import permitted
from engine.errors import FeelError
from engine.feel import dates, tree
from engine.feel.compile import Compiler
from engine.feel.functions import BUILTINS
from engine.feel.operators import ORDER_KEYS, equals, kind_of, order
from engine.feel.scope import MISSING
from engine.feel.values import NANOSECONDS, DateTime, DaysTime, Range, Time, YearsMonths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from engine.decisions.tables import InputColumn, Rule, Table
    from engine.feel.expression import Expression
    from engine.feel.limits import Run
    from engine.feel.scope import Scope

MAX_TESTS = 100_000
FEW = 30
TESTS_A_STEP = 4
COUNTS = ("count", "string length")
ANOTHER = "…"


@dataclass(frozen=True, slots=True)
class Region:
    """Values that no cell of the column tells apart: `example` is one of them, `holds` the rules that accept it as bits."""

    example: Any
    holds: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its regions, and as bits the rules whose cell is known only in part.

    `partial`: what it accepts is not exhausted by the regions (`matches(?, …)`); `unknown`: it depends on what is not
    known here. Null is a region only where a cell speaks of it; `null` are the rules that accept it.
    """

    regions: tuple[Region, ...]
    partial: int
    unknown: int
    null: int


class TooLargeError(Exception):
    """The table has more cells and values than are looked at."""


def columns(table: Table, scope: Scope, current: Sequence[Any] | None = None, limit: int = MAX_TESTS) -> list[Column]:
    """The columns of a table; `current` are values that are regions in any case. Raises TooLargeError."""
    work = Work(limit, scope.run)
    found = []
    for at, column in enumerate(table.inputs):
        cells = _cells(table.rules, at)
        values = _values(column, list(cells), scope, current[at : at + 1] if current else ())
        found.append(_column(cells, values, scope, work))
    return found


class Work:
    """How many cells and values are still looked at; the run pays too, for there may be many tables."""

    def __init__(self, limit: int, run: Run) -> None:
        self.left, self.run = limit, run

    def spend(self, tests: int) -> None:
        self.left -= tests
        self.run.spend(tests // TESTS_A_STEP + 1)
        if self.left < 0:
            raise TooLargeError


def _cells(rules: Sequence[Rule], at: int) -> dict[Expression, int]:
    """The different cells of a column and the rules that have them, as bits."""
    found: dict[str, tuple[Expression, int]] = {}
    for number, rule in enumerate(rules):
        if at < len(rule.cells):
            cell, bits = found.get(rule.cells[at].text, (rule.cells[at], 0))
            found[cell.text] = (cell, bits | 1 << number)
    return dict(found.values())


def _column(cells: dict[Expression, int], values: Sequence[Any], scope: Scope, work: Work) -> Column:
    partial = unknown = null = 0
    holds = [0] * len(values)
    line = Line(values)
    for cell, bits in cells.items():
        if _is_unknown(cell, scope):
            unknown |= bits
            continue
        if any(_asks(item) for item in _items(cell)):
            partial |= bits
        null |= bits if _holds(cell, None, scope) else 0
        for at in line.accepted(cell, scope, work):
            holds[at] |= bits
    regions: dict[int, Region] = {}
    for value, rules in zip(values, holds, strict=True):
        regions.setdefault(rules, Region(value, rules))
    return Column(tuple(regions.values()), partial, unknown, null)


class Line:
    """A column's values in their order, where they have one: the values in a range are then found without trying all."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values
        kinds = {kind_of(value) for value in values}
        self.is_ordered = len(kinds) == 1 and kinds <= ORDER_KEYS.keys() and len(values) > FEW
        self.places = sorted(range(len(values)), key=lambda at: _Ordered(values[at])) if self.is_ordered else []
        self.line = [_Ordered(values[at]) for at in self.places]

    def accepted(self, cell: Expression, scope: Scope, work: Work) -> Iterable[int]:
        """The places of the values that the cell accepts."""
        if not _items(cell):
            return range(len(self.values))
        ranges = self.ranges(cell, scope) if self.is_ordered else None
        if ranges is None:
            work.spend(len(self.values))
            return [at for at, value in enumerate(self.values) if _holds(cell, value, scope)]
        found = {self.places[at] for span in ranges for at in span}
        work.spend(len(found) // 10 + 1)
        return found

    def ranges(self, cell: Expression, scope: Scope) -> list[range] | None:
        """The stretches of the line that a cell of plain values and ranges accepts; None for any other cell."""
        items = _items(cell)
        if not all(isinstance(item, tree.Literal | tree.RangeOf | tree.UnaryRange) for item in items):
            return None
        found = [Compiler({}).code(item)(scope) for item in items]
        spans = [self.span(value if isinstance(value, Range) else Range(value, value, True, True)) for value in found]
        if (isinstance(cell.node, tree.Tests) and cell.node.negated) or None in spans:
            return None
        return [span for span in spans if span is not None]

    def span(self, value: Range) -> range | None:
        ends = [end for end in (value.low, value.high) if end is not None]
        if not ends or any(kind_of(end) != kind_of(self.line[0].value) for end in ends):
            return None
        low, high = 0, len(self.line)
        if value.low is not None:
            low = (bisect_left if value.low_included else bisect_right)(self.line, _Ordered(value.low))
        if value.high is not None:
            high = (bisect_right if value.high_included else bisect_left)(self.line, _Ordered(value.high))
        return range(low, high)


def _holds(cell: Expression, value: Any, scope: Scope) -> bool:
    assert cell.test is not None
    try:
        return cell.test(value, scope.inner({"?": value})) is True
    except FeelError:
        return False


def _items(cell: Expression) -> tuple[tree.Node, ...]:
    return cell.node.items if isinstance(cell.node, tree.Tests) else ()


def _asks(item: tree.Node) -> bool:
    """Whether a test is more than a comparison with values: it speaks of `?` itself."""
    return "?" in tree.names_in(item)


def _is_unknown(cell: Expression, scope: Scope) -> bool:
    names = set(tree.names_in(cell.node)) - {"?"} - BUILTINS.keys()
    return any(scope.find(name) is MISSING for name in names)


# -- the values that can tell something


def _values(column: InputColumn, cells: list[Expression], scope: Scope, current: Sequence[Any]) -> list[Any]:
    """One value of every region; the mentioned ones first, since they make the better examples."""
    mentioned = [value for cell in cells for value in _mentioned(cell, scope)]
    if column.allowed is not None:
        mentioned += _mentioned(column.allowed, scope)
    kinds = {kind_of(value) for value in mentioned if value is not None}
    if column.kind.name in NEIGHBOURS:
        kinds = {column.kind.name}
    whole = _counts(column)
    found = [*current]
    for kind in sorted(kinds):
        same = sorted_values([value for value in mentioned if kind_of(value) == kind])
        found += [*same, *NEIGHBOURS.get(kind, _none)(same)]
    if whole:
        found = [*current, *(value for value in found if _is_count(value))]
    if any(value is None for value in mentioned):
        found.append(None)
    allowed = column.allowed
    if allowed is not None:
        found = [value for value in found if value is None or permitted(allowed, value)]
    return found or [None]


def _mentioned(cell: Expression, scope: Scope) -> Iterator[Any]:
    for item in _items(cell):
        if _asks(item):
            yield from (node.value for node in _literals(item))
        elif not _is_unknown(cell, scope):
            yield from _ends(item, scope)


def _ends(item: tree.Node, scope: Scope) -> Iterator[Any]:
    node = item.end if isinstance(item, tree.UnaryRange) else item
    try:
        found = Compiler({}).code(node)(scope)
    except FeelError:
        return
    for value in found if isinstance(found, list) else [found]:
        yield from (end for end in (value.low, value.high) if end is not None) if isinstance(value, Range) else [value]


def _literals(root: object) -> Iterator[tree.Literal]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tree.Literal):
            yield node
        elif isinstance(node, tuple):
            waiting.extend(node)
        elif is_dataclass(node) and not isinstance(node, type) and type(node).__module__ == tree.__name__:
            waiting.extend(getattr(node, field.name) for field in fields(node))


def _counts(column: InputColumn) -> bool:
    """Whether the column can only hold 0, 1, 2 and so on."""
    node = column.asked.node if column.asked is not None else None
    return isinstance(node, tree.Call) and isinstance(node.target, tree.Name) and node.target.name in COUNTS


def _is_count(value: Any) -> bool:
    return isinstance(value, Decimal) and value >= 0 and value == value.to_integral_value()


def sorted_values(values: Sequence[Any]) -> list[Any]:
    """Each value once, in order where there is one."""
    unique: list[Any] = []
    seen: set[Any] = set()
    for value in values:
        try:
            if value not in seen:
                seen.add(value)
                unique.append(value)
        except TypeError:
            if not any(equals(value, other) is True for other in unique):
                unique.append(value)
    return sorted(unique, key=_Ordered)


@dataclass(frozen=True, slots=True)
class _Ordered:
    value: Any

    def __lt__(self, other: _Ordered) -> bool:
        return order(self.value, other.value) == -1


def _none(_values: list[Any]) -> list[Any]:
    return []


def _numbers(values: list[Any]) -> list[Any]:
    between = [(low + high) / 2 for low, high in pairwise(values)]
    whole = [value + step for value in values for step in (-1, 1)]
    return [*whole, *between] if values else [Decimal(0)]


def _days(values: list[Any]) -> list[Any]:
    near = [dates.from_ordinal(dates.ordinal(value) + step) for value in values for step in (-1, 1)]
    return [day for day in near if day is not None] or [dt.date(2000, 1, 1)]


def _moments(values: list[Any]) -> list[Any]:
    steps = [DaysTime(sign * size) for size in (NANOSECONDS, 1) for sign in (-1, 1)]
    near = [dates.shift(value, step.nanoseconds) for value in values for step in steps]
    return [moment for moment in near if moment is not None] or [DateTime(dt.date(2000, 1, 1), dates.MIDNIGHT)]


def _times(values: list[Any]) -> list[Any]:
    steps = (-NANOSECONDS, NANOSECONDS, -1, 1)
    near = [dates.make_time(dates.time_nanoseconds(value) + step, value) for value in values for step in steps]
    return [dates.make_time(0, Time(0, 0, 0)), *near]


def _months(values: list[Any]) -> list[Any]:
    return [YearsMonths(value.months + step) for value in values for step in (-1, 1)] or [YearsMonths(0)]


def _lengths(values: list[Any]) -> list[Any]:
    steps = [sign * size for size in (dates.DAY, 1) for sign in (-1, 1)]
    return [DaysTime(value.nanoseconds + step) for value in values for step in steps] or [DaysTime(0)]


def _texts(values: list[Any]) -> list[Any]:
    """Another text, and what lies between two in the order of texts."""
    return [ANOTHER, *(value + " " for value in values), ""]


NEIGHBOURS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "number": _numbers,
    "string": _texts,
    "boolean": lambda _values: [True, False],
    "date": _days,
    "date and time": _moments,
    "time": _times,
    "years and months duration": _months,
    "days and time duration": _lengths,
}
