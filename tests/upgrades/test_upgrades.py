"""Every kept state of every release reopens here, and goes on to what its diagram's expectation says."""

import json
import lzma
import shutil
import sqlite3
from base64 import b64decode
from datetime import datetime

import pytest

from engine.clock import VirtualClock
from engine.errors import InvalidError
from engine.migrations import upgrade
from engine.spiff import state as states
from engine.transaction import open_database
from tests.conformance.bpmn.playing import Play
from tests.upgrades.keeping import STATES

RELEASES = {
    path.name.removesuffix(".json.xz"): json.loads(lzma.decompress(path.read_bytes())) for path in STATES.glob("*.xz")
}
CASES = [(release, name) for release, document in RELEASES.items() for name in document["diagrams"]]


@pytest.fixture(scope="module")
def empty_databases(tmp_path_factory):
    """For each release an empty database with its schema."""
    folder = tmp_path_factory.mktemp("releases")
    for release, document in RELEASES.items():
        database = open_database(f"sqlite:///{folder}/{release}.db")
        upgrade(database, document["revision"])
        database.dispose()
    return folder


class Reopened(Play):
    """A play that goes on from rows instead of beginning anew."""

    def __init__(self, address, now, instances):
        self.address, self.restart, self.clock = address, True, VirtualClock(now)
        self.database, self.instances = open_database(address), list(instances)
        upgrade(self.database)
        self.engine = self._new()


@pytest.mark.parametrize(("release", "name"), CASES, ids=lambda value: value)
def test_what_a_release_has_written_goes_on(release, name, empty_databases, tmp_path):
    kept, rows = RELEASES[release]["diagrams"][name], {}
    expected = kept["expected"]
    for number, moment in enumerate(kept["moments"]):
        rows |= moment["rows"]
        path = tmp_path / f"{number}.db"
        shutil.copy(empty_databases / f"{release}.db", path)
        fill(path, rows)
        play = Reopened(f"sqlite:///{path}", datetime.fromisoformat(moment["now"]), moment["started"])
        for step in expected["steps"][number:]:
            play.step(step)
        whole = play.whole()
        assert whole.line.end_element == expected.get("end")
        assert {key: whole.variables.get(key) for key in expected.get("variables", {})} == expected.get("variables", {})
        play.database.dispose()


def fill(path, rows):
    """The rows as they lay in the file, into the schema as it was."""
    with sqlite3.connect(path) as connection:
        for table, found in rows.items():
            for row in found:
                names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
                connection.execute(
                    f"INSERT INTO {table} ({names}) VALUES ({marks})", [read(each) for each in row.values()]
                )
    connection.close()


def read(value):
    return b64decode(value["bytes"]) if isinstance(value, dict) else value


def test_a_state_that_a_later_release_wrote_is_refused_and_stays_as_it_is(empty_databases, tmp_path, monkeypatch):
    """Whoever went back a release is told so; nothing is written over."""
    release, document = next(iter(RELEASES.items()))
    kept = document["diagrams"]["sub-process-plain"]["moments"][0]
    path = tmp_path / "later.db"
    shutil.copy(empty_databases / f"{release}.db", path)
    fill(path, kept["rows"])
    play = Reopened(f"sqlite:///{path}", datetime.fromisoformat(kept["now"]), kept["started"])
    monkeypatch.setattr(states, "FORMAT", states.FORMAT - 1)
    with pytest.raises(InvalidError, match="Upgrade before going on"):
        play.step({"complete": "a"})
    monkeypatch.undo()
    play.step({"complete": "a"})
    play.database.dispose()
