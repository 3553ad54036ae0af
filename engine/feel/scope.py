"""Where a name finds its value while an expression runs; no parsing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.feel.limits import Run

MISSING: Any = object()


class Scope:
    """Names and values, inner before outer; belongs to one `Run`."""

    __slots__ = ("outer", "run", "values")

    def __init__(self, values: Mapping[str, Any], run: Run, outer: Scope | None = None) -> None:
        self.values, self.run, self.outer = values, run, outer

    def inner(self, values: Mapping[str, Any]) -> Scope:
        return Scope(values, self.run, self)

    def find(self, name: str) -> Any:
        """The value, or MISSING: null is a value."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.outer
        return MISSING
