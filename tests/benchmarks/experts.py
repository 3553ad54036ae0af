"""Fifty experts submit at once on one matter's tasks: `python -m tests.benchmarks.experts`, four web processes over one PostgreSQL.

The slowest waits for the row of the matter that all fifty change one after the other; how long one holds it is told beside.
"""

import statistics
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import text

from engine import Engine
from engine.clock import VirtualClock
from engine.transaction import make_sessions, open_database
from tests.acceptance.test_many_writers import EXPERTS, at_once, call, populate, serving, wait_for
from tests.people import ADMIN

ROUNDS = 5


def main():
    """Each round is a matter of its own; the first also warms the processes up."""
    with serving() as (ports, address), _engine(address) as engine:
        hr = populate(engine)
        tokens = {f"x{number}": engine.create_token(ADMIN, f"x{number}", "t") for number in range(1, EXPERTS + 1)}
        for port in ports:
            wait_for(port)
        for number in range(ROUNDS):
            _round(engine, hr, ports, tokens, number)


@contextmanager
def _engine(address):
    database = open_database(address)
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):  # the tests' server waits for no disk
            connection.execute(text(f"ALTER SYSTEM RESET {name}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    yield Engine(make_sessions(database), VirtualClock(datetime(2025, 5, 9, tzinfo=UTC)))
    database.dispose()


def _round(engine, hr, ports, tokens, number):
    instance = engine.start(hr, "p", {})["instance"]
    tasks = {expert: _task(engine, expert, instance) for expert in tokens}

    def complete(expert, port):
        path = f"/api/v1/tasks/{tasks[expert]}/complete"
        return call(port, "POST", path, tokens[expert], {"values": {"note": expert}})[0]

    begun = time.perf_counter()
    told = at_once([lambda one=one, port=ports[i % 4]: complete(one, port) for i, one in enumerate(tokens)])
    took = time.perf_counter() - begun
    seconds = [each for _, each in told]
    errors = sum(answer != 200 for answer, _ in told)
    print(
        f"round {number + 1}: slowest {max(seconds):.2f} s, median {statistics.median(seconds):.2f} s, all {took:.2f} s, "
        f"errors {errors}"
    )


def _task(engine, expert, instance):
    (found,) = [line.id for line in engine.inbox(engine.actor(expert), "mine") if line.instance_id == instance]
    return found


if __name__ == "__main__":
    sys.exit(main())
