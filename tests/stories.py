"""Stories told once a process: a test that begins in the middle of one has a copy of the database as it stood there.

What a story was told is known by its steps, from the beginning; as soon as a test has written anything of its own, the
story goes on step by step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import event

from engine.cases.running import World, play_steps
from engine.compiled import compile_parts, read_parts
from tests import databases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from engine.bundle import Bundle
    from engine.compiled import Compiled

T = TypeVar("T")
_shelf: dict[tuple[str, ...], _Kept] = {}


@dataclass(frozen=True, slots=True)
class _Kept:
    """A database as it was, and what stands beside it in memory."""

    copy: str
    now: datetime
    instances: Mapping[str, str]


@dataclass(slots=True)
class Told(World):
    """A world whose story is known: what was told of it, and whether something else was written since."""

    told: tuple[str, ...] = ()
    alone: bool = True

    def begin(self, name: str, bundle: Bundle) -> None:
        """This is where a story of this name begins, with this one deployed: it never changes, so it is compiled once."""
        self.told = (self._database.dialect.name, name)
        self.engine.library._compiled[1] = _compiled(bundle)
        event.listen(self._database, "commit", self._written)

    def also(self, name: str, do: Callable[[], T]) -> T:
        """Something that belongs to the story without being a step of it."""
        alone = self.alone
        found = do()
        self.told, self.alone = (*self.told, name), alone
        return found

    def tell(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Go on with the story; whatever of it was told before is taken from the shelf."""
        texts = tuple(repr(step) for step in steps)
        end = self._jump(texts) if self.alone else 0
        alone = self.alone
        failure = play_steps(self, steps[end:])
        assert failure is None, failure
        self.told, self.alone = (*self.told, *texts[end:]), alone
        if alone and end < len(steps):
            self._keep()

    def _jump(self, texts: tuple[str, ...]) -> int:
        """To the farthest place that was kept; says how many of the steps lie behind."""
        for end in range(len(texts), 0, -1):
            if kept := _shelf.get((*self.told, *texts[:end])):
                databases.restore(self._database, kept.copy)
                self.clock.move_to(kept.now)
                self.instances.update(kept.instances)
                self.told = (*self.told, *texts[:end])
                return end
        return 0

    def _keep(self) -> None:
        copy = databases.keep(self._database)
        _shelf[self.told] = _Kept(copy, self.clock.now(), dict(self.instances))

    def _written(self, _: object) -> None:
        self.alone = False

    @property
    def _database(self) -> Any:
        return self.engine.sessions.kw["bind"]


@cache
def _compiled(bundle: Bundle) -> Compiled:
    return compile_parts(read_parts(bundle))
