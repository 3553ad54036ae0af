"""`make bench`: what one completed user task costs, over HTTP and all, beside raw SpiffWorkflow in the same run.

The procedure is the one that goals and peers are measured on: eight user tasks in sequence, a business rule task with 26
rules, an exclusive gateway, a parallel gateway with three user tasks, a timer of zero length, two script tasks; eleven
completions with about 1 kB of data each, history on, every completion durable (SQLite, full sync).
"""

import http.client
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

import waitress
from sqlalchemy import event

from api.app import create_app
from api.sandbox import sandbox_configuration
from engine import Engine
from engine.cases.reading import moment
from engine.clock import VirtualClock
from engine.migrations import upgrade
from engine.transaction import make_sessions, open_database
from tests.benchmarks.procedure import COMPLETIONS, RawSpiff, bundle, values
from tests.people import ADMIN, KEYS

INSTANCES = 30
PEER = "spiff-arena on the same kind of machine: 53 ms median, 78-133 statements and 5 commits a completion"


class Counter:
    """SQL statements and commits of a database; BEGIN, which only SQLite's driver is told, is none."""

    def __init__(self, database):
        self.statements = self.commits = 0
        event.listen(database, "before_cursor_execute", self.count_statement)
        event.listen(database, "commit", self.count_commit)

    def count_statement(self, _connection, _cursor, statement, *_):
        self.statements += not statement.startswith("BEGIN")

    def count_commit(self, *_):
        self.commits += 1


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        engine, counter = prepare(path)
        rows, size = kept(path)
        ours, pages, statements, commits = over_http(engine, counter)
        rows, size = (after - before for after, before in zip(kept(path), (rows, size), strict=True))
    raw, raw_full = RawSpiff().run(INSTANCES)
    report(ours, pages, raw, raw_full, statements, commits, (rows / INSTANCES, size / INSTANCES / 1000))


def prepare(path):
    database = open_database(f"sqlite:///{path}")
    upgrade(database)
    counter = Counter(database)
    engine = Engine(make_sessions(database), VirtualClock(moment("2025-05-09")), keys=KEYS)
    engine.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    engine.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    engine.deploy(ADMIN, bundle())
    return engine, counter


def over_http(engine, counter):
    """Seconds of each completion by REST and of each inbox page; statements and commits of each completion."""
    server = waitress.create_server(
        create_app(engine, sandbox_configuration("", 0)), host="127.0.0.1", port=0, threads=4
    )
    threading.Thread(target=server.run, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.effective_port)
    headers = {
        "Authorization": f"Bearer {engine.create_token(ADMIN, 'hr', 'bench')}",
        "Content-Type": "application/json",
    }
    hr = engine.actor("hr")
    seconds, pages, statements, commits = [], [], [], []
    for _ in range(INSTANCES):
        engine.start(hr, "p", {})
        while tasks := engine.inbox(hr, "groups"):
            before = counter.statements, counter.commits
            seconds.append(
                timed(connection, "POST", f"/api/v1/tasks/{tasks[0].id}/complete", headers, {"values": values()})
            )
            statements.append(counter.statements - before[0])
            commits.append(counter.commits - before[1])
            if engine.next_timer(hr):
                engine.tick()
        pages.append(timed(connection, "GET", "/api/v1/tasks?list=groups", headers, None))
    server.close()
    assert len(seconds) == INSTANCES * COMPLETIONS
    return seconds, pages, statements, commits


def timed(connection, method, path, headers, body):
    start = time.perf_counter()
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    content = answer.read()
    took = time.perf_counter() - start
    assert answer.status == 200, content
    return took


def kept(path):
    """(rows, bytes) that lie in the file; what the instances leave behind is what has come to the empty schema."""
    database = open_database(f"sqlite:///{path}")
    tables = ("process_instance", "task", "task_candidate", "timer", "subscription", "outbox", "report", "history")
    with database.connect() as connection:
        rows = sum(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in tables)
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("VACUUM")
        # Pages in use: the file itself may be longer while somebody still reads an older state of it.
        pages, free, size = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("page_count", "freelist_count", "page_size")
        )
    database.dispose()
    return rows, (pages - free) * size


def report(ours, pages, raw, raw_full, statements, commits, size):
    line("complete a user task over HTTP", ours)
    line("inbox over HTTP, empty", pages)
    line("raw SpiffWorkflow, load-run-save, its own state (spec included)", raw_full)
    line("raw SpiffWorkflow, load-run-save, spec kept apart", raw)
    print(f"ratio to raw, spec included: {statistics.median(ours) / statistics.median(raw_full):.2f}")
    print(f"ratio to raw, spec apart: {statistics.median(ours) / statistics.median(raw):.2f}")
    print(f"SQL statements a completion: median {statistics.median(statements):.0f}, most {max(statements)}")
    print(f"commits a completion: median {statistics.median(commits):.0f}, most {max(commits)}")
    print(f"kept per finished instance: {size[0]:.0f} rows, {size[1]:.1f} kB")
    print(f"peer: {PEER}")


def line(what, seconds):
    ordered = sorted(seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    print(f"{what}: median {statistics.median(ordered) * 1000:.2f} ms, p95 {p95 * 1000:.2f} ms, n={len(ordered)}")


if __name__ == "__main__":
    main()
