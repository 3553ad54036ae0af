"""The same process twice: undisturbed in one engine that never loads what it saved, and restarted after every step."""

from __future__ import annotations

import multiprocessing
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from engine.spiff import run
from engine.spiff import state as states
from engine.tables import metadata
from engine.transaction import open_database
from tests import databases
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
    return (
        databases.postgresql() if kind == "postgresql" else databases.sqlite(Path(tempfile.mkdtemp(prefix="random-")))
    )


def empty(database: Database) -> None:
    with database.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


class _Living:
    """Stands in for `engine.spiff.state`: workflows stay alive in memory, so nothing can get lost on the way."""

    def __init__(self) -> None:
        self.workflows: dict[bytes, Any] = {}

    def dump(self, workflow: Any) -> bytes:
        token = uuid4().bytes
        self.workflows[token] = workflow
        return token

    def load(self, state: bytes, _spec: Any, script_engine: Any) -> Any:
        workflow = self.workflows.pop(state)
        workflow.script_engine = script_engine
        return workflow


@contextmanager
def never_saved() -> Iterator[None]:
    run.states = _Living()  # type: ignore[assignment]
    try:
        yield
    finally:
        run.states = states


def prepare(address: str, seed: str) -> None:
    database = open_database(address)
    empty(database)
    take_place(open_engine(database), draw(seed).bundle)
    database.dispose()


def undisturbed(address: str, seed: str) -> list[Outcome]:
    """The outcome after every step of a run in one engine, and in the end. Raises StuckError, DisorderError, and whatever goes wrong in a step."""
    prepare(address, seed)
    database = open_database(address)
    engine, outcomes, rows = open_engine(database), [], draw(seed).rows
    with never_saved():
        while (move := next_move(engine, seed)) is not None and len(outcomes) < MOST_STEPS:
            make(engine, move)
            outcomes.append(read(database))
            for waiting in active(engine):
                if found := together(rows, waiting):
                    raise DisorderError(f"{found} wait together")
        outcomes.append(read(database))  # what was due at once has happened, too
    over = is_over(engine)
    database.dispose()
    if not over:
        raise StuckError("\n".join(line for line in outcomes[-1].lines if not line.startswith("history")))
    return outcomes


def take_step(address: str, seed: str) -> bool:
    """In a new engine, which parses and reads everything anew."""
    database = open_database(address)
    engine = open_engine(database)
    move = next_move(engine, seed)
    if move is not None:
        make(engine, move)
    database.dispose()
    return move is not None


def take_step_elsewhere(address: str, seed: str) -> bool:
    """In a new process, which has never seen any diagram."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=take_step, args=(address, seed))
    process.start()
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
    database = open_database(addresses[1])
    try:
        for number, outcome in enumerate(expected, 1):
            step(addresses[1], seed)
            if difference := outcome.difference(read(database)):
                return Failure(seed, number, difference)
    except Exception as error:  # noqa: BLE001  whatever it is, it did not happen undisturbed
        return Failure(seed, len(expected), f"{type(error).__name__}: {error}")
    finally:
        database.dispose()
    return None
