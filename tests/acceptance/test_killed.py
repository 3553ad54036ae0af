"""The process is killed at every wait state of S1 and started again: nothing is lost, nothing is different.

One process plays S1 undisturbed. Another is killed by SIGKILL after each step, while its server is up; a new one goes on
from the same file. In the end both databases tell the same story, but for generated ids and the machine's own time.
"""

import json
import re
import signal
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text

from engine.cases import read_case
from engine.tables import metadata
from engine.transaction import open_database
from tests import databases
from tests.acceptance import player, processes
from tests.people import S1

STEPS = [number for number, step in enumerate(read_case(S1).steps) if "expect" not in step]
# Of a ballot's slips, which are random.
DIGEST = re.compile(r'("slips": )"[0-9a-f]{64}"')
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new(folder: Path) -> Path:
    """A database with the schema and nothing else in it."""
    databases.sqlite(folder, "s1.db")
    return folder / "s1.db"


def play(
    database: Path, first: int | None, last: int | None, *, kill: bool = False, before_delivery: bool = False
) -> int:
    """A process of its own plays some steps; says how it ended."""
    process = processes.begin(partial(player.play, kill=kill, before_delivery=before_delivery), database, first, last)
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


def story(database: Path) -> dict[str, list]:
    """Every table's rows, generated ids replaced by the order of their appearance, real time and state left out."""
    names: dict[str, str] = {}

    def plain(value: object) -> str:
        told = DIGEST.sub(r"\1null", json.dumps(value, ensure_ascii=False, default=str))
        return UUID.sub(lambda found: names.setdefault(found[0], f"#{len(names)}"), told)

    told = {}
    opened = open_database(f"sqlite:///{database}")
    with opened.connect() as connection:
        for table, order in ORDER.items():
            rows = connection.execute(select(metadata.tables[table]).order_by(text(order))).mappings()
            told[table] = [{key: plain(value) for key, value in row.items() if key not in CHANCE} for row in rows]
    opened.dispose()
    return told


# The machine's own time, random salts and what is hashed from them, and SpiffWorkflow's ids.
CHANCE = {"at_real", "deployed_at_real", "state", "salt", "commitment", "link", "history_head"}

# Instances first: their ids then have the same short names in both stories.
ORDER = {
    "process_instance": "process, business_key",
    "history": "(SELECT business_key FROM process_instance WHERE id = subject_id), subject_id, number",
    "task": "opened_at, element, assignee_id",
    "task_candidate": "role, barred_id, task_id",
    "timer": "opened_at, element",
    "subscription": "element",
    "outbox": "id",
    "report": "message, child_id",
    "certificate": "number",
    "certificate_serial": "prefix",
    "virtual_clock": "id",
    "deployment": "id",
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    database = new(tmp_path_factory.mktemp("undisturbed"))
    assert play(database, 0, None) == 0
    return story(database)


def comparable(told: dict[str, list]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1, default=str)


def test_killed_after_every_step_s1_ends_as_if_nothing_had_happened(undisturbed, tmp_path):
    database = new(tmp_path)
    for number, step in enumerate(STEPS):
        last = number == len(STEPS) - 1
        ended = play(database, step, None if last else STEPS[number + 1], kill=not last)
        assert ended == (0 if last else -signal.SIGKILL)
    assert comparable(story(database)) == comparable(undisturbed)


def test_killed_between_a_command_and_its_messages_nothing_is_lost_and_nothing_comes_twice(undisturbed, tmp_path):
    """The worst moment: the command is committed, its message is not delivered yet."""
    database = new(tmp_path)
    ends = [play(database, None, None, before_delivery=True)]
    while ends[-1] == -signal.SIGKILL and len(ends) < 60:
        ends.append(play(database, None, None, before_delivery=True))
    assert ends[-1] == 0
    assert len(ends) > 5
    assert comparable(story(database)) == comparable(undisturbed)
