"""Every worked case of every bundle passes, and the bundles pass their own checks."""

from pathlib import Path

import pytest

from engine.bundle import read_folder
from engine.cases import Coverage, bundle_of, find_cases, read_case, run_case
from engine.cases.coverage import all_flows
from engine.checks import check, compile_bundle
from tests.people import BUNDLE

BUNDLES = sorted(path.parent for path in BUNDLE.parent.glob("*/policy.yaml"))


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda folder: folder.name)
def test_a_shipped_bundle_has_no_finding(folder):
    assert [str(finding) for finding in check(read_folder(folder))] == []


@pytest.mark.parametrize("path", find_cases(BUNDLES), ids=lambda path: path.stem)
def test_a_worked_case_passes(path: Path):
    assert run_case(read_case(path), read_folder(bundle_of(path))).failure is None


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda folder: folder.name)
def test_the_cases_walk_every_flow_of_the_diagrams(folder):
    bundle = read_folder(folder)
    covered = Coverage()
    for path in find_cases([folder]):
        covered |= run_case(read_case(path), bundle).coverage
    assert all_flows(compile_bundle(bundle)) - covered.flows == set()
