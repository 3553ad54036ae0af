"""Whom an open task concerns: who has it or could take it, and the heads of their roles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.permissions import Act, Actor, Subject, may
from engine.queries import people
from engine.tables import person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.transaction import Transaction


def doers(tx: Transaction, task: Subject) -> list[str]:
    """By id: who has it, and who stands in for them; as long as nobody has, everybody who could take it."""
    if task.assignee_id is not None:
        return [task.assignee_id, *people.stand_ins(tx, [task.assignee_id], task.process or "")]
    return [each.id for each in people.with_roles(tx, task.candidate_roles) if may(each, Act.CLAIM, task)]


def heads(tx: Transaction, task: Subject, head_of: Mapping[str, str]) -> list[str]:
    """By id: the people of the role above, within its reach; where there is nobody, of the one above that."""
    roles, seen = _roles(tx, task), set[str]()
    while roles := frozenset(head_of[role] for role in roles if role in head_of) - seen:
        seen |= roles
        found = [each.id for each in people.with_roles(tx, roles) if _oversees(each, roles, task)]
        if found:
            return found
    return []


def _roles(tx: Transaction, task: Subject) -> frozenset[str]:
    """Of a task assigned by name, the roles of that person."""
    if task.candidate_roles:
        return frozenset(task.candidate_roles)
    named = select(person.c.roles).where(person.c.id == task.assignee_id)
    return frozenset(tx.session.scalar(named) or ())


def _oversees(actor: Actor, roles: frozenset[str], task: Subject) -> bool:
    """By that role alone, and never one's own task nor one that separation of duties bars one from."""
    as_head = Actor(actor.id, actor.name, actor.employer_id, actor.roles & roles)
    matter = replace(task, initiator_id=None, assignee_id=None, candidate_roles=())
    return actor.id != task.assignee_id and may(as_head, Act.SEE_INSTANCE, matter)
