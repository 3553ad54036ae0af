"""Who stands in for whom: the actor's own arrangements and those that they may make, with whom one may choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, true

from engine.clock import SHANGHAI
from engine.permissions import LENT_ROLES, Act, Actor, Role, Subject, may
from engine.queries import people
from engine.queries.deployments import process_names
from engine.tables import absence, person
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Row

    from engine.library import Library
    from engine.transaction import Transaction

LIMIT = 200
COMING, CURRENT, OVER = "coming", "current", "over"


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """One arrangement; no processes: all of them. `may_end`: the actor may end it now."""

    id: str
    absent_id: str
    absent_name: str
    stand_in_id: str
    stand_in_name: str
    from_on: date
    until_on: date
    processes: tuple[Text, ...]
    reason: str
    state: str
    may_end: bool


@dataclass(frozen=True, slots=True)
class Absences:
    """The newest first, and what can be chosen for another: people as (id, name)."""

    lines: tuple[AbsenceLine, ...]
    absent: tuple[tuple[str, str], ...]
    stand_ins: tuple[tuple[str, str], ...]
    processes: tuple[tuple[str, Text], ...]


def absences(tx: Transaction, library: Library) -> Absences:
    """Who may arrange nothing sees those that they are part of, and has nobody to choose."""
    names = dict(process_names(tx, library))
    away, other = person.alias("away"), person.alias("other")
    query = (
        select(
            absence,
            away.c.name.label("absent_name"),
            away.c.employer_id,
            away.c.unit,
            other.c.name.label("stand_in_name"),
        )
        .join(away, away.c.id == absence.c.absent_id)
        .join(other, other.c.id == absence.c.stand_in_id)
        .where(or_(*_shown(tx.actor, away.c.employer_id)))
        .order_by(absence.c.until_on.desc(), absence.c.arranged_at.desc(), absence.c.id)
        .limit(LIMIT)
    )
    staff = [each for each in people.with_roles(tx, sorted(LENT_ROLES)) if _near(tx.actor, each)]
    choosable = [each for each in staff if may(tx.actor, Act.ARRANGE_STAND_IN, _as_subject(each))]
    return Absences(
        lines=tuple(_line(tx, names, row) for row in tx.session.execute(query)),
        absent=_choices(choosable),
        stand_ins=_choices([each for each in staff if each.id != tx.actor.id] if choosable else []),
        processes=tuple(names.items()),
    )


def _shown(actor: Actor, employer_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    own = [absence.c.absent_id == actor.id, absence.c.stand_in_id == actor.id]
    if Role.LEADER in actor.roles and actor.employer_id is not None:
        own.append(employer_id == actor.employer_id)
    return [*own, true()] if Role.SECURITY in actor.roles else own


def _near(actor: Actor, other: Actor) -> bool:
    return Role.SECURITY in actor.roles or actor.employer_id == other.employer_id


def _as_subject(absent: Actor) -> Subject:
    return Subject(absent.employer_id, absent.id, unit=absent.unit)


def _choices(actors: Sequence[Actor]) -> tuple[tuple[str, str], ...]:
    return tuple((each.id, each.name) for each in actors)


def _line(tx: Transaction, names: dict[str, Text], row: Row[Any]) -> AbsenceLine:
    subject = Subject(row.employer_id, row.absent_id, unit=row.unit)
    state = _state(tx, row)
    return AbsenceLine(
        id=row.id,
        absent_id=row.absent_id,
        absent_name=row.absent_name,
        stand_in_id=row.stand_in_id,
        stand_in_name=row.stand_in_name,
        from_on=row.from_on,
        until_on=row.until_on,
        processes=tuple(names.get(each, Text(each, each)) for each in row.processes),
        reason=row.reason,
        state=state,
        may_end=state != OVER and may(tx.actor, Act.ARRANGE_STAND_IN, subject),
    )


def _state(tx: Transaction, row: Row[Any]) -> str:
    today = tx.now.astimezone(SHANGHAI).date()
    if row.ended_at is not None or row.until_on < today:
        return OVER
    return COMING if row.from_on > today else CURRENT
