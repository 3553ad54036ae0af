"""The API over a real engine, and people with tokens."""

import pytest
from sqlalchemy import select

from engine import Engine
from engine.cases.running import World, populate
from engine.clock import VirtualClock
from engine.tables import metadata
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.api.rest.callers import callers
from tests.people import KEYS, S1, s1


@pytest.fixture
def caller(world):
    return world.also("callers", lambda: callers(world.engine))


@pytest.fixture
def written(database):
    """Says everything that stands in the database now: what a refusal must leave as it was."""
    return lambda: everything(database)


def everything(database):
    """But how often somebody has called, and when last."""
    with database.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(*_kept(table))).all()))
            for table in metadata.sorted_tables
            if table.name != "throttle"
        }


def _kept(table):
    return [column for column in table.c if column.name != "last_used_at"]


@pytest.fixture(scope="module")
def shared(dialect, tmp_path_factory, bundle):
    """S1's people and the 2024 policy, for a module whose tests leave everything as it is."""
    database = open_database(databases.new(dialect, tmp_path_factory.mktemp("rest")))
    case = s1()
    clock = VirtualClock(case.starts_at)
    world = World(Engine(make_sessions(database), clock, keys=KEYS), clock, S1.parent)
    populate(world, case, bundle)
    yield world
    database.dispose()


@pytest.fixture(scope="module")
def shared_caller(shared):
    return callers(shared.engine)


@pytest.fixture
def shared_written(shared):
    """As `written`."""
    return lambda: everything(shared.engine.sessions.kw["bind"])
