"""`python -m tests.benchmarks.timers`: 10,000 timers due at one moment, by two and four worker processes on PostgreSQL.

Each must fire once; with two workers one is killed (SIGKILL) in the middle and another takes its place. Told are the time
to the first firing, the throughput, and the lateness: how much later than a steady stream at that throughput. Then what a
tick costs that finds nothing due beside 0, 10,000 and 200,000 waiting timers, and how late a three-second timer fires.
"""

import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event, insert, select

from engine import Engine
from engine.clock import SystemClock, VirtualClock, real_now
from engine.tables import process_instance, timer
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.acceptance import workers
from tests.people import ADMIN

TICKS, SAMPLES = 40, 10


def main(count):
    for processes, killed in ((2, True), (4, False)):
        batch(count, processes, killed=killed)
    idle()
    three_seconds()


def batch(count, processes, *, killed):
    address = databases.postgresql()
    database = open_database(address)
    workers.fill(database, count)
    with database.connect() as connection:  # as autovacuum does within a minute: without it the planner sorts them all
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
    begun_at = real_now()
    begun = [workers.begin_worker(address) for _ in range(processes)]
    if killed:
        workers.until_open(database, count // 2, seconds=900)
        begun[0].kill()
        begun.append(workers.begin_worker(address))
    finished = workers.until_open(database, 0, seconds=1800)
    workers.end(begun)
    told = workers.fired(database)
    moments = sorted(one[0] for one in told.values())
    first, last = moments[0], moments[-1]
    rate = len(moments) / max((last - first).total_seconds(), 0.001)
    late = sorted((at - first).total_seconds() - number / rate for number, at in enumerate(moments))
    twice = sum(len(one) - 1 for one in told.values())
    name = f"{processes} worker(s)" + (", one killed in the middle" if killed else "")
    print(
        f"{name}: {len(moments)} of {count} fired, {twice} twice, {workers.unfinished(database)} unfinished, all: {finished}; "
        f"first after {(first - begun_at).total_seconds():.1f} s, {rate:.0f}/s, lateness p95 {late[int(len(late) * 0.95)]:.2f} s",
        flush=True,
    )
    database.dispose()


def idle():
    """What is due far ahead costs a tick nothing, however much of it there is."""
    for name in ("postgresql", "sqlite"):
        for waiting in (0, 10_000, 200_000):
            seconds, statements = _idle(name, waiting)
            print(
                f"idle tick, {name}, {waiting} waiting: {seconds * 1000:.2f} ms, {statements:.0f} statements",
                flush=True,
            )


def _idle(name, waiting):
    with tempfile.TemporaryDirectory() as folder:
        address = databases.postgresql() if name == "postgresql" else databases.sqlite(Path(folder))
        database = open_database(address)
        engine = workers.fill(database, 1, threads=1)
        assert isinstance(engine.clock, VirtualClock)
        put(database, waiting)
        engine.tick()
        count = [0]
        event.listen(database, "before_cursor_execute", lambda *_: count.__setitem__(0, count[0] + 1))
        seconds = []
        for _ in range(TICKS):
            begun = time.perf_counter()
            assert engine.tick() == 0
            seconds.append(time.perf_counter() - begun)
        database.dispose()
    return statistics.median(seconds), count[0] / TICKS


def put(database, waiting):
    with database.begin() as connection:
        instance = connection.scalar(select(process_instance.c.id))
        rows = [
            {
                "id": f"waiting-{number}",
                "instance_id": instance,
                "element": "wait",
                "status": "open",
                "due_at": workers.OPENED + timedelta(days=900, seconds=number),
                "counts": [],
                "attempts": 0,
                "opened_at": workers.OPENED,
            }
            for number in range(waiting)
        ]
        for first in range(0, waiting, 5000):
            connection.execute(insert(timer), rows[first : first + 5000])


def three_seconds():
    address = databases.postgresql()
    database = open_database(address)
    engine = Engine(make_sessions(database), SystemClock())
    engine.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    engine.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    engine.deploy(ADMIN, workers.waiting("PT3S"))
    begun = workers.begin_worker(address)
    late = sorted(workers.lateness(engine, database) for _ in range(SAMPLES))
    workers.end([begun])
    database.dispose()
    print(f"a three-second timer: median {statistics.median(late):.2f} s late, most {late[-1]:.2f} s, n={SAMPLES}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
