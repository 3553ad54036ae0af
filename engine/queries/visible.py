"""Permissions as filters: the same table that guards one thing selects many."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, CompoundSelect, Text, and_, cast, false, or_, select, true, union_all

from engine.permissions import Act, Actor, Subject, Whose, may, reach
from engine.tables import opinion, process_instance, task, task_candidate

if TYPE_CHECKING:
    from engine.transaction import Transaction


def instances(actor: Actor) -> ColumnElement[bool]:
    """Which instances the actor may see, by themselves and in the place of others."""
    lent = (and_(_instances(one.absent), _in(one.processes)) for one in actor.stands_in_for)
    return or_(_instances(actor), *lent)


def sees(tx: Transaction, reader: Actor, instance_id: str) -> bool:
    """Whether somebody, not only who asks, may see this one."""
    found = select(process_instance.c.id).where(process_instance.c.id == instance_id, instances(reader))
    return tx.session.execute(found).first() is not None


def _instances(actor: Actor) -> ColumnElement[bool]:
    by_whose = {
        Whose.ANY: process_instance.c.id.is_not(None),
        Whose.OWN_EMPLOYER: and_(process_instance.c.employer_id == actor.employer_id, _of_unit(actor)),
        Whose.MINE: process_instance.c.id.in_(_with_a_part(actor)),
    }
    return or_(false(), *(by_whose[whose] for _, whose in reach(actor, Act.SEE_INSTANCE)))


def _in(processes: frozenset[str]) -> ColumnElement[bool]:
    return process_instance.c.process.in_(processes) if processes else true()


def _of_unit(actor: Actor) -> ColumnElement[bool]:
    """The matters of their unit and of none, for who reaches no further."""
    unit = process_instance.c.unit
    return or_(unit.is_(None), unit == actor.unit) if actor.unit_only else true()


def _with_a_part(actor: Actor) -> CompoundSelect[Any]:
    """The few matters that somebody has to do with, each found by its index: asked of every matter it takes seconds."""
    return union_all(
        select(process_instance.c.id).where(process_instance.c.initiator_id == actor.id),
        select(task.c.instance_id).where(task.c.assignee_id == actor.id),
        select(task.c.instance_id).where(task.c.closed_by == actor.id),
        select(opinion.c.instance_id).where(opinion.c.person_id == actor.id, opinion.c.status != "cancelled"),
    )


def group_tasks(actor: Actor) -> ColumnElement[bool]:
    """Which unclaimed tasks the actor may claim by role; none that separation of duties bars them from."""
    rows = []
    for role, whose in reach(actor, Act.CLAIM):
        if whose is not Whose.MINE:  # such people are assigned by name, never by group
            mine = task_candidate.c.role == role
            own = and_(mine, task_candidate.c.employer_id == actor.employer_id, _task_of_unit(actor))
            rows.append(mine if whose is Whose.ANY else own)
    candidate = select(task_candidate.c.task_id).where(or_(false(), *rows))
    barred = cast(task.c.barred_ids, Text).contains(json.dumps(actor.id, ensure_ascii=False), autoescape=True)
    return and_(task.c.id.in_(candidate), ~barred)


def _task_of_unit(actor: Actor) -> ColumnElement[bool]:
    """Asked only of those who are kept to their unit: everybody else's inbox is found by role and employer alone."""
    if not actor.unit_only:
        return true()
    theirs = select(process_instance.c.id).where(_of_unit(actor))
    return task_candidate.c.task_id.in_(select(task.c.id).where(task.c.instance_id.in_(theirs)))


def sees_everything(tx: Transaction, subject: Subject) -> bool:
    """Whether by more than having a part in it: such people see what everybody entered, others only their own."""
    if tx.actor.system:
        return True
    wide = frozenset(role for role, whose in reach(tx.actor, Act.SEE_INSTANCE) if whose is not Whose.MINE)
    return may(replace(tx.actor, roles=wide), Act.SEE_INSTANCE, subject)
