"""What a process does that plays part of S1 on a database file, and may be killed while it does."""

import os
import signal
import sys
from pathlib import Path

from engine import Engine
from engine.bundle import read_folder
from engine.cases.running import World, play_steps, populate
from engine.clock import VirtualClock
from engine.commands import messages
from engine.compiled import read_parts
from engine.transaction import make_sessions, open_database
from tests.people import BUNDLE, KEYS, S1, s1

# Read before the first player is forked: parsing anew in each would be most of what it does.
_BUNDLE = read_folder(BUNDLE)
read_parts(_BUNDLE)
s1()


def play(database: Path, first: int | None, last: int | None, *, kill: bool, before_delivery: bool) -> None:
    """Steps `first` (or after the last one played) up to `last`, then with `kill` it never gets to say goodbye.

    With `before_delivery` it kills itself before the first message of each step that sends one is delivered.
    """
    case = s1()
    played = database.with_suffix(".played")
    opened = open_database(f"sqlite:///{database}")
    clock = VirtualClock(case.starts_at)
    engine = Engine(make_sessions(opened), clock, keys=KEYS)
    world = World(engine, clock, S1.parent)
    if engine.people():
        engine.restore_clock()
        engine.tick()
        world.instances.update(line.split() for line in names(database).read_text().splitlines())
    else:
        populate(world, case, _BUNDLE)
        names(database).write_text("")
    if before_delivery:
        die_before_delivery()
    if first is None:
        first = int(played.read_text()) if played.exists() else 0
    for number in range(first, len(case.steps) if last is None else last):
        step = case.steps[number]
        # A step that was committed is not played again, its effect is in the database; the way to a moment is gone on.
        played.write_text(str(number if "at" in step else number + 1))
        if before_delivery and isinstance(step.get("by"), list):
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
