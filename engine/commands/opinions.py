"""Opinions beside the diagram (加签): a task is not completed before everybody who was asked has answered."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update

from engine.audit import Event, note
from engine.commands import idempotency
from engine.commands.locked_tasks import Task, lock, require_open, require_own
from engine.commands.texts import required
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.mailing import OPINION
from engine.permissions import TABLE, Act, Subject, may, require
from engine.queries import people
from engine.tables import opinion, person
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from engine.instance import Instance
    from engine.permissions import Actor
    from engine.transaction import Transaction

ASKED, GIVEN, CANCELLED = "asked", "given", "cancelled"
_TOLD = Text("请您就一项任务发表意见", "Your opinion on a task is asked for")


def require_heard(tx: Transaction, found: Task) -> None:
    """Raises ConflictError naming who is still to answer."""
    names = list(
        tx.session.scalars(
            select(person.c.name)
            .join(opinion, opinion.c.person_id == person.c.id)
            .where(opinion.c.task_id == found.id, opinion.c.status == ASKED)
            .order_by(opinion.c.asked_at, opinion.c.id)
        )
    )
    if names:
        raise ConflictError(
            f"尚待加签意见: {'、'.join(names)}。请待其答复, 或说明理由后取消加签。",
            f"still to give their opinion: {', '.join(names)}. Wait for them, or cancel the request with a reason.",
        )


def ask(tx: Transaction, task_id: str, person_id: str, question: str, key: str | None) -> dict[str, Any]:
    """Ask somebody about one's own task; says `{"task", "instance", "opinion"}`.

    Raises InvalidError for somebody who may not be asked, ConflictError where they are being asked already.
    """
    found, instance = lock(tx, task_id)
    request = ["add signer", task_id, person_id, question]
    return idempotency.once(tx, key, request, lambda: _ask(tx, found, instance, person_id, question))


def _ask(tx: Transaction, found: Task, instance: Instance, person_id: str, question: str) -> dict[str, Any]:
    require_askable(tx, found, instance)
    asked = required(question, "加签事由", "the question")
    _require_adviser(tx, found, instance, person_id)
    row = {"id": str(uuid.uuid4()), "task_id": found.id, "instance_id": instance.id, "asked_by": tx.actor.id}
    values = {"person_id": person_id, "question": asked, "status": ASKED, "asked_at": tx.now}
    tx.session.execute(insert(opinion).values(**row, **values))
    told = {"task": found.id, "opinion": row["id"], "person": person_id, "question": asked}
    tell(tx, [person_id], f"opinion {row['id']}", OPINION, _TOLD)  # whoever is asked need not see the matter itself
    note(tx, instance, Event("opinion asked", found.element, told))
    return {"task": found.id, "instance": instance.id, "opinion": row["id"]}


def require_askable(tx: Transaction, found: Task, instance: Instance) -> None:
    require_own(tx, Act.ASK_OPINION, found, instance)
    require_open(found)


def advisers(tx: Transaction, found: Task, instance: Instance) -> list[Actor]:
    """Who may be asked and is not being asked, by id."""
    asked = select(opinion.c.person_id).where(opinion.c.task_id == found.id, opinion.c.status == ASKED)
    without = {tx.actor.id, found.assignee_id, *tx.session.scalars(asked)}
    subject = _advised(found, instance)
    able = people.with_roles(tx, [role.value for role in TABLE[Act.GIVE_OPINION]])
    return [each for each in able if each.id not in without and may(each, Act.GIVE_OPINION, subject)]


def _require_adviser(tx: Transaction, found: Task, instance: Instance, person_id: str) -> None:
    """Staff of the employer, the centre or an expert; nobody asks themselves, nor whom separation of duties bars."""
    adviser = people.actor(tx, person_id)
    if adviser is None:
        raise InvalidError(
            f"没有人员{person_id}, 或其账号已停用。请另选他人。",
            f"there is no person {person_id}, or the account is closed; choose somebody else.",
        )
    if person_id in {tx.actor.id, found.assignee_id} or not may(adviser, Act.GIVE_OPINION, _advised(found, instance)):
        raise InvalidError(
            f"不能请{adviser.name}加签: 应为本单位人员、专家或中心人员, 不是办理人本人, 且不在回避之列。请另选他人。",
            f"{adviser.name} cannot be asked: it takes staff of the employer, an expert or the centre, not oneself, and nobody "
            "whom separation of duties bars. Choose somebody else.",
        )
    if _asked(tx, found.id, person_id) is not None:
        raise ConflictError(f"已请{adviser.name}加签, 尚待答复。", f"{adviser.name} has been asked already.")


def _advised(found: Task, instance: Instance) -> Subject:
    return instance.subject(barred_ids=found.barred_ids)


def give(tx: Transaction, task_id: str, text: str, key: str | None, *, agrees: bool) -> dict[str, Any]:
    """Answer what one was asked about a task. Raises NotFoundError where one was not asked, ConflictError once answered."""
    found, instance = lock(tx, task_id)
    request = ["opinion", task_id, agrees, text]
    return idempotency.once(tx, key, request, lambda: _give(tx, found, instance, text, agrees=agrees))


def _give(tx: Transaction, found: Task, instance: Instance, text: str, *, agrees: bool) -> dict[str, Any]:
    row = _require_asked(tx, found, tx.actor.id)
    require(tx.actor, Act.GIVE_OPINION, _advised(found, instance))
    require_open(found)
    said = required(text, "意见", "the opinion")
    _close(tx, row.id, {"status": GIVEN, "agrees": agrees, "text": said})
    told = {"task": found.id, "opinion": row.id, "agrees": agrees, "text": said}
    note(tx, instance, Event("opinion given", found.element, told))
    return {"task": found.id, "instance": instance.id, "opinion": row.id}


def cancel(tx: Transaction, task_id: str, person_id: str, reason: str, key: str | None) -> dict[str, Any]:
    """Ask no longer: by who asked, or who has the task now."""
    found, instance = lock(tx, task_id)
    request = ["cancel signer", task_id, person_id, reason]
    return idempotency.once(tx, key, request, lambda: _cancel(tx, found, instance, person_id, reason))


def _cancel(tx: Transaction, found: Task, instance: Instance, person_id: str, reason: str) -> dict[str, Any]:
    row = _asked(tx, found.id, person_id)
    if row is None or row.asked_by != tx.actor.id:
        require_own(tx, Act.ASK_OPINION, found, instance)
    require_open(found)
    said = required(reason, "取消理由", "the reason")
    row = _require_asked(tx, found, person_id)
    _close(tx, row.id, {"status": CANCELLED})
    told = {"task": found.id, "opinion": row.id, "person": person_id, "question": row.question, "reason": said}
    note(tx, instance, Event("opinion cancelled", found.element, told))
    return {"task": found.id, "instance": instance.id, "opinion": row.id}


def _close(tx: Transaction, opinion_id: str, values: dict[str, Any]) -> None:
    tx.session.execute(update(opinion).where(opinion.c.id == opinion_id).values(closed_at=tx.now, **values))


def _asked(tx: Transaction, task_id: str, person_id: str) -> Row[Any] | None:
    return tx.session.execute(select(opinion).filter_by(task_id=task_id, person_id=person_id, status=ASKED)).first()


def _require_asked(tx: Transaction, found: Task, person_id: str) -> Row[Any]:
    row = _asked(tx, found.id, person_id)
    if row is not None:
        return row
    if tx.session.execute(select(opinion.c.id).filter_by(task_id=found.id, person_id=person_id)).first() is not None:
        raise ConflictError("该加签已经答复或取消。", "this opinion has been given, or the request cancelled, already.")
    raise NotFoundError(
        f"任务{found.id}没有向{person_id}请求加签。", f"nobody has asked {person_id} about the task {found.id}."
    )
