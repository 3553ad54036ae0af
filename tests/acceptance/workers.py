"""Worker processes over one PostgreSQL, and matters whose timers are due together, for tests and benchmarks."""

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from engine import Engine
from engine.clock import VirtualClock
from engine.queries import inspection
from engine.tables import history, process_instance, timer
from engine.transaction import make_sessions
from tests.engine.bundles import POLICY, line, small
from tests.people import ADMIN

ROOT = Path(__file__).parent.parent.parent
OPENED = datetime(2025, 5, 9, 1, 0, tzinfo=UTC)
ALWAYS = POLICY.replace(", until: 2026-03-31", "")
_WAIT = """<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition id="wait_t"><bpmn:timeDuration>{}</bpmn:timeDuration>
</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""


def waiting(duration):
    """A process that waits once and ends."""
    return small(_WAIT.format(duration) + line("begin", "wait", "finish"), policy=ALWAYS)


def fill(database, count, threads=4):
    """So many matters whose timers were due at one moment, long ago by the machine's clock."""
    engine = Engine(make_sessions(database), VirtualClock(OPENED))
    engine.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    engine.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    engine.deploy(ADMIN, waiting("P1D"))
    hr = engine.actor("hr")

    def start(share):
        for _ in range(share):
            engine.start(hr, "p", {})

    shares = [count // threads + (number < count % threads) for number in range(threads)]
    running = [threading.Thread(target=start, args=(share,)) for share in shares]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return engine


def begin_worker(address):
    """`pingpin worker` in a process of its own, by the machine's clock."""
    environment = {**os.environ, "PINGPIN_DATABASE_URL": address, "PINGPIN_SECRET_KEY": "x" * 40}
    command = [sys.executable, "-c", "from api.cli import commands; commands()", "worker"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)


def end(workers):
    """Only those that were begun here."""
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.wait(timeout=20)


def open_timers(database):
    with database.connect() as connection:
        return connection.scalar(select(func.count()).select_from(timer).where(timer.c.status == "open"))


def until_open(database, most, seconds):
    """Wait until at most so many timers are open; says whether that came."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if open_timers(database) <= most:
            return True
        time.sleep(0.25)
    return False


def fired(database):
    """For each matter the real moments at which its timer fired, in order."""
    told = {}
    query = select(history.c.subject_id, history.c.at_real).where(history.c.kind == "timer fired")
    with database.connect() as connection:
        for instance, at in connection.execute(query.order_by(history.c.at_real)):
            told.setdefault(instance, []).append(at)
    return told


def unfinished(database):
    with database.connect() as connection:
        alive = select(func.count()).select_from(process_instance).where(process_instance.c.end_element.is_(None))
        return connection.scalar(alive)


def lateness(engine, database):
    """Seconds from a new matter's timer's moment to its firing, by the machine's clock."""
    instance = engine.start(engine.actor("hr"), "p", {})["instance"]
    due = engine.inspect(lambda tx: inspection.whole(tx, engine.library, instance)).windows[0].due_at
    assert until_open(database, 0, seconds=30)
    return (fired(database)[instance][0] - due).total_seconds()
