"""Process instances: lists, one with its history, windows and diagram, and what may be started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from engine.commands.setting_off import is_time, may_set_off
from engine.errors import NotFoundError
from engine.instance import ACTIVE, COLUMNS, JOINED, Instance, as_instance
from engine.permissions import Act, may
from engine.queries import visible
from engine.queries.events import Event, events, passed, still_counts
from engine.queries.paging import Key, beyond, ordered
from engine.queries.personal import without_personal
from engine.queries.sealed import SealedNumber, numbers_of
from engine.tables import deployment, outbox, process_instance, subscription, task, timer
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from engine.compiled import Compiled
    from engine.diagram import Diagram
    from engine.library import Library
    from engine.transaction import Transaction
    from forms import Form, FormView

LIMIT = 200


@dataclass(frozen=True, slots=True)
class InstanceLine:
    """An instance in a list; `waiting` names what it waits for, `outcome` how it ended."""

    id: str
    process: str
    process_name: Text
    title: str
    business_key: str
    employer_name: str | None
    status: str
    end_element: str | None
    outcome: Text | None
    waiting: tuple[Text, ...]
    started_at: datetime
    ended_at: datetime | None
    parent_id: str | None
    deployment_id: int
    # Why nothing can be done in it at present; None: it goes on.
    suspended: Text | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A timer with its arithmetic. `due_at` None: the end awaits the official notice for a missing year."""

    id: str
    element: str
    name: Text
    status: str
    due_at: datetime | None
    window: str | None
    counts: tuple[Mapping[str, Any], ...]
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What the actor may set off now at any time they like."""

    element: str
    name: Text


@dataclass(frozen=True, slots=True)
class InstanceDetail:
    """`scope` is what expressions see; pages show `application`, `findings`, and `variables` where permitted.

    `active` are the elements that wait, `entered` the sub-processes and calls around them, `numbers` the identity numbers that
    the actor may read in full.
    """

    line: InstanceLine
    revision: int
    deployment: Text
    deployment_version: int
    parent: tuple[str, str] | None
    children: tuple[InstanceLine, ...]
    scope: Mapping[str, Any]
    variables: Mapping[str, Any]
    application: FormView | None
    findings: tuple[Mapping[str, Any], ...]
    decisions: tuple[Event, ...]
    events: tuple[Event, ...]
    windows: tuple[Window, ...]
    passed: frozenset[str]
    active: frozenset[str]
    entered: frozenset[str]
    diagram: bytes
    offers: tuple[Offer, ...] = ()
    numbers: tuple[SealedNumber, ...] = ()
    # Whether the actor may correct what was entered here, or sign a correction.
    may_rectify: bool = False
    may_countersign: bool = False


def instances(
    tx: Transaction,
    library: Library,
    *,
    process: str | None = None,
    mine: bool = False,
    limit: int = LIMIT,
    after: str | None = None,
) -> list[InstanceLine]:
    """The newest first; `mine`: those that the actor began; `after`: those that follow the instance of this id."""
    query = select(*COLUMNS).select_from(JOINED).where(visible.instances(tx.actor))
    if process is not None:
        query = query.where(process_instance.c.process == process)
    if mine:
        query = query.where(process_instance.c.initiator_id == tx.actor.id)
    keys = (Key(process_instance.c.started_at, descending=True), Key(process_instance.c.id))
    if after is not None:
        query = query.where(beyond(tx, process_instance, keys, after))
    return lines(tx, library, list(tx.session.execute(query.order_by(*ordered(keys)).limit(limit))))


def instance_detail(
    tx: Transaction, library: Library, instance_id: str, *, as_participant: bool = False
) -> InstanceDetail:
    """Raises NotFoundError where there is none that the actor may see; `as_participant`: permission was asked already."""
    row = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == instance_id)).first()
    if row is None or not (as_participant or may_see(tx, instance_id)):
        raise NotFoundError(
            f"没有编号为{instance_id}的事项, 或您无权查看。",
            f"there is no matter {instance_id}, or none that you may see.",
        )
    instance = as_instance(row)
    compiled = library.get(tx.session, instance.deployment_id)
    everything = visible.sees_everything(tx, instance.subject())
    hidden = frozenset() if everything else for_staff(compiled, instance)
    told = events(tx, compiled, instance, hidden, everything=everything)
    version = tx.session.execute(
        select(deployment.c.version).where(deployment.c.id == instance.deployment_id)
    ).scalar_one()
    diagram = compiled.diagrams[instance.process]
    waiting = waiting_at(tx, [instance_id]).get(instance_id, [])
    active = frozenset(each for each in waiting if not diagram.elements[each].is_aside)
    return InstanceDetail(
        line=lines(tx, library, [row])[0],
        revision=instance.revision,
        deployment=compiled.policy.title,
        deployment_version=version,
        parent=(instance.parent_id, instance.parent_key or "") if instance.parent_id else None,
        children=tuple(_children(tx, library, instance_id)),
        scope=instance.scope(compiled.settings),
        variables=instance.variables if everything else {},
        application=_application(tx, library, compiled, instance, everything=everything),
        findings=tuple(_findings(_without(compiled, instance, hidden))),
        decisions=tuple(event for event in told if still_counts(event) and event.element not in hidden),
        events=tuple(told),
        windows=tuple(windows(tx, compiled, instance)),
        passed=passed(tx, instance_id),
        active=active,
        entered=_entered(compiled.diagrams[instance.process], active),
        diagram=diagram.xml,
        offers=tuple(_offers(tx, library, compiled, instance, waiting)),
        numbers=numbers_of(tx, library, instance),
        may_rectify=instance.status == ACTIVE and may(tx.actor, Act.RECTIFY, instance.subject()),
        may_countersign=may(tx.actor, Act.COUNTERSIGN, instance.subject()),
    )


def _offers(
    tx: Transaction, library: Library, compiled: Compiled, instance: Instance, waiting: Sequence[str]
) -> Iterator[Offer]:
    elements = compiled.diagrams[instance.process].elements
    for element in (elements[each] for each in dict.fromkeys(waiting) if elements[each].set_off_by):
        is_theirs = instance.suspended is None and may_set_off(tx.actor, element, instance)
        if is_theirs and is_time(tx, library, compiled, element, instance):
            yield Offer(element.id, Text(element.name, element.name_en))


@dataclass(frozen=True, slots=True)
class OfferForm:
    """What a person fills in to set something off; `form` is None where nothing is asked."""

    instance_id: str
    title: str
    element: str
    name: Text
    form: Form | None
    view: FormView | None


def offer_form(
    tx: Transaction,
    library: Library,
    instance_id: str,
    element_id: str,
    values: Mapping[str, Any],
    errors: Mapping[str, Text] | None = None,
) -> OfferForm:
    """Raises NotFoundError where the actor can set off no such thing in it now."""
    row = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == instance_id)).first()
    instance = as_instance(row) if row is not None and may_see(tx, instance_id) else None
    compiled = library.get(tx.session, instance.deployment_id) if instance else None
    offered = []
    if instance is not None and compiled is not None:
        waiting = waiting_at(tx, [instance_id]).get(instance_id, [])
        offered = list(_offers(tx, library, compiled, instance, waiting))
    offer = next((each for each in offered if each.element == element_id), None)
    if instance is None or compiled is None or offer is None:
        raise NotFoundError(
            "现在不能办理此事: 时机未到、已过, 或您没有权限。请返回该事项查看。",
            "this cannot be done now: it is too early, too late, or not yours to do. Go back to the matter.",
        )
    form = compiled.forms.get(compiled.diagrams[instance.process].elements[element_id].form_id or "")
    scope, evaluate = instance.scope(compiled.settings), library.evaluator(tx.now).form_value
    view = form.view(values, scope, evaluate, errors=errors) if form else None
    return OfferForm(instance_id, instance.title, element_id, offer.name, form, view)


def may_see(tx: Transaction, instance_id: str) -> bool:
    return visible.sees(tx, tx.actor, instance_id)


def _children(tx: Transaction, library: Library, parent_id: str) -> list[InstanceLine]:
    query = (
        select(*COLUMNS)
        .select_from(JOINED)
        .where(process_instance.c.parent_id == parent_id, visible.instances(tx.actor))
    )
    rows = tx.session.execute(query.order_by(process_instance.c.process, process_instance.c.number))
    return lines(tx, library, list(rows))


def lines(tx: Transaction, library: Library, rows: list[Row[Any]]) -> list[InstanceLine]:
    waiting = waiting_at(tx, [row.id for row in rows])
    return [as_line(library.get(tx.session, row.deployment_id), row, waiting.get(row.id, [])) for row in rows]


def as_line(compiled: Compiled, row: Row[Any], waiting: list[str]) -> InstanceLine:
    """A row as lists show it."""
    diagram = compiled.diagrams[row.process]

    def name(element: str) -> Text:
        return Text(diagram.elements[element].name, diagram.elements[element].name_en)

    return InstanceLine(
        id=row.id,
        process=row.process,
        process_name=Text(diagram.name, diagram.name_en),
        title=row.title,
        business_key=row.business_key,
        employer_name=row.employer_name,
        status=row.status,
        end_element=row.end_element,
        outcome=name(row.end_element) if row.end_element else None,
        waiting=tuple(name(each) for each in dict.fromkeys(waiting) if not diagram.elements[each].is_aside),
        started_at=row.started_at,
        ended_at=row.ended_at,
        parent_id=row.parent_id,
        deployment_id=row.deployment_id,
        suspended=Text(row.suspended["zh"], row.suspended["en"]) if row.suspended else None,
    )


def waiting_at(tx: Transaction, ids: list[str]) -> dict[str, list[str]]:
    """The elements at which each of these instances waits."""
    is_job = outbox.c.kind.in_(("job", "done")) & outbox.c.status.in_(("pending", "incident"))
    waits = (
        select(task.c.instance_id, task.c.element).where(task.c.status == "open"),
        select(timer.c.instance_id, timer.c.element).where(timer.c.status.in_(("open", "incident"))),
        select(subscription.c.instance_id, subscription.c.element),
        select(outbox.c.target_id.label("instance_id"), outbox.c.source_element.label("element")).where(is_job),
    )
    found: dict[str, list[str]] = {}
    for query in waits:
        for row in tx.session.execute(query.where(query.selected_columns.instance_id.in_(ids))):
            found.setdefault(row.instance_id, []).append(row.element)
    return found


def _entered(diagram: Diagram, active: frozenset[str]) -> frozenset[str]:
    """The sub-processes and calls in which something waits."""
    return frozenset(place for element in active for place in _around(diagram, element)) - active


def _around(diagram: Diagram, element_id: str) -> Iterator[str]:
    """An element and the sub-processes and calls that it stands in."""
    element = diagram.elements.get(element_id)
    while element is not None:
        yield element.id
        element = diagram.around(element)


def for_staff(compiled: Compiled, instance: Instance) -> frozenset[str]:
    """Elements whose outcome, and whose people, are for staff alone (property `shownTo`): a committee's votes."""
    diagram = compiled.diagrams[instance.process]
    hidden = {element.id for element in diagram.elements.values() if element.properties.get("shownTo") == "staff"}
    return frozenset(element for element in diagram.elements if hidden & set(_around(diagram, element)))


def _without(compiled: Compiled, instance: Instance, hidden: frozenset[str]) -> dict[str, Any]:
    if instance.status != ACTIVE:
        return dict(
            instance.variables
        )  # decided: everybody concerned may know what was found, though not who voted how
    elements = compiled.diagrams[instance.process].elements
    names = {name for element in hidden for name, _ in elements[element].outputs}
    names |= {elements[element].result_variable or "" for element in hidden}
    return {name: value for name, value in instance.variables.items() if name not in names}


def windows(tx: Transaction, compiled: Compiled, instance: Instance) -> list[Window]:
    elements = compiled.diagrams[instance.process].elements
    rows = tx.session.execute(select(timer).where(timer.c.instance_id == instance.id).order_by(timer.c.opened_at))
    return [
        Window(
            id=row.id,
            element=row.element,
            name=Text(elements[row.element].name, elements[row.element].name_en),
            status=row.status,
            due_at=row.due_at,
            window=row.window,
            counts=tuple(row.counts),
            opened_at=row.opened_at,
        )
        for row in rows
    ]


def _application(
    tx: Transaction, library: Library, compiled: Compiled, instance: Instance, *, everything: bool
) -> FormView | None:
    """The start form as it was filled in; experts and others do not see what is for staff alone."""
    form_id = compiled.diagrams[instance.process].start.form_id
    if form_id is None:
        return None
    context = instance.scope(compiled.settings)
    form = compiled.forms[form_id]
    view = form.view(instance.variables, context, library.evaluator(tx.now).form_value)
    return view if everything or tx.actor.id == instance.initiator_id else without_personal(view, form)


def _findings(variables: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every finding among the variables: a list of contexts with a row and a verdict."""
    return [
        item
        for value in variables.values()
        for item in (value if isinstance(value, list) else [])
        if isinstance(item, dict) and "row" in item and "verdict" in item
    ]
