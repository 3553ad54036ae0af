"""The only reader of time.

Business time decides windows, due dates and what a certificate says; a sandbox may hold it still or move it. Real time
is for sessions and for the second stamp of every history event; nothing moves it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def real_now() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  the one place


class Clock(Protocol):
    """Business time, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """Business time is real time: every production installation."""

    def now(self) -> datetime:
        return real_now()


class VirtualClock:
    """Business time stands still until it is moved: sandbox, cases and tests. Aware datetimes only."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        return self._moment

    def move_to(self, moment: datetime) -> None:
        """Backwards is refused by the command that calls this, not here: a timer's own due moment may lie behind."""
        self._moment = moment.astimezone(UTC)
