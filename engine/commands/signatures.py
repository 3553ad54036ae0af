"""Who has signed the sheet of a committee's meeting, entered from the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.audit import Event, note
from engine.commands import idempotency
from engine.commands.texts import MOST, is_text
from engine.errors import InvalidError, NotFoundError
from engine.instance import as_instance, locked_instance
from engine.permissions import Act, require
from engine.tables import person, process_instance, task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.transaction import Transaction

SIGNED = "signatures recorded"


def record(
    tx: Transaction, instance_id: str, element: str, signed: Sequence[str], remark: str, key: str | None = None
) -> dict[str, Any]:
    """By id those whose signature stands on the sheet, and why another's does not; a later record replaces this one.

    Raises NotFoundError, NotPermittedError, InvalidError for somebody who took no part.
    """
    request = ["sign", instance_id, element, sorted(signed), remark]
    return idempotency.once(tx, key, request, lambda: _record(tx, instance_id, element, sorted(set(signed)), remark))


def _record(tx: Transaction, instance_id: str, element: str, signed: Sequence[str], remark: str) -> dict[str, Any]:
    row = tx.session.execute(locked_instance().where(process_instance.c.id == instance_id)).first()
    if row is None:
        raise NotFoundError(f"没有编号为{instance_id:.64}的事项。", f"there is no matter {instance_id:.64}.")
    instance = as_instance(row)
    require(tx.actor, Act.RECORD_SIGNATURES, instance.subject())
    names = _taking_part(tx, instance_id, element)
    strangers = [one for one in signed if one not in names]
    if strangers or not signed:
        raise InvalidError(
            f"请选择在签名表上签字的专家, 须是参加此次评审的人。{'、'.join(strangers)[:100]}",
            f"choose the experts who have signed; they took part in this review. {', '.join(strangers)[:100]}",
        )
    if len(remark) > MOST or not is_text(remark):
        raise InvalidError(f"说明不超过{MOST}个字符。", f"a remark has {MOST} characters at most.")
    told = [{"id": one, "name": names[one]} for one in signed]
    note(tx, instance, Event(SIGNED, element, {"signed": told, "remark": remark.strip()}))
    return {"instance": instance_id, "signed": list(signed)}


def _taking_part(tx: Transaction, instance_id: str, element: str) -> dict[str, str]:
    """Who has done the task in one of the children."""
    query = (
        select(person.c.id, person.c.name)
        .join(task, task.c.closed_by == person.c.id)
        .join(process_instance, process_instance.c.id == task.c.instance_id)
        .where(process_instance.c.parent_id == instance_id, task.c.element == element, task.c.status == "completed")
    )
    return {row.id: row.name for row in tx.session.execute(query)}
