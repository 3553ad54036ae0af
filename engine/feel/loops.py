"""`for`, `some` and `every`: what they run over and what they gather."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel import dates, operators
from engine.feel.limits import MAX_LIST, too_long
from engine.feel.numbers import whole
from engine.feel.values import FarDate, Range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.feel.limits import Run
    from engine.feel.scope import Scope

    Code = Callable[[Scope], Any]
    Iteration = tuple[str, Code, Code | None]


class NothingToLoopError(Exception):
    """A source is null or has no order; the whole loop is null."""


def for_code(iterations: Sequence[Iteration], body: Code) -> Code:
    """A list of what the body yields; the body may read the results so far as `partial`."""

    def loop(scope: Scope) -> Any:
        partial: list[Any] = []
        try:
            for inner in combinations(scope.inner({"partial": partial}), iterations, 0):
                partial.append(body(inner))  # noqa: PERF401 - the body reads what has been gathered so far
        except NothingToLoopError:
            return None
        return scope.run.sized_list(partial)

    return loop


def quantified_code(iterations: Sequence[Iteration], body: Code, *, every: bool) -> Code:
    def verdict(scope: Scope) -> bool | None:
        try:
            found = [body(inner) for inner in combinations(scope, iterations, 0)]
        except NothingToLoopError:
            return None
        return operators.conjunction(found) if every else operators.disjunction(found)

    return verdict


def combinations(scope: Scope, iterations: Sequence[Iteration], at: int) -> Iterator[Scope]:
    """One scope for each combination of the variables; a later source may use the earlier variables."""
    if at == len(iterations):
        yield scope
        return
    name, source, end = iterations[at]
    for value in values_of(scope.run, source(scope), end(scope) if end else None, end is not None):
        scope.run.spend()
        yield from combinations(scope.inner({name: value}), iterations, at + 1)


def values_of(run: Run, source: Any, end: Any, bounded: bool) -> Sequence[Any]:
    """What one variable runs over."""
    if bounded:
        return span(run, source, end)
    if isinstance(source, Range):
        return _inside(run, source)
    if source is None:
        run.null("循环的来源为空", "the loop's source is null")
        raise NothingToLoopError
    return source if isinstance(source, list) else [source]


def _inside(run: Run, source: Range) -> Sequence[Any]:
    if source.low is None or source.high is None or operators.less(source.high, source.low) is not False:
        raise NothingToLoopError
    found = span(run, source.low, source.high)
    start = 0 if source.low_included else 1
    return found[start : len(found) if source.high_included else -1]


def span(run: Run, start: Any, end: Any) -> Sequence[Any]:
    """From start to end, both included, upwards or downwards, over whole numbers or days."""
    if isinstance(start, Decimal) and isinstance(end, Decimal):
        first, last = whole(start), whole(end)
        if first is not None and last is not None:
            return [Decimal(number) for number in _steps(first, last)]
    if isinstance(start, (dt.date, FarDate)) and isinstance(end, (dt.date, FarDate)):
        return [dates.from_ordinal(number) for number in _steps(dates.ordinal(start), dates.ordinal(end))]
    run.null("范围无法逐一列举", "the range cannot be counted through")
    raise NothingToLoopError


def _steps(first: int, last: int) -> range:
    if abs(last - first) >= MAX_LIST:
        raise too_long()
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)
