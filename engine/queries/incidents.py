"""Incidents: what could not be done by itself and waits for a person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, select

from engine.errors import NotFoundError
from engine.permissions import Act, require, require_uninvolved
from engine.tables import incident, outbox, process_instance
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """One with what may be corrected: `payload` None for a timer, `correlation_key` None where there is none."""

    line: IncidentLine
    payload: Mapping[str, Any] | None
    correlation_key: str | None
    variables: Mapping[str, Any]


def incidents(tx: Transaction) -> list[IncidentLine]:
    """The open ones, the oldest first."""
    require(tx.actor, Act.SEE_INCIDENTS)
    rows = tx.session.execute(
        _lines().where(incident.c.closed_at.is_(None)).order_by(incident.c.opened_at, incident.c.id).limit(LIMIT)
    )
    return [_line(row) for row in rows]


def incident_detail(tx: Transaction, incident_id: str) -> IncidentDetail:
    """For those alone who may correct it: what people entered is in it, and what is not shown to the applicant.

    Raises NotPermittedError, NotFoundError, also for a closed one.
    """
    require(tx.actor, Act.RETRY)
    row = tx.session.execute(_lines().where(incident.c.id == incident_id, incident.c.closed_at.is_(None))).first()
    if row is None:
        raise NotFoundError(
            f"没有编号为{incident_id}的异常, 或已处理。", f"there is no incident {incident_id}, or it was dealt with."
        )
    message = _message(tx, row)
    require_uninvolved(tx.actor, _began(tx, row, message))
    return IncidentDetail(
        line=_line(row),
        payload=message.payload if message else None,
        correlation_key=message.correlation_key if message else None,
        variables=json.loads(row.variables),
    )


def _began(tx: Transaction, row: Row[Any], message: Row[Any] | None) -> frozenset[str]:
    ids = {row.instance_id, message.source_id if message else row.instance_id}
    return frozenset(tx.session.scalars(select(process_instance.c.initiator_id).where(process_instance.c.id.in_(ids))))


def _message(tx: Transaction, row: Row[Any]) -> Row[Any] | None:
    if row.kind != "message":
        return None
    return tx.session.execute(select(outbox).where(outbox.c.id == int(row.work_id))).first()


def _lines() -> Select[Any]:
    return select(incident, process_instance.c.title, process_instance.c.variables).join(
        process_instance, process_instance.c.id == incident.c.instance_id
    )


def _line(row: Row[Any]) -> IncidentLine:
    cause = Text(row.cause["zh"], row.cause["en"])
    return IncidentLine(row.id, row.kind, row.element, row.instance_id, row.title, cause, row.opened_at)
