"""How far a process instance has come, as its page shows it: the diagram's steps in words, what was entered at each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.clock import SHANGHAI
from engine.instance import ACTIVE, COLUMNS, JOINED, as_instance
from engine.queries.instances import InstanceDetail, instance_detail, may_see
from engine.queries.next_steps import NextStep, by_whom, next_steps
from engine.tables import process_instance, task
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from engine.compiled import Compiled
    from engine.diagram import Diagram
    from engine.instance import Instance
    from engine.library import Library
    from engine.transaction import Transaction
    from forms import FormView

_UNNAMED = ("Gateway", "association", "textAnnotation")


class State(StrEnum):
    """Where a step stands; `LEFT_OUT` is one that an ended instance never came to."""

    DONE = "done"
    ACTIVE = "active"
    AHEAD = "ahead"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the diagram; `at` is when it was last passed, `due_at` when its timer ends, `due_on` a task's last day."""

    element: str
    name: Text
    state: State
    at: datetime | None
    due_at: datetime | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Progress:
    """An instance with its steps in the diagram's order; `entered` maps a history entry's number to its filled form.

    `sees_parent`: whether the actor may follow the way to what it belongs to. `by`: who has each step that is under way, by
    role; `coming`: what may come after those.
    """

    detail: InstanceDetail
    steps: tuple[Step, ...]
    entered: Mapping[int, FormView]
    sees_parent: bool
    by: Mapping[str, Text]
    coming: tuple[NextStep, ...]


def progress(tx: Transaction, library: Library, instance_id: str) -> Progress:
    """Raises NotFoundError where there is none that the actor may see."""
    detail = instance_detail(tx, library, instance_id)
    row = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == instance_id)).one()
    instance = as_instance(row)
    compiled = library.get(tx.session, instance.deployment_id)
    diagram = compiled.diagrams[instance.process]
    return Progress(
        detail=detail,
        steps=tuple(_steps(diagram, detail, due_on(tx, instance_id))),
        entered=_entered(tx, library, compiled, instance, detail),
        sees_parent=instance.parent_id is not None and may_see(tx, instance.parent_id),
        by=_by(compiled, diagram, detail),
        coming=_coming(compiled, diagram, detail),
    )


def _by(compiled: Compiled, diagram: Diagram, detail: InstanceDetail) -> dict[str, Text]:
    found = {each: by_whom(diagram.elements[each], compiled.policy.roles) for each in detail.active}
    return {element: whom for element, whom in found.items() if whom is not None}


def _coming(compiled: Compiled, diagram: Diagram, detail: InstanceDetail) -> tuple[NextStep, ...]:
    """Each once, in the diagram's order; not what is under way already."""
    under_way = [diagram.elements[each] for each in _in_order(diagram) if each in detail.active]
    steps = [step for element in under_way for step in next_steps(diagram, element, compiled.policy.roles)]
    present = {element.name for element in under_way}
    return tuple({step.name: step for step in steps if step.name.zh not in present}.values())


def _steps(diagram: Diagram, detail: InstanceDetail, due_on: Mapping[str, date | None]) -> list[Step]:
    due_at = {window.element: window.due_at for window in detail.windows if window.element in detail.active}
    passed_at = {name: event.at for event in detail.events for name in event.payload.get("passed", ())}
    ahead = State.AHEAD if detail.line.status == ACTIVE else State.LEFT_OUT
    steps = []
    for element_id in _in_order(diagram):
        element = diagram.elements[element_id]
        if element.tag.endswith(_UNNAMED) or element.event == "link" or not element.name:
            continue
        active, passed = element_id in detail.active | detail.entered, element_id in detail.passed
        state = State.ACTIVE if active else State.DONE if passed else ahead
        at = passed_at.get(element_id) if state is State.DONE else None
        name = Text(element.name, element.name_en)
        steps.append(Step(element_id, name, state, at, due_at.get(element_id), due_on.get(element_id)))
    return steps


def _in_order(diagram: Diagram) -> list[str]:
    """From the start along the flows, nearest first, through what stands inside; what no flow leads to comes last."""
    order = [diagram.start.id]
    for element_id in order:
        begins = [element.id for element in diagram.inside(element_id) if element.tag == "startEvent"]
        beside = [element.id for element in diagram.boundaries(element_id)]
        order += begins + beside + [flow.target for flow in diagram.outgoing(element_id) if flow.target not in order]
    return list(dict.fromkeys([*order, *diagram.elements]))


def due_on(tx: Transaction, instance_id: str) -> dict[str, date | None]:
    """The last day of each open task by element; None where it has none."""
    query = select(task.c.element, task.c.due_at).where(task.c.instance_id == instance_id, task.c.status == "open")
    return {
        row.element: row.due_at.astimezone(SHANGHAI).date() if row.due_at else None for row in tx.session.execute(query)
    }


def _entered(
    tx: Transaction, library: Library, compiled: Compiled, instance: Instance, detail: InstanceDetail
) -> dict[int, FormView]:
    """Only what the history lets the actor see: an entry whose values are hidden has none here."""
    elements = compiled.diagrams[instance.process].elements
    start = compiled.diagrams[instance.process].start
    context = instance.scope(compiled.settings)
    evaluate = library.evaluator(tx.now).form_value
    entered = {}
    for event in detail.events:
        element = elements.get(event.element or "", start)
        if event.payload.get("values") and element.form_id:
            entered[event.number] = compiled.forms[element.form_id].view(event.payload["values"], context, evaluate)
    return entered
