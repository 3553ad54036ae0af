"""What an administrator does with a timer, each with a reason: let it fire before its moment, or put its moment off.

What was promised to somebody is never shortened: a publicity window lasts as long as was announced, whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from engine.audit import Event, note
from engine.clock import SHANGHAI
from engine.commands import idempotency
from engine.commands.step import require_going, take
from engine.commands.texts import required
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.instance import COLUMNS, JOINED, Instance, as_instance
from engine.permissions import Act, Subject, may, require
from engine.spiff.snapshot import Fire
from engine.tables import process_instance, timer
from forms.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from engine.library import Library
    from engine.transaction import Transaction

OPEN, INCIDENT = "open", "incident"
POSTPONED = "timer postponed"
MOST = timedelta(days=366)

OVER = Text(
    "该定时已触发或已取消, 未作任何更改。请刷新页面。",
    "this timer has fired or was cancelled; nothing was changed, reload the page.",
)
FAILED = Text(
    "该定时触发时出错, 请在“异常”中处理, 此处不能触发或延期。",
    "this timer failed when it fired: deal with it under the incidents; it is neither fired nor postponed here.",
)
AWAITS = Text(
    "该定时的期限待国务院办公厅通知, 不能触发或延期。请导入并确认所缺年份的工作日历。",
    "the end of this timer awaits the official notice, so it is neither fired nor postponed. Import and confirm the "
    "calendar of the year that is missing.",
)
ANNOUNCED = Text(
    "公示期不能提前结束: 公示满规定的工作日是对公众的承诺。内容有误时请作废本次公示并重新公示。",
    "a publicity window never closes early: its working days were promised to the public. If what was posted is wrong, "
    "void the posting and publish again.",
)
OWN = Text(
    "这是您本人发起的事项, 其定时须由其他管理员处理。",
    "you began this matter, so another administrator deals with its timers.",
)


@dataclass(frozen=True, slots=True)
class Held:
    """A timer as these acts decide on it."""

    id: str
    element: str
    status: str
    due_at: datetime | None
    window: str | None


def no_firing(held: Held) -> Text | None:
    """Why it cannot be fired before its moment; None: it can. Pure."""
    return no_postponing(held) or (ANNOUNCED if held.window is not None else None)


def no_postponing(held: Held) -> Text | None:
    """Why its moment cannot be put off; None: it can. Pure."""
    if held.status == INCIDENT:
        return FAILED
    if held.status != OPEN:
        return OVER
    return AWAITS if held.due_at is None else None


def fire(tx: Transaction, library: Library, timer_id: str, reason: str, key: str | None) -> dict[str, Any]:
    """Fire it now, as of now: `{"timer", "instance", "due_at"}`, the moment at which it would have fired.

    Raises NotFoundError, ConflictError for one that must not fire early, is over, or stands still.
    """
    require(tx.actor, Act.MOVE_TIMER)
    request = ["fire timer", timer_id, reason]
    return idempotency.once(tx, key, request, lambda: _fire(tx, library, timer_id, reason))


def _fire(tx: Transaction, library: Library, timer_id: str, reason: str) -> dict[str, Any]:
    held, instance = _locked(tx, timer_id)
    said = required(reason, "理由", "the reason")
    _allow(no_firing(held))
    told = {"timer": held.id, "due_at": _iso(held.due_at), "reason": said}
    take(tx, library, instance, Fire(held.id), Event("timer fired early", held.element, told))
    return {"timer": held.id, "instance": instance.id, "due_at": told["due_at"]}


def postpone(tx: Transaction, timer_id: str, to: datetime, reason: str, key: str | None) -> dict[str, Any]:
    """Put its moment off, at most 366 days on: `{"timer", "instance", "due_at"}`, the new one.

    Raises as `fire`, and InvalidError for a moment that is not later.
    """
    require(tx.actor, Act.MOVE_TIMER)
    request = ["postpone timer", timer_id, to, reason]
    return idempotency.once(tx, key, request, lambda: _postpone(tx, timer_id, to, reason))


def _postpone(tx: Transaction, timer_id: str, to: datetime, reason: str) -> dict[str, Any]:
    held, instance = _locked(tx, timer_id)
    said = required(reason, "理由", "the reason")
    _allow(no_postponing(held))
    require_going(instance)
    assert held.due_at is not None
    _require_later(to, held.due_at, tx.now)
    later = {"due_at": to, "attempts": 0, "retry_at": None}
    tx.session.execute(update(timer).where(timer.c.id == held.id).values(**later))
    # Somebody has built upon the step before: withdrawn and taken anew, it would open this timer with its old moment.
    tx.session.execute(update(process_instance).where(process_instance.c.id == instance.id).values(undo=None))
    told = {"timer": held.id, "old_due_at": _iso(held.due_at), "due_at": _iso(to), "reason": said}
    note(tx, instance, Event("timer postponed", held.element, told))
    return {"timer": held.id, "instance": instance.id, "due_at": told["due_at"]}


def _require_later(to: datetime, due_at: datetime, now: datetime) -> None:
    if to.tzinfo is None:
        raise InvalidError("新的期限应带时区。", "the new moment has a zone.")
    if to <= due_at:
        raise InvalidError(
            f"新的期限应晚于原期限{_shown(due_at)}: 只能延长, 不能缩短已经确定的期限。",
            f"the new moment should be later than {_shown(due_at)}: what has been fixed is prolonged, never shortened.",
        )
    if to <= now:
        raise InvalidError(
            f"新的期限应晚于现在({_shown(now)})。", f"the new moment should be later than now ({_shown(now)})."
        )
    if to - due_at > MOST:
        raise InvalidError(
            f"一次最多延期{MOST.days}天, 即不晚于{_shown(due_at + MOST)}。",
            f"it is postponed by at most {MOST.days} days at a time, to {_shown(due_at + MOST)} at the latest.",
        )


def _locked(tx: Transaction, timer_id: str) -> tuple[Held, Instance]:
    """Both rows locked. Raises NotFoundError, and NotPermittedError where the actor began the matter."""
    row = tx.session.execute(
        select(
            *COLUMNS,
            timer.c.id.label("timer_id"),
            timer.c.element,
            timer.c.status.label("timer_status"),
            timer.c.due_at,
            timer.c.window,
        )
        .select_from(JOINED.join(timer, timer.c.instance_id == process_instance.c.id))
        .where(timer.c.id == timer_id)
        .with_for_update(of=(process_instance, timer))
    ).first()
    if row is None:
        raise NotFoundError(f"没有编号为{timer_id}的定时", f"there is no timer {timer_id}")
    if not may(tx.actor, Act.MOVE_TIMER, Subject(barred_ids=frozenset({row.initiator_id}))):
        raise NotPermittedError(OWN.zh, OWN.en)
    return Held(row.timer_id, row.element, row.timer_status, row.due_at, row.window), as_instance(row)


def _allow(refused: Text | None) -> None:
    if refused is not None:
        raise ConflictError(refused.zh, refused.en)


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).isoformat() if moment else None


def _shown(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
