"""Corrections: what in a matter may be corrected, what would follow, and those that were asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import rectifying
from engine.commands.assessing import assess, entry_of, readable
from engine.commands.rectifications import ASKED
from engine.errors import NotFoundError
from engine.instance import COLUMNS, JOINED, as_instance
from engine.permissions import Act, may
from engine.queries import entry_values, visible
from engine.tables import history, person, process_instance
from engine.tables.rectifications import rectification
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.compiled import Compiled
    from engine.library import Library
    from engine.replay import Entry
    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Correctable:
    """An entry that may be corrected: what was done at which element, when."""

    number: int
    kind: str
    name: Text
    at: datetime
    element: str | None


@dataclass(frozen=True, slots=True)
class EntryForm:
    """An entry with its values, to be corrected one by one."""

    instance_id: str
    title: str
    entry: Correctable
    values: tuple[entry_values.Value, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A change or an effect with what people call its place. `kind` is empty for a change."""

    kind: str
    name: Text
    row: str
    what: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Told:
    """What a correction would do, or did, to one matter; `void`: the posting that is void."""

    instance_id: str
    title: str
    changes: tuple[Named, ...]
    effects: tuple[Named, ...]
    void: Text | None
    window_ends: str | None
    related: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would follow, and what stands in the way."""

    told: Told
    obstacles: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class RectificationDetail:
    """One that was asked for."""

    id: int
    entry: int
    reason: str
    status: str
    asked_by: str
    asked_at: datetime
    settled_by: str | None
    settled_at: datetime | None
    answer: str | None
    told: Told
    may_sign: bool
    may_withdraw: bool


def correctable(tx: Transaction, library: Library, instance_id: str) -> list[Correctable]:
    """The newest first. Raises NotFoundError, NotPermittedError, ConflictError for a matter that has ended."""
    one, compiled = readable(tx, library, instance_id)
    found = [
        _correctable(entry, compiled, one.instance.process)
        for entry in one.entries
        if rectifying.values_of(entry, compiled, one.instance.process)
    ]
    return found[::-1]


def entry_form(tx: Transaction, library: Library, instance_id: str, number: int) -> EntryForm:
    """Raises as `correctable`."""
    one, compiled = readable(tx, library, instance_id)
    entry = entry_of(one, compiled, number)
    process = one.instance.process
    listed = entry_values.values(compiled, process, entry)
    return EntryForm(instance_id, one.instance.title, _correctable(entry, compiled, process), listed)


def preview(tx: Transaction, library: Library, instance_id: str, number: int, typed: Mapping[str, str]) -> Preview:
    """Raises as engine.commands.assessing.assess."""
    found = assess(tx, library, instance_id, number, typed)
    told = _told(tx, library, found.as_json())
    return Preview(told, tuple(found.obstacles()))


def rectifications(tx: Transaction, library: Library, instance_id: str | None = None) -> list[RectificationDetail]:
    """Those of one matter, or all that the actor may see and that wait; the newest first."""
    query = (
        select(rectification.c.id)
        .join(process_instance, process_instance.c.id == rectification.c.instance_id)
        .where(visible.instances(tx.actor))
        .order_by(rectification.c.id.desc())
    )
    wanted = rectification.c.instance_id == instance_id if instance_id else rectification.c.status == ASKED
    return [rectification_detail(tx, library, each) for each in tx.session.scalars(query.where(wanted))]


def rectification_detail(tx: Transaction, library: Library, rectification_id: int) -> RectificationDetail:
    """Raises NotFoundError."""
    settler = person.alias("settler")
    row = tx.session.execute(
        select(rectification, person.c.name.label("asker"), settler.c.name.label("settler"))
        .join(person, person.c.id == rectification.c.asked_by)
        .outerjoin(settler, settler.c.id == rectification.c.settled_by)
        .where(rectification.c.id == rectification_id)
    ).first()
    if row is None or not visible.sees(tx, tx.actor, row.instance_id):
        raise NotFoundError(f"没有编号为{rectification_id}的更正。", f"there is no correction {rectification_id}.")
    its = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == row.instance_id)).one()
    instance, is_open, is_mine = as_instance(its), row.status == ASKED, row.asked_by == tx.actor.id
    subject = instance.subject()
    barred = instance.subject(barred_ids=frozenset({instance.initiator_id}))
    return RectificationDetail(
        row.id,
        row.entry,
        row.reason,
        row.status,
        row.asker,
        row.asked_at,
        row.settler,
        row.settled_at,
        row.answer,
        _told(tx, library, row.content),
        may_sign=is_open and not is_mine and may(tx.actor, Act.COUNTERSIGN, barred),
        may_withdraw=is_open and is_mine and may(tx.actor, Act.RECTIFY, subject),
    )


# --- names


def _correctable(entry: Entry, compiled: Compiled, process: str) -> Correctable:
    diagram = compiled.diagrams[process]
    element = diagram.elements.get(entry.element or "")
    name = Text(element.name, element.name_en) if element is not None else Text(diagram.name, diagram.name_en)
    return Correctable(entry.number, entry.kind, name, entry.at, entry.element)


def _told(tx: Transaction, library: Library, content: Mapping[str, Any]) -> Told:
    row = tx.session.execute(
        select(process_instance.c.deployment_id).where(process_instance.c.id == content["instance"])
    ).one()
    compiled, process = library.get(tx.session, row.deployment_id), content["process"]
    elements = compiled.diagrams[process].elements
    numbers = {one["entry"] for one in content["changes"]}
    entries = tx.session.execute(
        select(history.c.number, history.c.kind, history.c.element).where(
            history.c.subject_id == content["instance"], history.c.number.in_(numbers)
        )
    )
    wrong = {entry.number: entry for entry in entries}

    def of_change(number: int, path: str) -> Text:
        return entry_values.name_of(compiled, process, wrong[number].kind, wrong[number].element, path)

    def named(element: str) -> Text:
        found = elements.get(element)
        return Text(found.name or element, found.name_en or element) if found is not None else Text(element, element)

    return Told(
        content["instance"],
        content["title"],
        tuple(
            Named("", of_change(one["entry"], one["path"]), "", one["path"], one["old"], one["new"])
            for one in content["changes"]
        ),
        tuple(
            Named(one["kind"], named(one["element"]), one["row"], one["name"], one["old"], one["new"])
            for one in content["effects"]
        ),
        named(content["void"]) if content["void"] else None,
        content["window_ends"],
        tuple(_told(tx, library, child) for child in content["related"]),
    )
