"""The regulation row by row: where each lives in a deployment, and what happened there as far as the actor may see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine import in_force
from engine.clauses import ELEMENT
from engine.errors import NotFoundError
from engine.queries import visible
from engine.spiff import drawn_at
from engine.tables import deployment, history, person, process_instance, task
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from engine.clauses import Place
    from engine.compiled import Compiled
    from engine.library import Library
    from engine.transaction import Transaction

_LATEST = 50
_OF_NOBODY = ("window opened", "ended")


@dataclass(frozen=True, slots=True)
class Bearer:
    """What carries a row: `kind` element, rule or field; `holder` its process, decision or form; `acts` what was done there."""

    kind: str
    where: str
    holder: Text
    id: str
    name: Text
    acts: int
    open: int


@dataclass(frozen=True, slots=True)
class RegulationRow:
    """One row; `note` says why nothing carries it."""

    row: str
    gist: Text
    check: str
    note: Text | None
    bearers: tuple[Bearer, ...]

    @property
    def acts(self) -> int:
        return sum(bearer.acts for bearer in self.bearers)

    @property
    def open(self) -> int:
        return sum(bearer.open for bearer in self.bearers)


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of a history at an element that carries the row."""

    instance_id: str
    title: str
    kind: str
    name: Text
    actor_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Regulation:
    """A deployment's policy; `latest` only where one row was asked for."""

    deployment_id: int
    title: Text
    version: int
    rows: tuple[RegulationRow, ...]
    latest: tuple[Happened, ...] = ()


def regulation(
    tx: Transaction, library: Library, deployment_id: int | None = None, row: str | None = None
) -> Regulation:
    """Of the deployment in force, else the newest; one row alone with what happened last. Raises NotFoundError."""
    found = _deployment(tx, deployment_id)
    compiled = library.get(tx.session, found.id)
    acts, open_ = _acts(tx, compiled, found.id), _open(tx, compiled, found.id)
    rows = tuple(
        RegulationRow(
            one,
            compiled.policy.gist(one) or Text(one, one),
            str(clause.get("check", "")),
            Text(clause["note"]["zh"], clause["note"]["en"]) if "note" in clause else None,
            tuple(_bearer(compiled, place, acts, open_) for place in compiled.places if place.row == one),
        )
        for one, clause in compiled.policy.clauses.items()
        if row in {None, one}
    )
    if row is not None and not rows:
        raise NotFoundError(f"没有条款{row}。请从条款列表中选择。", f"there is no row {row}; choose one from the list.")
    latest = () if row is None else tuple(_latest(tx, compiled, found.id, rows[0].bearers))
    return Regulation(found.id, compiled.policy.title, found.version, rows, latest)


def _deployment(tx: Transaction, deployment_id: int | None) -> Any:
    known, day = in_force.activations(tx), in_force.today(tx)
    if deployment_id is None and known:
        deployment_id = next(iter(in_force.holding(known, day)), known[0]).deployment_id
    found = tx.session.execute(
        select(deployment.c.id, deployment.c.version).where(deployment.c.id == deployment_id)
    ).first()
    if found is None:
        raise NotFoundError("没有这个政策版本。", f"there is no deployment {deployment_id}.")
    return found


def _bearer(
    compiled: Compiled, place: Place, acts: Counter[tuple[str, str]], open_: Counter[tuple[str, str]]
) -> Bearer:
    key = (place.where, place.id) if place.kind == ELEMENT else ("", "")
    diagram = compiled.diagrams.get(place.where)
    holder = (
        Text(diagram.name, diagram.name_en) if diagram and place.kind == ELEMENT else Text(place.where, place.where)
    )
    return Bearer(place.kind, place.where, holder, place.id, place.name, acts[key], open_[key])


def _mine(tx: Transaction, deployment_id: int) -> tuple[Any, Any]:
    return process_instance.c.deployment_id == deployment_id, visible.instances(tx.actor)


def _acts(tx: Transaction, compiled: Compiled, deployment_id: int) -> Counter[tuple[str, str]]:
    query = (
        select(process_instance.c.process, history.c.element, func.count())
        .join(history, history.c.subject_id == process_instance.c.id)
        .where(*_mine(tx, deployment_id), history.c.element.is_not(None), history.c.kind.not_in(_OF_NOBODY))
        .group_by(process_instance.c.process, history.c.element)
    )
    return _counted(compiled, tx.session.execute(query))


def _open(tx: Transaction, compiled: Compiled, deployment_id: int) -> Counter[tuple[str, str]]:
    query = (
        select(process_instance.c.process, task.c.element, func.count())
        .join(task, task.c.instance_id == process_instance.c.id)
        .where(*_mine(tx, deployment_id), task.c.status == "open")
        .group_by(process_instance.c.process, task.c.element)
    )
    return _counted(compiled, tx.session.execute(query))


def _counted(compiled: Compiled, rows: Iterable[Any]) -> Counter[tuple[str, str]]:
    """By process and element as they are drawn."""
    counts: Counter[tuple[str, str]] = Counter()
    for process, element, count in rows:
        counts[drawn_at(process, element, compiled.diagrams)] += count
    return counts


def _latest(tx: Transaction, compiled: Compiled, deployment_id: int, bearers: Iterable[Bearer]) -> Iterable[Happened]:
    drawn = {(bearer.where, bearer.id) for bearer in bearers if bearer.kind == ELEMENT}
    wanted = {
        (process, element)
        for process, diagram in compiled.diagrams.items()
        for element in diagram.elements
        if drawn_at(process, element, compiled.diagrams) in drawn
    }
    query = (
        select(process_instance.c.id, process_instance.c.title, process_instance.c.process, history, person.c.name)
        .join(history, history.c.subject_id == process_instance.c.id)
        .outerjoin(person, person.c.id == history.c.actor_id)
        .where(*_mine(tx, deployment_id), history.c.element.in_({element for _, element in wanted}))
        .where(history.c.kind.not_in(_OF_NOBODY))
        .order_by(history.c.at.desc(), history.c.number.desc())
        .limit(_LATEST)
    )
    for row in tx.session.execute(query):
        if (row.process, row.element) in wanted:
            element = compiled.diagrams[row.process].elements[row.element]
            name = Text(element.name, element.name_en)
            yield Happened(row.id, row.title, row.kind, name, row.name or "", row.at)
