"""What a table yields from the rules that matched: one function for each hit policy."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel.functions import BUILTINS
from engine.feel.operators import equals
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.feel.limits import Run

    Row = dict[str, Any]
    # The allowed values of each output in the order of their priority.
    Priorities = Sequence[tuple[str, Sequence[Any]]]
    Policy = Callable[[Run, Sequence[Row], Priorities], tuple[Any, Text | None]]

LETTERS = {
    "": "U",
    "UNIQUE": "U",
    "ANY": "A",
    "PRIORITY": "P",
    "FIRST": "F",
    "RULE ORDER": "R",
    "OUTPUT ORDER": "O",
    "COLLECT": "C",
}
SIGNS = {"": "", "SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}


def shown(row: Row) -> Any:
    """A row of one output is its value, of several a context."""
    return next(iter(row.values())) if len(row) == 1 else row


def unique(_run: Run, rows: Sequence[Row], _priorities: Priorities) -> tuple[Any, Text | None]:
    if len(rows) > 1:
        return None, Text(
            f"有 {len(rows)} 条规则同时成立，而命中策略 U 只允许一条",
            f"{len(rows)} rules match where hit policy U allows one",
        )
    return shown(rows[0]), None


def any_one(_run: Run, rows: Sequence[Row], _priorities: Priorities) -> tuple[Any, Text | None]:
    if any(equals(shown(rows[0]), shown(row)) is not True for row in rows[1:]):
        return None, Text("成立的规则输出不一致，而命中策略为 A", "the matching rules differ where hit policy is A")
    return shown(rows[0]), None


def first(_run: Run, rows: Sequence[Row], _priorities: Priorities) -> tuple[Any, Text | None]:
    return shown(rows[0]), None


def priority(run: Run, rows: Sequence[Row], priorities: Priorities) -> tuple[Any, Text | None]:
    return output_order(run, rows, priorities)[0][0], None


def rule_order(_run: Run, rows: Sequence[Row], _priorities: Priorities) -> tuple[Any, Text | None]:
    return [shown(row) for row in rows], None


def output_order(_run: Run, rows: Sequence[Row], priorities: Priorities) -> tuple[Any, Text | None]:
    ranked = sorted(rows, key=lambda row: [_rank(row[name], values) for name, values in priorities])
    return [shown(row) for row in ranked], None


def _rank(value: Any, values: Sequence[Any]) -> int:
    return next((rank for rank, known in enumerate(values) if equals(value, known) is True), len(values))


def count(_run: Run, rows: Sequence[Row], _priorities: Priorities) -> tuple[Any, Text | None]:
    return Decimal(len(rows)), None


def _by_function(name: str) -> Policy:
    def aggregate(run: Run, rows: Sequence[Row], _priorities: Priorities) -> tuple[Any, Text | None]:
        if rows and len(rows[0]) > 1:
            return {output: BUILTINS[name].call(run, [[row[output] for row in rows]]) for output in rows[0]}, None
        return BUILTINS[name].call(run, [[shown(row) for row in rows]]), None

    return aggregate


POLICIES: dict[str, Policy] = {
    "U": unique,
    "A": any_one,
    "P": priority,
    "F": first,
    "R": rule_order,
    "O": output_order,
    "C": rule_order,
    "C+": _by_function("sum"),
    "C<": _by_function("min"),
    "C>": _by_function("max"),
    "C#": count,
}
# What a table without default outputs yields when no rule matches; null for all others.
NOTHING: dict[str, Any] = {"C#": Decimal(0)}
