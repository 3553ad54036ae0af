"""`parse` and the `Expression` that it yields: the whole of FEEL as the rest of the house sees it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.errors import FeelError
from engine.feel import (
    builtins_camunda,
    builtins_context,
    builtins_list,
    builtins_number,
    builtins_range,
    builtins_statistics,
    builtins_text,
    builtins_time,
    tree,
)
from engine.feel.compile import Compiler
from engine.feel.functions import BUILTINS
from engine.feel.grammar import Parser
from engine.feel.json import from_json, measured
from engine.feel.lexer import place_of
from engine.feel.limits import Run
from engine.feel.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from engine.feel.kinds import Type
    from forms.text import Text

LIBRARIES = (
    builtins_camunda,
    builtins_context,
    builtins_list,
    builtins_number,
    builtins_range,
    builtins_statistics,
    builtins_text,
    builtins_time,
)


class Expression:
    """A parsed expression or cell; immutable and safe to share between threads.

    `free_names` are the names that neither the expression nor FEEL nor the host's functions define.
    """

    __slots__ = ("_mentioned", "_starts", "code", "free_names", "node", "test", "text")

    def __init__(self, text: str, node: tree.Node, free: Mapping[str, int], types: Mapping[str, Type]) -> None:
        compiler = Compiler(types)
        self.text, self.node, self.free_names, self._starts = text, node, frozenset(free), free
        self.code = compiler.code(node)
        self.test = compiler.tests(node) if isinstance(node, tree.Tests) else None
        self._mentioned = frozenset(tree.names_in(node)) | ({"?"} if self.test else set())

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def place_of(self, name: str) -> tuple[int, int]:
        """Line and column where a free name first stands, both from 1."""
        return place_of(self.text, self._starts[name])

    def evaluate(
        self,
        context: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]] | None = None,
        *,
        warnings: list[Text] | None = None,
    ) -> Any:
        """The value; null where FEEL says so, with the reason in `warnings`. Raises FeelError at a limit only."""
        run = Run(functions, warnings)
        values = {name: from_json(context[name]) for name in self._mentioned if name in context}
        return guarded(self.code, Scope(values, run))


def guarded(code: Callable[[Scope], Any], scope: Scope) -> Any:
    """Python's own depth limit is the last guard behind ours."""
    try:
        return measured(code(scope))
    except RecursionError:
        raise too_deep() from None


def too_deep() -> FeelError:
    return FeelError("表达式嵌套或递归过深", "the expression is nested or recurses too deep")


def parse(
    text: str,
    *,
    unary: bool = False,
    names: Collection[str] = (),
    functions: Collection[str] = (),
    types: Mapping[str, Type] | None = None,
    properties: Collection[str] = (),
) -> Expression:
    """Parse an expression, or with `unary` a cell; `names` are variables in scope, `functions` the host's.

    `types` are a model's named types, `properties` names of several words that entries of contexts may have.
    Raises FeelError with line, column, what was expected and what was found.
    """
    known = (frozenset(names), frozenset(functions), frozenset(properties))
    return _parsed(text, unary, *known, types) if types else _cached(text, unary, *known)


@lru_cache(maxsize=2048)
def _cached(
    text: str, unary: bool, names: frozenset[str], functions: frozenset[str], properties: frozenset[str]
) -> Expression:
    return _parsed(text, unary, names, functions, properties, {})


def _parsed(
    text: str,
    unary: bool,
    names: frozenset[str],
    functions: frozenset[str],
    properties: frozenset[str],
    types: Mapping[str, Type],
) -> Expression:
    try:
        builtin = functions | BUILTINS.keys() | ({"?"} if unary else set())
        parser = Parser(text, names, builtin, frozenset(types), properties)
        node = parser.whole_tests() if unary else parser.whole_expression()
        return Expression(text, node, parser.free, types)
    except RecursionError:
        raise too_deep() from None
