"""What has been started below an instance or beside it: a round's objections, the appraisals before this one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.instance import ACTIVE
from engine.tables import outbox, process_instance, report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.transaction import Transaction


# Never the state: it is most of a row, and a round reads every candidacy.
_ASKED = ("id", "business_key", "status", "end_element", "variables")


def read_children(tx: Transaction, instance: Instance, compiled: Compiled, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`{"children": [{key, id, open, end, reports: {message: payload}, start}]}` of the process that the input `child` names, by number.

    They are the instance's own, or with the input `of` "parent" all that its parent has, itself among them. `start` are the values of its start form; where the form puts all of them under one name, that name is left out.
    """
    process = str(inputs.get("child"))
    parent_id = instance.parent_id if inputs.get("of") == "parent" else instance.id
    own = (process_instance.c.parent_id == parent_id, process_instance.c.process == process)
    asked = select(*(process_instance.c[name] for name in _ASKED)).where(*own)
    rows = tx.session.execute(asked.order_by(process_instance.c.number)).all()
    reports = _reports(tx, parent_id)
    children = [
        {
            "key": row.business_key,
            "id": row.id,
            "open": row.status == ACTIVE,
            "end": row.end_element,
            "reports": reports.get(row.id, {}),
            "start": _start(compiled, process, json.loads(row.variables)),
        }
        for row in rows
    ]
    return {"children": children}


def _reports(tx: Transaction, parent_id: str | None) -> dict[str, dict[str, Any]]:
    """The last word of each, what is still on its way too: who said it relies on it from then on."""
    found: dict[str, dict[str, Any]] = {}
    for row in tx.session.execute(select(report).where(report.c.parent_id == parent_id)):
        found.setdefault(row.child_id, {})[row.message] = row.payload
    coming = (outbox.c.kind == "report", outbox.c.target_id == parent_id, outbox.c.status == "pending")
    for row in tx.session.execute(select(outbox).where(*coming).order_by(outbox.c.id)):
        found.setdefault(row.source_id, {})[row.message] = row.payload
    return found


def _start(compiled: Compiled, process: str, variables: Mapping[str, Any]) -> Any:
    form_id = compiled.diagrams[process].start.form_id if process in compiled.diagrams else None
    if form_id is None:
        return {}
    values = {name: variables.get(name) for name in compiled.forms[form_id].keys}
    only = next(iter(values.values())) if len(values) == 1 else None
    return only if isinstance(only, dict) else values
