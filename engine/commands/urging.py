"""Urging an open task that is somebody else's (催办): by who began the matter or by staff, with a limit of the policy's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from engine import audit
from engine.audit import Event
from engine.commands import concerned, idempotency
from engine.commands.locked_tasks import Task, lock, require_open
from engine.commands.step import require_going
from engine.commands.texts import required
from engine.errors import ConflictError, InvalidError, NotPermittedError
from engine.permissions import Act, may, require
from engine.queries.instances import for_staff
from engine.queries.urging import URGED, urged_today
from engine.queries.visible import sees_everything
from engine.reminding import rules
from engine.tables import task
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.library import Library
    from engine.transaction import Transaction


def urge(tx: Transaction, library: Library, task_id: str, words: str, key: str | None) -> dict[str, Any]:
    """Tell who has the task, or could take it, that it is waited for; says `{"task", "instance", "number"}`.

    Raises NotPermittedError for whoever has no part in the matter, ConflictError for one's own task, beyond the limit and
    on the same day, InvalidError where nobody could be told.
    """
    found, instance = lock(tx, task_id)
    request = ["urge", task_id, words]
    return idempotency.once(tx, key, request, lambda: _urge(tx, library, found, instance, words))


def _urge(tx: Transaction, library: Library, found: Task, instance: Instance, words: str) -> dict[str, Any]:
    compiled = library.get(tx.session, instance.deployment_id)
    require(tx.actor, Act.URGE, instance.subject())
    _require_shown(tx, compiled, found, instance)
    require_open(found)
    require_going(instance)
    _require_not_own(tx, found, instance)
    urged = tx.session.execute(select(task.c.urged).where(task.c.id == found.id)).scalar_one()
    _require_below(urged, rules(compiled.settings).urge_limit)
    _require_another_day(tx, found, instance)
    said = {"reason": required(words, "催办的话", "what is said")} if words.strip() else {}
    told = concerned.doers(tx, found.subject(instance))
    _require_somebody(told)
    tx.session.execute(update(task).where(task.c.id == found.id).values(urged=urged + 1))
    number = {"task": found.id, "number": urged + 1}
    audit.note(tx, instance, Event(URGED, found.element, {**number, "told": told, **said}))
    element = compiled.diagrams[instance.process].elements[found.element]
    text = Text(
        f"催办：{element.name or element.id}，请尽快办理", f"Urged: {element.name_en or element.id}; please do it soon"
    )
    tell(
        tx, told, f"{instance.id}#{instance.history_count + 1}", URGED, text, instance_id=instance.id, task_id=found.id
    )
    return {**number, "instance": instance.id}


def _require_shown(tx: Transaction, compiled: Compiled, found: Task, instance: Instance) -> None:
    """What is for staff alone, such as a committee's review, nobody else hurries."""
    everything = sees_everything(tx, instance.subject())
    if not everything and found.element in for_staff(compiled, instance):
        raise NotPermittedError(
            "该环节仅工作人员可见, 不能由您催办。需要时请联系人事部门。",
            "this step is shown to staff alone, so you cannot urge it; ask the HR office if need be.",
        )


def _require_not_own(tx: Transaction, found: Task, instance: Instance) -> None:
    if may(tx.actor, Act.COMPLETE, found.subject(instance)):
        raise ConflictError(
            "该任务您本人就可以办理, 不必催办。请到待办中办理。", "you can do this task yourself; it is in your inbox."
        )


def _require_below(urged: int, limit: int) -> None:
    if urged >= limit:
        raise ConflictError(
            f"该任务已催办{urged}次, 按本政策最多{limit}次。请直接联系办理人, 或请其上级协调。",
            f"this task has been urged {urged} times, and the policy allows {limit}. Talk to who has it, or to their head.",
        )


def _require_another_day(tx: Transaction, found: Task, instance: Instance) -> None:
    if found.id in urged_today(tx, instance.id):
        raise ConflictError(
            "该任务今日已催办过。请明日再催办, 或直接联系办理人。",
            "this task has been urged today already; urge it tomorrow, or talk to who has it.",
        )


def _require_somebody(told: list[str]) -> None:
    if not told:
        raise InvalidError(
            "目前没有可以办理该任务的人, 催办无人收到。请联系管理员安排人员。",
            "nobody is there who could do this task, so nobody would hear of it. Ask an administrator to see to it.",
        )
