"""What a production start refuses, with a sentence each."""

import pytest
from click.testing import CliRunner

from api.cli import commands
from engine import Engine
from engine.cases.reading import moment
from engine.clock import VirtualClock
from engine.errors import InvalidError
from engine.keys import new_key
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.people import ADMIN, KEYS

SECRET = {"PINGPIN_SECRET_KEY": "k" * 40, "PINGPIN_DATA_KEYS": new_key()}


def start(command, address, **variables):
    done = CliRunner().invoke(commands, [command], env={**SECRET, "PINGPIN_DATABASE_URL": address, **variables})
    assert done.exception is not None
    return done.exception


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_it_does_not_run_on_a_database_whose_clock_was_moved(command, tmp_path):
    address = databases.sqlite(tmp_path)
    database = open_database(address)
    sandbox = Engine(make_sessions(database), VirtualClock(moment("2025-05-09")), keys=KEYS)
    sandbox.move_clock(ADMIN, moment("2027-03-01T09:00:00+08:00"))
    database.dispose()
    refused = start(command, address)
    assert isinstance(refused, InvalidError)
    assert "2027-03-01 09:00" in refused.text.zh
    assert "PINGPIN_DATABASE_URL" in refused.text.en


@pytest.mark.parametrize("secret", ["", "short"])
def test_serving_needs_a_secret_key(secret, tmp_path):
    refused = start("serve", databases.sqlite(tmp_path), PINGPIN_SECRET_KEY=secret)
    assert isinstance(refused, InvalidError)
    assert "PINGPIN_SECRET_KEY" in refused.text.en


@pytest.mark.parametrize("keys", ["", "c2hvcnQ=", f"{new_key()},not base64"], ids=["none", "short", "broken"])
def test_serving_needs_keys_for_identity_numbers_and_never_tells_one(keys, tmp_path):
    refused = start("serve", databases.sqlite(tmp_path), PINGPIN_DATA_KEYS=keys)
    assert isinstance(refused, InvalidError)
    assert "PINGPIN_DATA_KEYS" in refused.text.en
    assert "openssl rand -base64 32" in refused.text.zh
    assert all(key not in str(refused.text) for key in keys.split(",") if key)
