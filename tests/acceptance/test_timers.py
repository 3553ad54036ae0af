"""Timers by real worker processes over one PostgreSQL: each fires once in effect, whoever is killed and whenever."""

import statistics
from datetime import timedelta

import pytest

from engine import Engine
from engine.clock import SystemClock, VirtualClock
from engine.queries import inspection, verification
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.acceptance import workers
from tests.people import ADMIN

MATTERS = 240


@pytest.fixture
def postgresql():
    address = databases.postgresql()
    database = open_database(address)
    yield address, database
    database.dispose()


def test_three_workers_and_one_that_is_killed_fire_every_timer_once(postgresql):
    address, database = postgresql
    engine = workers.fill(database, MATTERS)
    begun = [workers.begin_worker(address) for _ in range(3)]
    try:
        assert workers.until_open(database, MATTERS * 3 // 4, seconds=60)
        begun[0].kill()
        assert workers.until_open(database, 0, seconds=60)
    finally:
        workers.end(begun)
    told = workers.fired(database)
    assert len(told) == MATTERS
    assert {len(moments) for moments in told.values()} == {1}
    assert workers.unfinished(database) == 0
    assert engine.incidents(ADMIN) == []
    assert verification.verify(engine.audit_export(ADMIN)).breaks == ()


def test_a_three_second_timer_fires_within_a_second_and_a_half_of_its_moment(postgresql):
    address, database = postgresql
    engine = Engine(make_sessions(database), SystemClock())
    engine.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    engine.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    engine.deploy(ADMIN, workers.waiting("PT3S"))
    begun = workers.begin_worker(address)
    try:
        late = [workers.lateness(engine, database) for _ in range(3)]
    finally:
        workers.end([begun])
    # The first one may find the worker still starting; machines are shared, so it is the middle that counts.
    assert statistics.median(late) < 1.5


def test_a_clock_that_steps_back_fires_nothing_twice_and_one_that_leaps_ahead_loses_nothing(database):
    engine = workers.fill(database, 6, threads=1)
    clock = engine.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(workers.OPENED + timedelta(days=1, minutes=1))
    assert engine.tick() == 6
    clock.move_to(workers.OPENED - timedelta(days=30))
    assert engine.tick() == 0
    late = engine.start(engine.actor("hr"), "p", {})["instance"]
    due = clock.now() + timedelta(days=1)
    clock.move_to(workers.OPENED + timedelta(days=400))
    assert engine.tick() == 1
    (fired,) = [
        event
        for event in engine.inspect(lambda tx: inspection.whole(tx, engine.library, late)).events
        if event.kind == "timer fired"
    ]
    assert fired.at == due
    assert {len(moments) for moments in workers.fired(database).values()} == {1}
