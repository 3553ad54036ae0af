"""Incidents: what could not be done by itself and waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.permissions import Act, require
from engine.tables import incident, process_instance
from forms.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from engine.transaction import Transaction

LIMIT = 200


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An open incident; `kind` is `message` or `timer`, `element` the message's name or the timer's element."""

    id: str
    kind: str
    element: str
    instance_id: str
    instance_title: str
    cause: Text
    opened_at: datetime


def incidents(tx: Transaction) -> list[IncidentLine]:
    """The open ones, the oldest first."""
    require(tx.actor, Act.SEE_INCIDENTS)
    rows = tx.session.execute(
        select(incident, process_instance.c.title)
        .join(process_instance, process_instance.c.id == incident.c.instance_id)
        .where(incident.c.closed_at.is_(None))
        .order_by(incident.c.opened_at, incident.c.id)
        .limit(LIMIT)
    )
    return [
        IncidentLine(
            row.id,
            row.kind,
            row.element,
            row.instance_id,
            row.title,
            Text(row.cause["zh"], row.cause["en"]),
            row.opened_at,
        )
        for row in rows
    ]
