"""What rehearsals and corrections rest on: an instance that is played again by its record comes to what it is."""

from pathlib import Path

import pytest
from sqlalchemy import select

from engine import Engine, Outside
from engine.cases import find_cases, read_case
from engine.cases.running import World, play_steps, populate
from engine.clock import VirtualClock
from engine.queries.recorded import recorded
from engine.rehearsing import rehearse
from engine.tables import metadata, process_instance
from engine.transaction import make_sessions, open_database
from tests.people import BUNDLE, KEYS

CASES = {path.name: path for path in find_cases([BUNDLE / "cases"]) if not read_case(path).is_tables_only}
# Every twentieth of all, and one whose loop waits for one message in turns.
SOME = sorted({*sorted(CASES)[::20], "reviewed-again.yaml"})


@pytest.mark.parametrize("name", SOME)
def test_every_instance_of_a_case_plays_to_what_it_is(name, bundle):
    case = read_case(CASES[name])
    database = open_database("sqlite://")
    metadata.create_all(database)
    clock = VirtualClock(case.starts_at)
    engine = Engine(make_sessions(database), clock, outside=Outside(is_sandbox=True), keys=KEYS)
    world = World(engine, clock, Path(case.path).parent)
    populate(world, case, bundle)
    assert play_steps(world, case.steps) is None

    def read(tx):
        found = recorded(tx, list(tx.session.scalars(select(process_instance.c.id))))
        return [(one, engine.library.get(tx.session, one.instance.deployment_id)) for one in found]

    for one, compiled in engine.inspect(read):
        found = rehearse(one, compiled, compiled, engine.library.evaluator, clock.now())
        assert found.found == (), (one.instance.process, one.instance.business_key)
    database.dispose()
