"""The trace: which cell failed, for people and for JSON."""

import json

from engine.decisions import explain, load
from tests.engine.decisions.conftest import decision, definitions, input_data, literal, requires, table

SHORT = {"满5年": 57, "在岗": True}


def test_the_failing_cell_is_named_in_both_languages(years):
    trace = load(years).evaluate("years", SHORT).trace
    assert explain(trace, "zh") == [
        "A7.2b 不符合：已有57，需60",
        "年限 第 1 条规则（A7.2b）不成立：应为 满5年 >= 60，实际为 57",
        "年限 第 2 条规则（A7.2b）成立",
        "年限 第 3 条规则（A7.2c）不成立：应为 在岗 = false，实际为 true",
    ]
    assert explain(trace, "en")[1] == "年限, rule 1 (A7.2b) does not apply: 满5年 >= 60 was required, found 57"


def test_a_value_that_cannot_be_compared_is_said_to_be_so(years):
    trace = load(years).evaluate("years", {"在岗": True}).trace
    assert explain(trace, "zh")[1] == "年限 第 1 条规则（A7.2b）不成立：满5年 >= 60 无法与 空 比较"


def test_the_trace_is_plain_json(years):
    found = load(years).evaluate("years", SHORT).trace.as_json()
    assert json.loads(json.dumps(found, ensure_ascii=False)) == found
    table_trace = found["decisions"][0]
    assert table_trace["inputs"][0] == {"label": "满5年", "expression": "满5年", "value": 57}
    assert table_trace["hitPolicy"] == "F"
    rule = table_trace["rules"][0]
    assert (rule["id"], rule["clause"], rule["matched"], rule["outputs"]) == ("rule_1", "A7.2b", False, None)
    assert rule["cells"][0] == {"label": "满5年", "text": ">= 60", "value": 57, "verdict": False}
    assert table_trace["rules"][1]["outputs"] == {"finding": "NOT_MET"}


def test_decisions_stand_in_the_order_in_which_they_were_made(years):
    body = input_data("n") + decision("first", "第一", literal("n + 1"), requires("n"))
    body += decision("second", "第二", literal("第一 * 2"), requires(decisions=("first",)))
    trace = load(definitions(body)).evaluate("第二", {"n": 1}).trace
    assert [entry.id for entry in trace.decisions] == ["first", "second"]
    assert [(entry.label, entry.value) for entry in trace.decisions[1].inputs] == [("第一", 2)]


def test_the_reason_for_a_null_is_kept():
    found = load(definitions(input_data("n") + decision("d", "D", literal('n + "a"'), requires("n")))).evaluate(
        "d", {"n": 1}
    )
    assert found.value is None
    assert found.trace.warnings[0].en == "number + string has no meaning"


def test_the_modelers_own_annotation_column_is_kept():
    body = table(("n",), ("out",), [("-", "1")]).replace(
        '<rule id="rule_1">', '<rule id="rule_1"><description>A9.2</description>'
    )
    trace = load(definitions(input_data("n") + decision("d", "D", body, requires("n")))).evaluate("d", {"n": 1}).trace
    assert trace.decisions[0].rules[0].annotations["description"] == "A9.2"


def test_a_rule_after_the_first_that_matched_is_not_used(years):
    trace = load(years).evaluate("years", {"满5年": 57, "在岗": False}).trace
    assert [(rule.matched, rule.used) for rule in trace.decisions[0].rules] == [
        (False, False),
        (True, True),
        (True, False),
    ]
    assert explain(trace, "zh")[3] == "年限 第 3 条规则（A7.2c）未采用"
