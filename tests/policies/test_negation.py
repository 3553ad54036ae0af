"""Every kind of rule, negated, is noticed by a case; `python -m tests.policies.negation` does it for all rows."""

import pytest

from engine.bundle import make_bundle, read_folder
from tests.people import BUNDLE
from tests.policies.mutants import mutants, rows
from tests.policies.negation import negate


@pytest.mark.parametrize("row", ["A2.2", "A6.1", "A7.5", "A10.0", "A12.2"])
def test_a_negated_rule_fails_a_case(row):
    verdicts = list(negate(BUNDLE, [row], processes=1))
    assert verdicts
    assert [str(verdict) for verdict in verdicts if verdict.case is None] == []


def test_every_row_that_a_rule_decides_has_something_to_negate():
    bundle = read_folder(BUNDLE)
    assert [row for row in rows(bundle) if row != "A1.1" and not mutants(bundle, row)] == []


def test_working_days_become_calendar_days():
    changed = next(one for one in mutants(read_folder(BUNDLE), "A10.3a") if "calendar days" in one.what)
    (diagram,) = changed.files.values()
    assert b'+ duration("P1D") * (' in diagram.replace(b"&quot;", b'"')


def test_a_negated_rule_that_no_case_asks_for_is_told(tmp_path):
    bundle = read_folder(BUNDLE)
    for path, content in make_bundle(
        {path: content for path, content in bundle.files.items() if not path.startswith("cases/")}
    ).files.items():
        (tmp_path / path).write_bytes(content)
    (tmp_path / "cases").mkdir()
    kept = "cases/tables/term.yaml"
    (tmp_path / "cases" / "term.yaml").write_bytes(bundle.files[kept])
    verdicts = list(negate(tmp_path, ["A12.3"], processes=1))
    assert [verdict.case for verdict in verdicts] == [None] * len(verdicts)
    assert str(verdicts[0]).endswith("NOT CAUGHT")
