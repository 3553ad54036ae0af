"""Cases that ask decisions directly: what they see, and that they can fail."""

import pytest

from engine.bundle import read_folder
from engine.cases import Coverage, find_cases, read_case, run_case
from engine.cases.coverage import all_rules
from engine.checks import compile_bundle
from tests.people import BUNDLE

STEP = "decide: check_quorum, with: {committee: {experts: [a, b, c]}, meeting: {present: [a, b]}}"


def played(tmp_path, step, head=""):
    path = tmp_path / "case.yaml"
    path.write_text(f"case: 到会\n{head}steps:\n  - {{{step}}}\n", encoding="utf-8")
    return run_case(read_case(path), read_folder(BUNDLE))


def test_a_decision_is_asked_without_people_and_without_a_start(tmp_path):
    result = played(tmp_path, f"{STEP}, expect: {{ok: true}}, findings: {{A10.2b: MET, A7.1: null}}")
    assert result.failure is None
    assert result.coverage.rules == {("quorum_table", "quorum_table_rule_1")}


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (f"{STEP}, expect: {{ok: false}}", "ok: expected False, found True"),
        (f"{STEP}, findings: {{A10.2b: NOT_MET}}", "A10.2b: expected"),
        (f"{STEP}, findings: {{A10.2b: null}}", "findings of A10.2b: expected []"),
        (f"{STEP}, change: {{meeting.present.1: '-'}}, expect: {{ok: true}}", "ok: expected True, found False"),
        (f"{STEP}, settings: {{committee.quorum_yes: 3}}, expect: {{ok: true}}", "ok: expected True, found False"),
        (f"{STEP}, settings: {{committee.quorums: 3}}", "the policy has no setting committee.quorums"),
        ("decide: check_quorums", "the bundle has no decision check_quorums"),
    ],
)
def test_what_is_not_as_told_is_said(tmp_path, step, said):
    assert said in str(played(tmp_path, step).failure)


def test_settings_of_the_case_count(tmp_path):
    head = "settings: {committee.quorum_yes: 1, committee.quorum_of: 1}\n"
    assert played(tmp_path, f"{STEP}, expect: {{ok: false}}", head).failure is None


def test_every_rule_of_every_table_has_a_case_that_asks_it_directly():
    bundle, covered = read_folder(BUNDLE), Coverage()
    for path in find_cases([BUNDLE / "cases" / "tables"]):
        covered |= run_case(read_case(path), bundle).coverage
    assert all_rules(compile_bundle(bundle)) - covered.rules == set()
