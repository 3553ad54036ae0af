"""A process instance as commands hold it between reading and writing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select

from engine.chain import Head
from engine.clock import SHANGHAI
from engine.permissions import Subject
from engine.tables import deployment, employer, person, process_instance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

ACTIVE, COMPLETED = "active", "completed"

# The parent's key, the employer's and the initiator's names come with the row: expressions may ask for them.
_parent = process_instance.alias("parent")
# How to take a step back (`undo`) is read by the one command that does it.
COLUMNS = (
    *(column for column in process_instance.c if column.name != "undo"),
    _parent.c.business_key.label("parent_key"),
    employer.c.name.label("employer_name"),
    person.c.name.label("initiator_name"),
    deployment.c.policy,
    deployment.c.in_force_from,
    deployment.c.in_force_until,
)
JOINED = (
    process_instance.outerjoin(_parent, _parent.c.id == process_instance.c.parent_id)
    .outerjoin(employer, employer.c.id == process_instance.c.employer_id)
    .join(person, person.c.id == process_instance.c.initiator_id)
    .join(deployment, deployment.c.id == process_instance.c.deployment_id)
)


@dataclass(frozen=True, slots=True)
class Instance:
    """One row with what expressions may know of it; `state` is b"" once it has ended."""

    id: str
    deployment_id: int
    process: str
    business_key: str
    title: str
    number: int
    parent_id: str | None
    parent_key: str | None
    employer_id: str | None
    employer_name: str | None
    initiator_id: str
    initiator_name: str
    unit: str | None
    status: str
    revision: int
    history_count: int
    history_head: str
    state: bytes
    variables: Mapping[str, Any]
    started_at: datetime
    policy: str
    in_force_from: date
    in_force_until: date | None
    # Why nothing goes on in it at present: `{zh, en}` and what else is known of it. None: it does.
    suspended: Mapping[str, Any] | None = None
    # What a search finds it by.
    search: str = ""

    @property
    def head(self) -> Head:
        """Where its history stands."""
        return Head(self.history_count, self.history_head)

    def subject(self, **of_task: Any) -> Subject:
        """What permission depends on, with what `of_task` adds of one of its tasks (engine.permissions.Subject)."""
        return Subject(self.employer_id, self.initiator_id, unit=self.unit, process=self.process, **of_task)

    def scope(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Everything that an expression of this instance may name; JSON values."""
        return {**self.variables, "settings": settings, "process": self.facts()}

    def facts(self) -> dict[str, Any]:
        """What expressions see as `process`; JSON values."""
        return {
            "id": self.id,
            "key": self.business_key,
            "definition": self.process,
            "parent": self.parent_key,
            "started_on": self.started_at.astimezone(SHANGHAI).date().isoformat(),
            "initiator": {"id": self.initiator_id, "name": self.initiator_name},
            "employer": {"id": self.employer_id, "name": self.employer_name},
            "policy": {
                "id": self.policy,
                "from": self.in_force_from.isoformat(),
                "until": self.in_force_until.isoformat() if self.in_force_until else None,
            },
        }


def locked_instance() -> Select[Any]:
    """The base of every read that a write follows: the instance's row is locked until the commit."""
    return select(*COLUMNS).select_from(JOINED).with_for_update(of=process_instance)


def as_instance(row: Any) -> Instance:
    values = row._mapping  # noqa: SLF001  the documented way to read a row by name
    return Instance(
        **{name: values[name] for name in Instance.__slots__ if name != "variables"},
        variables=json.loads(values["variables"]),
    )
