"""Ways out of FEEL that other engines leave open, tried and refused."""

import time

import pytest

from engine.decisions import load
from engine.errors import FeelError
from engine.feel import parse
from tests.engine.decisions.conftest import decision, definitions, input_data, requires, table

CONTEXT = {"n": 1, "s": "abc", "l": [1], "c": {"a": 1}}

ATTRIBUTES = [
    "n.__class__",
    "s.__class__.__mro__",
    '"".__class__.__base__.__subclasses__()',
    "l.append",
    "c.__dict__",
    "c.keys",
    'get value(c, "__class__")',
    "(function(x) x).__globals__",
    "count.__code__",
    "today.body",
    'date("2025-01-01").replace',
    "[1..2].low",
    '@"P1Y".months.__class__',
    'time("10:00:00").zone',
]
IMPORTS = [
    '__import__("os")',
    'import("os")',
    'eval("1")',
    'exec("1")',
    'open("/etc/passwd")',
    "getattr(n, s)",
    "globals()",
    "type(n)",
    'function(x) external {java: {class: "java.lang.Runtime", method signature: "exec(java.lang.String)"}}',
]
FORMATS = [
    '"{0.__class__}"',
    '"%s" + s',
    '"{n.__class__}".format(n)',
    'string("{n}")',
    'string join(["{0}", s], "{1}")',
    'replace(s, "b", "\\\\g<0>{n}")',
    'replace(s, "(b)", "{0.__class__}%s")',
]


def outcome(text):
    """The value, null, or the refusal of the text."""
    try:
        return parse(text).evaluate(CONTEXT)
    except FeelError as error:
        return error


@pytest.mark.parametrize("text", ATTRIBUTES)
def test_no_attribute_of_the_hosts_objects_can_be_read(text):
    """A name on a list is asked of each of its items."""
    assert outcome(text) in (None, [None]) or isinstance(outcome(text), FeelError)


@pytest.mark.parametrize("text", IMPORTS)
def test_nothing_can_be_imported_or_called_that_is_not_feels(text):
    assert outcome(text) is None or isinstance(outcome(text), FeelError)


@pytest.mark.parametrize("text", FORMATS)
def test_no_text_is_a_format(text):
    """A text with signs of a format stays what it is."""
    found = outcome(text)
    assert found is None or isinstance(found, FeelError) or ("class '" not in found and "<" not in found)


def test_a_text_that_looks_like_a_format_comes_out_as_it_went_in():
    for text in ("{0.__class__}", "%s%n", "${n}", "{{n}}"):
        assert parse("string(x)").evaluate({"x": text}) == text


ENDLESS = [
    "count(for a in 1..40000, b in 1..40000 return a)",
    "{f: function(g) g(g), x: f(f)}.x",
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")',
    "some a in 1..40000, b in 1..40000 satisfies a + b < 0",
    "10 ** (10 ** 9) + 1",
    'duration("P999999999Y") * 10 ** 30',
    'string join(for i in 1..50000 return "0123456789ABCDEF0123456789ABCDEF")',
]


@pytest.mark.parametrize("text", ENDLESS)
@pytest.mark.parametrize("place", ["cell", "output", "input"])
def test_an_endless_expression_of_a_hostile_model_is_stopped_wherever_it_stands(text, place):
    row = {"cell": (f"? = ({text})", "1"), "output": ("-", text), "input": ("-", "1")}[place]
    asked = text if place == "input" else "x"
    body = input_data("x") + decision("d", "D", table((asked,), ("out",), [row]), requires("x"))
    start = time.perf_counter()
    try:
        load(definitions(body)).evaluate("d", {"x": 1}).trace.as_json()
    except FeelError as error:
        assert error.text.zh
        assert error.text.en
    assert time.perf_counter() - start < 15
