"""抄送: somebody sends a matter to people who may see it anyway; nobody's rights grow by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine.audit import Event, note
from engine.commands import idempotency
from engine.commands.matters import lock_matter, new_id
from engine.commands.texts import required
from engine.errors import InvalidError
from engine.permissions import Act
from engine.queries import people, visible
from engine.tables import task
from engine.tables.papers import copy
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.transaction import Transaction

MOST_RECEIVERS = 20


def send(
    tx: Transaction, instance_id: str, to: Sequence[str], words: str, key: str | None, *, task_id: str | None = None
) -> dict[str, Any]:
    """Send a matter to these people; says `{"instance", "copies": [id]}`. `task_id` is the one it was sent from.

    Raises InvalidError naming whoever may not see it; then nobody is sent it.
    """
    request = ["copy", instance_id, sorted(to), words, task_id]
    return idempotency.once(tx, key, request, lambda: _send(tx, instance_id, to, words, task_id))


def _send(tx: Transaction, instance_id: str, to: Sequence[str], words: str, task_id: str | None) -> dict[str, Any]:
    instance = lock_matter(tx, Act.COPY, instance_id)
    receivers = list(dict.fromkeys(to))
    if not 0 < len(receivers) <= MOST_RECEIVERS:
        raise InvalidError(
            f"请选择1至{MOST_RECEIVERS}位接收人。", f"choose 1 to {MOST_RECEIVERS} people to send it to."
        )
    said = required(words, "附言", "the note") if words.strip() else ""
    element = _element(tx, instance.id, task_id)
    for each in receivers:
        _require_reader(tx, each, instance.id)
    rows = [
        {"id": new_id(tx, number), "receiver_id": each, "instance_id": instance.id, "task_id": task_id}
        | {"by_id": tx.actor.id, "note": said, "at": tx.now}
        for number, each in enumerate(receivers)
    ]
    tx.session.execute(insert(copy), rows)
    note(tx, instance, Event("copied", element, {"to": receivers, "note": said}))
    _tell(tx, rows)
    return {"instance": instance.id, "copies": [row["id"] for row in rows]}


def _tell(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    said = Text("有一件事项抄送给您, 请阅知。", "A matter was sent to you to read.")
    for row in rows:
        tell(tx, [row["receiver_id"]], f"copy {row['id']}", "copied", said, instance_id=row["instance_id"])


def _element(tx: Transaction, instance_id: str, task_id: str | None) -> str | None:
    """Raises InvalidError for a task that is not this matter's."""
    if task_id is None:
        return None
    found = select(task.c.element).where(task.c.id == task_id, task.c.instance_id == instance_id)
    element = tx.session.scalar(found)
    if element is None:
        raise InvalidError(f"该事项中没有任务{task_id}。", f"this matter has no task {task_id}.")
    return str(element)


def _require_reader(tx: Transaction, person_id: str, instance_id: str) -> None:
    reader = people.actor(tx, person_id)
    if reader is None:
        raise InvalidError(
            f"没有人员{person_id}, 或其账号已停用。请另选他人。",
            f"there is no person {person_id}, or the account is closed; choose somebody else.",
        )
    if reader.id == tx.actor.id:
        raise InvalidError("不必抄送给自己。", "there is no need to send it to yourself.")
    if not visible.sees(tx, reader, instance_id):
        raise InvalidError(
            f"{reader.name}无权查看此事项, 不能抄送: 抄送不增加任何人的权限。请另选他人。",
            f"{reader.name} may not see this matter, and a copy gives nobody a right; choose somebody else.",
        )


def mark_read(tx: Transaction, instance_id: str) -> None:
    """The actor has opened the matter."""
    mine = (copy.c.receiver_id == tx.actor.id, copy.c.instance_id == instance_id, copy.c.read_at.is_(None))
    tx.session.execute(update(copy).where(*mine).values(read_at=tx.now))
