"""What is known of an instance's past: its history as moves that can be made again."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from engine.instance import Instance

# The entries that moved the instance on; every other one belongs to the move before it, or tells of people only.
MOVES = frozenset(
    {"started", "completed", "timer fired", "timer fired early", "received", "set off", "job done", "job failed"}
)
# Changes beside the diagram that what comes after rests on.
CHANGES = frozenset({"withdrawn", "timer postponed", "incident retried"})
CORRECTED = "corrected"
BALLOT_CLOSED = "ballot closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the history; `payload` is None once what it said was deleted."""

    number: int
    kind: str
    element: str | None
    at: datetime
    payload: Mapping[str, Any] | None
    # By the machine's clock; None for what has not happened.
    at_real: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What tells the turns of a loop apart, and whether it waits."""

    element: str
    local: Mapping[str, Any]
    assignee_id: str | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """An instance with its history in order, each entry as it was put right since, and its tasks by id.

    `terms`: the last day of its policy's term from a moment of the machine's clock on, in order: what was decided later was
    not known before.
    """

    instance: Instance
    entries: Sequence[Entry]
    tasks: Mapping[str, TaskFacts] = field(default_factory=dict)
    terms: Sequence[tuple[datetime, date | None]] = ()

    def facts(self, at_real: datetime | None) -> dict[str, Any]:
        """What expressions saw as `process` then."""
        known = [until for since, until in self.terms if at_real is None or since <= at_real]
        return (replace(self.instance, in_force_until=known[-1]) if known else self.instance).facts()

    def steps(self) -> Iterator[tuple[Entry, Mapping[str, Mapping[str, int]]]]:
        """Each move or change, with the counts of the ballots that its step closed, by element."""
        found: list[tuple[Entry, dict[str, Mapping[str, int]]]] = []
        for entry in self.entries:
            if entry.kind in MOVES or entry.kind in CHANGES:
                found.append((entry, {}))
            elif entry.kind == BALLOT_CLOSED and entry.payload and found:
                found[-1][1][entry.element or ""] = entry.payload["counts"]
        yield from found


def put_right(entries: Sequence[Entry]) -> list[Entry]:
    """Each entry with what was corrected in it later."""
    right: dict[int, dict[str, Any]] = {}
    for entry in entries:
        if entry.kind == CORRECTED and entry.payload:
            right.setdefault(entry.payload["entry"], {}).update(entry.payload["new"])
    return [corrected(entry, right.get(entry.number, {})) for entry in entries]


def corrected(entry: Entry, values: Mapping[str, Any]) -> Entry:
    """The entry as if these had been entered, by their paths in its payload (`values.plan.review_on`)."""
    if not values or entry.payload is None:
        return entry
    payload = copy.deepcopy(dict(entry.payload))
    for path, value in values.items():
        *way, last = path.split(".")
        holder: Any = payload
        for name in way:
            holder = holder[int(name)] if isinstance(holder, list) else holder[name]
        if isinstance(holder, list):
            holder[int(last)] = value
        else:
            holder[last] = value
    return replace(entry, payload=payload)


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Everything that can be corrected in a value, by its path: texts, numbers, truths, and what was left empty."""
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in members:
            yield from leaves(each, f"{path}.{name}")
    else:
        yield path, value
