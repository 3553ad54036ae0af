"""One transaction a command, one commit in the code, a schema that the migrations and the tables agree on."""

import logging
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, insert
from sqlalchemy.exc import OperationalError

from engine.errors import ConflictError
from engine.mishaps import record
from engine.tables import metadata, person
from engine.transaction import open_database
from tests.people import submitted

ROOT = Path(__file__).parent.parent.parent


def test_commit_is_called_in_exactly_one_place():
    calls = [
        f"{path}:{number}"
        for room in ("engine", "forms", "api")
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if ".commit()" in line
    ]
    assert len(calls) == 1, calls


def is_described(_, name, *__):
    """The index of words is each database's own affair (migration 0013)."""
    return name is None or "_search" not in name


def test_the_migrations_make_the_tables_that_the_code_describes(database):
    with database.connect() as connection:
        opts = {"compare_type": True, "include_object": is_described}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []


def test_a_completion_is_one_commit_and_at_most_ten_statements(play):
    world = play("publish_plan")
    engine = world.engine
    seen = {"commits": 0, "statements": 0}
    database = engine.sessions.kw["bind"]
    engine.inspect(engine.library.listeners.of)  # asked every five seconds, not by every completion
    task = engine.inbox(world.actor("hr"), "groups")[0].id
    event.listen(database, "commit", lambda _: seen.update(commits=seen["commits"] + 1))
    event.listen(database, "before_cursor_execute", lambda *_: seen.update(statements=seen["statements"] + 1))
    engine.complete(world.actor("hr"), task, submitted("publish_plan"))
    assert seen["commits"] == 1
    assert seen["statements"] <= 10


def test_what_a_database_says_of_data_is_in_no_incident_and_no_log(empty, caplog):
    """PostgreSQL names the value that is there twice."""
    told, twice = [], {"id": "张虚构13800000000", "name": "张虚构", "roles": []}

    def insert_twice(tx):
        for _ in range(2):
            tx.session.execute(insert(person).values(**twice))

    empty._driver._attempt(insert_twice, None, lambda _, cause: told.append(cause))
    (cause,) = told
    assert "IntegrityError" in cause.zh
    assert "INSERT INTO person" in caplog.text
    assert "张虚构" not in caplog.text + cause.zh + cause.en
    empty._driver._attempt(lambda _: {}["nothing"], None, lambda _, cause: told.append(cause))
    assert "KeyError: 'nothing'" in caplog.text
    gone = open_database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(OperationalError) as refused:
        gone.connect()
    record(logging.getLogger("pingpin"), "a tick failed", refused.value)
    assert "refused" in caplog.text.split("a tick failed")[1]


def test_of_ten_people_who_complete_a_task_at_once_one_wins_and_nine_are_told(play):
    world = play("publish_plan")
    engine, hr = world.engine, world.actor("hr")
    task = engine.inbox(hr, "groups")[0].id
    told, ready = [], threading.Barrier(10)

    def complete():
        ready.wait()
        try:
            engine.complete(hr, task, submitted("publish_plan"))
            told.append("done")
        except ConflictError:
            told.append("conflict")

    threads = [threading.Thread(target=complete) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["conflict"] * 9 + ["done"]
    events = engine.instance(hr, world.instances["round"]).events
    assert [event.kind for event in events if event.element == "publish_plan" and event.kind != "reminded"] == [
        "completed"
    ]


def test_the_same_idempotency_key_does_the_work_once(play):
    world = play("publish_plan")
    hr = world.actor("hr")
    task = world.engine.inbox(hr, "groups")[0].id
    answers = [world.engine.complete(hr, task, submitted("publish_plan"), idempotency_key="k1") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    with pytest.raises(ConflictError, match="k1"):
        world.engine.complete(hr, task, {}, idempotency_key="k1")
