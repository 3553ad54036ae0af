"""Reading instances with their history, to be played again (engine.replay)."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import in_force
from engine.instance import COLUMNS, JOINED, as_instance
from engine.replay import Entry, Recorded, TaskFacts
from engine.replay.recorded import BALLOT_CLOSED, CHANGES, CORRECTED, MOVES, put_right
from engine.tables import history, process_instance, task
from engine.tables.policies import activation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from engine.transaction import Transaction


def recorded(tx: Transaction, ids: Sequence[str]) -> list[Recorded]:
    """These instances in the order given; one that is not there is left out. No permission: the caller has asked."""
    found = {
        row.id: as_instance(row)
        for row in tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id.in_(ids)))
    }
    entries, tasks = _entries(tx, ids), _tasks(tx, ids)
    terms = {each: _terms(tx, each) for each in {one.deployment_id for one in found.values()}}
    return [
        Recorded(found[each], put_right(entries[each]), tasks[each], terms[found[each].deployment_id])
        for each in ids
        if each in found
    ]


def _terms(tx: Transaction, deployment_id: int) -> list[tuple[datetime, date | None]]:
    """From each decision on: to which day the term went without a break."""
    a = activation.c
    rows = tx.session.execute(
        select(a.kind, a.from_on, a.until_on, a.decided_at_real, a.cancelled_at_real).where(
            a.deployment_id == deployment_id
        )
    ).all()
    moments = sorted(
        {row.decided_at_real for row in rows} | {row.cancelled_at_real for row in rows if row.cancelled_at_real}
    )
    return [(moment, in_force.end_of_term(standing)) for moment in moments if (standing := _standing(rows, moment))]


def _standing(rows: Sequence[Any], at: datetime) -> list[Any]:
    return [
        row
        for row in rows
        if row.decided_at_real <= at and (row.cancelled_at_real is None or row.cancelled_at_real > at)
    ]


def _entries(tx: Transaction, ids: Sequence[str]) -> dict[str, list[Entry]]:
    wanted = (*MOVES, *CHANGES, BALLOT_CLOSED, CORRECTED)
    rows = tx.session.execute(
        select(
            history.c.subject_id,
            history.c.number,
            history.c.kind,
            history.c.element,
            history.c.at,
            history.c.at_real,
            history.c.payload,
        )
        .where(history.c.subject_id.in_(ids), history.c.kind.in_(wanted))
        .order_by(history.c.subject_id, history.c.number)
    )
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in rows:
        found[row.subject_id].append(Entry(row.number, row.kind, row.element, row.at, row.payload, row.at_real))
    return found


def _tasks(tx: Transaction, ids: Sequence[str]) -> dict[str, dict[str, TaskFacts]]:
    columns = (task.c.instance_id, task.c.id, task.c.element, task.c.local, task.c.assignee_id, task.c.status)
    found: dict[str, dict[str, TaskFacts]] = defaultdict(dict)
    for row in tx.session.execute(select(*columns).where(task.c.instance_id.in_(ids))):
        found[row.instance_id][row.id] = TaskFacts(
            row.element, json.loads(row.local or "{}"), row.assignee_id, row.status == "open"
        )
    return found
