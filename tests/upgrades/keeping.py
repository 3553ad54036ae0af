"""Keeps what a release writes: every accepted conformance diagram at each of its wait states, as rows, with the steps left.

`python -m tests.upgrades.keeping 2026-11` writes states/2026-11.json.xz; it is made once for a release and never again.
"""

import base64
import json
import lzma
import sys
import tempfile
from pathlib import Path

from alembic.migration import MigrationContext

from engine.tables import metadata
from tests import databases
from tests.conformance.bpmn.playing import DIAGRAMS, Play, read

STATES = Path(__file__).parent / "states"


def keep(release):
    """One document: the schema's revision, and for each diagram its expectation and its rows before each step."""
    document = {"diagrams": {}}
    for path in sorted(DIAGRAMS.glob("*.bpmn")):
        bundle, expected = read(path)
        if "refused" not in expected and expected.get("steps"):
            with tempfile.TemporaryDirectory() as folder:
                play = Play(databases.sqlite(Path(folder)), bundle, restart=False)
                document["diagrams"][path.stem] = {
                    "expected": expected,
                    "moments": list(moments(play, expected["steps"])),
                }
                document["revision"] = revision(play.database)
                play.database.dispose()
    STATES.mkdir(exist_ok=True)
    target = STATES / f"{release}.json.xz"
    target.write_bytes(lzma.compress(json.dumps(document, ensure_ascii=False).encode(), preset=9))
    return target


def moments(play, steps):
    """Before each step what is open then, told by its rows; the files of the deployment only once."""
    seen = {}
    for step in steps:
        rows = {table: told(play.database, table) for table in metadata.tables}
        yield {"now": play.clock.now().isoformat(), "started": list(play.instances), "rows": only_new(rows, seen)}
        play.step(step)


def only_new(rows, seen):
    """A table that is as it was before the step is left out."""
    changed = {table: found for table, found in rows.items() if seen.get(table) != found}
    seen.update(changed)
    return changed


def told(database, table):
    """Rows as they lie in the file, bytes as base64."""
    with database.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT * FROM {table}").mappings()
        return [{name: plain(value) for name, value in row.items()} for row in rows]


def plain(value):
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def revision(database):
    with database.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


if __name__ == "__main__":
    print(keep(sys.argv[1]))
