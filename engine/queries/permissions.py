"""Who may do what, and why: the table of engine.permissions read for one person, and for one matter and its tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from engine.errors import NotFoundError
from engine.instance import COLUMNS, JOINED, as_instance
from engine.permissions import (
    ROLE_WORDS,
    WORDS,
    Act,
    Actor,
    Role,
    Whose,
    by_right_of,
    reach,
    represented,
    require,
    why_not,
)
from engine.queries import people
from engine.queries.instances import may_see
from engine.tables import process_instance, task
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row

    from engine.instance import Instance
    from engine.library import Library
    from engine.permissions import Subject
    from engine.transaction import Transaction

_WHOSE = {
    Whose.ANY: Text("所有单位", "of every employer"),
    Whose.OWN_EMPLOYER: Text("本单位", "of their own employer"),
    Whose.MINE: Text("本人参与的", "of their own"),
}
_OF_MATTER = (Act.SEE_INSTANCE, Act.URGE)
_OF_TASK = (
    Act.SEE_TASK,
    Act.CLAIM,
    Act.COMPLETE,
    Act.UNCLAIM,
    Act.REASSIGN,
    Act.DELEGATE,
    Act.ASK_OPINION,
    Act.GIVE_OPINION,
)


@dataclass(frozen=True, slots=True)
class Right:
    """One act of the table, and through what the person has it: role, how far, and whose role where it is lent."""

    act: str
    words: Text
    through: tuple[tuple[Text, Text, str | None], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a person may do one thing to one matter or task, with the reason either way."""

    words: Text
    may: bool
    why: Text


@dataclass(frozen=True, slots=True)
class Explained:
    """A person's rights; with a matter, what they may do in it, and to each of its open tasks by name."""

    person: Actor
    roles: tuple[Text, ...]
    rights: tuple[Right, ...]
    matter: str | None
    answers: tuple[Answer, ...]
    tasks: tuple[tuple[Text, tuple[Answer, ...]], ...]


def explained(tx: Transaction, library: Library, person_id: str, matter: str | None = None) -> Explained:
    """Of oneself anybody may ask, of others who may see permissions. `matter` is an id or a business key.

    Raises NotPermittedError, NotFoundError.
    """
    if person_id != tx.actor.id:
        require(tx.actor, Act.SEE_PERMISSIONS)
    found = people.actor(tx, person_id)
    if found is None:
        raise NotFoundError(
            f"没有人员{person_id:.64}, 或其账号已停用。",
            f"there is no person {person_id:.64}, or the account is closed.",
        )
    instance = _instance(tx, matter) if matter else None
    return Explained(
        person=found,
        roles=tuple(Text(*ROLE_WORDS[Role(role)]) for role in sorted(found.roles) if role in ROLE_WORDS),
        rights=tuple(_right(found, act) for act in Act),
        matter=instance.title if instance else None,
        answers=tuple(_answer(found, act, instance.subject()) for act in _OF_MATTER) if instance else (),
        tasks=tuple(_tasks(tx, library, found, instance)) if instance else (),
    )


def _right(actor: Actor, act: Act) -> Right:
    own = [(role, whose, None) for role, whose in reach(actor, act)]
    lent = [(role, whose, one.name) for one in represented(actor, act, None) for role, whose in reach(one, act)]
    return Right(
        act.value,
        Text(*WORDS[act]),
        tuple((Text(*ROLE_WORDS[role]), _WHOSE[whose], lender) for role, whose, lender in (*own, *lent)),
    )


def _instance(tx: Transaction, matter: str) -> Instance:
    same = or_(process_instance.c.id == matter, process_instance.c.business_key == matter)
    rows = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(same).limit(2)).all()
    if len(rows) != 1 or not (may_see(tx, rows[0].id) or reach(tx.actor, Act.SEE_PERMISSIONS)):
        raise NotFoundError(
            f"没有编号为{matter:.64}的事项, 或您无权查看。请核对编号。",
            f"there is no matter {matter:.64}, or none that you may see; check its key.",
        )
    return as_instance(rows[0])


def _tasks(
    tx: Transaction, library: Library, person: Actor, instance: Instance
) -> Iterator[tuple[Text, tuple[Answer, ...]]]:
    elements = library.get(tx.session, instance.deployment_id).diagrams[instance.process].elements
    query = select(task).where(task.c.instance_id == instance.id, task.c.status == "open")
    for row in tx.session.execute(query.order_by(task.c.opened_at, task.c.element, task.c.id)):
        subject = _subject(instance, row)
        name = Text(elements[row.element].name, elements[row.element].name_en)
        yield name, tuple(_answer(person, act, subject) for act in _OF_TASK)


def _subject(instance: Instance, row: Row[tuple[object, ...]]) -> Subject:
    return instance.subject(
        assignee_id=row.assignee_id,
        in_place_of=row.in_place_of,
        candidate_roles=tuple(row.candidate_roles),
        barred_ids=frozenset(row.barred_ids),
    )


def _answer(person: Actor, act: Act, subject: Subject) -> Answer:
    bearer = by_right_of(person, act, subject)
    if bearer is None:
        return Answer(Text(*WORDS[act]), may=False, why=Text(*why_not(person, act, subject)))
    if bearer.id != person.id:
        why = Text(f"代理{bearer.name}", f"in the place of {bearer.name}")
    elif subject.assignee_id == person.id:
        why = Text("是其办理人", "it is theirs to do")
    else:
        roles = [Text(*ROLE_WORDS[role]) for role, _ in reach(person, act)]
        why = Text("角色：" + "、".join(one.zh for one in roles), "role: " + ", ".join(one.en for one in roles))
    return Answer(Text(*WORDS[act]), may=True, why=why)
