"""Why a condition does not hold: each comparison in it that fails, with what was held and needed and from which day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.decisions.foresight import first_day
from engine.decisions.wording import held, needed, sentence, speaks_for_itself
from engine.errors import FeelError
from engine.feel import from_json, tree
from engine.feel.compile import Compiler
from engine.feel.limits import Run
from engine.feel.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.feel import Expression
    from forms.text import Text

LOOKS = 5
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def reasons(
    expression: Expression, context: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None
) -> list[Text]:
    """A sentence for each comparison that keeps the condition from being true; none for what is no condition."""
    values = {name: from_json(value) for name, value in context.items()}
    found: list[Text] = []
    try:
        found.extend(Reasons(values, functions).of(expression.node))
    except FeelError:
        return found  # what is known before a limit is met is still true
    return found


class Reasons:
    """The comparisons of one expression over one context."""

    def __init__(self, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None) -> None:
        self.values, self.run = values, Run.afterwards(functions, LOOKS)

    def value(self, node: tree.Node, changed: Mapping[str, Any] | None = None) -> Any:
        return Compiler({}).code(node)(Scope({**self.values, **(changed or {})}, self.run))

    def of(self, node: tree.Node) -> Iterator[Text]:
        if isinstance(node, tree.And | tree.Or):
            for item in node.items if self.value(node) is not True else ():
                yield from self.of(item)
        elif (asked := _question(node)) is not None and self.value(node) is not True:
            yield self.sentence(node, *asked)

    def sentence(self, node: tree.Node, asked: tree.Node, test: tree.Node) -> Text:
        value = self.value(asked)
        label = "" if speaks_for_itself(test, value) else _label(asked)
        should = needed(test, self.value, _label(test))
        try:
            moved = first_day(self.values.items(), lambda name, day: self.value(node, {name: day}) is True)
        except FeelError:
            moved = None
        return sentence(label, held(value), should, moved)


def _question(node: tree.Node) -> tuple[tree.Node, tree.Node] | None:
    """What is compared, and the test that it is put to; the constant of a comparison is what is needed."""
    if isinstance(node, tree.Compare):
        if isinstance(node.left, tree.Literal) and not isinstance(node.right, tree.Literal):
            return node.right, tree.UnaryRange(TURNED[node.op], node.left)
        return node.left, tree.UnaryRange(node.op, node.right)
    if isinstance(node, tree.Between):
        return node.value, tree.RangeOf(node.low, node.high, low_included=True, high_included=True)
    if isinstance(node, tree.In):
        return node.value, tree.Tests(node.tests, negated=False)
    return None


def _label(node: tree.Node) -> str:
    """The name of what is compared, where it has one."""
    if isinstance(node, tree.Name):
        return node.name
    if isinstance(node, tree.Path):
        base = _label(node.base)
        return f"{base}.{node.name}" if base else node.name
    return ""
