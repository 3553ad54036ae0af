"""Hostile and careless texts end soon, with a FeelError that says why."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.errors import FeelError
from engine.feel import format_value, from_json, parse, to_json

NESTED = [
    "(" * 5000,
    "[" * 5000,
    "{a: " * 500,
    "-" * 5000 + "1",
    "if " * 500,
    "not(" * 400 + "true" + ")" * 400,
    "1 in (" * 300,
    "function(x) " * 300 + "1",
    "x instance of " + "list<" * 500,
    "a" + ".b" * 3000,
    "f" + "()" * 3000,
    "1" + " = 1" * 20_000,
]
COSTLY = [
    ("for i in 1..40000 return for j in 1..40000 return i", "steps"),
    ("for i in 1..60000 return i", "longer than"),
    ("{f: function(g, n) g(g, n + 1), x: f(f, 1)}.x", "deep"),
    ('for i in 1..30 return if i = 1 then "0123456789" else partial[-1] + partial[-1]', "longer than"),
    ("for i in 1..40 return if i = 1 then [1, 1] else [partial[-1], partial[-1]]", "parts"),
    ("string((for i in 1..40 return if i = 1 then [1, 1] else [partial[-1], partial[-1]])[-1])", "parts"),
    ('for i in 1..40000 return if i = 1 then "' + "a" * 40000 + '" else partial[1]', "parts"),
    ('string(for i in 1..40000 return if i = 1 then "' + "a" * 40000 + '" else partial[1])', "parts"),
    ('to json(for i in 1..40000 return if i = 1 then "' + "a" * 40000 + '" else partial[1])', "parts"),
    ('string join(for i in 1..5000 return "' + "a" * 500 + '", "", "", "")', "longer than"),
    ("count(string(for i in 1..20000 return [partial[-1]]))", "nested"),
    ('every i in 1..9 satisfies matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaac", "(a|aa)+$") = false', "pattern"),
    ("concatenate(" + ", ".join(["x"] * 50) + ")", "longer than"),
    ('replace("' + "a" * 5000 + '", "a", "' + "b" * 5000 + '")', "longer than"),
    ('string join(for i in 1..5000 return "' + "a" * 500 + '")', "longer than"),
]


@pytest.mark.parametrize("text", NESTED)
def test_deep_nesting_is_a_feel_error_and_no_recursion_error(text):
    with pytest.raises(FeelError, match=r"deep|long"):
        parse(text).evaluate({})


@pytest.mark.parametrize(("text", "reason"), COSTLY)
def test_a_costly_expression_is_stopped(text, reason):
    with pytest.raises(FeelError, match=reason):
        parse(text).evaluate({"x": list(range(2000))})


def test_nesting_that_people_write_is_allowed():
    assert parse("(" * 40 + "1" + ")" * 40).evaluate({}) == 1
    assert parse(" + ".join(["1"] * 5000)).evaluate({}) == 5000
    assert parse(" ".join(f"if x = {n} then {n} else" for n in range(200)) + " -1").evaluate({"x": 150}) == 150
    assert parse("{f: function(g, n) if n = 0 then 0 else g(g, n - 1), x: f(f, 40)}.x").evaluate({}) == 0


def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(FeelError, match="longer than 100000"):
        parse("1" * 100_001)


def test_a_value_that_holds_itself_is_refused():
    endless = []
    endless.append(endless)
    for read in (from_json, to_json, format_value):
        with pytest.raises(FeelError):
            read(endless)


PIECES = st.sampled_from(
    [
        "1",
        "2.5",
        '"a"',
        "x",
        "年限",
        "null",
        "true",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "+",
        "-",
        "*",
        "/",
        "**",
        "=",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "?",
        '@"P1D"',
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "not",
        "between",
        "instance",
        "of",
        "function",
        "list<",
        ">",
        "partial",
        "date",
        "and",
        "time",
        "count(",
        "sum(",
        "\\",
        "'",
        "”",
        "（",
    ]
)


def outcome(text, unary, context):
    """The value as JSON, or the refusal."""
    try:
        return to_json(parse(text, unary=unary).evaluate(context))
    except FeelError as error:
        return error


def answered(text, context):
    """A refusal tells where; anything else is a value."""
    found = [outcome(text, unary, context) for unary in (False, True)]
    return all(answer.text.zh and answer.line >= 1 for answer in found if isinstance(answer, FeelError))


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=25).map(" ".join))
@example("1 in (1..")
@example("[1..10[")
@example("function(")
def test_any_sequence_of_tokens_is_evaluated_or_refused(text):
    assert answered(text, {"x": [1, {"a": 2}], "年限": 5, "?": 3})


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
def test_any_text_is_evaluated_or_refused(text):
    assert answered(text, {})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(VALUES, VALUES, st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", ">=", "in", "and", "or"]))
def test_any_two_values_meet_any_operator_without_a_crash(left, right, operator):
    to_json(parse(f"x {operator} y").evaluate({"x": left, "y": right}))


@settings(deadline=None)
@given(VALUES)
def test_json_goes_in_and_comes_out(value):
    once = to_json(from_json(value))
    assert to_json(from_json(once)) == once
