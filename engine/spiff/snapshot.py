"""What one step of an instance brought about: frozen data, all that the rest of the engine learns of SpiffWorkflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Start:
    """Begin with these variables."""

    element: str


@dataclass(frozen=True, slots=True)
class Complete:
    """A person did an open task; `values` are what its form let through."""

    task_id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fire:
    """A timer's moment has come."""

    timer_id: str


@dataclass(frozen=True, slots=True)
class Receive:
    """A message has arrived for an open subscription."""

    subscription_id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """A worker did a job; `values` are what it brought."""

    job_id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """A job ended in an error that the diagram is meant to catch."""

    job_id: str
    code: str
    message: str


Move = Start | Complete | Fire | Receive | Done | Failed


@dataclass(frozen=True, slots=True)
class OpenedTask:
    """A user task that now waits; `local` are the names that only it sees, `counts` the working days behind its due date."""

    id: str
    element: str
    assignee_id: str | None
    roles: tuple[str, ...]
    barred_ids: tuple[str, ...]
    due_at: datetime | None
    local: Mapping[str, Any]
    counts: tuple[Mapping[str, Any], ...] = ()
    # The same for all turns of one run of a loop: they vote into one box.
    run: str = ""


@dataclass(frozen=True, slots=True)
class OpenedTimer:
    """`due_at` is None while an official calendar is missing; `counts` are the working-day counts behind it."""

    id: str
    element: str
    due_at: datetime | None
    window: str | None
    counts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class OpenedSubscription:
    """A wait for a message or a signal; with `fan_in`, for the reports of every child of that process."""

    id: str
    element: str
    message: str
    correlation_key: str | None
    fan_in: str | None
    is_signal: bool


@dataclass(frozen=True, slots=True)
class OpenedJob:
    """A service task that a worker does outside the step; `inputs` as JSON."""

    id: str
    element: str
    type: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to put into the outbox; `kind` is one of the dialect's three, or `signal`."""

    kind: str
    element: str
    message: str
    correlation_key: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry for the history."""

    kind: str
    element: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The instance after a step. `closed` are the waits that are gone, each id with `task`, `job`, `timer` or `subscription`.

    `brought` is what each script and service gave, by element. `end_element` is None while the instance goes on.
    """

    state: bytes
    variables: Mapping[str, Any]
    tasks: tuple[OpenedTask, ...]
    timers: tuple[OpenedTimer, ...]
    subscriptions: tuple[OpenedSubscription, ...]
    jobs: tuple[OpenedJob, ...]
    closed: Mapping[str, str]
    sent: tuple[Sent, ...]
    happenings: tuple[Happening, ...]
    brought: Mapping[str, Any]
    passed: tuple[str, ...]
    flows: tuple[str, ...]
    end_element: str | None
