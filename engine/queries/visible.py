"""Permissions as filters: the same table that guards one thing selects many."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, CompoundSelect, Text, and_, cast, false, or_, select, union_all

from engine.permissions import Act, Actor, Subject, Whose, may, reach
from engine.tables import opinion, process_instance, task, task_candidate

if TYPE_CHECKING:
    from engine.transaction import Transaction


def instances(actor: Actor) -> ColumnElement[bool]:
    """Which instances the actor may see."""
    by_whose = {
        Whose.ANY: process_instance.c.id.is_not(None),
        Whose.OWN_EMPLOYER: process_instance.c.employer_id == actor.employer_id,
        Whose.MINE: process_instance.c.id.in_(_with_a_part(actor)),
    }
    return or_(false(), *(by_whose[whose] for _, whose in reach(actor, Act.SEE_INSTANCE)))


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
            rows.append(mine if whose is Whose.ANY else and_(mine, task_candidate.c.employer_id == actor.employer_id))
    candidate = select(task_candidate.c.task_id).where(or_(false(), *rows))
    barred = cast(task.c.barred_ids, Text).contains(json.dumps(actor.id, ensure_ascii=False), autoescape=True)
    return and_(task.c.id.in_(candidate), ~barred)


def sees_everything(tx: Transaction, subject: Subject) -> bool:
    """Whether by more than having a part in it: such people see what everybody entered, others only their own."""
    if tx.actor.system:
        return True
    wide = frozenset(role for role, whose in reach(tx.actor, Act.SEE_INSTANCE) if whose is not Whose.MINE)
    return may(_only(tx.actor, wide), Act.SEE_INSTANCE, subject)


def _only(actor: Actor, roles: frozenset[str]) -> Actor:
    return Actor(actor.id, actor.name, actor.employer_id, roles)
