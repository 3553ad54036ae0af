"""Every diagram of this folder does what its expectation file says, with a new engine at every step as without."""

import pytest

from tests.conformance.bpmn.playing import DIAGRAMS, play, read, refusals

ALL = sorted(DIAGRAMS.glob("*.bpmn"))
REFUSED = [path for path in ALL if "refused" in read(path)[1]]
ACCEPTED = [path for path in ALL if path not in REFUSED]


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_it_runs_as_told_and_the_same_when_loaded_anew_at_every_step(path, tmp_path):
    assert refusals(path) == set()
    undisturbed = play(f"sqlite:///{tmp_path}/one.db", path, restart=False)
    assert play(f"sqlite:///{tmp_path}/two.db", path) == undisturbed


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_it_is_refused_by_rule_and_element(path):
    expected = {(finding["element"], finding["rule"]) for finding in read(path)[1]["refused"]}
    assert refusals(path) == expected
