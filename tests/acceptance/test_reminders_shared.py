"""Reminders by real worker processes over one PostgreSQL: each is sent once in effect, whoever is killed."""

import time

import pytest
from sqlalchemy import func, select

from engine import Engine
from engine.clock import VirtualClock
from engine.queries import verification
from engine.tables import history, notice, task
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.acceptance import workers
from tests.engine.bundles import small
from tests.engine.commands.office import open_office
from tests.engine.commands.test_reminders import POLICY, body
from tests.people import ADMIN

MATTERS = 90


@pytest.fixture
def postgresql():
    address = databases.postgresql()
    database = open_database(address)
    yield address, database
    database.dispose()


def to_look_at(database):
    with database.connect() as connection:
        waiting = select(func.count()).select_from(task).where(task.c.next_reminder_at.is_not(None))
        return connection.scalar(waiting)


def wait_for(database, most):
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        if to_look_at(database) <= most:
            return True
        time.sleep(0.02)
    return False


def test_three_workers_and_one_that_is_killed_send_every_reminder_once(postgresql):
    """Opened and due long ago by the machine's clock: the latest reminder and the escalation are left to send."""
    address, database = postgresql
    engine = Engine(make_sessions(database), VirtualClock(workers.OPENED))
    people = open_office(engine)
    engine.deploy(ADMIN, small(body(), policy=POLICY))
    started = [engine.start(people["hr"], "p", {})["instance"] for _ in range(MATTERS)]
    begun = [workers.begin_worker(address) for _ in range(3)]
    try:
        assert wait_for(database, MATTERS * 3 // 4)
        begun[0].kill()
        assert wait_for(database, 0)
    finally:
        workers.end(begun)
    with database.connect() as connection:
        rows = connection.execute(select(history.c.subject_id, history.c.payload).where(history.c.kind == "reminded"))
        sent = sorted((row.subject_id, row.payload["which"], row.payload["number"]) for row in rows)
        told = connection.execute(select(notice.c.person_id, func.count()).group_by(notice.c.person_id)).all()
    assert sent == sorted((one, *which) for one in started for which in (("after", 4), ("escalated", 5)))
    assert {row[0]: row[1] for row in told} == {"hr": MATTERS, "hr2": MATTERS, "boss": MATTERS}
    assert verification.verify(engine.audit_export(ADMIN)).breaks == ()
