"""What there is to see after a step, without what is chance: ids, salts, hashes, the machine's own time, sizes of state."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine as Database
    from sqlalchemy import Row

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CHANCE = frozenset(
    {"at_real", "state", "salt", "commitment", "link", "history_head", "retry_at", "deployment_id", "undo", "attempts"}
)
# Everything that an instance consists of, in the order in which its ids are named.
_ORDER: Mapping[str, tuple[str, ...]] = {
    "process_instance": ("process", "business_key"),
    "task": ("instance_id", "opened_at", "element", "local"),
    "timer": ("instance_id", "opened_at", "element", "due_at"),
    "subscription": ("instance_id", "element"),
    "task_candidate": ("task_id", "role", "barred_id"),
    "outbox": ("source_id", "id"),
    "report": ("parent_id", "message", "child_id"),
    "incident": ("instance_id", "kind", "element"),
    "history": ("subject_id", "number"),
}
_INSTANCES = frozenset({"process_instance", "task", "timer", "subscription"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every table's rows as lines of text, ids replaced by names that mean the same in every run."""

    lines: tuple[str, ...]

    def difference(self, other: Outcome) -> str:
        """Empty if there is none."""
        found = difflib.unified_diff(self.lines, other.lines, "undisturbed", "disturbed", lineterm="", n=0)
        return "\n".join(line for line in found if not line.startswith("@@"))


def read(database: Database) -> Outcome:
    names: dict[str, str] = {}
    lines: list[str] = []
    with database.connect() as connection:
        for name, order in _ORDER.items():
            rows = connection.execute(select(tables.metadata.tables[name])).all()
            if name == "history":  # the sandbox's clock and the deployments keep a history, too
                rows = [row for row in rows if row.subject_id in names]
            lines += _told(name, rows, order, names)
    return Outcome(tuple(lines))


def _told(table: str, rows: list[Row[Any]], order: tuple[str, ...], names: dict[str, str]) -> list[str]:
    told = []
    for number, row in enumerate(sorted(rows, key=lambda row: _key(row, order, names)), 1):
        values = dict(row._mapping)
        if table in _INSTANCES:
            names[values["id"]] = f"{table} {number}"
        if table in {"outbox", "incident"}:
            values["id"], values["work_id"] = number, None
        if table == "task_candidate":
            values["id"] = number
        if table == "history":
            values["payload"] = _comparable(values["payload"])
        kept = {name: value for name, value in values.items() if name not in _CHANCE}
        told.append(f"{table}: {_named(kept, names)}")
    return told


def _key(row: Row[Any], order: tuple[str, ...], names: Mapping[str, str]) -> list[tuple[int, str]]:
    values = row._mapping
    return [
        (values[name], "") if isinstance(values[name], int) else (0, names.get(values[name], str(values[name])))
        for name in order
    ]


def _comparable(payload: dict[str, Any] | None) -> dict[str, Any]:
    """Tasks that were cancelled together have no order, and a deployment's number is the database's."""
    told = {name: value for name, value in (payload or {}).items() if name != "deployment"}
    return {**told, "cancelled": len(told.get("cancelled", ()))}


def _named(values: dict[str, Any], names: dict[str, str]) -> str:
    told = json.dumps(values, ensure_ascii=False, default=str)
    return _UUID.sub(lambda found: names.get(found[0], "?"), told)
