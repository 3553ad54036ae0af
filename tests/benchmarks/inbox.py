"""`python -m tests.benchmarks.inbox`: the inbox's page at 1,000, 10,000 and 200,000 open tasks, on SQLite and PostgreSQL.

All but a few of the tasks wait for one group of one employer, which is the worst case: every count, filter and search goes
over all of them. Beside it somebody of an employer of a hundred. Each figure is of 40 requests of the whole page through
Flask, templates included; the plans are those of the slowest statements.
"""

import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event, func, insert, select

from engine import Engine
from engine.bundle import read_folder
from engine.cases.reading import moment
from engine.clock import VirtualClock
from engine.commands.offering import NO_DUE_DATE
from engine.searching import joined, spaced
from engine.tables import person, process_instance, task, task_candidate
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.api.visiting import Visitor, application
from tests.people import ADMIN, BUNDLE

SIZES, REQUESTS, FEW, PEOPLE = (1_000, 10_000, 200_000), 40, 100, 1_000
NOW = moment("2025-06-10T09:00:00+08:00")
FAMILY = "张王李赵陈刘杨黄周吴徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉文建国志红"
TRADES = ("焊工", "车工", "钳工", "电工", "数控铣工", "模具工", "装配钳工", "机修钳工")
STEPS = (("screening", "资格审核 screening"), ("supplement", "补正材料 supplement"))
PAGES = {
    "first page": ("hr", "/inbox?list=groups"),
    "in the middle": ("hr", "/inbox?list=groups&after=t{middle}"),
    "filters": ("hr", "/inbox?list=groups&element=screening&due=soon"),
    "sorted by title": ("hr", "/inbox?list=groups&sort=title&reverse=yes"),
    "search, few": ("hr", "/inbox?list=groups&q=张伟{few}"),
    "search, an eighth": ("hr", "/inbox?list=groups&q=焊工"),
    "search, all": ("hr", "/inbox?list=groups&q=申报"),
    "employer of 100": ("small", "/inbox?list=groups"),
    "employer of 100, search": ("small", "/inbox?list=groups&q=焊工"),
    "another page (its count alone)": ("hr", "/notices"),
}


def main(sizes):
    for name in ("sqlite", "postgresql"):
        measured = {size: measure(name, size) for size in sizes}
        for page in PAGES:
            told = ", ".join(f"{size}: {p50:.0f}/{p95:.0f}" for size, (p50, p95) in each(measured, page))
            first, last = measured[sizes[0]][page][1], measured[sizes[-1]][page][1]
            print(f"{name}, {page}: p50/p95 ms {told}; ratio of p95 {last / first:.2f}", flush=True)


def each(measured, page):
    return [(size, found[page]) for size, found in measured.items()]


def measure(name, size):
    with tempfile.TemporaryDirectory() as folder:
        address = databases.postgresql() if name == "postgresql" else databases.sqlite(Path(folder))
        database = open_database(address)
        engine = office(database)
        begun = time.perf_counter()
        fill(database, size)
        with database.connect() as connection:  # as autovacuum does within a minute
            for statement in ("VACUUM ANALYZE",) if name == "postgresql" else ("ANALYZE",):
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)
        print(f"{name}, {size}: filled in {time.perf_counter() - begun:.0f} s", flush=True)
        found = {
            page: times(engine, who, path.format(middle=size // 2, few=size // 2 // 600 * 600))
            for page, (who, path) in PAGES.items()
        }
        if size == SIZES[-1]:
            plans(database, engine, size)
        database.dispose()
    return found


def office(database):
    engine = Engine(make_sessions(database), VirtualClock(NOW))
    for employer in ("E1", "E2"):
        engine.add_employer(ADMIN, id=employer, name=f"津虚{employer}厂", trades=[])
    engine.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    engine.add_person(ADMIN, id="small", name="人事乙", employer_id="E2", roles=["hr"])
    engine.deploy(ADMIN, read_folder(BUNDLE))
    with database.begin() as connection:
        people = [{"id": f"p{number}", "name": f"申报人{number}", "roles": ["candidate"]} for number in range(PEOPLE)]
        connection.execute(insert(person), people)
    return engine


def fill(database, size, chunk=5_000):
    for start in range(0, size, chunk):
        numbers = range(start, min(start + chunk, size))
        with database.begin() as connection:
            for table, rows in zip((process_instance, task, task_candidate), rows_of(numbers), strict=True):
                connection.execute(insert(table), rows)


def rows_of(numbers):
    told = [described(number) for number in numbers]
    return ([one[place] for one in told] for place in range(3))


def described(number):
    trade = TRADES[number % len(TRADES)]
    name = f"{FAMILY[number % len(FAMILY)]}{GIVEN[number // 20 % len(GIVEN)]}"
    title = f"{name}{number if name == '张伟' else ''}申报特级技师（{trade}）"
    key, employer = f"E1-2025-1-{number}", "E2" if number < FEW else "E1"
    search, (element, called) = joined([title, key, name, trade]), STEPS[number % 10 == 0]
    due = NOW + timedelta(days=number % 60 - 5, seconds=number) if number % 7 else None
    opened = NOW - timedelta(minutes=number)
    shared = {"employer_id": employer, "title": title, "business_key": key}
    instance = {
        **shared,
        "id": f"i{number}",
        "deployment_id": 1,
        "process": "candidacy",
        "number": number,
        "initiator_id": f"p{number % PEOPLE}",
        "status": "active",
        "revision": 1,
        "history_count": 1,
        "history_head": "",
        "state": b"",
        "variables": "{}",
        "search": search,
        "started_at": opened,
    }
    waiting = {
        "id": f"t{number}",
        "instance_id": f"i{number}",
        "element": element,
        "employer_id": employer,
        "status": "open",
        "candidate_roles": ["hr"],
        "barred_ids": [],
        "local": "{}",
        "due_at": due,
        "counts": [],
        "opened_at": opened,
    }
    offered = {
        **shared,
        "task_id": f"t{number}",
        "role": "hr",
        "process": "candidacy",
        "element": element,
        "due_at": due or NO_DUE_DATE,
        "opened_at": opened,
        "search": spaced(search),
        "name_search": spaced(called),
    }
    return instance, waiting, offered


def times(engine, who, path):
    """Milliseconds: median and 95th percentile."""
    visitor, seconds = Visitor(application(engine), who), []
    for _ in range(REQUESTS + 2):
        begun = time.perf_counter()
        response = visitor.get(path)
        seconds.append(time.perf_counter() - begun)
        assert response.status_code == 200, path
    ordered = sorted(seconds[2:])
    return statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.95)] * 1000


def plans(database, engine, size):
    """What the slowest statements of the slowest pages do."""
    seen = []

    def before(_connection, _cursor, _statement, _parameters, context, _many):
        context.begun = time.perf_counter()

    def after(_connection, _cursor, statement, parameters, context, _many):
        seen.append((time.perf_counter() - context.begun, statement, parameters))

    event.listen(database, "before_cursor_execute", before)
    event.listen(database, "after_cursor_execute", after)
    for page in ("first page", "filters", "sorted by title", "search, few", "search, all"):
        seen.clear()
        who, path = PAGES[page]
        Visitor(application(engine), who).get(path.format(middle=size // 2, few=size // 2 // 600 * 600))
        for seconds, statement, parameters in sorted(seen.copy(), key=lambda one: one[0], reverse=True)[:2]:
            print(f"-- {page}: {seconds * 1000:.1f} ms: {' '.join(statement.split())[:1500]}")
            with database.connect() as connection:
                kind = (
                    "EXPLAIN QUERY PLAN"
                    if database.dialect.name == "sqlite"
                    else "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)"
                )
                for row in connection.exec_driver_sql(f"{kind} {statement}", parameters):
                    print("  ", row[-1])
    event.remove(database, "before_cursor_execute", before)
    event.remove(database, "after_cursor_execute", after)
    with database.connect() as connection:
        print("tasks:", connection.execute(select(func.count()).select_from(task)).scalar_one(), flush=True)


if __name__ == "__main__":
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
