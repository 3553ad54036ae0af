"""Built-in functions that reduce a list of numbers to one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel.functions import feel
from engine.feel.numbers import CONTEXT, finite
from engine.feel.operators import arithmetic

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.limits import Run

LEAST_FOR_DEVIATION = 2


def numbers(name: str) -> Callable[[Callable[[Run, list[Decimal]], Any]], Callable[..., Any]]:
    """Register for `f([1, 2])` and `f(1, 2)`; anything but numbers gives null."""

    def register(body: Callable[[Run, list[Decimal]], Any]) -> Callable[..., Any]:
        def call(run: Run, items: list[Any]) -> Any:
            run.spend(len(items))
            return body(run, items) if all(isinstance(item, Decimal) for item in items) else None

        feel(f"{name}(list: list)")(call)
        return feel(f"{name}(values: any...)")(lambda run, *items: call(run, list(items)))

    return register


def total(items: list[Decimal]) -> Decimal:
    result = Decimal(0)
    for item in items:
        result = CONTEXT.add(result, item)
    return result


def _sum(run: Run, items: list[Any]) -> Any:
    """Numbers, or durations of one kind."""
    run.spend(len(items))
    result = items[0] if items else None
    if isinstance(result, str):
        return None
    for item in items[1:]:
        result = arithmetic(run, "+", result, item)
    return result if isinstance(result, Decimal) or len(items) > 1 or arithmetic(run, "+", result, result) else None


feel("sum(list: list)")(_sum)
feel("sum(values: any...)")(lambda run, *items: _sum(run, list(items)))


@numbers("mean")
def mean(_run: Run, items: list[Decimal]) -> Decimal | None:
    return finite(CONTEXT.divide(total(items), Decimal(len(items)))) if items else None


@numbers("product")
def product(_run: Run, items: list[Decimal]) -> Decimal | None:
    result = Decimal(1)
    for item in items:
        result = CONTEXT.multiply(result, item)
    return finite(result) if items else None


@numbers("median")
def median(_run: Run, items: list[Decimal]) -> Decimal | None:
    if not items:
        return None
    ranked, middle = sorted(items), len(items) // 2
    if len(items) % 2:
        return ranked[middle]
    return CONTEXT.divide(CONTEXT.add(ranked[middle - 1], ranked[middle]), Decimal(2))


@numbers("stddev")
def stddev(run: Run, items: list[Decimal]) -> Decimal | None:
    """Of a sample."""
    if len(items) < LEAST_FOR_DEVIATION:
        return None
    average = mean(run, *items)
    squares = [CONTEXT.power(CONTEXT.subtract(item, average), Decimal(2)) for item in items]
    return finite(CONTEXT.sqrt(CONTEXT.divide(total(squares), Decimal(len(items) - 1))))


@numbers("mode")
def mode(_run: Run, items: list[Decimal]) -> list[Decimal]:
    """The most frequent numbers, ascending."""
    counts: dict[Decimal, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(item for item, times in counts.items() if times == most)
