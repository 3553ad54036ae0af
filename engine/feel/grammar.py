"""FEEL's grammar: tokens to a tree, by recursive descent over operator levels. Nothing is evaluated here.

Repetition is a loop and only nesting is recursion, so that a depth limit can refuse hostile texts before Python does.
"""

from __future__ import annotations

from decimal import Decimal

from engine.feel import tree
from engine.feel.lexer import Token, error_at, unquote
from engine.feel.limits import MAX_NESTING
from engine.feel.names import JOINED, KEYWORDS
from engine.feel.numbers import CONTEXT, parse_number
from engine.feel.temporal import parse_temporal
from engine.feel.type_names import TypeNames
from forms.text import Text

COMPARISONS = ("<=", ">=", "!=", "<", ">", "=")
SIGNS = ("+", "-", "*", "/", "**")
# Tightest first.
LEVELS = (frozenset(("**",)), frozenset(("*", "/")), frozenset(("+", "-")))
CLOSERS = frozenset([".", ")", ",", "]", "}", "+", "*", "/", "**", "=", "!=", "<", ">", "<=", ">="])
CLOSING_WORDS = frozenset(["and", "or", "then", "else", "return", "satisfies", "in", "between", "instance"])
CONSTANTS = {"true": True, "false": False, "null": None}


def folded(operands: list[tree.Node], signs: list[str], level: frozenset[str]) -> tuple[list[tree.Node], list[str]]:
    """One level of operators folded into chains; the other signs stay."""
    kept, left = [operands[0]], list[str]()
    rest: list[tuple[str, tree.Node]] = []
    for sign, operand in zip([*signs, ""], [*operands[1:], operands[0]], strict=True):
        if sign in level:
            rest.append((sign, operand))
            continue
        if rest:
            kept[-1] = tree.Chain(kept[-1], tuple(rest))
            rest = []
        if sign:
            left.append(sign)
            kept.append(operand)
    return kept, left


class Parser(TypeNames):
    """One text being read; `free` collects the names that nothing here defines."""

    # -- whole texts

    def whole_expression(self) -> tree.Node:
        node = self.expression()
        return self.finished(node)

    def whole_tests(self) -> tree.Node:
        """A cell of a decision table: `-`, `not(...)` or tests with commas between them."""
        if self.sees("-") and self.stream[self.at + 1].kind == "end":
            self.at += 1
            return tree.Tests((), negated=False)
        if self.token.kind == "end":
            return tree.Tests((), negated=False)
        return self.finished(self.negated_tests() or tree.Tests(self.tests(), negated=False))

    def negated_tests(self) -> tree.Node | None:
        start = self.at
        if not (self.take("not") and self.take("(")):
            self.at = start
            return None
        items = self.tests()
        self.expect(")")
        if self.token.kind == "end":
            return tree.Tests(items, negated=True)
        self.at = start
        return None

    def finished(self, node: tree.Node) -> tree.Node:
        if self.token.kind != "end":
            raise self.unexpected(Text("运算符或结尾", "an operator or the end"))
        return node

    # -- operators, loosest first

    def expression(self) -> tree.Node:
        with self.nested():
            items = [self.conjunction()]
            while self.take("or"):
                items.append(self.conjunction())
        return items[0] if len(items) == 1 else tree.Or(tuple(items))

    def conjunction(self) -> tree.Node:
        items = [self.comparison()]
        while self.take("and"):
            items.append(self.comparison())
        return items[0] if len(items) == 1 else tree.And(tuple(items))

    def comparison(self) -> tree.Node:
        node = self.sum()
        while True:
            if op := self.take(*COMPARISONS):
                node = tree.Compare(op, node, self.sum())
            elif self.take("between"):
                low = self.sum()
                self.expect("and")
                node = tree.Between(node, low, self.sum())
            elif self.take("in"):
                node = tree.In(node, self.in_tests())
            elif self.take("instance"):
                self.expect("of")
                node = tree.InstanceOf(node, self.type_name())
            else:
                return node

    def sum(self) -> tree.Node:
        """Arithmetic: operands and signs in a row, then folded by level, so that long sums need no depth."""
        operands, signs = [self.negation()], list[str]()
        while sign := self.take(*SIGNS):
            signs.append(sign)
            operands.append(self.negation())
        for level in LEVELS:
            operands, signs = folded(operands, signs, level)
        return operands[0]

    def negation(self) -> tree.Node:
        if not self.take("-"):
            return self.postfix(self.primary())
        with self.nested():
            operand = self.negation()
        if isinstance(operand, tree.Literal) and isinstance(operand.value, Decimal):
            return tree.Literal(CONTEXT.minus(operand.value))
        return tree.Negate(operand)

    # -- tests

    def tests(self) -> tuple[tree.Node, ...]:
        items = [self.test()]
        while self.take(","):
            items.append(self.test())
        return tuple(items)

    def test(self) -> tree.Node:
        if op := self.take(*COMPARISONS):
            with self.nested():
                return tree.UnaryRange(op, self.sum())
        return self.expression()

    def in_tests(self) -> tuple[tree.Node, ...]:
        if self.sees(*COMPARISONS):
            return (self.test(),)
        if not self.sees("("):
            return (self.sum(),)
        self.at += 1
        with self.fresh_range(end=False):
            items = self.tests()
            if len(items) == 1 and self.sees(".."):
                return (self.postfix(self.range_from(items[0], low_included=False)),)
        self.expect(")")
        return (self.postfix(items[0]),) if len(items) == 1 else items

    # -- what follows an operand

    def postfix(self, node: tree.Node) -> tree.Node:
        for _ in range(MAX_NESTING):
            if self.take("."):
                node = tree.Path(node, self.property_name())
            elif self.sees("[") and not self.closes_range():
                node = tree.Filter(node, self.filter_condition())
            elif self.sees("("):
                node = self.call(node)
            else:
                return node
        raise error_at(self.text, self.token.start, "路径过长", "the path is too long")

    def closes_range(self) -> bool:
        following = self.stream[self.at + 1]
        return self.in_range_end and (
            following.kind == "end" or following.text in CLOSERS or following.text in CLOSING_WORDS
        )

    def property_name(self) -> str:
        if self.token.kind != "name":
            raise self.unexpected(Text("属性名", "a property name"))
        written = self.keys.match(self.stream, self.at)
        if written and written[1] > 1:
            self.at += written[1]
            return written[0]
        return self.known_or_joined()

    def filter_condition(self) -> tree.Node:
        self.expect("[")
        self.filters += 1
        with self.names.bound(("item",)), self.fresh_range(end=False):
            condition = self.expression()
        self.filters -= 1
        self.expect("]")
        return condition

    def call(self, target: tree.Node) -> tree.Node:
        self.expect("(")
        with self.fresh_range(end=False):
            if self.take(")"):
                return tree.Call(target, ())
            if self.key_length():
                return tree.NamedCall(target, self.named_arguments())
            arguments = self.listed(")")
        return tree.Call(target, arguments)

    def named_arguments(self) -> tuple[tuple[str, tree.Node], ...]:
        pairs = []
        while True:
            name = self.key()
            pairs.append((name, self.expression()))
            if self.expect(",", ")") == ")":
                return tuple(pairs)

    def listed(self, closer: str) -> tuple[tree.Node, ...]:
        items = [self.expression()]
        while self.expect(",", closer) == ",":
            items.append(self.expression())
        return tuple(items)

    # -- operands

    def primary(self) -> tree.Node:
        token = self.token
        if token.kind in ("number", "string", "at"):
            return self.literal_or_name(token)
        if token.kind == "name":
            keyword = self.keyword(token.text)
            return keyword if keyword is not None else self.name()
        if token.text in ("(", "[", "]", "{"):
            return self.bracketed(token.text)
        if self.names.match(self.stream, self.at):
            return self.name()
        raise self.unexpected(Text("表达式", "an expression"))

    def literal_or_name(self, token: Token) -> tree.Node:
        if token.kind == "number" and self.names.match(self.stream, self.at):
            return self.name()
        self.at += 1
        if token.kind == "number":
            number = parse_number(token.text)
            if number is None:
                raise error_at(self.text, token.start, "数字过大", "the number is too large")
            return tree.Literal(number)
        value = unquote(token.text[token.kind == "at" :])
        return tree.Literal(value if token.kind == "string" else parse_temporal(value))

    def keyword(self, word: str) -> tree.Node | None:
        if word not in KEYWORDS or self.names.match(self.stream, self.at):
            return None
        self.at += 1
        if word in CONSTANTS:
            return tree.Literal(CONSTANTS[word])
        forms = {"if": self.conditional, "for": self.loop, "function": self.function}
        if word in forms:
            return forms[word]()
        if word in ("some", "every"):
            return self.quantified(every=word == "every")
        self.at -= 1
        raise self.unexpected(Text("表达式", "an expression"))

    def bracketed(self, opener: str) -> tree.Node:
        self.at += 1
        with self.fresh_range(end=False):
            if opener == "{":
                return self.context()
            if opener == "]":
                with self.nested():
                    return self.range_from(self.sum(), low_included=False)
            if opener == "[":
                return self.list_or_range()
            return self.parenthesized()

    def parenthesized(self) -> tree.Node:
        node = self.test()
        if self.sees(".."):
            return self.range_from(node, low_included=False)
        self.expect(")")
        return node

    def list_or_range(self) -> tree.Node:
        if self.take("]"):
            return tree.ListOf(())
        first = self.test()
        if self.sees(".."):
            return self.range_from(first, low_included=True)
        items = [first]
        while self.expect(",", "]") == ",":
            items.append(self.test())
        return tree.ListOf(tuple(items))

    def range_from(self, low: tree.Node, *, low_included: bool) -> tree.Node:
        self.expect("..")
        with self.fresh_range(end=True), self.nested():
            high = self.sum()
        closer = self.expect(")", "]", "[")
        return tree.RangeOf(low, high, low_included, closer == "]")

    def context(self) -> tree.Node:
        entries: dict[str, tree.Node] = {}
        if self.take("}"):
            return tree.ContextOf(())
        with self.names.bound():
            while True:
                name = self.context_key()
                if name in entries:
                    raise error_at(self.text, self.token.start, f"键 {name} 重复", f"the key {name} stands twice")
                entries[name] = self.expression()
                self.names.bind(name)
                if not self.keys.is_bound(name):
                    self.keys.bind(name)
                if self.expect(",", "}") == "}":
                    return tree.ContextOf(tuple(entries.items()))

    def context_key(self) -> str:
        if self.token.kind != "string":
            return self.key()
        self.at += 1
        name = unquote(self.stream[self.at - 1].text)
        self.expect(":")
        return name

    # -- names

    def name(self) -> tree.Node:
        start, name = self.token.start, self.known_or_joined()
        inside_filter = self.filters and name not in self.outside
        if not (self.names.is_bound(name) or name in self.builtin or inside_filter):
            self.free.setdefault(name, start)
        return tree.Name(name)

    # -- forms with keywords

    def conditional(self) -> tree.Node:
        branches = []
        while True:
            condition = self.expression()
            self.expect("then")
            branches.append((condition, self.expression()))
            self.expect("else")
            if not self.take("if"):
                return tree.If(tuple(branches), self.expression())

    def loop(self) -> tree.Node:
        with self.names.bound():
            iterations = self.iterations()
            self.expect("return")
            self.names.bind("partial")
            return tree.For(iterations, self.expression())

    def quantified(self, *, every: bool) -> tree.Node:
        with self.names.bound():
            iterations = self.iterations()
            self.expect("satisfies")
            return tree.Quantified(every, iterations, self.expression())

    def iterations(self) -> tuple[tree.Iteration, ...]:
        found = [self.iteration()]
        while self.take(","):
            found.append(self.iteration())
        return tuple(found)

    def iteration(self) -> tree.Iteration:
        end = self.at
        while self.stream[end].text != "in" and (
            self.stream[end].kind in ("name", "number") or self.stream[end].text in JOINED
        ):
            end += 1
        if end == self.at or self.stream[end].text != "in":
            raise self.unexpected(Text("变量名和 in", "a variable name and in"))
        name = self.joined(end - self.at)
        self.expect("in")
        with self.fresh_range(end=False):
            source = self.test()
            stop = self.expression() if self.take("..") else None
        self.names.bind(name)
        return tree.Iteration(name, source, stop)

    def function(self) -> tree.Node:
        self.expect("(")
        parameters: list[tuple[str, tree.TypeName | None]] = []
        while not self.take(")"):
            parameters.append(self.parameter())
            if not self.sees(")"):
                self.expect(",")
        if self.take("external"):
            self.expression()
            return tree.FunctionOf(tuple(parameters), None)
        with self.names.bound([name for name, _ in parameters]):
            return tree.FunctionOf(tuple(parameters), self.expression())

    def parameter(self) -> tuple[str, tree.TypeName | None]:
        if self.key_length():
            return self.key(), self.type_name()
        end = self.at
        while self.stream[end].kind in ("name", "number") or self.stream[end].text in JOINED:
            end += 1
        if end == self.at:
            raise self.unexpected(Text("参数名", "a parameter name"))
        return self.joined(end - self.at), None
