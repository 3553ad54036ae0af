"""What hangs on a matter, as far as the actor may read it: files, comments, copies; and to whom it could be sent."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.errors import NotFoundError
from engine.instance import COLUMNS, JOINED, as_instance
from engine.permissions import Act, Role, Subject, may
from engine.queries import attachments, people, visible
from engine.queries.instances import may_see
from engine.tables import person, process_instance
from engine.tables.papers import comment, copy

if TYPE_CHECKING:
    from datetime import datetime

    from engine.instance import Instance
    from engine.permissions import Actor
    from engine.queries.attachments import AttachmentLine
    from engine.transaction import Transaction

_INSTITUTION = (Role.HR, Role.LEADER, Role.CENTRE, Role.BUREAU)


@dataclass(frozen=True, slots=True)
class CommentLine:
    """`struck`: why its author has taken it back; then `text` is empty."""

    id: str
    kind: str
    text: str
    for_all: bool
    by_id: str
    by_name: str
    at: datetime
    struck: str | None


@dataclass(frozen=True, slots=True)
class CopyLine:
    """Who sent it to whom; `read_at` is when the receiver first opened it."""

    id: str
    receiver_id: str
    receiver_name: str
    by_name: str
    note: str
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Beside:
    """`may_attach` while the matter goes on; `is_staff`: may show a comment to everybody; `readers` may be sent a copy.

    `has_unread`: the actor was sent a copy and opens the matter for the first time since.
    """

    attachments: tuple[AttachmentLine, ...]
    comments: tuple[CommentLine, ...]
    copies: tuple[CopyLine, ...]
    may_attach: bool
    may_comment: bool
    is_staff: bool
    readers: tuple[Actor, ...]
    has_unread: bool


def beside(tx: Transaction, instance_id: str, *, as_participant: bool = False) -> Beside:
    """Raises NotFoundError where there is no such matter; `as_participant`: permission was asked already."""
    row = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == instance_id)).first()
    if row is None or not (as_participant or may_see(tx, instance_id)):
        raise NotFoundError(
            f"没有事项{instance_id}, 或您无权查看。", f"there is no matter {instance_id} that you may see."
        )
    instance = as_instance(row)
    everything = visible.sees_everything(tx, instance.subject())
    mine = dataclasses.replace(instance.subject(), participants=frozenset({tx.actor.id}))
    copies = tuple(_copies(tx, instance_id, everything=everything))
    return Beside(
        attachments=tuple(attachments.shown(tx, instance)),
        comments=tuple(_comments(tx, instance_id, everything=everything)),
        copies=copies,
        may_attach=instance.status == "active" and may(tx.actor, Act.ATTACH, mine),
        may_comment=may(tx.actor, Act.COMMENT, mine),
        is_staff=everything,
        readers=tuple(_readers(tx, instance, mine)),
        has_unread=any(one.receiver_id == tx.actor.id and one.read_at is None for one in copies),
    )


def _comments(tx: Transaction, instance_id: str, *, everything: bool) -> list[CommentLine]:
    query = select(comment, person.c.name.label("by_name")).join(person, person.c.id == comment.c.by_id)
    query = query.where(comment.c.instance_id == instance_id)
    if not everything:
        query = query.where(comment.c.for_all | (comment.c.by_id == tx.actor.id))
    return [_comment(row) for row in tx.session.execute(query.order_by(comment.c.at, comment.c.id))]


def _comment(row: Any) -> CommentLine:
    line = CommentLine(**{name: getattr(row, name) for name in CommentLine.__slots__})
    return dataclasses.replace(line, text="") if line.struck is not None else line


def _copies(tx: Transaction, instance_id: str, *, everything: bool) -> list[CopyLine]:
    """Staff see who was sent it; everybody else what they were sent."""
    receiver, sender = person.alias("receiver"), person.alias("sender")
    query = (
        select(copy, receiver.c.name.label("receiver_name"), sender.c.name.label("by_name"))
        .join(receiver, receiver.c.id == copy.c.receiver_id)
        .join(sender, sender.c.id == copy.c.by_id)
        .where(copy.c.instance_id == instance_id)
        .order_by(copy.c.at, copy.c.id)
    )
    if not everything:
        query = query.where(copy.c.receiver_id == tx.actor.id)
    return [CopyLine(**{name: getattr(row, name) for name in CopyLine.__slots__}) for row in tx.session.execute(query)]


def _readers(tx: Transaction, instance: Instance, mine: Subject) -> list[Actor]:
    """People of institutions who may see it; of whoever else has a part in it, a page tells no list."""
    if not may(tx.actor, Act.COPY, mine):
        return []
    able = people.with_roles(tx, list(_INSTITUTION))
    return [one for one in able if one.id != tx.actor.id and may(one, Act.SEE_INSTANCE, instance.subject())]
