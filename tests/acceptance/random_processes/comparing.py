"""The same process twice: undisturbed in one engine that never loads what it saved, and restarted after every step."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import uuid4

from engine.commands import incidents
from engine.spiff import state as states
from engine.tables import metadata
from engine.transaction import open_database
from tests import databases
from tests.acceptance import processes
from tests.acceptance.random_processes.generating import draw, together
from tests.acceptance.random_processes.outcome import Outcome, read
from tests.acceptance.random_processes.playing import (
    MOST_STEPS,
    active,
    is_over,
    make,
    next_move,
    open_engine,
    take_place,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine as Database

    from forms.text import Text

# Takes the next step on the database at this address; says whether there was one.
Step = "Callable[[str, str], bool]"


@dataclass(frozen=True, slots=True)
class Failure:
    """A process that did not come to the same outcome; the seed brings it back."""

    seed: str
    step: int
    difference: str

    def __str__(self) -> str:
        return f"seed {self.seed}, step {self.step}:\n{self.difference}"


class StuckError(Exception):
    """Nothing can be done any more, and the process has not ended."""


class DisorderError(Exception):
    """Something waits that comes after something else that still waits."""


def new_address(kind: str) -> str:
    """A database with the schema, to be used for many processes one after the other."""
    return databases.new(kind, new_folder())


def new_folder() -> Path:
    """Gone when this process ends."""
    folder = tempfile.mkdtemp(prefix="random-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def empty(database: Database) -> None:
    with database.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


@contextmanager
def opened(address: str) -> Iterator[Database]:
    database = open_database(address)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def never_saved() -> Iterator[list[str]]:
    """Workflows stay alive in memory, so nothing can get lost on the way to the database and back.

    Says what has failed meanwhile: such a step has spoilt its workflow, which therefore is gone.
    """
    living: dict[bytes, Any] = {}
    failed: list[str] = []
    noting = incidents.note_failure

    def dump(workflow: Any) -> bytes:
        token = uuid4().bytes
        living[token] = workflow
        return token

    def load(state: bytes, *_: Any, script_engine: Any) -> Any:
        if state not in living:
            raise StuckError(*failed[:1])
        workflow = living.pop(state)
        workflow.script_engine = script_engine
        return workflow

    def note(*args: Any, cause: Text, **named: Any) -> None:
        failed.append(cause.en)
        noting(*args, cause=cause, **named)

    with (
        patch.object(states, "dump", dump),
        patch.object(states, "load", load),
        patch.object(incidents, "note_failure", note),
    ):
        yield failed


def prepare(address: str, seed: str) -> None:
    with opened(address) as database:
        empty(database)
        take_place(open_engine(database), draw(seed).bundle)


def undisturbed(address: str, seed: str) -> list[Outcome]:
    """The outcome after every step of a run in one engine, and in the end.

    Raises StuckError, DisorderError, and whatever goes wrong in a step.
    """
    prepare(address, seed)
    with opened(address) as database, never_saved() as failed:
        engine, outcomes, rows = open_engine(database), [], draw(seed).rows
        while (move := next_move(engine, seed)) is not None and len(outcomes) < MOST_STEPS:
            make(engine, move)
            outcomes.append(read(database))
            for waiting in active(engine):
                if found := together(rows, waiting):
                    raise DisorderError(f"{found} wait together")
        outcomes.append(read(database))  # what was due at once has happened, too
        if not is_over(engine):
            lines = (line for line in outcomes[-1].lines if '"status": "active"' in line or "subscription" in line)
            raise StuckError("\n".join([*failed[:1], *lines]))
    return outcomes


def take_step(address: str, seed: str) -> bool:
    """In a new engine, which parses and reads everything anew."""
    with opened(address) as database:
        engine = open_engine(database)
        move = next_move(engine, seed)
        if move is not None:
            make(engine, move)
    return move is not None


def take_step_elsewhere(address: str, seed: str) -> bool:
    """In a new process, which has never seen any diagram."""
    process = processes.begin(take_step, address, seed)
    process.join()
    if process.exitcode:
        raise RuntimeError(f"seed {seed}: the process of a step ended with {process.exitcode}")
    return True


def compare(addresses: tuple[str, str], seed: str, step: Callable[[str, str], bool] = take_step) -> Failure | None:
    """Run a seed's process both ways on two databases; says where they part."""
    try:
        expected = undisturbed(addresses[0], seed)
    except Exception as error:  # noqa: BLE001  a process that passed the checks must come to its end
        return Failure(seed, 0, f"undisturbed: {type(error).__name__}: {error}")
    prepare(addresses[1], seed)
    try:
        with opened(addresses[1]) as database:
            for number, outcome in enumerate(expected, 1):
                step(addresses[1], seed)
                if difference := outcome.difference(read(database)):
                    return Failure(seed, number, difference)
    except Exception as error:  # noqa: BLE001  whatever it is, it did not happen undisturbed
        return Failure(seed, len(expected), f"{type(error).__name__}: {error}")
    return None
