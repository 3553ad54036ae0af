"""Open tasks offered to their candidate roles: the rows that the inbox reads, with all that it finds and sorts them by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine import feel, searching
from engine.tables import task, task_candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.compiled import Compiled
    from engine.diagram import Diagram
    from engine.expressions import Evaluator
    from engine.instance import Instance
    from engine.library import Library
    from engine.transaction import Transaction

# Behind every due date that there is, so that an index has them last.
NO_DUE_DATE = datetime(9999, 12, 31, tzinfo=UTC)
AWAITS_NOTICE = datetime(9999, 12, 30, tzinfo=UTC)


def due_key(due_at: datetime | None, counts: Iterable[Any]) -> datetime:
    """Where a task stands in the order of due dates; without a date it awaits a notice if working days were counted."""
    return due_at or (AWAITS_NOTICE if counts else NO_DUE_DATE)


def search_text(evaluator: Evaluator, instance: Instance, compiled: Compiled) -> str:
    """What a matter is found by: title, key, who began it, and the variables that its diagram names (`searchable`)."""
    expression = compiled.diagrams[instance.process].properties.get("searchable", "")
    found = evaluator.json(expression, feel.from_json(instance.scope(compiled.settings))) if expression else []
    values = found if isinstance(found, list) else [found]
    told = (str(value) for value in values if isinstance(value, str | int | float))
    return searching.joined([instance.title, instance.business_key, instance.initiator_name, *told])


def rows(
    instance: Instance, diagram: Diagram, tasks: Iterable[Any], opened_at: datetime | None = None
) -> list[dict[str, Any]]:
    """The rows of tasks that nobody has (OpenedTask, or rows of `task`): their candidates and whom they are not for."""
    return [row for each in tasks for row in _rows(instance, diagram, each, opened_at)]


def _rows(instance: Instance, diagram: Diagram, found: Any, opened_at: datetime | None) -> list[dict[str, Any]]:
    element = diagram.elements[found.element]
    same = {
        "task_id": found.id,
        "employer_id": instance.employer_id,
        "unit": instance.unit,
        "process": instance.process,
        "element": found.element,
        "due_at": due_key(found.due_at, found.counts),
        "opened_at": opened_at or found.opened_at,
        "title": instance.title,
        "business_key": instance.business_key,
        "search": searching.spaced(instance.search),
        "name_search": searching.spaced(searching.joined([element.name, element.name_en])),
    }
    roles = found.roles if opened_at else found.candidate_roles
    who = [{"role": role, "barred_id": None} for role in dict.fromkeys(roles)]
    bars = [{"role": "", "barred_id": one, "search": "", "name_search": ""} for one in dict.fromkeys(found.barred_ids)]
    return [{**same, **one} for one in (*who, *(bars if who else ()))]


def offer(tx: Transaction, library: Library, instance: Instance, ids: Iterable[str]) -> None:
    """Open tasks that nobody has any more to their candidate roles again."""
    wanted = ("id", "element", "due_at", "counts", "opened_at", "candidate_roles", "barred_ids")
    found = tx.session.execute(select(*(task.c[name] for name in wanted)).where(task.c.id.in_(ids)))
    diagram = library.get(tx.session, instance.deployment_id).diagrams[instance.process]
    if again := rows(instance, diagram, found):
        tx.session.execute(insert(task_candidate), again)


def rename(tx: Transaction, instance: Instance) -> None:
    """What is already offered is found by what its matter is called now."""
    theirs = select(task.c.id).where(task.c.instance_id == instance.id, task.c.status == "open")
    now: Mapping[str, Any] = {"title": instance.title, "search": searching.spaced(instance.search)}
    tx.session.execute(
        update(task_candidate).where(task_candidate.c.task_id.in_(theirs), task_candidate.c.role != "").values(**now)
    )
