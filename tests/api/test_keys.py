"""`pingpin keys` on the command line, and the keys that a sandbox makes for itself."""

import stat

from click.testing import CliRunner

from api.cli import commands
from api.sandbox import _keys
from engine import Engine
from engine.clock import SystemClock
from engine.keys import new_key, read_keys
from engine.places import of_start
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.people import ADMIN


def run(address, keys, *command):
    variables = {"PINGPIN_DATABASE_URL": address, "PINGPIN_DATA_KEYS": keys}
    return CliRunner().invoke(commands, ["keys", *command], env=variables)


def test_keys_are_checked_and_rotated_from_the_command_line(tmp_path):
    address, old, new = databases.sqlite(tmp_path), new_key(), new_key()
    database = open_database(address)
    engine = Engine(make_sessions(database), SystemClock(), keys=read_keys(old))
    engine.add_person(ADMIN, id="a", name="甲", roles=[])
    place = of_start("candidacy", None)
    engine.papers.save_draft(engine.actor("a"), place, [("application.id_number", "999999197805010012")])
    name, newer = read_keys(old).ids[0], read_keys(new).ids[0]

    lost = run(address, new, "check")
    assert (lost.exit_code, f"draft: 1 under key {name}, WHICH IS MISSING" in lost.output) == (1, True)
    assert run(address, f"{new},{old}", "rotate").output == "draft 1\n"
    assert run(address, new, "rotate").output == "nothing was left to do\n"
    found = run(address, new, "check")
    assert (found.exit_code, found.output) == (0, f"draft: 1 under key {newer}\n")
    database.dispose()


def test_a_sandbox_makes_its_own_key_once_for_its_owner_alone(tmp_path):
    url = f"sqlite:///{tmp_path}/sandbox.db"
    made = _keys(url)
    assert stat.S_IMODE((tmp_path / "sandbox.keys").stat().st_mode) == 0o600
    assert _keys(url).ids == made.ids
    assert len(made.ids) == 1
