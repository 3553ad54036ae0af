"""Reading instances with their history, to be played again (engine.replay)."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.instance import COLUMNS, JOINED, as_instance
from engine.replay import Entry, Recorded, TaskFacts
from engine.replay.recorded import BALLOT_CLOSED, CHANGES, CORRECTED, MOVES
from engine.tables import history, process_instance, task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.transaction import Transaction


def recorded(tx: Transaction, ids: Sequence[str]) -> list[Recorded]:
    """These instances in the order given; one that is not there is left out. No permission: the caller has asked."""
    found = {
        row.id: as_instance(row)
        for row in tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id.in_(ids)))
    }
    entries = _entries(tx, ids)
    tasks = _tasks(tx, ids)
    return [Recorded(found[each], entries[each], tasks[each]) for each in ids if each in found]


def _entries(tx: Transaction, ids: Sequence[str]) -> dict[str, list[Entry]]:
    wanted = (*MOVES, *CHANGES, BALLOT_CLOSED, CORRECTED)
    rows = tx.session.execute(
        select(
            history.c.subject_id, history.c.number, history.c.kind, history.c.element, history.c.at, history.c.payload
        )
        .where(history.c.subject_id.in_(ids), history.c.kind.in_(wanted))
        .order_by(history.c.subject_id, history.c.number)
    )
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in rows:
        found[row.subject_id].append(Entry(row.number, row.kind, row.element, row.at, row.payload))
    return found


def _tasks(tx: Transaction, ids: Sequence[str]) -> dict[str, dict[str, TaskFacts]]:
    columns = (task.c.instance_id, task.c.id, task.c.local, task.c.assignee_id)
    found: dict[str, dict[str, TaskFacts]] = defaultdict(dict)
    for row in tx.session.execute(select(*columns).where(task.c.instance_id.in_(ids))):
        found[row.instance_id][row.id] = TaskFacts(json.loads(row.local or "{}"), row.assignee_id)
    return found
