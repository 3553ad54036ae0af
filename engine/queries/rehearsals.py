"""The report of a rehearsal: whose matter would have gone another way, in words and with both traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, select, tuple_

from engine.commands.deployments import uploaded
from engine.commands.proposals import examined
from engine.compiled import compile_parts, read_parts
from engine.errors import NotFoundError
from engine.gate import Exam, Examined
from engine.permissions import Act, require
from engine.tables import deployment, employer, person, process_instance
from engine.tables.policies import proposal, rehearsed
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.compiled import Compiled
    from engine.library import Library
    from engine.transaction import Transaction

LIMIT = 25


@dataclass(frozen=True, slots=True)
class Named:
    """An effect with what people call its element on the version where it is."""

    kind: str
    element: str
    name: Text
    turn: int
    row: str
    what: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Affected:
    """An instance that would have gone another way."""

    instance_id: str
    process: str
    business_key: str
    title: str
    initiator: str
    employer: str | None
    version: int
    is_running: bool
    effects: tuple[Named, ...]
    traces: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Report:
    """A page of it; `next` is None on the last. `processes` are the names of those that `examined` counts."""

    proposal_id: int
    examined: Examined
    processes: Mapping[str, Text]
    affected: tuple[Affected, ...]
    next: str | None


def report(
    tx: Transaction, library: Library, proposal_id: int, after: str | None = None, limit: int | None = LIMIT
) -> Report:
    """By business key; without a limit all of it, but no traces: they would be hundreds of megabytes. Raises NotFoundError."""
    require(tx.actor, Act.SEE_DEPLOYMENTS)
    digest = tx.session.scalar(select(proposal.c.digest).where(proposal.c.id == proposal_id))
    if digest is None:
        raise NotFoundError(f"没有第{proposal_id}号提案。", f"there is no proposal {proposal_id}.")
    new = compile_parts(read_parts(uploaded(tx, digest)))
    rows = _rows(tx, proposal_id, after, limit)
    shown = rows[:limit] if limit else rows
    found = next(each for each in examined(tx, proposal_id) if each.kind is Exam.REHEARSAL)
    olds = [library.get(tx.session, each) for each in dict.fromkeys(row.deployment_id for row in rows)]
    return Report(
        proposal_id,
        found,
        {each: _process_name(each, new, *olds) for each in (found.result or {}).get("played") or {}},
        tuple(
            _affected(library.get(tx.session, row.deployment_id), new, row, with_traces=limit is not None)
            for row in shown
        ),
        shown[-1].instance_id if limit and len(rows) > limit else None,
    )


def _rows(tx: Transaction, proposal_id: int, after: str | None, limit: int | None) -> list[Any]:
    its = process_instance.c
    query = (
        select(
            rehearsed,
            its.process,
            its.business_key,
            its.title,
            its.status,
            its.deployment_id,
            person.c.name.label("initiator"),
            employer.c.name.label("employer"),
            deployment.c.version,
        )
        .join(process_instance, its.id == rehearsed.c.instance_id)
        .join(deployment, deployment.c.id == its.deployment_id)
        .outerjoin(person, person.c.id == its.initiator_id)
        .outerjoin(employer, employer.c.id == its.employer_id)
        .where(rehearsed.c.proposal_id == proposal_id)
        .order_by(its.business_key, its.id)
    )
    if after:
        key = tx.session.scalar(select(its.business_key).where(its.id == after))
        if key is None:
            raise NotFoundError("没有这一页。请从第一页看起。", "there is no such page; begin with the first.")
        query = query.where(tuple_(its.business_key, its.id) > tuple_(literal(key), literal(after)))
    return list(tx.session.execute(query.limit(limit + 1) if limit else query))


def _affected(old: Compiled, new: Compiled, row: Any, *, with_traces: bool) -> Affected:
    return Affected(
        row.instance_id,
        row.process,
        row.business_key,
        row.title,
        row.initiator or "",
        row.employer,
        row.version,
        row.status == "active",
        tuple(_named(each, row.process, new, old) for each in row.effects["effects"]),
        tuple(
            {**each, "name": _element_name(each["element"], row.process, new, old)}
            for each in (row.effects["traces"] if with_traces else ())
        ),
    )


def _named(each: Mapping[str, Any], process: str, *versions: Compiled) -> Named:
    return Named(
        each["kind"],
        each["element"],
        _element_name(each["element"], process, *versions),
        each["turn"],
        each["row"],
        each["name"],
        each["old"],
        each["new"],
    )


def _element_name(element: str, process: str, *versions: Compiled) -> Text:
    for compiled in versions:
        diagram = compiled.diagrams.get(process)
        found = diagram.elements.get(element) if diagram else None
        if found is not None:
            return Text(found.name or element, found.name_en or found.name or element)
    return Text(element, element)


def _process_name(process: str, *versions: Compiled) -> Text:
    for compiled in versions:
        if (diagram := compiled.diagrams.get(process)) is not None:
            return Text(diagram.name, diagram.name_en)
    return Text(process, process)
