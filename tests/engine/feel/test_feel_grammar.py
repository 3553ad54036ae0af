"""What can be written, and what is said about what cannot."""

from decimal import Decimal

import pytest

from engine.errors import FeelError
from engine.feel import parse

VALUES = [
    ("1 + 2 * 3 ** 2", 19),
    ("(1 + 2) * 3", 9),
    ("-2 ** 2", 4),
    ("10 - 4 - 3", 3),
    ("2 ** 3 ** 2", 64),
    ("--5", 5),
    (".5 + 1.5e1", 15.5),
    ('"a" + "b"', "ab"),
    ("1 = 1 and not(2 > 3)", True),
    ("true and null", None),
    ("false and null", False),
    ("true or null", True),
    ("false or null", None),
    ("3 between 1 and 3", True),
    ("3 in (1, 2, [3..4))", True),
    ("3 in (>= 4, < 2)", False),
    ("3 in ]3..4]", False),
    ("if 1 > 2 then 1 else if null then 2 else 3", 3),
    ("for x in [1, 2], y in [10, 20] return x + y", [11, 21, 12, 22]),
    ("for i in 3..1 return i", [3, 2, 1]),
    ("some x in [1, 2, 3] satisfies x > 2", True),
    ("every x in [1, 2, 3] satisfies x > 2", False),
    ("{a: 1, b: a + 1}.b", 2),
    ('{"a b": 1, c d: 2}.c d', 2),
    ("[{a: 1}, {a: 2}].a", [1, 2]),
    ("[{a: 1}, {a: 2}][a > 1].a", [2]),
    ("[1, 2, 3][-1]", 3),
    ("[1, 2, 3][item > 1]", [2, 3]),
    ("[1, 2, 3][4]", None),
    ("(function(x, y) x * y)(6, 7)", 42),
    ("(function(x, y) x * y)(y: 6, x: 7)", 42),
    ("{f: function(n: number) n + 1, g: f(1)}.g", 2),
    ("[1..10].end", 10),
    ("[1..10[.end included", False),
    ("1 instance of number", True),
    ("[1] instance of list<number>", True),
    ("{a: 1} instance of context<a: string>", False),
    ("null instance of Any", False),
    ("1 // the first\n + /* and the\nsecond */ 2", 3),
    (r'"\u4e2d\t\"\\"', '中\t"\\'),
    ("[]", []),
    ("{}", {}),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_an_expression_has_its_value(text, value):
    assert parse(text).evaluate({}) == value


def test_numbers_are_decimals_and_not_doubles():
    assert parse("0.1 + 0.2").evaluate({}) == Decimal("0.3")
    assert parse("1 / 3 * 3").evaluate({}) == Decimal("0.9999999999999999999999999999999999")


@pytest.mark.parametrize(
    "text",
    ["1 + ", "(1", "[1, 2", "{a 1}", "{a: 1, a: 2}", '"abc', "if 1 then 2", "for x in [1]", "x[", "f(1 2)", "1 2", ""],
)
def test_a_text_that_is_no_expression_is_refused(text):
    with pytest.raises(FeelError):
        parse(text)


def test_a_refusal_names_line_column_and_both_languages():
    with pytest.raises(FeelError) as caught:
        parse("1 +\n  * 2")
    assert (caught.value.line, caught.value.column) == (2, 3)
    assert caught.value.text.en == "line 2, column 3: expected an expression, found *"
    assert caught.value.text.zh == "第 2 行第 3 列：应为 表达式，却是 *"


def test_a_full_width_sign_is_named_with_its_half_width_twin():
    with pytest.raises(FeelError, match=r"type the half-width \("):
        parse("（1 + 2）")
    with pytest.raises(FeelError) as caught:
        parse("年限 ≥ 5")
    assert "请用半角 >=" in caught.value.text.zh


def test_external_functions_yield_null():
    text = 'function(x) external {java: {class: "java.lang.Math", method signature: "cos(double)"}}'
    assert parse(f"({text})(1)").evaluate({}) is None
