"""The same process twice: undisturbed, and by players that are killed with SIGKILL at random moments.

A player does as a careful client: it writes down what it is about to ask, under which idempotency key, and what was
answered. The next one asks again what has no answer.
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, select

from engine.tables import history, process_instance
from tests.acceptance import processes
from tests.acceptance.random_processes.comparing import Failure, new_folder, opened, prepare, undisturbed
from tests.acceptance.random_processes.outcome import read
from tests.acceptance.random_processes.playing import Move, make, next_move, open_engine

if TYPE_CHECKING:
    from sqlalchemy import Engine as Database

    from engine import Engine

MOST_KILLS = 3
# Statements, before and after each, and commits: about so many moments has a step.
_MOMENTS_A_STEP = 30
_SECONDS_A_STEP = 0.03
_SECONDS_TO_START = 0.3

_told: Counter[str] = Counter()


@dataclass(frozen=True, slots=True)
class Death:
    """When a player dies: at its n-th moment with the database, or after some seconds, whichever is given."""

    moment: int | None = None
    seconds: float | None = None


class Diary:
    """What a player asked and what was answered; a file outlives who wrote it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        self.asked = [line["asked"] for line in lines if "asked" in line]
        self.answered = sum("answered" in line for line in lines)

    def write(self, entry: dict[str, Any]) -> None:
        with self.file.open("a") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def unanswered(self) -> Move | None:
        return Move(**self.asked[-1]) if len(self.asked) > self.answered else None

    def acknowledged(self) -> list[Move]:
        return [Move(**asked) for asked in self.asked[: self.answered]]


def play(address: str, seed: str, file: str, moment: int | None) -> None:
    """From where the last player stopped to the end of the process, or to this one's own."""
    with opened(address) as database:
        if moment is not None:
            _die_at(database, moment)
        _play_on(open_engine(database), seed, Diary(Path(file)))


def _play_on(engine: Engine, seed: str, diary: Diary) -> None:
    engine.tick()
    number, move = diary.answered, diary.unanswered()
    if move is not None:
        make(engine, move, f"{seed} {number}")
        diary.write({"answered": number})
        number += 1
    while (move := next_move(engine, seed)) is not None:
        if move.kind == "wait":
            make(engine, move)
            continue
        diary.write({"asked": asdict(move)})
        make(engine, move, f"{seed} {number}")
        diary.write({"answered": number})
        number += 1


def _die_at(database: Database, moment: int) -> None:
    left = [moment]

    def reach(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(database, name, reach)
    commit = database.dialect.do_commit

    def do_commit(connection: Any) -> None:
        commit(connection)
        reach()

    database.dialect.do_commit = do_commit  # type: ignore[method-assign]


def deaths(seed: str, steps: int) -> list[Death]:
    """When the players of this seed die, one after the other."""
    chance = random.Random(f"kill {seed}")
    found = []
    for _ in range(chance.randint(1, MOST_KILLS)):
        if chance.random() < 0.6:
            found.append(Death(moment=chance.randint(1, _MOMENTS_A_STEP * steps)))
        else:
            found.append(Death(seconds=chance.uniform(0, _SECONDS_TO_START + _SECONDS_A_STEP * steps)))
    return found


def compare(addresses: tuple[str, str], seed: str) -> Failure | None:
    """Kill the players of a seed's process; says what is lost, twice or different in the end."""
    try:
        outcomes = undisturbed(addresses[0], seed)
    except Exception as error:  # noqa: BLE001  see comparing.compare
        return Failure(seed, 0, f"undisturbed: {type(error).__name__}: {error}")
    prepare(addresses[1], seed)
    file = new_folder() / "diary"
    for death in [*deaths(seed, len(outcomes)), Death()]:
        code = _player(addresses[1], seed, file, death)
        if code not in {0, -signal.SIGKILL}:
            return Failure(seed, 0, f"a player ended with {code}")
        _told["killed" if code else "ended"] += 1
    with opened(addresses[1]) as database:
        difference = outcomes[-1].difference(read(database)) or _lost_or_twice(database, Diary(file))
    return Failure(seed, len(outcomes), difference) if difference else None


def _player(address: str, seed: str, file: Path, death: Death) -> int:
    process = processes.begin(play, address, seed, str(file), death.moment)
    process.join(death.seconds)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode or 0


def _lost_or_twice(database: Database, diary: Diary) -> str:
    """Every answer that a player got stands in the history exactly once."""
    with database.connect() as connection:
        rows = connection.execute(select(history.c.kind, history.c.payload)).all()
        started = len(connection.execute(select(process_instance.c.id)).all())
    completed = Counter(row.payload["task"] for row in rows if row.kind == "completed")
    asked = [move for move in diary.acknowledged() if move.kind == "complete"]
    wrong = [
        f"{move.subject} is {completed[move.subject]} times in the history"
        for move in asked
        if completed[move.subject] != 1
    ]
    starts = sum(move.kind == "start" for move in diary.acknowledged())
    if len(completed) != len(asked):
        wrong.append(f"{len(asked)} completions were answered, {len(completed)} are in the history")
    if started != starts:
        wrong.append(f"{starts} starts were answered, {started} instances are there")
    return "\n".join(wrong)


def told() -> str:
    """How many players were killed and how many came to the end."""
    return f"players: {dict(_told)}; " if _told else ""
