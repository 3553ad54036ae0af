"""Fixtures that every room shares: a real database, real SpiffWorkflow, a clock that stands still."""

import gc
from pathlib import Path

import pytest

from engine import Engine
from engine.bundle import read_folder
from engine.cases.running import populate
from engine.clock import VirtualClock
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.mail_server import post
from tests.people import BUNDLE, KEYS, S1, s1
from tests.stories import Told

__all__ = ["post"]

_TESTS = Path(__file__).parent
# What is written, locked, searched, paged or migrated may differ between the databases: everything else here runs on both. A
# page, a form, an expression, a decision, a check, a diagram's course cannot tell which one it is.
ON_SQLITE = (
    "api", "browser", "conformance", "engine/calendars", "engine/decisions", "engine/difference", "engine/feel", "engine/spiff",
    "forms", "policies",
)  # fmt: skip

# These first, the longest at the head: whoever is done early then has something small left to do.
LONG = (
    "browser/test_s1.py", "policies/test_cases.py", "browser/test_axe.py", "acceptance/test_random_processes.py",
    "upgrades/test_upgrades.py", "acceptance/test_killed.py", "conformance/bpmn/test_bpmn.py", "policies/test_negation.py",
    "acceptance/test_faults.py", "browser/test_keyboard.py", "browser/test_redeployment.py",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    places = {_TESTS / path: place for place, path in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(LONG)))


def pytest_collection_finish():
    """What was imported and collected stays; looking through it again and again would be a tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def bundle():
    return read_folder(BUNDLE)


def pytest_generate_tests(metafunc):
    """Which databases a test runs on; a module with the mark `both` goes beyond the rule of its directory."""
    if "dialect" in metafunc.fixturenames:
        alone = _on_sqlite(metafunc.definition.path) and metafunc.definition.get_closest_marker("both") is None
        metafunc.parametrize("dialect", ["sqlite"] if alone else ["sqlite", "postgresql"], scope="module")


def _on_sqlite(path):
    folder = path.relative_to(_TESTS)
    return any(folder.is_relative_to(each) for each in ON_SQLITE)


@pytest.fixture
def address(dialect, tmp_path):
    with databases.lent(dialect, tmp_path) as found:
        yield found


@pytest.fixture
def database(address):
    opened = open_database(address)
    yield opened
    opened.dispose()


@pytest.fixture
def empty(database):
    """An engine that nothing is deployed on, at the moment where S1 begins."""
    clock = VirtualClock(s1().starts_at)
    return Engine(make_sessions(database), clock, keys=KEYS)


@pytest.fixture
def world(empty, bundle):
    """S1's people and the 2024 policy, nothing started."""
    found = Told(empty, empty.clock, S1.parent)
    populate(found, s1(), bundle)
    found.begin("s1", bundle)
    return found


@pytest.fixture
def play(world):
    """Play S1 up to, but not including, the first step on the element given."""

    def until(element=None):
        steps = s1().steps
        if element is not None:
            steps = steps[
                : next(i for i, step in enumerate(steps) if element in (step.get("complete"), step.get("start")))
            ]
        world.tell(steps)
        return world

    return until
