"""Boxed expressions to closures: contexts, lists, relations, invocations, functions, conditions, loops and tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.decisions.suggestions import unknown_name
from engine.decisions.tables import TableReader
from engine.decisions.xml import Element, attribute, child, children, tag, text_of
from engine.errors import FeelError
from engine.feel.expression import Expression, parse
from engine.feel.functions import BUILTINS, Closure
from engine.feel.kinds import ANY, Type, inferred
from engine.feel.loops import for_code, quantified_code
from engine.feel.paths import filtered
from engine.feel.scope import MISSING, Scope
from engine.feel.values import Function

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.decisions.items import Items
    from engine.decisions.tables import Table

    Code = Callable[[Scope], Any]

EXPRESSIONS = (
    "literalExpression",
    "decisionTable",
    "context",
    "list",
    "relation",
    "invocation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
)
FEEL_LANGUAGES = ("", "feel")


@dataclass(frozen=True)
class Builder:
    """What every boxed expression of one model needs to be compiled; `complain` notes a problem and goes on."""

    items: Items
    types: dict[str, Type]
    functions: frozenset[str]
    properties: frozenset[str]
    elsewhere: frozenset[str]
    complain: Callable[[Element, str, str], None]
    tables: list[Table] = field(default_factory=list)

    @staticmethod
    def nothing(_scope: Scope) -> None:
        """An expression that is not there."""

    # -- FEEL

    def parsed(self, element: Element, text: str, names: frozenset[str], *, unary: bool) -> Expression | None:
        try:
            found = parse(
                text,
                unary=unary,
                names=names,
                functions=self.functions,
                types=self.types,
                properties=self.properties,
            )
        except FeelError as error:
            self.complain(element, f"{text.strip()}：{error.text.zh}", f"{text.strip()}: {error.text.en}")
            return None
        for name in sorted(found.free_names - names):
            problem = unknown_name(name, names | self.functions | BUILTINS.keys(), self.elsewhere)
            line, column = found.place_of(name)
            zh = f"{text.strip()}：第 {line} 行第 {column} 列：{problem.zh}"
            self.complain(element, zh, f"{text.strip()}: line {line}, column {column}: {problem.en}")
        return found

    def literal(self, element: Element, names: frozenset[str]) -> Code:
        found = self.read(element, names)
        return self.nothing if found is None else found.code

    def read(self, element: Element, names: frozenset[str]) -> Expression | None:
        """The expression that stands there; None if there is none or it is wrong, which is then a problem."""
        text = text_of(element)
        language = attribute(element, "expressionLanguage").rstrip("/").rsplit("/", 1)[-1].lower()
        if language not in FEEL_LANGUAGES:
            self.complain(element, f"不支持表达式语言 {language}", f"the language {language} is not supported")
            return None
        return None if text is None else self.parsed(element, text, names, unary=False)

    def cell(self, element: Element, names: frozenset[str]) -> Expression:
        found = self.parsed(element, text_of(element) or "-", names, unary=True)
        return found or parse("null", unary=True)

    # -- boxes

    def expression(
        self, element: Element | None, names: frozenset[str], owner: tuple[str, str, Type] = ("", "", ANY)
    ) -> Code:
        """The closure of a boxed expression; `owner` is id, name and type of what it defines, for the trace."""
        if element is None:
            return self.nothing
        if tag(element) == "decisionTable":
            return TableReader(self, element, names, (owner[0] or attribute(element, "id"), *owner[1:])).read()
        if tag(element) == "literalExpression":
            return self.literal(element, names)
        build: Callable[[Element, frozenset[str]], Code] = getattr(self, f"_{tag(element)}".lower())
        return build(element, names)

    def inside(
        self, element: Element | None, names: frozenset[str], owner: tuple[str, str, Type] = ("", "", ANY)
    ) -> Code:
        """The one expression that an element wraps."""
        return self.expression(None if element is None else child(element, *EXPRESSIONS), names, owner)

    def _context(self, element: Element, names: frozenset[str]) -> Code:
        entries: list[tuple[str | None, Type, Code]] = []
        for entry in children(element, "contextEntry"):
            variable = child(entry, "variable")
            name = None if variable is None else attribute(variable, "name")
            kind = self.items.of(variable)
            entries.append((name, kind, self.inside(entry, names, ("", name or "", kind))))
            names |= {name} if name else set()

        def make(scope: Scope) -> Any:
            made: dict[str, Any] = {}
            inner = scope.inner(made)
            for name, kind, code in entries:
                value = code(inner)
                if name is None:
                    return value
                made[name] = kind.coerce(value)
            return made

        return make

    def _list(self, element: Element, names: frozenset[str]) -> Code:
        codes = [self.expression(item, names) for item in children(element, *EXPRESSIONS)]
        return lambda scope: [code(scope) for code in codes]

    def _relation(self, element: Element, names: frozenset[str]) -> Code:
        columns = [attribute(column, "name") for column in children(element, "column")]
        rows = [
            [self.expression(item, names) for item in children(row, *EXPRESSIONS)] for row in children(element, "row")
        ]
        return lambda scope: [{name: code(scope) for name, code in zip(columns, row, strict=False)} for row in rows]

    def _invocation(self, element: Element, names: frozenset[str]) -> Code:
        target = self.inside(element, names)
        bindings = [
            (attribute(parameter, "name"), self.inside(binding, names))
            for binding in children(element, "binding")
            if (parameter := child(binding, "parameter")) is not None
        ]

        def call(scope: Scope) -> Any:
            function = target(scope)
            if not isinstance(function, Function):
                return scope.run.null("调用的不是函数", "what is invoked is not a function")
            return function.call_named(scope.run, {name: code(scope) for name, code in bindings})

        return call

    def _functiondefinition(self, element: Element, names: frozenset[str]) -> Code:
        parameters, body, result = self.function(element, names, ("", ""))
        return lambda scope: Closure("function", parameters, body, scope, result)

    def function(
        self, element: Element, names: frozenset[str], owner: tuple[str, str]
    ) -> tuple[list[tuple[str, Type]], Code, Type]:
        """Parameters, body and result type of a function definition; only FEEL bodies are run."""
        if attribute(element, "kind") not in ("", "FEEL"):
            kind = attribute(element, "kind")
            self.complain(element, f"不支持外部函数 {kind}", f"external functions ({kind}) are refused")
            return [], self.nothing, ANY
        parameters = [(attribute(part, "name"), self.items.of(part)) for part in children(element, "formalParameter")]
        body = child(element, *EXPRESSIONS)
        inner = names | {name for name, _ in parameters}
        result = self.items.of(body)
        code = self.expression(body, inner, (*owner, result))
        if result is ANY and body is not None and tag(body) == "literalExpression":
            result = self._told(body, inner)
        return parameters, code, result

    def _told(self, element: Element, names: frozenset[str]) -> Type:
        try:
            return inferred(parse(text_of(element) or "null", names=names, functions=self.functions).node)
        except FeelError:
            return ANY

    def _conditional(self, element: Element, names: frozenset[str]) -> Code:
        condition, then, otherwise = (self.inside(child(element, part), names) for part in ("if", "then", "else"))
        return lambda scope: then(scope) if condition(scope) is True else otherwise(scope)

    def _filter(self, element: Element, names: frozenset[str]) -> Code:
        source = self.inside(child(element, "in"), names)
        match = child(element, "match")
        condition = self.inside(match, names | {"item"} | self._possible(match))

        return lambda scope: filtered(scope, source(scope), condition, MISSING)

    def _possible(self, element: Element | None) -> set[str]:
        """Names in a filter's condition may be entries of its items, which are not known before."""
        expression = None if element is None else child(element, "literalExpression")
        text = text_of(expression)
        try:
            return set() if text is None else set(parse(text, properties=self.properties).free_names)
        except FeelError:
            return set()

    def _for(self, element: Element, names: frozenset[str]) -> Code:
        name = attribute(element, "iteratorVariable")
        source = self.inside(child(element, "in"), names)
        body = self.inside(child(element, "return"), names | {name, "partial"})
        return for_code([(name, source, None)], body)

    def _some(self, element: Element, names: frozenset[str]) -> Code:
        return self._quantified(element, names, every=False)

    def _every(self, element: Element, names: frozenset[str]) -> Code:
        return self._quantified(element, names, every=True)

    def _quantified(self, element: Element, names: frozenset[str], *, every: bool) -> Code:
        name = attribute(element, "iteratorVariable")
        source = self.inside(child(element, "in"), names)
        body = self.inside(child(element, "satisfies"), names | {name})
        return quantified_code([(name, source, None)], body, every=every)
