"""A rehearsal over many recorded candidacies: time, memory and what one costs. `python -m tests.benchmarks.rehearsal [how many]`.

The candidacies are copies of one that was played to its end and of one that waits for its screening, with ids of their own.
"""

import resource
import sys
import tempfile
import time
import uuid

from sqlalchemy import insert, select

from engine import Engine
from engine.bundle import make_bundle, read_folder, zipped
from engine.cases import read_case
from engine.cases.running import World, play_steps, populate
from engine.clock import VirtualClock
from engine.examining import examine
from engine.gate import Exam, Wanted
from engine.tables import history, metadata, process_instance, task
from engine.transaction import make_sessions, open_database
from tests.people import ADMIN, BUNDLE, KEYS, S1

MANY = 10_000
_ROWS = 2_000


def world(folder):
    database = open_database(f"sqlite:///{folder}/rehearsal.db")
    metadata.create_all(database)
    case = read_case(S1)
    clock = VirtualClock(case.starts_at)
    found = World(Engine(make_sessions(database), clock, keys=KEYS), clock, S1.parent)
    populate(found, case, read_folder(BUNDLE))
    assert play_steps(found, case.steps) is None
    return found


def its_task(task_id, copy):
    return f"{task_id[:23]}-{copy[:12]}"


def of_copy(entry, copy):
    payload = entry["payload"]
    if "task" in payload:
        payload = {**payload, "task": its_task(payload["task"], copy)}
    return {**entry, "subject_id": copy, "payload": payload}


def multiply(engine, instance_id, times):
    """Copies of an instance with its history and tasks."""
    with engine.sessions() as session:
        (its,) = session.execute(select(process_instance).where(process_instance.c.id == instance_id)).mappings()
        entries = list(session.execute(select(history).where(history.c.subject_id == instance_id)).mappings())
        tasks = list(session.execute(select(task).where(task.c.instance_id == instance_id)).mappings())
        for start in range(0, times, _ROWS):
            ids = [str(uuid.uuid4()) for _ in range(min(_ROWS, times - start))]
            named = [{**its, "id": each, "business_key": f"{its['business_key']}-{each[:13]}"} for each in ids]
            session.execute(insert(process_instance), named)
            session.execute(insert(history), [of_copy(entry, each) for each in ids for entry in entries])
            again = [{**one, "id": its_task(one["id"], each), "instance_id": each} for each in ids for one in tasks]
            session.execute(insert(task), again)
        session.commit()


def main(many):
    with tempfile.TemporaryDirectory() as folder:
        found = world(folder)
        multiply(found.engine, found.instances["jia"], many)
        files = read_folder(BUNDLE.parent / "tianjin-2026-fictional").files
        bundle = make_bundle({path: content for path, content in files.items() if not path.startswith("cases/")})
        door = found.engine.redeployment
        door.stage(ADMIN, zipped(bundle.files))
        number = door.propose(ADMIN, Wanted(bundle.digest, "测量"))["proposal"]
        before, begun, cpu = (
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            time.perf_counter(),
            time.process_time(),
        )
        shown = begun
        while examine(found.engine, 5):
            exam = next(each for each in door.proposal(ADMIN, number).examined if each.kind is Exam.REHEARSAL)
            if time.perf_counter() - shown > 30:
                shown = time.perf_counter()
                print(f"  {exam.done}/{exam.total} after {shown - begun:.0f} s")
        spent, cpu = time.perf_counter() - begun, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"{exam.done} instances in {spent:.0f} s, of the processor's {cpu:.0f} s, {cpu / exam.done * 1000:.0f} ms each"
        )
        print(exam.result)
        print(f"peak memory {peak / 1024:.0f} MB, {(peak - before) / 1024:.0f} MB more than before it")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY)
