"""How often the API may be called. Counted in the database, for all processes together, but drawn in portions.

A call that had to write before it may read would make every reader wait for SQLite's one writer. So a process draws a
twentieth of the minute's calls at once and counts those in memory; what it has left over when the minute ends is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from engine.clock import real_now
from engine.signing_in import TooManyError

if TYPE_CHECKING:
    from datetime import datetime

    from engine import Engine

_PORTIONS = 20
_MOST_KNOWN = 10_000


@dataclass(slots=True)
class _Portion:
    """`is_last`: the minute had no more to give."""

    left: int
    until: datetime
    is_last: bool


class Calls:
    """The calls that this process has drawn; threads may share it."""

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine, self._most, self._portion = engine, most, max(1, most // _PORTIONS)
        self._drawn: dict[str, _Portion] = {}
        self._lock = Lock()

    def take(self, key: str, token_id: str | None = None) -> None:
        """One call. Raises TooManyError where this minute has none left."""
        while not self._has_one(key):
            granted, until = self._engine.accounts.draw_calls(key, self._most, self._portion, token_id)
            with self._lock:
                if len(self._drawn) >= _MOST_KNOWN:
                    self._drawn.clear()
                self._drawn[key] = _Portion(granted, until, is_last=granted < self._portion)

    def _has_one(self, key: str) -> bool:
        now = real_now()
        with self._lock:
            portion = self._drawn.get(key)
            if portion is None or portion.until <= now:
                return False
            if portion.left == 0 and portion.is_last:
                raise TooManyError(portion.until - now)
            portion.left -= 1
            return portion.left >= 0
