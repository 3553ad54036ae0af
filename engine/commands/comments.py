"""What people say about a matter beside its steps: in words, never edited; its author may strike it and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine.audit import Event, note
from engine.commands import idempotency
from engine.commands.matters import lock_matter, new_id
from engine.commands.texts import required
from engine.errors import ConflictError, NotFoundError, NotPermittedError
from engine.permissions import Act, Role
from engine.queries import people
from engine.queries.visible import sees, sees_everything
from engine.tables.papers import comment
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from engine.instance import Instance
    from engine.transaction import Transaction

MOST = 2000
COMMENT, CORRECTION = "comment", "correction"


def add(tx: Transaction, instance_id: str, text: str, key: str | None, *, for_all: bool = False) -> dict[str, Any]:
    """Say something; says `{"comment", "instance"}`. `for_all` is staff's to choose: what others say is for staff alone."""
    request = ["comment", instance_id, text, for_all]
    return idempotency.once(tx, key, request, lambda: _add(tx, instance_id, text, COMMENT, for_all=for_all)[0])


def ask_correction(tx: Transaction, instance_id: str, text: str, key: str | None) -> dict[str, Any]:
    """Ask HR to correct what is kept about oneself; they are told, and find the words in the matter."""
    return idempotency.once(tx, key, ["ask correction", instance_id, text], lambda: _ask(tx, instance_id, text))


def _ask(tx: Transaction, instance_id: str, text: str) -> dict[str, Any]:
    result, instance = _add(tx, instance_id, text, CORRECTION, for_all=False)
    theirs = (one for one in people.with_roles(tx, [Role.HR]) if one.employer_id == instance.employer_id)
    officers = [one.id for one in theirs if sees(tx, one, instance.id)]  # those of another unit may not
    said = Text(
        "有人请求更正其个人信息, 请在该事项的留言中查看并答复。",
        "Somebody asks for their data to be corrected: see the comments.",
    )
    told = [one for one in officers if one != tx.actor.id]
    tell(tx, told, f"correction {result['comment']}", "correction", said, instance_id=instance.id)
    return result


def _add(tx: Transaction, instance_id: str, text: str, kind: str, *, for_all: bool) -> tuple[dict[str, Any], Instance]:
    instance = lock_matter(tx, Act.COMMENT, instance_id)
    said = required(text, "留言", "the comment", MOST)
    if for_all and not sees_everything(tx, instance.subject()):
        raise NotPermittedError(
            "只有经办人员可以让所有参与人看到留言。请去掉该选项, 经办人员会看到您的留言。",
            "only staff may show a comment to everybody; leave that out, and staff will read it.",
        )
    row = {"id": new_id(tx), "instance_id": instance.id, "kind": kind, "text": said, "for_all": for_all}
    tx.session.execute(insert(comment).values(**row, by_id=tx.actor.id, at=tx.now))
    told = {"comment": row["id"], "text": said, "for_all": for_all}
    note(tx, instance, Event("correction asked" if kind == CORRECTION else "commented", None, told))
    return {"comment": row["id"], "instance": instance.id}, instance


def strike(tx: Transaction, comment_id: str, reason: str, key: str | None) -> dict[str, Any]:
    """By its author, with a reason; the history keeps what it said."""
    return idempotency.once(tx, key, ["strike comment", comment_id, reason], lambda: _strike(tx, comment_id, reason))


def _strike(tx: Transaction, comment_id: str, reason: str) -> dict[str, Any]:
    row = tx.session.execute(select(comment).where(comment.c.id == comment_id)).first()
    if row is None:
        raise _none(comment_id)
    instance = lock_matter(tx, Act.COMMENT, row.instance_id)
    if row.by_id != tx.actor.id:
        if not (row.for_all or sees_everything(tx, instance.subject())):
            raise _none(comment_id)
        raise NotPermittedError("只有留言人可以划去自己的留言。", "only its author may strike a comment.")
    said = required(reason, "理由", "the reason")
    if tx.session.scalar(select(comment.c.struck).where(comment.c.id == comment_id)) is not None:
        raise ConflictError("该留言已经划去。", "this comment is struck already.")
    tx.session.execute(update(comment).where(comment.c.id == comment_id).values(struck=said))
    note(tx, instance, Event("comment struck", None, {"comment": comment_id, "text": row.text, "reason": said}))
    return {"comment": comment_id, "instance": instance.id}


def _none(comment_id: str) -> NotFoundError:
    return NotFoundError(f"没有留言{comment_id}, 或您无权查看。", f"there is no comment {comment_id} that you may see.")
