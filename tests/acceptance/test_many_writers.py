"""Many people at once: rivals for one task, fifty experts on one matter, in threads and through four web processes."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import Engine
from engine.clock import VirtualClock
from engine.errors import ConflictError
from engine.keys import new_key
from engine.queries import inspection
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.engine.bundles import line, small, task
from tests.people import ADMIN

ROOT = Path(__file__).parent.parent.parent
EXPERTS, RIVALS, TASKS = 50, 6, 10
LOOP = """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics
    inputCollection="=for n in 1..50 return &quot;x&quot; + string(n)" inputElement="who" outputCollection="said"
    outputElement="=note" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"""


def at_once(calls):
    """Run the calls together; says the answer and the seconds of each."""
    ready, told = threading.Barrier(len(calls)), [None] * len(calls)

    def one(index, call):
        ready.wait()
        begun = time.perf_counter()
        told[index] = (call(), time.perf_counter() - begun)

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def populate(engine):
    engine.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    engine.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    for number in range(1, EXPERTS + 1):
        engine.add_person(ADMIN, id=f"x{number}", name=f"专家{number}", roles=["expert"])
    engine.deploy(ADMIN, small(task("ask", 'assignee="=who"', after=LOOP) + line("begin", "ask", "finish")))
    return engine.actor("hr")


def whole(engine, instance):
    return engine.inspect(lambda tx: inspection.whole(tx, engine.library, instance))


def test_of_six_rivals_for_each_of_ten_tasks_one_wins_and_five_are_told(empty):
    hr = populate(empty)
    empty.deploy(ADMIN, small(task("work") + line("begin", "work", "finish")))
    instances = [empty.start(hr, "p", {})["instance"] for _ in range(TASKS)]
    tasks = [line.id for line in empty.inbox(hr, "groups")]

    def complete(task_id):
        try:
            empty.complete(hr, task_id, {})
        except ConflictError:
            return "conflict"
        return "done"

    told = at_once([lambda task_id=task_id: complete(task_id) for task_id in tasks for _ in range(RIVALS)])
    assert [answer for answer, _ in told].count("done") == TASKS
    assert [answer for answer, _ in told].count("conflict") == TASKS * (RIVALS - 1)
    assert all(whole(empty, instance).line.end_element == "finish" for instance in instances)


def test_fifty_experts_at_once_on_one_matter_are_all_heard(empty):
    instance = empty.start(populate(empty), "p", {})["instance"]
    actors = [empty.actor(f"x{number}") for number in range(1, EXPERTS + 1)]
    found = {actor.id: empty.inbox(actor, "mine")[0].id for actor in actors}
    at_once([lambda actor=actor: empty.complete(actor, found[actor.id], {"note": actor.id}) for actor in actors])
    detail = whole(empty, instance)
    assert detail.line.end_element == "finish"
    assert detail.variables["said"] == [f"x{number}" for number in range(1, EXPERTS + 1)]


@pytest.fixture
def processes():
    with serving() as found:
        yield found


@contextmanager
def serving():
    """Four web processes over one PostgreSQL; says their ports and the database's address."""
    address = databases.postgresql()
    ports = [free_port() for _ in range(4)]
    secrets = {"PINGPIN_SECRET_KEY": "s" * 40, "PINGPIN_DATA_KEYS": new_key()}
    environment = {**os.environ, "PINGPIN_DATABASE_URL": address, **secrets}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", "from api.cli import main; main()", "serve"],
            cwd=ROOT,
            env={**environment, "PINGPIN_PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port in ports
    ]
    yield ports, address
    for one in running:
        one.terminate()
    for one in running:
        one.wait(20)


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def call(port, method, path, token, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content)


def wait_for(port):
    for _ in range(600):
        try:
            return call(port, "GET", "/api/v1/tasks", "none")
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


def test_through_four_processes_everybody_gets_a_clean_answer(processes):
    ports, address = processes
    database = open_database(address)
    engine = Engine(make_sessions(database), VirtualClock(datetime(2025, 5, 9, tzinfo=UTC)))
    hr = populate(engine)
    instance = engine.start(hr, "p", {})["instance"]
    tokens = {f"x{number}": engine.create_token(ADMIN, f"x{number}", "t") for number in range(1, EXPERTS + 1)}
    for port in ports:
        wait_for(port)
    found = {expert: engine.inbox(engine.actor(expert), "mine")[0].id for expert in tokens}

    def complete(port, expert):
        return call(
            port, "POST", f"/api/v1/tasks/{found[expert]}/complete", tokens[expert], {"values": {"note": expert}}
        )[0]

    # Each expert presses twice, at two different processes.
    calls = [
        lambda expert=expert, port=ports[(number + twice) % 4]: complete(port, expert)
        for number, expert in enumerate(tokens)
        for twice in (0, 1)
    ]
    told = at_once(calls)
    answers = [answer for answer, _ in told]
    assert sorted(set(answers)) == [200, 409]
    assert answers.count(200) == EXPERTS
    assert whole(engine, instance).variables["said"] == list(tokens)
    database.dispose()
