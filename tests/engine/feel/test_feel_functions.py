"""Built-in functions and those that the host lends."""

import datetime as dt
from decimal import Decimal

import pytest

from engine.feel import BUILTINS, parse

VALUES = [
    ('substring("职业技能", 3)', "技能"),
    ('substring("foobar", -2, 1)', "a"),
    ('substring(string: "foobar", start position: 3, length: 2)', "ob"),
    ('string length("首席技师")', 4),
    ('upper case("abc")', "ABC"),
    ('substring before("foobar", "bar")', "foo"),
    ('contains("foobar", "of")', False),
    ('matches("Y00001200012325T000001", "^[A-Z][0-9]{15}T[0-9]{6}$")', False),
    ('matches("foo", "(?i)FOO")', None),
    ('matches("FOO", "foo", "i")', True),
    ('replace("abracadabra", "a(.)", "a$1$1")', "abbraccaddabbra"),
    ('replace("abc", ".*?", "x")', None),
    ('split("a;b;;", ";")', ["a", "b", "", ""]),
    ('string join(["a", null, "b"], "-")', "a-b"),
    ("sum([1, 2, 3])", 6),
    ("sum(1, 2, 3)", 6),
    ("sum([])", None),
    ("mean(1, 2)", Decimal("1.5")),
    ("median([8, 2, 5, 3, 4])", 4),
    ("mode([6, 1, 9, 6, 1])", [1, 6]),
    ("stddev(2, 4, 7, 5) > 2", True),
    ("min([3, 1, 2])", 1),
    ('max("a", "b")', "b"),
    ('max(1, "b")', None),
    ("count(null)", None),
    ("count(1)", 1),
    ("all([true, null])", None),
    ("any([true, null])", True),
    ("sublist([1, 2, 3], -2)", [2, 3]),
    ("append([1], 2, 3)", [1, 2, 3]),
    ("concatenate([1], [2], [3])", [1, 2, 3]),
    ("insert before([1, 3], 2, 2)", [1, 2, 3]),
    ("remove([1, 2, 3], -1)", [1, 2]),
    ("list replace([1, 2, 3], 2, 9)", [1, 9, 3]),
    ("list replace([1, 2, 3], function(item, new) item > 1, 9)", [1, 9, 9]),
    ("index of([1, 2, 1], 1)", [1, 3]),
    ("distinct values([1, 2, 1, null, null])", [1, 2, None]),
    ("union([1, 2], [2, 3])", [1, 2, 3]),
    ("flatten([[1, [2]], 3])", [1, 2, 3]),
    ("sort([3, 1, 2], function(a, b) a > b)", [3, 2, 1]),
    ("decimal(2.5, 0)", 2),
    ("round half up(2.5, 0)", 3),
    ("round up(-5.5, 0)", -6),
    ("floor(-1.5)", -2),
    ("modulo(-12, 5)", 3),
    ("sqrt(-1)", None),
    ("odd(5)", True),
    ('abs(@"-P1D") = @"P1D"', True),
    ('number("1 000,5", " ", ",")', Decimal("1000.5")),
    ('number("１２")', None),
    ('string([1, "a", {b: null}])', '[1, "a", {b: null}]'),
    ("string(1.50)", "1.5"),
    ('get value({a: 1}, "a")', 1),
    ('context put({a: {b: 1}}, ["a", "b"], 2).a.b', 2),
    ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
    ("get entries({a: 1})[1].key", "a"),
    ("before([1..5), 5)", True),
    ("overlaps([1..5], [5..8])", True),
    ("during(5, [1..5))", False),
    ('5 in range("[1..]")', True),
    ('day of week(@"2025-06-23")', "Monday"),
    ('week of year(@"2005-01-01")', 53),
    ('is(@"23:00:50Z", @"23:00:50")', False),
    ("nothing(1)", None),
    ("abs()", None),
    ("abs(m: 1)", None),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_a_function_has_its_value(text, value):
    assert parse(text).evaluate({}) == value


def test_a_fold_merges_overlapping_posts():
    text = """
        for post in sort(posts, function(a, b) a.start < b.start) return
            if count(partial) > 0 and post.start <= partial[-1].end
            then {start: partial[-1].start, end: max(partial[-1].end, post.end)}
            else {start: post.start, end: post.end}
    """
    posts = [
        {"start": dt.date(2022, 1, 1), "end": dt.date(2023, 1, 1)},
        {"start": dt.date(2019, 1, 1), "end": dt.date(2020, 6, 1)},
        {"start": dt.date(2020, 1, 1), "end": dt.date(2021, 1, 1)},
    ]
    merged = parse(text, names=("posts",)).evaluate({"posts": posts})
    assert [item["start"].year for item in merged] == [2019, 2019, 2022]
    assert merged[1]["end"] == dt.date(2021, 1, 1)


def test_the_hosts_functions_take_values_by_place_and_by_name():
    def after(date, n):
        return date + dt.timedelta(days=int(n))

    functions = {"working days after": after}
    day = {"d": dt.date(2025, 6, 23)}
    for text in ("working days after(d, 5)", "working days after(n: 5, date: d)"):
        assert parse(text, functions=functions).evaluate(day, functions) == dt.date(2025, 6, 28)


def test_a_host_function_that_cannot_answer_yields_null_and_a_reason():
    warnings = []

    def unknown(date):
        raise ValueError(f"no calendar for {date.year}")

    assert parse('is working day(@"2027-01-01")').evaluate({}, {"is working day": unknown}, warnings=warnings) is None
    assert "no calendar for 2027" in str(warnings[0])


def test_every_null_has_its_reason():
    for text in ("1 + null", '"a" + 1', "unknown", "{a: 1}.b", '1 < "a"', "f(1)", 'abs("x")', "[5..1]", "1 / 0"):
        warnings = []
        assert parse(text).evaluate({}, warnings=warnings) is None
        assert warnings, text
        assert warnings[0].zh != warnings[0].en


@pytest.mark.parametrize(
    "text", ["sort([1, 2], function(x) x)", "sort([1, 2], function(x, y) null)", 'sort([1, 2], function(x, y) "a")']
)
def test_an_order_that_does_not_say_true_or_false_sorts_nothing(text):
    assert parse(text).evaluate({}) is None


def test_anything_to_the_power_of_nothing_is_one():
    assert parse("0 ** 0").evaluate({}) == 1


def test_blanks_in_a_pattern_are_those_of_xml():
    assert parse(r'matches("\u00a0", "\\s")').evaluate({}) is False
    assert parse(r'matches(" ", "[a\\s]") and matches("a", "[\\S]")').evaluate({}) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('assert(1, 1 > 0, "why")', 1),
        ('assert(1, 1 < 0, "why")', None),
        ("assert(null, true)", None),
        ('extract("references are 1234, 1256, 1378", "12[0-9]*")', ["1234", "1256"]),
        ('extract("abc", "x")', []),
        ('extract("abc", "[")', None),
        ('to base64("FEEL")', "RkVFTA=="),
        ('from json("{\\"a\\": [1, null, 0.5]}")', {"a": [1, None, Decimal("0.5")]}),
        ('from json("[NaN]")', None),
        ('from json("{")', None),
        ('to json({a: 1, 高: [true, date("2025-07-01")]})', '{"a":1,"高":[true,"2025-07-01"]}'),
        ('string join(["a", "b"], "-", "<", ">")', "<a-b>"),
    ],
)
def test_what_camunda_adds_and_the_editor_offers(text, expected):
    assert parse(text).evaluate({}) == expected


def test_an_assertion_that_fails_says_its_cause():
    warnings = []
    parse('assert(1, false, "太早")').evaluate({}, warnings=warnings)
    assert "太早" in warnings[0].zh


def test_nothing_draws_lots():
    assert {"random number", "uuid"}.isdisjoint(BUILTINS)
