"""Timers by real worker processes over one PostgreSQL: each fires once in effect, whoever is killed and whenever."""

import statistics
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from engine import Engine
from engine.clock import SystemClock, VirtualClock
from engine.commands import alarms, timers
from engine.queries import inspection, verification
from engine.tables import process_instance, timer, timer_recount
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


def test_a_worker_goes_around_a_matter_that_somebody_has_in_hand(postgresql):
    _, database = postgresql
    engine = workers.fill(database, 3, threads=1)
    with database.begin() as somebody:
        first = somebody.execute(
            select(timer.c.instance_id).order_by(timer.c.due_at, timer.c.opened_at, timer.c.element, timer.c.id)
        ).first()
        somebody.execute(
            select(process_instance.c.id).where(process_instance.c.id == first.instance_id).with_for_update()
        )
        assert Engine(make_sessions(database), SystemClock()).tick() == 2
    assert Engine(make_sessions(database), SystemClock()).tick() == 1
    assert workers.unfinished(database) == 0
    assert engine.incidents(ADMIN) == []


def test_an_alarm_that_fails_holds_up_no_timer(database, monkeypatch):
    def fail(*_, **__):
        raise OverflowError("date value out of range")

    engine = workers.fill(database, 1, threads=1)
    monkeypatch.setattr(alarms, "raise_all", fail)
    engine.clock.move_to(workers.OPENED + timedelta(days=2))
    assert engine.tick() == 1


def test_a_timer_that_waits_to_be_counted_anew_does_not_fire_by_the_old_end(database):
    engine = workers.fill(database, 1, threads=1)
    with database.begin() as connection:
        found = connection.execute(select(timer.c.id, timer.c.instance_id)).one()
        waiting = {"timer_id": found.id, "instance_id": found.instance_id, "calendar_number": 1, "status": "pending"}
        connection.execute(insert(timer_recount).values(**waiting, opened_at=workers.OPENED))
    assert engine.inspect(lambda tx: timers.next_due(tx, workers.OPENED + timedelta(days=9))) is None
