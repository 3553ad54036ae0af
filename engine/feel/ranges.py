"""Making ranges from their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.feel.operators import order
from engine.feel.values import Range

if TYPE_CHECKING:
    from engine.feel.limits import Run


def range_of(run: Run, low: Any, high: Any, low_included: bool, high_included: bool) -> Range | None:
    """A range with both ends; null when an end is null, or the ends have no order or the wrong one."""
    found = order(low, high)
    if found is None or found > 0:
        run.null("范围的两端不成顺序", "the ends of the range are not in order")
        return None
    return Range(low, high, low_included, high_included)


def unary_range(op: str, end: Any) -> Any:
    """`(< 5)` as a value."""
    if end is None and op not in ("=", "!="):
        return None
    shapes = {
        "<": Range(None, end, False, False),
        "<=": Range(None, end, False, True),
        ">": Range(end, None, False, False),
        ">=": Range(end, None, True, False),
        "=": Range(end, end, True, True),
    }
    return shapes.get(op)
