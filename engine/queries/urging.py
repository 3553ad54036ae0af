"""Which open tasks of a matter the actor may urge now, as its page offers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.clock import SHANGHAI
from engine.instance import ACTIVE, COLUMNS, JOINED, as_instance
from engine.permissions import Act, may
from engine.queries.instances import for_staff, may_see
from engine.queries.visible import sees_everything
from engine.reminding import rules
from engine.tables import history, person, process_instance, task
from forms.text import Text

if TYPE_CHECKING:
    from engine.instance import Instance
    from engine.library import Library
    from engine.permissions import Subject
    from engine.transaction import Transaction

URGED = "urged"


@dataclass(frozen=True, slots=True)
class Urgeable:
    """An open task of somebody else's; `assignee_name` for staff alone. `left`: how often it may still be urged."""

    task_id: str
    element: str
    name: Text
    assignee_name: str | None
    urged: int
    left: int


def urgeable(tx: Transaction, library: Library, instance_id: str) -> list[Urgeable]:
    """Nothing where the actor may urge nothing, the limit is reached, or it was done today."""
    row = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == instance_id)).first()
    if row is None or row.status != ACTIVE or row.suspended is not None or not may_see(tx, instance_id):
        return []
    instance = as_instance(row)
    matter = instance.subject()
    compiled = library.get(tx.session, instance.deployment_id)
    limit = rules(compiled.settings).urge_limit
    if not limit or not may(tx.actor, Act.URGE, matter):
        return []
    everything = sees_everything(tx, matter)
    hidden = frozenset() if everything else for_staff(compiled, instance)
    elements, today = compiled.diagrams[instance.process].elements, urged_today(tx, instance_id)
    query = select(task, person.c.name.label("assignee_name")).outerjoin(person, person.c.id == task.c.assignee_id)
    rows = tx.session.execute(
        query.where(task.c.instance_id == instance_id, task.c.status == "open", task.c.urged < limit).order_by(
            task.c.opened_at, task.c.element, task.c.id
        )
    )
    return [
        Urgeable(
            task_id=each.id,
            element=each.element,
            name=Text(elements[each.element].name, elements[each.element].name_en),
            assignee_name=each.assignee_name if everything else None,
            urged=each.urged,
            left=limit - each.urged,
        )
        for each in rows
        if each.element not in hidden
        and each.id not in today
        and not may(tx.actor, Act.COMPLETE, _subject(instance, each))
    ]


def urged_today(tx: Transaction, instance_id: str) -> frozenset[str]:
    """The tasks of a matter that were urged on this day in Shanghai."""
    day = tx.now.astimezone(SHANGHAI).date()
    entries = select(history.c.at, history.c.payload).where(
        history.c.subject_id == instance_id, history.c.kind == URGED
    )
    rows = tx.session.execute(entries)
    return frozenset(row.payload["task"] for row in rows if row.payload and row.at.astimezone(SHANGHAI).date() == day)


def _subject(instance: Instance, row: Any) -> Subject:
    return instance.subject(
        assignee_id=row.assignee_id,
        in_place_of=row.in_place_of,
        candidate_roles=tuple(row.candidate_roles),
        barred_ids=frozenset(row.barred_ids),
    )
