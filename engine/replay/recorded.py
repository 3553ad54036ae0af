"""What is known of an instance's past: its history as moves that can be made again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from engine.instance import Instance

# The entries that moved the instance on; every other one belongs to the move before it, or tells of people only.
MOVES = frozenset(
    {"started", "completed", "timer fired", "timer fired early", "received", "set off", "job done", "job failed"}
)
# Changes beside the diagram that what comes after rests on.
CHANGES = frozenset({"withdrawn", "timer postponed", "incident retried", "corrected"})
BALLOT_CLOSED = "ballot closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the history; `payload` is None once what it said was deleted."""

    kind: str
    element: str | None
    at: datetime
    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What tells the turns of a loop apart."""

    local: Mapping[str, Any]
    assignee_id: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An instance with its history in order, and its tasks by id."""

    instance: Instance
    entries: Sequence[Entry]
    tasks: Mapping[str, TaskFacts] = field(default_factory=dict)

    def steps(self) -> Iterator[tuple[Entry, Mapping[str, Mapping[str, int]]]]:
        """Each move or change, with the counts of the ballots that its step closed, by element."""
        found: list[tuple[Entry, dict[str, Mapping[str, int]]]] = []
        for entry in self.entries:
            if entry.kind in MOVES or entry.kind in CHANGES:
                found.append((entry, {}))
            elif entry.kind == BALLOT_CLOSED and entry.payload and found:
                found[-1][1][entry.element or ""] = entry.payload["counts"]
        yield from found
