"""Counting open windows anew after a calendar was confirmed: each timer in a transaction of its own.

What ends later, or has an end at last, is changed by itself. What would end earlier takes time from somebody who relied on
the day that was announced: it stays as it is until an administrator decides.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, cast, delete, insert, literal, select, update

from engine import feel, mishaps, spiff
from engine.audit import Event, note
from engine.calendar import days_of
from engine.clock import SHANGHAI
from engine.commands.texts import required
from engine.errors import ConflictError, InvalidError, NotFoundError, PingpinError
from engine.instance import COLUMNS, JOINED, Instance, as_instance
from engine.permissions import Act, require
from engine.spiff.recounting import when_due
from engine.tables import process_instance, timer, timer_recount
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.library import Library
    from engine.transaction import Transaction

PENDING, ASKED, ACCEPTED, KEPT, REPLACED = "pending", "asked", "accepted", "kept", "replaced"

_log = logging.getLogger("pingpin.engine")
_HAS_COUNTS = cast(timer.c.counts, String) != "[]"

EARLIER = Text("按新日历会提前结束", "it would end earlier by the new calendar")
OTHER_START = Text(
    "计时所用的数据在开始后已有变动, 不能只按日历重新计算",
    "the data that it was counted from have changed since; it cannot be counted anew by the calendar alone",
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open timer as it is, its instance locked."""

    id: str
    element: str
    due_at: datetime | None
    counts: list[dict[str, Any]]
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Recount:
    """What an open timer would be; `why` says what keeps it from being changed by itself."""

    due_at: datetime | None
    counts: list[dict[str, Any]]
    why: Text | None = None


def ask_all(tx: Transaction, number: int) -> None:
    """Put down every open timer that has counted working days, to be counted anew; what nobody answered is asked anew."""
    tx.session.execute(update(timer_recount).where(timer_recount.c.status == ASKED).values(status=REPLACED))
    tx.session.execute(delete(timer_recount).where(timer_recount.c.status == PENDING))
    found = select(
        timer.c.id, timer.c.instance_id, literal(number), literal(PENDING), literal(tx.now, timer.c.opened_at.type)
    ).where(timer.c.status == "open", _HAS_COUNTS)
    columns = ["timer_id", "instance_id", "calendar_number", "status", "opened_at"]
    tx.session.execute(insert(timer_recount).from_select(columns, found))


def ask_stale(tx: Transaction, library: Library, until: datetime, *, unknown: bool) -> None:
    """Put down what was counted by an older calendar all the same: by a process that had not heard of the new one yet.

    Looked at is what is due by then, before it fires; with `unknown` also what has no end.
    """
    require(tx.actor, Act.FIRE_TIMER)
    row = {"calendar_number": library.number, "status": PENDING, "opened_at": tx.now}
    rows = [{**row, "timer_id": one.id, "instance_id": one.instance_id} for one in stale(tx, library, until, unknown)]
    if rows:
        tx.session.execute(insert(timer_recount), rows)


def stale(tx: Transaction, library: Library, until: datetime, unknown: bool) -> list[Any]:
    """Open timers, due by then or without an end, whose counts are not the library's calendar's."""
    asked = select(timer_recount.c.timer_id).where(
        timer_recount.c.timer_id == timer.c.id, timer_recount.c.status.in_((PENDING, ASKED, KEPT))
    )
    due = (timer.c.due_at <= until) | timer.c.due_at.is_(None) if unknown else timer.c.due_at <= until
    rows = tx.session.execute(
        select(timer.c.id, timer.c.instance_id, timer.c.counts).where(
            timer.c.status == "open", due, _HAS_COUNTS, ~asked.exists()
        )
    )
    return [row for row in rows if not all(library.calendar.has_counted(count) for count in row.counts)]


def next_pending(tx: Transaction) -> int | None:
    oldest = select(timer_recount.c.id).where(timer_recount.c.status == PENDING).order_by(timer_recount.c.id)
    return tx.session.scalar(oldest.limit(1))


def recount(tx: Transaction, library: Library, recount_id: int) -> None:
    """Count one timer anew, and change it or ask about it. One that is over meanwhile, or in work elsewhere, is left."""
    require(tx.actor, Act.FIRE_TIMER)
    row = _locked(tx, recount_id, PENDING)
    if row is None:
        return
    waiting, instance = _waiting(row), as_instance(row)
    if row.timer_status != "open" or all(library.calendar.has_counted(count) for count in waiting.counts):
        _done(tx, recount_id)
        return
    found = evaluated(tx, library, instance, waiting)
    if found is None or _is_settled(tx, waiting, found):
        _done(tx, recount_id)
    elif found.why is not None:
        kept = {"due_at": found.due_at, "counts": found.counts, "why": found.why.as_json()}
        _set(tx, recount_id, status=ASKED, **kept)
        told = {"why": found.why.as_json()}
        note(tx, instance, recount_event("recount asked", waiting, found.due_at, found.counts, told))
    else:
        _change(tx, instance, waiting, found, Event("window recounted"))
        _done(tx, recount_id)


def decide(tx: Transaction, recount_id: int, reason: str, *, accepts: bool) -> dict[str, Any]:
    """An administrator's word on an end that would be earlier: `{"recount", "instance", "status"}`.

    Raises ConflictError where it is answered already or the timer is over.
    """
    require(tx.actor, Act.DECIDE_RECOUNT)
    reason = required(reason, "理由", "the reason")
    row = _locked(tx, recount_id, ASKED)
    if row is None or row.timer_status != "open":
        raise _over(tx, recount_id)
    waiting, instance = _waiting(row), as_instance(row)
    found = Recount(row.new_due_at, row.new_counts or [])
    if accepts and found.due_at is None:
        raise InvalidError(
            "没有可采用的新截止日。请选择保留原截止日。", "there is no new end to accept; keep the end as it is."
        )
    if accepts:
        _change(tx, instance, waiting, found, Event("recount accepted", None, {"reason": reason}))
    else:
        note(tx, instance, recount_event("recount kept", waiting, waiting.due_at, waiting.counts, {"reason": reason}))
    status = ACCEPTED if accepts else KEPT
    _set(tx, recount_id, status=status, reason=reason, decided_by=tx.actor.id, decided_at=tx.now)
    return {"recount": recount_id, "instance": instance.id, "status": status}


def judged(before: Waiting, due_at: datetime | None, counts: list[dict[str, Any]]) -> Recount:
    """Whether a new end takes effect by itself. Pure."""
    if not _begin_alike(before.counts, counts):
        return Recount(due_at, counts, OTHER_START)
    if before.due_at is not None and (due_at is None or due_at < before.due_at):
        return Recount(due_at, counts, EARLIER)
    return Recount(due_at, counts)


def _begin_alike(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> bool:
    """The same counts from the same days on, so that nothing but the calendar makes the difference."""
    firsts = [[days_of(count)[:1] for count in counts] for counts in (before, after)]
    return len(before) == len(after) and all(old in ([], new) for old, new in zip(*firsts, strict=True))


def evaluated(tx: Transaction, library: Library, instance: Instance, waiting: Waiting) -> Recount | None:
    """What an open timer or task would be; None for a cycle. What cannot be counted is a question too: nobody else would look at it."""
    compiled = library.get(tx.session, instance.deployment_id)
    host = spiff.Host(
        evaluator=library.evaluator(waiting.opened_at),
        facts={"settings": feel.from_json(compiled.settings), "process": feel.from_json(instance.facts())},
        decide=_nothing,
        serve=_nothing,
        is_job=lambda _element: False,
    )
    runnable = compiled.runnable[instance.process]
    try:
        found = when_due(runnable, instance.state, instance.variables, waiting.id, host)
    except PingpinError as error:
        return Recount(None, [], error.text)
    except Exception as error:  # noqa: BLE001  a mistake of ours must not hold up the others
        mishaps.record(_log, f"the timer {waiting.id} could not be counted anew", error)
        return Recount(None, [], mishaps.cause(error))
    return None if found is None else judged(waiting, *found)


def _nothing(*_: Any) -> Any:
    raise AssertionError("a question about a timer runs nothing")


def _change(tx: Transaction, instance: Instance, waiting: Waiting, found: Recount, event: Event) -> None:
    tx.session.execute(update(timer).where(timer.c.id == waiting.id).values(due_at=found.due_at, counts=found.counts))
    note(tx, instance, recount_event(event.kind, waiting, found.due_at, found.counts, dict(event.payload)))


def recount_event(
    kind: str, before: Waiting, due_at: datetime | None, counts: list[dict[str, Any]], more: dict[str, Any]
) -> Event:
    told = {"timer": before.id, "old_due_at": _iso(before.due_at), "due_at": _iso(due_at)}
    return Event(kind, before.element, {**told, "old_counts": before.counts, "counts": counts, **more})


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).isoformat() if moment else None


def _locked(tx: Transaction, recount_id: int, status: str) -> Any:
    """The row with its timer and instance, all three locked; None where it has another status by now."""
    return tx.session.execute(
        select(
            *COLUMNS,
            timer.c.id.label("timer_id"),
            timer.c.element,
            timer.c.status.label("timer_status"),
            timer.c.due_at,
            timer.c.counts,
            timer.c.opened_at,
            timer_recount.c.due_at.label("new_due_at"),
            timer_recount.c.counts.label("new_counts"),
        )
        .select_from(
            JOINED.join(timer, timer.c.instance_id == process_instance.c.id).join(
                timer_recount, timer_recount.c.timer_id == timer.c.id
            )
        )
        .where(timer_recount.c.id == recount_id, timer_recount.c.status == status)
        .with_for_update(of=(process_instance, timer, timer_recount))
    ).first()


def _waiting(row: Any) -> Waiting:
    return Waiting(row.timer_id, row.element, row.due_at, row.counts, row.opened_at)


def _is_settled(tx: Transaction, waiting: Waiting, found: Recount) -> bool:
    """Nothing is another, or somebody has said no to this very end already."""
    if found.why is None:
        return found.counts == waiting.counts
    kept = (timer_recount.c.timer_id == waiting.id, timer_recount.c.status == KEPT)
    same = timer_recount.c.due_at == found.due_at
    return tx.session.execute(select(timer_recount.c.id).where(*kept, same).limit(1)).first() is not None


def _done(tx: Transaction, recount_id: int) -> None:
    tx.session.execute(delete(timer_recount).where(timer_recount.c.id == recount_id))


def _set(tx: Transaction, recount_id: int, **values: Any) -> None:
    tx.session.execute(update(timer_recount).where(timer_recount.c.id == recount_id).values(**values))


def _over(tx: Transaction, recount_id: int) -> PingpinError:
    if tx.session.scalar(select(timer_recount.c.id).where(timer_recount.c.id == recount_id)) is None:
        return NotFoundError(f"没有编号为{recount_id}的重新计算", f"there is no recount {recount_id}")
    return ConflictError(
        "该截止日已有决定, 或计时已结束, 未作任何更改。请刷新页面。",
        "this end has been decided about already, or the timer is over; nothing was changed, reload the page.",
    )
