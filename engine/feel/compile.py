"""A tree turned into Python closures, once: evaluating is then only calling. Loops, paths and tests have own files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.feel import operators, tree
from engine.feel.cells import cell_test, single_test
from engine.feel.functions import BUILTINS, Closure, HostFunction
from engine.feel.kinds import ANY, Type, inferred, resolve
from engine.feel.loops import for_code, quantified_code
from engine.feel.paths import filtered, property_of
from engine.feel.ranges import range_of, unary_range
from engine.feel.scope import MISSING, Scope
from engine.feel.values import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.feel.limits import Run

    Code = Callable[[Scope], Any]
    Test = Callable[[Any, Scope], bool | None]


class Compiler:
    """Compiles the nodes of one expression; `types` are the named types of its model."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self.types = types

    def code(self, node: tree.Node) -> Code:
        compiled: Code = getattr(self, f"_{type(node).__name__.lower()}")(node)
        return compiled

    def codes(self, nodes: Sequence[tree.Node]) -> tuple[Code, ...]:
        return tuple(self.code(node) for node in nodes)

    # -- values

    def _literal(self, node: tree.Literal) -> Code:
        value = node.value
        return lambda _scope: value

    def _name(self, node: tree.Name) -> Code:
        name = node.name

        def find(scope: Scope) -> Any:
            value = scope.find(name)
            return _lent(name, scope.run) if value is MISSING else value

        return find

    def _listof(self, node: tree.ListOf) -> Code:
        items = self.codes(node.items)
        return lambda scope: scope.run.sized_list([item(scope) for item in items])

    def _contextof(self, node: tree.ContextOf) -> Code:
        entries = [(key, self.code(value)) for key, value in node.entries]

        def make(scope: Scope) -> dict[str, Any]:
            made: dict[str, Any] = {}
            inner = scope.inner(made)
            for key, value in entries:
                made[key] = value(inner)
            return made

        return make

    def _rangeof(self, node: tree.RangeOf) -> Code:
        low, high, ends = self.code(node.low), self.code(node.high), (node.low_included, node.high_included)
        return lambda scope: range_of(scope.run, low(scope), high(scope), *ends)

    def _unaryrange(self, node: tree.UnaryRange) -> Code:
        op, end = node.op, self.code(node.end)
        return lambda scope: unary_range(op, end(scope))

    def _functionof(self, node: tree.FunctionOf) -> Code:
        kinds = [(name, ANY if kind is None else resolve(kind, self.types) or ANY) for name, kind in node.parameters]
        if node.body is None:
            return lambda scope: scope.run.null("不支持外部函数", "external functions are refused")
        body, result = self.code(node.body), inferred(node.body)
        return lambda scope: Closure("function", kinds, body, scope, result)

    # -- operators

    def _chain(self, node: tree.Chain) -> Code:
        first, rest = self.code(node.first), [(op, self.code(operand)) for op, operand in node.rest]

        def compute(scope: Scope) -> Any:
            value = first(scope)
            for op, operand in rest:
                value = operators.arithmetic(scope.run, op, value, operand(scope))
            return value

        return compute

    def _negate(self, node: tree.Negate) -> Code:
        operand = self.code(node.operand)
        return lambda scope: operators.negated(operand(scope))

    def _compare(self, node: tree.Compare) -> Code:
        left, right, op = self.code(node.left), self.code(node.right), node.op
        compare = operators.COMPARE[op]

        def verdict(scope: Scope) -> bool | None:
            one, other = left(scope), right(scope)
            found = compare(one, other)
            if found is None:
                _incomparable(scope.run, op, one, other)
            return found

        return verdict

    def _and(self, node: tree.And) -> Code:
        return self._junction(node.items, decisive=False)

    def _or(self, node: tree.Or) -> Code:
        return self._junction(node.items, decisive=True)

    def _junction(self, nodes: Sequence[tree.Node], *, decisive: bool) -> Code:
        """Three-valued: one decisive value settles it; else null, unless all are the other boolean."""
        items = self.codes(nodes)

        def verdict(scope: Scope) -> bool | None:
            every = True
            for item in items:
                value: object = item(scope)
                if value is True or value is False:
                    if value is decisive:
                        return value
                else:
                    every = False
            return not decisive if every else None

        return verdict

    def _between(self, node: tree.Between) -> Code:
        value, low, high = self.codes((node.value, node.low, node.high))

        def verdict(scope: Scope) -> bool | None:
            found = value(scope)
            above = operators.less_or_equal(low(scope), found)
            below = operators.less_or_equal(found, high(scope))
            return operators.conjunction([above, below])

        return verdict

    def _in(self, node: tree.In) -> Code:
        value, tests = self.code(node.value), [single_test(test, self.code) for test in node.tests]

        def verdict(scope: Scope) -> bool | None:
            found = value(scope)
            return operators.disjunction([test(found, scope) for test in tests])

        return verdict

    def _instanceof(self, node: tree.InstanceOf) -> Code:
        value, kind, name = self.code(node.value), resolve(node.type, self.types), node.type.name
        if kind is None:
            return lambda scope: scope.run.null(f"没有类型 {name}", f"there is no type {name}")
        return lambda scope: kind.holds(value(scope))

    # -- control

    def _if(self, node: tree.If) -> Code:
        branches = [(self.code(condition), self.code(value)) for condition, value in node.branches]
        otherwise = self.code(node.otherwise)

        def choose(scope: Scope) -> Any:
            for condition, value in branches:
                if condition(scope) is True:
                    return value(scope)
            return otherwise(scope)

        return choose

    def _for(self, node: tree.For) -> Code:
        return for_code(self._iterations(node.iterations), self.code(node.body))

    def _quantified(self, node: tree.Quantified) -> Code:
        return quantified_code(self._iterations(node.iterations), self.code(node.body), every=node.every)

    def _iterations(self, nodes: Sequence[tree.Iteration]) -> list[tuple[str, Code, Code | None]]:
        return [(node.name, self.code(node.source), self.code(node.end) if node.end else None) for node in nodes]

    # -- calls, paths, filters

    def _call(self, node: tree.Call) -> Code:
        target, arguments = self.code(node.target), self.codes(node.arguments)

        def call(scope: Scope) -> Any:
            function = target(scope)
            if not isinstance(function, Function):
                return _not_callable(scope.run, node.target)
            return function.call(scope.run, [argument(scope) for argument in arguments])

        return call

    def _namedcall(self, node: tree.NamedCall) -> Code:
        target, arguments = self.code(node.target), [(name, self.code(value)) for name, value in node.arguments]

        def call(scope: Scope) -> Any:
            function = target(scope)
            if not isinstance(function, Function):
                return _not_callable(scope.run, node.target)
            return function.call_named(scope.run, {name: value(scope) for name, value in arguments})

        return call

    def _path(self, node: tree.Path) -> Code:
        base, name = self.code(node.base), node.name
        return lambda scope: property_of(scope.run, base(scope), name)

    def _filter(self, node: tree.Filter) -> Code:
        base, condition = self.code(node.base), self.code(node.condition)
        constant = node.condition.value if isinstance(node.condition, tree.Literal) else MISSING
        return lambda scope: filtered(scope, base(scope), condition, constant)

    def _tests(self, node: tree.Tests) -> Code:
        """Without a value to test, null passes: form-js hides a field whose condition is null, and so must we."""
        test = self.tests(node)

        def verdict(scope: Scope) -> bool | None:
            value = scope.find("?")
            if value is not MISSING:
                return test(value, scope)
            found = test(None, scope)
            return True if found is None else found

        return verdict

    def tests(self, node: tree.Tests) -> Test:
        """A whole cell as a function of the value that it tests."""
        return cell_test(node, self.code)


def _lent(name: str, run: Run) -> Any:
    """A name that no scope holds: the host's function, a built-in one, or null."""
    if name in BUILTINS and name not in run.functions:
        return BUILTINS[name]
    if name in BUILTINS and name in ("today", "now"):
        return BUILTINS[name]
    if name in run.functions:
        return HostFunction(name, run.functions[name])
    return run.null(f"没有名称 {name}", f"there is no {name}")


def _incomparable(run: Run, op: str, left: Any, right: Any) -> None:
    one, other = operators.kind_of(left), operators.kind_of(right)
    run.null(f"{one} {op} {other} 无法比较", f"{one} {op} {other} cannot be compared")


def _not_callable(run: Run, node: tree.Node) -> Any:
    name = node.name if isinstance(node, tree.Name) else "?"
    return run.null(f"{name} 不是函数", f"{name} is not a function")
