"""Who someone is, with roles and whom they stand in for."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, Text, cast, exists, false, or_, select

from engine.clock import SHANGHAI
from engine.permissions import ADMINISTRATORS, LENT_ROLES, Actor, StandIn
from engine.tables import absence, employer, person

if TYPE_CHECKING:
    from collections.abc import Collection

    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in a list."""

    id: str
    name: str
    employer_name: str | None
    roles: tuple[str, ...]


def actor(tx: Transaction, person_id: str) -> Actor | None:
    """None for an unknown or inactive person."""
    row = tx.session.execute(_who(tx).where(person.c.id == person_id, person.c.active)).first()
    return _acting(tx, row) if row else None


def actors(tx: Transaction) -> list[Actor]:
    """Everybody as an actor, by id."""
    return [_actor(row) for row in tx.session.execute(select(person).where(person.c.active).order_by(person.c.id))]


def with_roles(tx: Transaction, roles: Collection[str]) -> list[Actor]:
    """Everybody with one of these roles, by id."""
    has_one = or_(false(), *(cast(person.c.roles, Text).contains(json.dumps(role), autoescape=True) for role in roles))
    return [
        _actor(row) for row in tx.session.execute(select(person).where(person.c.active, has_one).order_by(person.c.id))
    ]


def people(tx: Transaction) -> list[PersonLine]:
    """Everybody, by employer: the sandbox's sign-in page."""
    rows = tx.session.execute(
        select(person, employer.c.name.label("employer_name"))
        .outerjoin(employer, employer.c.id == person.c.employer_id)
        .where(person.c.active)
        .order_by(employer.c.id.is_(None), employer.c.id, person.c.id)
    )
    return [PersonLine(row.id, row.name, row.employer_name, tuple(row.roles)) for row in rows]


def _who(tx: Transaction) -> Select[Any]:
    """People with whether they stand in for anybody today: hardly anybody does, so nobody else's row is read for it."""
    return select(person, exists().where(absence.c.stand_in_id == person.c.id, *_today(tx)).label("stands_in"))


def _today(tx: Transaction) -> tuple[ColumnElement[bool], ...]:
    day = tx.now.astimezone(SHANGHAI).date()
    return (absence.c.from_on <= day, absence.c.until_on >= day, absence.c.ended_at.is_(None))


def _acting(tx: Transaction, row: Row[Any]) -> Actor:
    found = _actor(row)
    if not row.stands_in:
        return found
    absent = select(person, absence.c.processes).join(absence, absence.c.absent_id == person.c.id)
    lent = tx.session.execute(
        absent.where(absence.c.stand_in_id == found.id, person.c.active, *_today(tx)).order_by(absence.c.id)
    )
    return replace(found, stands_in_for=tuple(_lending(each) for each in lent if _fits(found, each)))


def stood_in_for(tx: Transaction, person_id: str, process: str | None) -> list[Actor]:
    """In whose place somebody once was in this process and is no more, the latest first."""
    over = or_(absence.c.ended_at.is_not(None), absence.c.until_on < tx.now.astimezone(SHANGHAI).date())
    absent = select(person, absence.c.processes).join(absence, absence.c.absent_id == person.c.id)
    rows = tx.session.execute(
        absent.where(absence.c.stand_in_id == person_id, person.c.active, over).order_by(absence.c.until_on.desc())
    )
    return [_lending(row).absent for row in rows if not row.processes or process in row.processes]


def is_arranged(tx: Transaction, absent_id: str, stand_in_id: str) -> bool:
    """Whether the one stands in for the other today; who ends that waits for this transaction."""
    pair = (absence.c.absent_id == absent_id, absence.c.stand_in_id == stand_in_id)
    found = select(absence.c.id).where(*pair, *_today(tx)).with_for_update(read=True)
    return tx.session.execute(found).first() is not None


def _fits(stand_in: Actor, absent: Row[Any]) -> bool:
    """Whether they are still colleagues: people move, and an arrangement lasts up to a year."""
    is_staff = bool(stand_in.roles & LENT_ROLES) and not stand_in.roles & ADMINISTRATORS
    return is_staff and absent.employer_id == stand_in.employer_id


def _lending(row: Row[Any]) -> StandIn:
    absent = _actor(row)
    return StandIn(replace(absent, roles=absent.roles & LENT_ROLES), frozenset(row.processes))


def stand_ins(tx: Transaction, person_ids: Collection[str], process: str) -> list[str]:
    """By id: who stands in for one of these people today in this process."""
    rows = tx.session.execute(
        select(absence.c.stand_in_id, absence.c.processes)
        .join(person, person.c.id == absence.c.stand_in_id)
        .where(absence.c.absent_id.in_(person_ids), person.c.active, *_today(tx))
    )
    return sorted({row.stand_in_id for row in rows if not row.processes or process in row.processes})


def _actor(row: Row[Any]) -> Actor:
    return Actor(row.id, row.name, row.employer_id, frozenset(row.roles), unit=row.unit, unit_only=bool(row.unit_only))
