"""A process that plays part of S1 on a database file, and may be killed while it does.

`python -m tests.acceptance.player DATABASE FIRST LAST KILL`: steps FIRST (or `resume`: after the last one played) up to LAST.
With PINGPIN_TEST_KILL it kills itself before the first message of each step that sends one is delivered.
"""

import os
import signal
import sys
from pathlib import Path

from engine import Engine
from engine.bundle import read_folder
from engine.cases import read_case
from engine.cases.running import World, play_steps, populate
from engine.clock import VirtualClock
from engine.commands import messages
from engine.migrations import upgrade
from engine.transaction import make_sessions, open_database
from tests.people import BUNDLE, KEYS, S1


def main(database: Path, first: str, last: str, kill: bool) -> None:
    case = read_case(S1)
    played = database.with_suffix(".played")
    opened = open_database(f"sqlite:///{database}")
    upgrade(opened)
    clock = VirtualClock(case.starts_at)
    engine = Engine(make_sessions(opened), clock, keys=KEYS)
    world = World(engine, clock, S1.parent)
    if engine.people():
        engine.restore_clock()
        engine.tick()
        world.instances.update(line.split() for line in names(database).read_text().splitlines())
    else:
        populate(world, case, read_folder(BUNDLE))
        names(database).write_text("")
    if os.environ.get("PINGPIN_TEST_KILL"):
        die_before_delivery()
    begin = int(played.read_text()) if first == "resume" and played.exists() else 0 if first == "resume" else int(first)
    for number in range(begin, int(last) if last else len(case.steps)):
        step = case.steps[number]
        # A step that was committed is not played again, its effect is in the database; the way to a moment is gone on.
        played.write_text(str(number if "at" in step else number + 1))
        if os.environ.get("PINGPIN_TEST_KILL") and isinstance(step.get("by"), list):
            play_one_by_one(world, step, played, number)
        elif failure := play_steps(world, [step]):
            sys.exit(failure)
        names(database).write_text("".join(f"{name} {found}\n" for name, found in world.instances.items()))
    if kill:
        os.kill(os.getpid(), signal.SIGKILL)


def names(database: Path) -> Path:
    return database.with_suffix(".names")


def play_one_by_one(world, step, played, number) -> None:
    """Several people at one element: whoever is done already is not asked again."""
    from functools import partial

    from engine.queries import inspection

    for person in step["by"]:
        left = world.engine.inspect(
            partial(inspection.open_tasks, instance_id=world.instances[step["of"]], element=step["complete"])
        )
        mine = [line.id for line in world.engine.inbox(world.actor(person), "mine")]
        if set(left) & set(mine) and (failure := play_steps(world, [{**step, "by": person}])):
            sys.exit(failure)
    played.write_text(str(number + 1))


def die_before_delivery() -> None:
    delivering = messages.deliver

    def deliver(*_, **__) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    assert delivering is not deliver
    messages.deliver = deliver


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == "1")
