"""Every kind of rule, negated, is noticed by a case; `python -m tests.policies.negation` does it for all rows."""

import pytest

from engine.bundle import read_folder
from engine.checks import check
from tests.people import BUNDLE
from tests.policies.mutants import mutants, reasons, rows
from tests.policies.negation import negate


def test_a_negated_rule_fails_a_case():
    asked = {"A2.2", "A6.1", "A7.5", "A10.0", "A12.2"}
    verdicts = list(negate(BUNDLE, sorted(asked), processes=1))
    assert {verdict.row for verdict in verdicts} == asked
    assert [str(verdict) for verdict in verdicts if verdict.case is None] == []


def test_every_row_that_a_rule_decides_has_something_to_negate_or_a_written_reason():
    bundle = read_folder(BUNDLE)
    without = [row for row in rows(bundle) if not mutants(bundle, row)]
    assert without == ["A1.1"]
    assert "A1.1" in reasons(bundle)


def test_working_days_become_calendar_days():
    changed = next(one for one in mutants(read_folder(BUNDLE), "A10.3a") if "calendar days" in one.what)
    (diagram,) = changed.files.values()
    assert b'+ duration("P1D") * (' in diagram.replace(b"&quot;", b'"')


def _with_one_case(folder, kept):
    """The shipped bundle with this case alone."""
    bundle = read_folder(BUNDLE)
    files = {path: content for path, content in bundle.files.items() if not path.startswith("cases/")}
    for path, content in files.items():
        (folder / path).write_bytes(content)
    (folder / "cases").mkdir()
    (folder / "cases" / kept.rpartition("/")[2]).write_bytes(bundle.files[f"cases/{kept}"])
    return folder


def test_a_negated_rule_that_no_case_asks_for_is_told(tmp_path):
    verdicts = list(negate(_with_one_case(tmp_path, "tables/term.yaml"), ["A12.3"], processes=1))
    assert [verdict.case for verdict in verdicts] == [None] * len(verdicts)
    assert str(verdicts[0]).endswith("NOT CAUGHT")


def test_what_is_left_out_of_a_diagram_is_noticed_by_a_story_that_walks_there(tmp_path):
    verdicts = negate(_with_one_case(tmp_path, "s1-normal.yaml"), ["AX.3"], processes=1)
    noticed = {verdict.what: verdict.case for verdict in verdicts if ".bpmn" in verdict.what}
    assert noticed["candidacy.bpmn:certificate_number: left out"] == "s1-normal"
    assert noticed["candidacy.bpmn:void_certificate: left out"] is None


@pytest.mark.parametrize("row", ["A2.1", "A3.1", "A13.1"])
def test_a_bundle_with_a_negated_diagram_passes_its_checks(row):
    bundle = read_folder(BUNDLE)
    negated = [mutant for mutant in mutants(bundle, row) if mutant.place]
    assert negated
    assert [str(finding) for mutant in negated for finding in check(mutant.bundle(bundle))] == []
