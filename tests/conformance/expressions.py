"""Expressions made at random from a seed: by kind of value, so that most of them mean something."""

import random
import re
from dataclasses import dataclass

NUMBERS = ["0", "1", "2", "3", "7", "10", "0.5", "2.25", "-1", "-3.5", "n", "m"]
STRINGS = ['"a"', '"b"', '"abc"', '""', '"高级技师"', "s", '"a,b"']
DATES = ['date("2020-02-29")', 'date("2025-01-31")', 'date("2024-12-31")', "date(2020, 7, 1)", 'date("2019-03-01")']
MONTHS = ['duration("P1M")', 'duration("P1Y")', 'duration("P5Y")', 'duration("-P2M")', 'duration("P1Y2M")']
DAYS = ['duration("P1D")', 'duration("PT12H")', 'duration("P2DT3H")', 'duration("-P1D")', 'duration("PT90M")']
MOMENTS = ['date and time("2020-02-29T10:00:00Z")', 'date and time("2024-12-31T23:59:59Z")']
CONTEXT = {"n": 4, "m": 2.5, "s": "abc", "b": True, "none": None, "l": [1, 2, 3], "c": {"x": 5, "y": "z"}}

HOLE = re.compile(r"\{(number|string|boolean|list|context|date|months|days|moment)\}")


@dataclass(frozen=True)
class Made:
    """An expression, the shape that it has, and the expressions in it."""

    text: str
    shape: str
    parts: tuple["Made", ...]


class Generator:
    """One stream of expressions; `{number}` and its like in a shape stand for an expression of that kind."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def expression(self, depth):
        return self.of(self.random.choice(list(SHAPES)), depth)

    def of(self, kind, depth):
        shapes = SHAPES[kind] if depth > 0 else [shape for shape in SHAPES[kind] if not HOLE.search(shape)]
        shape = self.random.choice(shapes)
        parts = tuple(self.of(hole, depth - 1) for hole in HOLE.findall(shape))
        texts = iter(parts)
        return Made(HOLE.sub(lambda _: next(texts).text, shape), shape, parts)


SHAPES = {
    "number": [
        *NUMBERS, "({number} + {number})", "({number} - {number})", "({number} * {number})", "({number} / {number})",
        "({number} ** 2)", "(-{number})", "(if {boolean} then {number} else {number})", "abs({number})", "floor({number})",
        "ceiling({number})", "modulo({number}, 3)", "decimal({number}, 1)", "round half up({number}, 1)",
        "round half down({number}, 1)", "round up({number}, 1)", "round down({number}, 1)", "count({list})", "sum({list})",
        "min({list})", "max({list})", "mean({list})", "median({list})", "product({list})", "stddev([1, 2, {number}])",
        "string length({string})", "{list}[1]", "{list}[-1]", "c.x", "{date}.year", "{date}.month", "{date}.day",
        "({months}).years", "({months}).months", "({days}).hours", "{a: {number}, b: a + 1}.b", 'number("12.5")',
        "({days} / {days})", "({months} / {months})", "sqrt(abs({number}))", "string length(string(floor({number})))",
        "(for i in {list} return i * 2)[1]", "years and months duration({date}, {date}).years",
    ],
    "string": [
        *STRINGS, "({string} + {string})", "substring({string}, 1)", "substring({string}, 2, 1)", "substring({string}, -1)",
        "upper case({string})", "lower case({string})", 'substring before({string}, "b")', 'substring after({string}, "b")',
        'replace({string}, "b", "x")', "(if {boolean} then {string} else {string})", "string({number})", "string({boolean})",
        'string join(["a", {string}], ",")', "c.y", "string({date})", "string({months})", "string({days})",
        "day of week({date})", "month of year({date})", "string({list})", 'split({string}, ",")[1]',
    ],
    "boolean": [
        "true", "false", "b", "({number} < {number})", "({number} >= {number})", "({number} = {number})", "({number} != {number})",
        "({string} = {string})", "({string} < {string})", "({date} < {date})", "({months} <= {months})", "({days} > {days})",
        "({boolean} and {boolean})", "({boolean} or {boolean})", "not({boolean})", "({number} between {number} and {number})",
        "({number} in [1..3])", "({number} in (2..7])", "({number} in (< 3, > 7))", '({string} in ("a", "b"))',
        "list contains({list}, {number})", "contains({string}, {string})", "starts with({string}, {string})",
        "ends with({string}, {string})", 'matches({string}, "^a")', "(some x in {list} satisfies x > {number})",
        "(every x in {list} satisfies x > {number})", "({number} instance of number)", "({string} instance of string)",
        "({boolean} and null)", "(null or {boolean})", "(none = null)", "all([{boolean}, {boolean}])", "any([{boolean}, {boolean}])",
        "even({number})", "odd({number})", "({list} = {list})", "is({number}, {number})", "before({number}, {number})", "(null < 3)",
        "overlaps([1..{number}], [2..5])", "includes([1..5], {number})", "during({number}, [1..5])", "({moment} < {moment})",
    ],
    "list": [
        "[]", "[1, 2, 3]", "l", "[{number}]", "[{number}, {number}]", "append({list}, {number})", "concatenate({list}, {list})",
        "reverse({list})", "distinct values({list})", "union({list}, {list})", "{list}[item > 1]", "remove({list}, 1)",
        "sort({list}, function(x, y) x < y)", "sublist({list}, 1, 1)", "insert before({list}, 1, {number})",
        "(for i in {list} return i + 1)", "(for i in 1..3 return i * {number})", "flatten([{list}, [{list}]])", "index of({list}, 1)",
        "(for i in {list}, j in [1, 2] return i * j)", "list replace([1, 2], 1, {number})",
    ],
    "context": [
        "{}", "c", "{a: {number}}", "{a: {number}, b: {string}}", 'context put({context}, "k", {number})',
        "context merge([{context}, {context}])", 'context([{key: "a", value: {number}}])',
    ],
    "date": [
        *DATES, "({date} + {months})", "({date} - {months})", "({date} + {days})", "date({date}.year, 1, 15)",
        "(if {boolean} then {date} else {date})", "min([{date}, {date}])",
    ],
    "months": [*MONTHS, "({months} + {months})", "({months} * 2)", "years and months duration({date}, {date})", "(-{months})"],
    "days": [*DAYS, "({days} + {days})", "({days} * 2)", "({date} - {date})", "({moment} - {moment})", "abs({days})"],
    "moment": [*MOMENTS, "({moment} + {days})", "({moment} + {months})"],
}  # fmt: skip
