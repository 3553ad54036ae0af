"""Table checks: gaps, overlaps, rules without effect, outputs that are not allowed; each against trying everything."""

import time
from itertools import combinations, product
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import commands
from engine.bundle import read_folder
from engine.checks import advise, check
from engine.decisions import load
from engine.decisions.coverage import problems
from engine.feel import from_json
from tests.engine.bundles import line, small
from tests.engine.decisions.conftest import decision, definitions, input_data, requires, table
from tests.engine.decisions.test_decision_near_miss import DOMAINS, random_table


def checked(columns, rows, policy="UNIQUE", known=None, outputs=("out",), **more):
    """`columns`: name to type."""
    body = "".join(input_data(name, kind) for name, kind in columns.items())
    inner = table(tuple(columns), outputs, rows, policy, **more)
    names = "settings" if known else ""
    model = load(definitions(body + decision("d", "D", inner, requires(*columns))), globals=(names,) if names else ())
    return problems(model.tables[0], from_json(known) if known else None)


def kinds_of(found):
    return [problem.rule for problem in found]


def test_a_table_without_gaps_and_overlaps_has_no_findings():
    assert checked({"n": "number"}, [("< 60", "1"), (">= 60", "2")]) == []
    assert (
        checked({"n": "number", "b": "boolean"}, [("< 60", "-", "1"), (">= 60", "true", "2"), (">= 60", "false", "3")])
        == []
    )


def test_a_gap_is_shown_with_an_input_that_no_rule_takes():
    [problem] = checked({"n": "number"}, [("< 60", "1"), ("> 60", "2")])
    assert (problem.rule, problem.example) == ("table-gap", {"n": 60})
    assert problem.text.zh == "没有规则适用于 n = 60；请补一条规则或默认输出"
    assert problem.text.en == "no rule applies to n = 60; add a rule or a default"


def test_a_default_output_and_lists_of_hits_leave_no_gap():
    rows = [("< 60", "1"), ("> 60", "2")]
    assert checked({"n": "number"}, rows, defaults=("0",)) == []
    assert checked({"n": "number"}, rows, "COLLECT") == []


def test_an_overlap_names_both_rules_and_an_input():
    [problem] = checked(
        {"n": "number", "s": "string"}, [("<= 60", "-", "1"), (">= 60", '"a"', "2"), ("> 60", 'not("a")', "3")]
    )
    assert (problem.rule, problem.example) == ("table-overlap", {"n": 60, "s": "a"})
    assert problem.text.en.startswith('rules 1 and 2 both apply to n = 60, s = "a", but hit policy U allows one')


def test_with_policy_any_only_different_answers_are_an_overlap():
    assert checked({"n": "number"}, [("<= 60", "1"), (">= 60", "1")], "ANY") == []
    assert kinds_of(checked({"n": "number"}, [("<= 60", "1"), (">= 60", "2")], "ANY")) == ["table-overlap"]


def test_a_cell_that_accepts_nothing_is_named():
    [problem] = checked({"n": "number"}, [("[5..3]", "1"), ("-", "2")], "FIRST")
    assert problem.text.en == "rule 1 never applies: the cell [5..3] of n accepts no value"


def test_a_rule_behind_others_that_take_everything_is_named():
    [problem] = checked({"n": "number"}, [("< 5", "1"), (">= 3", "2"), ("4", "3"), ("-", "4")], "FIRST")
    assert (
        problem.text.en == "rule 3 is never used: rules that come first take everything that it accepts, such as n = 4"
    )


def test_the_last_rule_of_a_first_table_still_takes_null():
    assert checked({"b": "boolean"}, [("true", "1"), ("false", "2"), ("-", "3")], "FIRST") == []


def test_priority_is_the_order_of_the_allowed_outputs():
    rows = [("-", '"low"'), ("> 5", '"high"')]
    assert checked({"n": "number"}, rows, "PRIORITY", values=('"high", "low"',)) == []
    found = checked({"n": "number"}, rows, "PRIORITY", values=('"low", "high"',))
    assert kinds_of(found) == ["table-rule"]


def test_outputs_outside_the_allowed_values_or_of_another_type_are_named():
    found = checked({"n": "number"}, [("-", '"C"')], values=('"A", "B"',))
    assert [problem.text.en for problem in found] == ['the output of rule 1, out = "C", is not one of "A", "B"']
    body = input_data("n") + decision("d", "D", table(("n",), ("out",), [("-", '"C"')]), requires("n"), kind="number")
    [problem] = problems(load(definitions(body)).tables[0])
    assert problem.text.en == 'the output of rule 1, out = "C", should be a number'


def test_input_values_bound_what_is_asked():
    rows = [('"a"', "1"), ('"b"', "2")]
    assert kinds_of(checked({"s": "string"}, rows)) == ["table-gap"]
    inner = table(("s",), ("out",), rows).replace(
        "</inputExpression>", '</inputExpression><inputValues><text>"a", "b"</text></inputValues>'
    )
    model = load(definitions(input_data("s", "string") + decision("d", "D", inner, requires("s"))))
    assert problems(model.tables[0]) == []


def test_a_count_is_a_whole_number_from_zero():
    rows = [("0", "1"), ("> 0", "2")]
    inner = table(("count(l)",), ("out",), rows)
    model = load(definitions(input_data("l") + decision("d", "D", inner, requires("l"))))
    assert problems(model.tables[0]) == []


def test_cells_that_use_settings_are_checked_with_their_values():
    rows = [("< settings.years", "1"), ("> settings.years", "2")]
    [problem] = checked({"n": "number"}, rows, known={"settings": {"years": 5}})
    assert problem.example == {"n": 5}


def test_nothing_is_claimed_about_cells_that_depend_on_what_is_not_known():
    assert checked({"n": "number", "m": "number"}, [("< m", "-", "1"), ("> m", "-", "2")]) == []
    assert checked({"s": "string"}, [('matches(?, "^R")', "1"), ('matches(?, "^RX")', "2"), ("-", "3")], "FIRST") == []


@pytest.mark.parametrize("part", range(6))
def test_the_checks_say_what_trying_everything_says(part):
    seen = set()
    for seed in range(1000 + part * 50, 1050 + part * 50):
        kinds, policy, rows, _ = random_table(seed)
        columns = {f"x{at}": kind for at, kind in enumerate(kinds)}
        found = checked(
            columns, [row[:-1] for row in rows], policy, values=('"MET", "NOT_MET", "MISSING", "NEEDS_JUDGEMENT"',)
        )
        gap, pairs, dead = by_trying(kinds, policy, rows)
        seen |= set(kinds_of(found))
        assert ("table-gap" in kinds_of(found)) == gap, (seed, rows)
        assert kinds_of(found).count("table-overlap") == min(5, pairs), (seed, rows)
        named = {int(problem.text.en.split()[1]) - 1 for problem in found if problem.rule == "table-rule"}
        assert named == dead, (seed, policy, rows)
    assert seen == {"table-gap", "table-overlap", "table-rule"}


def by_trying(kinds, policy, rows):
    """Whether there is a gap, how many pairs overlap, which rules are never used: over all inputs, null for the last."""
    names = [f"x{at}" for at in range(len(kinds))]
    body = "".join(input_data(name, kind) for name, kind in zip(names, kinds, strict=True))
    inner = table(names, ("verdict",), [(*row[:-2], str(at)) for at, row in enumerate(rows)], "COLLECT")
    model = load(definitions(body + decision("d", "D", inner, requires(*names))))
    ranks = {'"MET"': 0, '"NOT_MET"': 1, '"MISSING"': 2, '"NEEDS_JUDGEMENT"': 3}
    gap, pairs, used = False, set(), set()
    for values in product(*([*DOMAINS[kind], None] for kind in kinds)):
        hits = [int(at) for at in model.evaluate("d", dict(zip(names, values, strict=True))).value or []]
        if None not in values:
            gap |= not hits
            pairs |= set(combinations(hits, 2))
        used |= winners(hits, policy, [ranks[row[-2]] for row in rows])
    if policy not in ("UNIQUE", "ANY"):
        pairs = set()
    if policy == "ANY":
        pairs = {(one, other) for one, other in pairs if rows[one][-2] != rows[other][-2]}
    return gap and policy != "COLLECT", len(pairs), set(range(len(rows))) - used


def winners(hits, policy, ranks):
    if policy == "FIRST":
        return set(hits[:1])
    if policy == "PRIORITY":
        best = min((ranks[at] for at in hits), default=None)
        return {at for at in hits if ranks[at] == best}
    return set(hits)


def test_a_thousand_rules_are_checked_in_bounded_time():
    columns = {f"x{at}": "number" for at in range(6)}
    rows = [(f"[{n}..{n + 1})", *[f"[{n % (7 + at)}..{n})" for at in range(5)], str(n)) for n in range(1, 1001)]
    start = time.perf_counter()
    found = checked(columns, rows)
    assert kinds_of(found)[-1] == "table-gap"
    assert time.perf_counter() - start < 20


def bundle_with(rows, **more):
    body = '<bpmn:businessRuleTask id="rule"><bpmn:extensionElements><zeebe:calledDecision decisionId="d" resultVariable="r" />'
    body += '<zeebe:ioMapping><zeebe:input source="=1" target="n" /></zeebe:ioMapping>'
    body += "</bpmn:extensionElements></bpmn:businessRuleTask>" + line("begin", "rule", "finish")
    dmn = definitions(
        input_data("n", "number") + decision("d", "D", table(("n",), ("out",), rows, **more), requires("n"))
    )
    return small(body, files={"a.dmn": dmn})


def test_gaps_and_overlaps_are_told_by_the_check_and_do_not_refuse_a_bundle(tmp_path):
    bundle = bundle_with([("< 60", "1"), ("> 60", "2")])
    assert check(bundle) == ()
    assert [(one.file, one.element, one.rule) for one in advise(bundle)] == [("a.dmn", "d", "table-gap")]
    for path, content in bundle.files.items():
        (tmp_path / path).write_bytes(content)
    ran = CliRunner().invoke(commands, ["check", str(tmp_path)])
    told = "a.dmn:d: table-gap: no rule applies to n = 60; add a rule or a default\n1 finding(s)\n"
    assert (ran.exit_code, ran.stdout) == (1, told)


def test_an_output_that_is_not_allowed_refuses_the_bundle():
    bundle = bundle_with([("-", '"C"')], values=('"A", "B"',))
    assert [(one.element, one.rule) for one in check(bundle)] == [("d", "table-output")]


def test_the_shipped_bundle_has_nothing_to_tell():
    assert advise(read_folder(Path(__file__).parents[3] / "processes" / "tianjin-2024-9")) == ()
