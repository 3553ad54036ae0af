"""Cells of decision tables and the right side of `in`: tests of one value, with short cuts for the plain ones."""

from __future__ import annotations

import operator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel import operators, tree
from engine.feel.values import Range

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.limits import Run
    from engine.feel.scope import Scope

    Code = Callable[[Scope], Any]
    Test = Callable[[Any, Scope], bool | None]
    Coder = Callable[[tree.Node], Code]

NATIVE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
PLAIN = (Decimal, str, bool)
STATEMENTS = (tree.Compare, tree.And, tree.Or, tree.In, tree.Between, tree.InstanceOf)


def cell_test(node: tree.Tests, code: Coder) -> Test:
    """A whole cell: one test holds, or with `not` none; the dash always holds."""
    found = [single_test(item, code) for item in node.items]
    if not found:
        return lambda _value, _scope: True
    one = found[0] if len(found) == 1 else _one_of(found)
    return _none_of(one) if node.negated else one


def _one_of(tests: list[Test]) -> Test:
    def verdict(value: Any, scope: Scope) -> bool | None:
        result: bool | None = False
        for test in tests:
            found = test(value, scope)
            if found is True:
                return True
            if found is None:
                result = None
        return result

    return verdict


def _none_of(test: Test) -> Test:
    def verdict(value: Any, scope: Scope) -> bool | None:
        found = test(value, scope)
        return None if found is None else not found

    return verdict


def single_test(node: tree.Node, code: Coder) -> Test:
    """One test of a value; what an expression yields is compared with it, unless it speaks of `?` itself."""
    if isinstance(node, tree.UnaryRange):
        return _compared(node, code)
    if isinstance(node, tree.Literal):
        return _constant("=", node.value)
    found = code(node)
    if isinstance(node, tree.RangeOf):
        return lambda value, scope: _inside(value, found(scope))
    if "?" in tree.names_in(node):
        return lambda value, scope: _boolean(found(scope.inner({"?": value})))
    states = isinstance(node, STATEMENTS)
    return lambda value, scope: _verdict(scope.run, value, found(scope.inner({"?": value})), states)


def _compared(node: tree.UnaryRange, code: Coder) -> Test:
    """`>= 60` and its like."""
    if isinstance(node.end, tree.Literal):
        return _constant(node.op, node.end.value)
    compare, end = operators.COMPARE[node.op], code(node.end)
    return lambda value, scope: compare(value, end(scope))


def _constant(op: str, constant: Any) -> Test:
    """A comparison with a literal; values of its own Python type need no further thought."""
    compare, native, kind = operators.COMPARE[op], NATIVE[op], type(constant)
    if kind not in PLAIN or (kind is bool and op not in ("=", "!=")):
        return lambda value, _scope: compare(value, constant)
    return lambda value, _scope: native(value, constant) if type(value) is kind else compare(value, constant)


def _inside(value: Any, interval: Range | None) -> bool | None:
    if interval is None:
        return None
    return operators.equals(value, interval) if isinstance(value, Range) else operators.contains(interval, value)


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _verdict(run: Run, value: Any, found: Any, states: bool) -> bool | None:
    """How a value fares against what a test's expression yields: a range, a list, a truth or an equal."""
    if states and (found is None or (isinstance(found, bool) and not isinstance(value, bool))):
        return found
    if isinstance(found, bool) and value is not None and not isinstance(value, bool):
        return found
    return fares(run, value, found)


def fares(run: Run, value: Any, found: Any) -> bool | None:
    """Inside a range, in a list or one of its ranges, or equal."""
    if isinstance(found, Range) and not isinstance(value, Range):
        return operators.contains(found, value)
    if isinstance(found, list):
        run.spend(len(found))
        same = operators.equals(value, found) if isinstance(value, list) else None
        return same is True or any(fares(run, value, item) is True for item in found)
    return operators.equals(value, found)
