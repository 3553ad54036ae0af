"""Why a condition does not hold, and that the command line and the API say it."""

import json

import pytest
from click.testing import CliRunner

from api.cli import commands
from engine.decisions import reasons
from engine.feel import parse
from tests.engine.decisions.conftest import decision, definitions, input_data, literal, requires, table


def why(text, **context):
    return [reason.en for reason in reasons(parse(text), context)]


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("n >= 5", {"n": 3}, ["3 held, 5 needed"]),
        ("5 <= n", {"n": 3}, ["3 held, 5 needed"]),
        ("n >= 5", {"n": 5}, []),
        ("n >= 5 and m < 2", {"n": 3, "m": 2}, ["3 held, 5 needed", "2 held, less than 2 needed"]),
        ("n >= 5 or m < 2", {"n": 3, "m": 1}, []),
        ("n between 5 and 7", {"n": 3}, ["n: 3 held, 5 to 7 needed"]),
        ("n in (5, > 7)", {"n": 3}, ["n: 3 held, exactly 5 needed or more than 7 needed"]),
        ('who.trade = "焊工"', {"who": {"trade": "电工"}}, ["who.trade: 电工 given, 焊工 needed"]),
        (
            'years and months duration(date(start), date(cutoff)) >= duration("P5Y")',
            {"start": "2020-07-01", "cutoff": "2025-04-01"},
            ["4 years 9 months held, 5 years needed, met on 2025-07-01"],
        ),
        ("n + 1", {"n": 3}, []),
        ("n >= 5", {}, ["n: nothing given, 5 needed"]),
    ],
)
def test_each_comparison_that_fails_says_what_was_held_and_needed(text, context, expected):
    assert why(text, **context) == expected


def test_the_command_line_says_why_a_condition_does_not_hold():
    context = '{"start": "2020-07-01", "cutoff": "2025-04-01"}'
    text = 'years and months duration(date(start), date(cutoff)) >= duration("P5Y")'
    ran = CliRunner().invoke(commands, ["feel", text], input=context)
    assert ran.stdout == "false\n"
    assert ran.stderr == (
        "已有4年9个月，需5年，2025-07-01起满足 | 4 years 9 months held, 5 years needed, met on 2025-07-01\n"
    )


def test_the_command_line_explains_a_decision(tmp_path):
    rows = [('>= @"P5Y"', '"MET"', "A7.2b"), ("-", '"NOT_MET"', "A7.2b")]
    body = input_data("start") + input_data("cutoff")
    length = literal("years and months duration(date(start), date(cutoff))")
    body += decision("length", "任职", length, requires("start", "cutoff"))
    body += decision("d", "D", table(("任职",), ("finding",), rows, "FIRST"), requires(decisions=("length",)))
    file = tmp_path / "a.dmn"
    file.write_bytes(definitions(body))
    ran = CliRunner().invoke(
        commands, ["decide", str(file), "d"], input='{"start": "2020-07-01", "cutoff": "2025-04-01"}'
    )
    told = json.loads(ran.stdout)
    assert told["result"] == "NOT_MET"
    assert told["explanation"][0] == {
        "zh": "A7.2b 不符合：已有4年9个月，需5年，2025-07-01起满足",
        "en": "A7.2b not met: 4 years 9 months held, 5 years needed, met on 2025-07-01",
    }
    [miss] = told["trace"]["decisions"][-1]["nearMisses"]
    assert (miss["clause"], miss["rule"], miss["cells"][0]["metOn"]) == ("A7.2b", 1, "2025-07-01")
