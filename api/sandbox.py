"""The sandbox: fictional employers and people, a round at its start, one in publicity, a clock that the page moves."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click

from api.configuration import Configuration, ensure_folder
from api.server import serve
from engine import Engine, Outside
from engine.bundle import read_folder
from engine.cases.reading import read_case
from engine.cases.running import World, play_steps, populate
from engine.clock import VirtualClock
from engine.keys import Keys, new_key, read_keys
from engine.migrations import upgrade
from engine.transaction import make_sessions, open_database

ROOT = Path(__file__).parent.parent
BUNDLE = ROOT / "processes" / "tianjin-2024-9"
STORY = Path(__file__).parent / "sandbox.yaml"
# Nobody is kept waiting who tries things out.
_CALLS_PER_MINUTE = 100_000


def run(port: int, database: Path) -> None:
    """Set the sandbox up where it is not there yet, and serve it."""
    url = f"sqlite:///{database}"
    ensure_folder(url)
    engine = open_sandbox(url)
    click.echo(f"\n  沙盒 sandbox: http://127.0.0.1:{port}\n  数据 data: {database}\n")
    serve(sandbox_configuration(url, port), engine)


def sandbox_configuration(url: str, port: int) -> Configuration:
    """A secret of its own for each start: nobody stays signed in to a sandbox that was started again."""
    return Configuration(
        url, secrets.token_urlsafe(48), "127.0.0.1", port, https=False, tick_seconds=2, sandbox=True,
        api_calls_per_minute=_CALLS_PER_MINUTE,
    )  # fmt: skip


def _keys(url: str) -> Keys:
    """Its own, kept beside its database for its owner alone."""
    path = Path(url.removeprefix("sqlite:///")).with_suffix(".keys")
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_key())
    return read_keys(path.read_text())


def open_sandbox(url: str, story: Path = STORY) -> Engine:
    """The engine on a sandbox's database; told for the first time, its story is played into it."""
    database = open_database(url)
    upgrade(database)
    case = read_case(story)
    clock = VirtualClock(case.starts_at)
    engine = Engine(make_sessions(database), clock, outside=Outside(is_sandbox=True), keys=_keys(url))
    if engine.people():
        engine.restore_clock()
        return engine
    world = World(engine, clock, ROOT)
    populate(world, case, read_folder(BUNDLE))
    play_steps(world, case.steps)
    return engine
