"""Every diagram of this folder does what its expectation file says, with a new engine at every step as without."""

import pytest

from engine.checks.support import ELEMENTS, page
from engine.diagram import parse_diagrams
from tests import databases
from tests.conformance.bpmn.playing import DIAGRAMS, play, read, refusals
from tests.people import BUNDLE

ALL = sorted(DIAGRAMS.glob("*.bpmn"))
REFUSED = [path for path in ALL if "refused" in read(path)[1]]
ACCEPTED = [path for path in ALL if path not in REFUSED]


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_it_runs_as_told_and_the_same_when_loaded_anew_at_every_step(path, tmp_path):
    assert refusals(path) == set()
    undisturbed = play(databases.sqlite(tmp_path, "one.db"), path, restart=False)
    assert play(databases.sqlite(tmp_path, "two.db"), path) == undisturbed


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_it_is_refused_by_rule_and_element(path):
    expected = {(finding["element"], finding["rule"]) for finding in read(path)[1]["refused"]}
    assert refusals(path) == expected


def test_the_page_of_what_runs_says_what_the_checks_do():
    assert (BUNDLE.parent.parent / "docs" / "bpmn-support.md").read_text() == page()


def test_every_row_of_the_page_has_a_diagram():
    """Accepted or refused, each element with its kind of event stands in a diagram of its own kind here."""
    accepted, refused = (_rows(paths) for paths in (ACCEPTED, REFUSED))
    runs = {row for row, entry in ELEMENTS.items() if entry.runs}
    assert runs - accepted == set()
    assert set(ELEMENTS) - runs - refused - accepted == set()


def _rows(paths):
    found = set()
    for path in paths:
        for diagram in parse_diagrams(path.read_bytes(), path.name):
            found |= {(element.tag, element.event) for element in diagram.elements.values()}
    return found
