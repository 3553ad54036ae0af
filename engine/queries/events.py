"""The history of a matter as people read it: what others entered is for staff, what a rule concluded for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from engine.tables import history, person
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.transaction import Transaction

_FOR_EVERYBODY = ("due_at", "old_due_at", "timer", "counts", "task", "passed", "decision", "value", "which", "days")
# What hangs on a matter is shown where it stands; who has a part in it is not told who else said or sent something.
_BESIDE = frozenset(
    {"attached", "attachment struck", "commented", "comment struck", "correction asked", "copied", "number read"}
)
# Whoever relied on an end is told why it is another.
_TIMER_ACTS = frozenset({"timer postponed", "timer fired early"})


@dataclass(frozen=True, slots=True)
class Event:
    """A history entry as people see it; `values` only for those who may see what others entered.

    `undone`: what it tells was withdrawn. `in_place_of`: the name of the absent person whose right it was.
    """

    number: int
    kind: str
    element: str | None
    name: Text | None
    actor_name: str
    at: datetime
    at_real: datetime
    payload: Mapping[str, Any]
    undone: bool = False
    in_place_of: str | None = None


def events(
    tx: Transaction, compiled: Compiled, instance: Instance, hidden: frozenset[str], *, everything: bool
) -> list[Event]:
    """The history as the actor may read it; `hidden` are the elements that are for staff alone."""
    elements = compiled.diagrams[instance.process].elements
    rows = tx.session.execute(
        select(history, person.c.name.label("actor_name"))
        .outerjoin(person, person.c.id == history.c.actor_id)
        .where(history.c.subject_id == instance.id)
        .order_by(history.c.number)
    ).all()
    undone, absent = _undone(rows), _absent(tx, rows)
    return [
        Event(
            number=row.number,
            kind=row.kind,
            element=row.element,
            name=Text(elements[row.element].name, elements[row.element].name_en) if row.element in elements else None,
            actor_name="—" if row.element in hidden and row.actor_id != tx.actor.id else row.actor_name or "系统",
            at=row.at,
            at_real=row.at_real,
            payload=_payload(tx, instance, row, hidden, everything=everything),
            undone=row.number in undone,
            in_place_of=None if row.element in hidden else absent.get((row.payload or {}).get("in_place_of", "")),
        )
        for row in rows
        if everything or row.kind not in _BESIDE or row.actor_id == tx.actor.id
    ]


def _absent(tx: Transaction, rows: Sequence[Any]) -> dict[str, str]:
    """The names of those in whose place others acted, by id."""
    ids = {(row.payload or {}).get("in_place_of") for row in rows} - {None}
    if not ids:
        return {}
    return {
        row.id: row.name for row in tx.session.execute(select(person.c.id, person.c.name).where(person.c.id.in_(ids)))
    }


def still_counts(event: Event) -> bool:
    """Whether a rule's conclusion was not withdrawn since."""
    return event.kind == "decided" and not event.undone


def passed(tx: Transaction, instance_id: str) -> frozenset[str]:
    entries = select(history.c.number, history.c.kind, history.c.payload).where(history.c.subject_id == instance_id)
    rows = list(tx.session.execute(entries))
    undone = _undone(rows)
    payloads = [row.payload or {} for row in rows if row.number not in undone]
    return frozenset(element for payload in payloads for element in payload.get("passed", ()))


def _undone(rows: Sequence[Any]) -> frozenset[int]:
    """The numbers of the entries that a later one has withdrawn."""
    ranges = [(row.payload or {}).get("entries") for row in rows if row.kind == "withdrawn"]
    return frozenset(number for found in ranges if found for number in range(found[0], found[1] + 1))


def _payload(
    tx: Transaction, instance: Instance, row: Row[Any], hidden: frozenset[str], *, everything: bool
) -> dict[str, Any]:
    if row.element in hidden and row.actor_id != tx.actor.id and not _was_told(tx, row):
        return {}
    also = ("reason",) if row.kind in _TIMER_ACTS else ()
    theirs = _is_own(tx, instance, row) or _was_told(tx, row)
    shown = _shown(row.payload or {}, (*_FOR_EVERYBODY, *also), everything or theirs)
    # Who has a task is for staff: neither who urges it nor who is told with others learns their names by it.
    return shown if everything else {key: value for key, value in shown.items() if key != "told"}


def _was_told(tx: Transaction, row: Row[Any]) -> bool:
    """Who was urged reads what was said."""
    return tx.actor.id in (row.payload or {}).get("told", ())


def _is_own(tx: Transaction, instance: Instance, row: Row[Any]) -> bool:
    """What one entered oneself. A rule's trace holds everybody's entries, so it is only for who began the matter by it."""
    return bool(row.actor_id == tx.actor.id) and (row.kind != "decided" or instance.initiator_id == tx.actor.id)


def _shown(payload: dict[str, Any], keys: tuple[str, ...], values: bool) -> dict[str, Any]:
    """What others entered is for staff; what a rule concluded and the counted days of a window are for everybody."""
    return payload if values else {key: payload[key] for key in keys if key in payload}
