"""Every worked case of every bundle passes, and the bundles pass their own checks."""

from functools import cache
from pathlib import Path

import pytest

from engine.bundle import read_folder
from engine.cases import Coverage, bundle_of, find_cases, read_case, run_case
from engine.cases.coverage import all_flows
from engine.checks import check, compile_bundle
from tests.people import BUNDLE

_ENDLESS = "the fictional revision has no last day, so nobody asks for a basis after it"
_KNOWN = "the fictional revision names the chief's letter"
# Flows that no case of a bundle can walk, with the reason.
WITHOUT_WAY = {
    "tianjin-2026-fictional": {
        **dict.fromkeys(
            [
                ("issuing", "basis_again_to_legal_basis_again"),
                ("issuing", "legal_basis_again_to_may_issue"),
                ("issuing", "may_issue_to_chief_letter_known"),
                ("issuing", "may_issue_to_withhold"),
                ("issuing", "withhold_to_issuing_stopped"),
                ("policy-basis", "basis_start_to_record_basis"),
                ("policy-basis", "record_basis_to_basis_recorded"),
                ("round", "basis_needed_to_legal_basis"),
                ("round", "legal_basis_to_may_finish"),
                ("round", "may_finish_to_determine"),
                ("round", "may_finish_to_stopped"),
                ("round", "stopped_to_to_tell_stopped"),
            ],
            _ENDLESS,
        ),
        **dict.fromkeys(
            [
                ("issuing", "letter_missing_to_chief_letter"),
                ("issuing", "chief_letter_to_keep_letter"),
                ("issuing", "keep_letter_to_issuing_done"),
            ],
            _KNOWN,
        ),
    }
}
BUNDLES = sorted(path.parent for path in BUNDLE.parent.glob("*/policy.yaml"))


@cache
def played(path):
    """Once for all that look at it."""
    return run_case(read_case(path), read_folder(bundle_of(path)))


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda folder: folder.name)
def test_a_shipped_bundle_has_no_finding(folder):
    assert [str(finding) for finding in check(read_folder(folder))] == []


@pytest.mark.parametrize("path", find_cases(BUNDLES), ids=lambda path: path.stem)
def test_a_worked_case_passes(path: Path):
    assert played(path).failure is None


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda folder: folder.name)
def test_the_cases_walk_every_flow_of_the_diagrams(folder):
    bundle = read_folder(folder)
    covered = Coverage()
    for path in find_cases([folder]):
        covered |= played(path).coverage
    left = all_flows(compile_bundle(bundle)) - covered.flows
    reasons = WITHOUT_WAY.get(folder.name, {})
    assert {flow for flow in left if flow not in reasons} == set()
    assert set(reasons) <= left
