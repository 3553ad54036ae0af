"""Decision tables: read once into closures, evaluated cell by cell, every verdict kept for the trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.decisions.evaluation import Evaluation, TableRecord
from engine.decisions.hit_policies import LETTERS, NOTHING, POLICIES, SIGNS, shown
from engine.decisions.index import Index, indexed
from engine.decisions.items import Restricted, permitted
from engine.decisions.xml import Element, attribute, child, children, text_of
from engine.errors import FeelError
from engine.feel import tree
from engine.feel.expression import parse
from engine.feel.kinds import ANY, ContextType, Type
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.decisions.boxed import Builder
    from engine.feel.expression import Expression
    from engine.feel.scope import Scope

    Code = Callable[[Scope], Any]
    Test = Callable[[Any, Scope], bool | None]


@dataclass(frozen=True, slots=True)
class InputColumn:
    """What a column asks; `allowed` are its input values."""

    label: str
    text: str
    asked: Expression | None
    code: Code
    kind: Type
    allowed: Expression | None


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """What a column answers; `ranked` are its allowed values in the order of priority.

    `kind` converts what a rule says; `declared` is the type that the author gave, which for a lone output converts later.
    """

    name: str
    kind: Type
    declared: Type
    allowed: Expression | None
    ranked: tuple[Any, ...]
    default: Code | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: cells as written and compiled, outputs (None where nothing stands), annotations by column name."""

    id: str
    texts: tuple[str, ...]
    cells: tuple[Expression, ...]
    tests: tuple[Test, ...]
    results: tuple[Expression | None, ...]
    outputs: tuple[Code, ...]
    annotations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A compiled decision table."""

    id: str
    name: str
    hit_policy: str
    inputs: tuple[InputColumn, ...]
    outputs: tuple[OutputColumn, ...]
    rules: tuple[Rule, ...]
    priorities: tuple[tuple[str, tuple[Any, ...]], ...]
    indexes: tuple[Index, ...]

    def __call__(self, scope: Scope) -> Any:
        """The table's value; what it saw goes to the evaluation's record."""
        values = [column.kind.coerce(column.code(scope)) for column in self.inputs]
        problem = self._forbidden(values)
        if problem is not None:
            return self._done(scope, values, False, {}, (None, problem))
        outputs = {at: self._row(self.rules[at], scope) for at in self.hits(values, scope)}
        return self._done(scope, values, True, outputs, self._result(scope, list(outputs.values())))

    def hits(self, values: Sequence[Any], scope: Scope) -> list[int]:
        """The rules that match and that the hit policy looks at, in their order."""
        left = (1 << len(self.rules)) - 1
        for index, value in zip(self.indexes, values, strict=True):
            left &= index.rules(value, scope)
            if not left:
                return []
        scopes: list[Scope | None] = [None] * len(values)
        found = []
        while left:
            low = left & -left
            left ^= low
            at = low.bit_length() - 1
            if self._holds(at, low, values, scope, scopes):
                found.append(at)
                if self.hit_policy == "F":
                    break
        return found

    def _holds(self, at: int, bit: int, values: Sequence[Any], scope: Scope, scopes: list[Scope | None]) -> bool:
        """Whether the cells of a rule hold that could not be looked up."""
        tests = self.rules[at].tests
        for column, index in enumerate(self.indexes):
            if index.open & bit:
                inner = scopes[column]
                if inner is None:
                    inner = scopes[column] = scope.inner({"?": values[column]})
                if tests[column](values[column], inner) is not True:
                    return False
        return True

    def verdicts(self, values: Sequence[Any], scope: Scope) -> list[list[bool | None]]:
        """Every cell of every rule, for the trace; a cell that breaks a limit has no verdict."""
        scopes = [scope.inner({"?": value}) for value in values]
        return [
            [_verdict(test, value, inner) for test, value, inner in zip(rule.tests, values, scopes, strict=True)]
            for rule in self.rules
        ]

    def _forbidden(self, values: Sequence[Any]) -> Text | None:
        for column, value in zip(self.inputs, values, strict=True):
            if column.allowed is not None and value is not None and not permitted(column.allowed, value):
                return Text(
                    f"{column.label} 的值不在允许范围 {column.allowed.text}",
                    f"{column.label} is not one of {column.allowed.text}",
                )
        return None

    def _row(self, rule: Rule, scope: Scope) -> dict[str, Any]:
        return {
            column.name: column.kind.coerce(code(scope))
            for column, code in zip(self.outputs, rule.outputs, strict=True)
        }

    def _result(self, scope: Scope, rows: list[dict[str, Any]]) -> tuple[Any, Text | None]:
        if rows:
            return POLICIES[self.hit_policy](scope.run, rows, self.priorities)
        if any(column.default is not None for column in self.outputs):
            defaults = {column.name: column.default(scope) if column.default else None for column in self.outputs}
            return shown(defaults), None
        return NOTHING.get(self.hit_policy), None

    def _done(
        self,
        scope: Scope,
        values: Sequence[Any],
        is_judged: bool,
        outputs: dict[int, dict[str, Any]],
        result: tuple[Any, Text | None],
    ) -> Any:
        run, (value, problem) = scope.run, result
        if problem is not None:
            run.null(f"{self.name}：{problem.zh}", f"{self.name}: {problem.en}")
        if isinstance(run, Evaluation):
            run.record(TableRecord(self, scope, values, is_judged, outputs, value, problem, run.asked()))
        return value


def _verdict(test: Test, value: Any, scope: Scope) -> bool | None:
    try:
        return test(value, scope)
    except FeelError:
        return None


class TableReader:
    """Reads one `decisionTable` element."""

    def __init__(self, builder: Builder, element: Element, names: frozenset[str], owner: tuple[str, str, Type]) -> None:
        self.builder, self.element, self.names = builder, element, names
        self.id, self.name, self.kind = owner
        self.columns = [attribute(column, "name") for column in children(element, "annotation")]

    def read(self) -> Table:
        inputs = tuple(self.input(column) for column in children(self.element, "input"))
        outputs = self.outputs()
        rules = tuple(self.rule(rule, len(inputs), len(outputs)) for rule in children(self.element, "rule"))
        priorities = tuple((column.name, column.ranked) for column in outputs if column.ranked)
        table = Table(
            self.id, self.name, self.hit_policy(), inputs, outputs, rules, priorities, self.indexes(rules, len(inputs))
        )
        self.builder.tables.append(table)
        return table

    @staticmethod
    def indexes(rules: Sequence[Rule], count: int) -> tuple[Index, ...]:
        broken = parse("null", unary=True)  # a rule that was read in spite of its errors never matches
        return tuple(indexed([rule.cells[at] if rule.cells else broken for rule in rules]) for at in range(count))

    def hit_policy(self) -> str:
        letter = LETTERS.get(attribute(self.element, "hitPolicy"))
        sign = SIGNS.get(attribute(self.element, "aggregation"))
        if letter is None or sign is None:
            self.builder.complain(self.element, "未知的命中策略", "unknown hit policy or aggregation")
            return "U"
        return letter + (sign if letter == "C" else "")

    def input(self, column: Element) -> InputColumn:
        expression = child(column, "inputExpression")
        text = text_of(expression) or ""
        asked = None if expression is None else self.builder.read(expression, self.names)
        code = self.builder.nothing if asked is None else asked.code
        allowed = self.allowed(child(column, "inputValues"))
        label = attribute(column, "label") or " ".join(text.split())
        return InputColumn(label, text, asked, code, self.builder.items.of(expression), allowed)

    def allowed(self, element: Element | None) -> Expression | None:
        return None if element is None else self.builder.cell(element, self.names)

    def outputs(self) -> tuple[OutputColumn, ...]:
        columns = list(children(self.element, "output"))
        return tuple(self.output(column, alone=len(columns) == 1) for column in columns)

    def output(self, column: Element, *, alone: bool) -> OutputColumn:
        name = attribute(column, "name") or attribute(column, "label")
        kind = self.builder.items.of(column)
        if kind is ANY:
            kind = self.kind if alone else self.component(name)
        values = self.allowed(child(column, "outputValues")) or (kind.allowed if isinstance(kind, Restricted) else None)
        default = child(column, "defaultOutputEntry")
        code = None if text_of(default) is None or default is None else self.builder.literal(default, self.names)
        return OutputColumn(name, ANY if alone else kind, kind, values, ranked(values), code)

    def component(self, name: str) -> Type:
        return dict(self.kind.entries).get(name, ANY) if isinstance(self.kind, ContextType) else ANY

    def rule(self, rule: Element, inputs: int, outputs: int) -> Rule:
        cells = list(children(rule, "inputEntry"))
        results = list(children(rule, "outputEntry"))
        if len(cells) != inputs or len(results) != outputs:
            self.builder.complain(rule, "规则的单元格数与列数不符", "the rule has not one cell for each column")
            return Rule(attribute(rule, "id"), (), (), (), (), (), ())
        expressions = [self.builder.cell(cell, self.names | {"?"}) for cell in cells]
        found = tuple(self.builder.read(result, self.names) for result in results)
        return Rule(
            attribute(rule, "id"),
            tuple((text_of(cell) or "-").strip() for cell in cells),
            tuple(expressions),
            tuple(expression.test for expression in expressions if expression.test is not None),
            found,
            tuple(self.builder.nothing if result is None else result.code for result in found),
            self.annotations(rule),
        )

    def annotations(self, rule: Element) -> tuple[tuple[str, str], ...]:
        """The annotation columns, and the description where the modeler keeps its own."""
        names = self.columns
        texts = [(text_of(entry) or "").strip() for entry in children(rule, "annotationEntry")]
        description = child(rule, "description")
        found = [
            (name or f"annotation {at}", text) for at, (name, text) in enumerate(zip(names, texts, strict=False), 1)
        ]
        if description is not None and description.text and description.text.strip():
            found.append(("description", description.text.strip()))
        return tuple(found)


def ranked(allowed: Expression | None) -> tuple[Any, ...]:
    """The listed values in their order, which is their priority; ranges and tests have none."""
    if allowed is None or not isinstance(allowed.node, tree.Tests):
        return ()
    return tuple(item.value for item in allowed.node.items if isinstance(item, tree.Literal))
