"""Decision tables: every hit policy, defaults, allowed values."""

from decimal import Decimal

import pytest

from engine.decisions import load
from tests.engine.decisions.conftest import decision, definitions, input_data, requires, table

ROWS = [("> 0", "1"), ("> 10", "3"), ("> 20", "2"), ("> 100", "1")]


def outcome(policy, number, rows=ROWS, **more):
    body = table(("n",), ("out",), rows, policy, **more)
    return load(definitions(input_data("n", "number") + decision("d", "D", body, requires("n")))).evaluate(
        "d", {"n": number}
    )


@pytest.mark.parametrize(
    ("policy", "aggregation", "number", "value"),
    [
        ("UNIQUE", "", 5, 1),
        ("UNIQUE", "", 15, None),
        ("ANY", "", 5, 1),
        ("ANY", "", 15, None),
        ("PRIORITY", "", 25, 2),
        ("FIRST", "", 25, 1),
        ("RULE ORDER", "", 25, [1, 3, 2]),
        ("OUTPUT ORDER", "", 25, [2, 3, 1]),
        ("COLLECT", "", 25, [1, 3, 2]),
        ("COLLECT", "SUM", 25, 6),
        ("COLLECT", "MIN", 25, 1),
        ("COLLECT", "MAX", 25, 3),
        ("COLLECT", "COUNT", 25, 3),
        ("COLLECT", "COUNT", -1, 0),
        ("COLLECT", "SUM", -1, None),
        ("UNIQUE", "", -1, None),
    ],
)
def test_each_hit_policy_yields_its_value(policy, aggregation, number, value):
    assert outcome(policy, number, aggregation=aggregation, values=("2, 3, 1",)).value == value


def test_a_broken_hit_policy_is_told():
    found = outcome("UNIQUE", 15)
    assert found.value is None
    problem = found.trace.decisions[0].problem
    assert problem.en == "2 rules match where hit policy U allows one"
    assert problem.zh == "有 2 条规则同时成立，而命中策略 U 只允许一条"


def test_the_default_output_stands_in_when_no_rule_matches():
    assert outcome("UNIQUE", -1, defaults=('"NEEDS_JUDGEMENT"',)).value == "NEEDS_JUDGEMENT"


def test_several_outputs_make_a_context():
    body = table(("n",), ("finding", "waived"), [("> 0", '"MET"', '["A7.2b"]'), ("<= 0", '"NOT_MET"', "[]")])
    model = load(definitions(input_data("n") + decision("d", "D", body, requires("n"))))
    assert model.evaluate("d", {"n": 1}).value == {"finding": "MET", "waived": ["A7.2b"]}


def test_an_input_value_that_is_not_allowed_gives_null_and_a_problem():
    body = table(("岗位",), ("out",), [("-", "1")]).replace(
        "</inputExpression>", '</inputExpression><inputValues><text>"技师","高级技师"</text></inputValues>'
    )
    model = load(definitions(input_data("岗位") + decision("d", "D", body, requires("岗位"))))
    assert model.evaluate("d", {"岗位": "技师"}).value == Decimal(1)
    refused = model.evaluate("d", {"岗位": "学徒"})
    assert refused.value is None
    assert "岗位 is not one of" in refused.trace.decisions[0].problem.en


def test_a_null_input_matches_only_the_dash_and_null():
    rows = [("> 0", '"number"'), ("null", '"null"'), ("-", '"dash"')]
    assert outcome("COLLECT", None, rows).value == ["null", "dash"]


def test_one_cell_does_not_stop_the_others_from_being_judged(years):
    trace = load(years).evaluate("years", {"满5年": 57, "在岗": False}).trace
    verdicts = [[cell.verdict for cell in rule.cells] for rule in trace.decisions[0].rules]
    assert verdicts == [[False, False], [True, True], [True, True]]
