"""All timers, for administrators: what comes next, what failed, what awaits the notice, what stands still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, literal, select, tuple_

from engine.commands.timer_acts import OWN, POSTPONED, Held, no_firing, no_postponing
from engine.errors import InvalidError, NotFoundError
from engine.permissions import Act, require
from engine.queries.deployments import process_names
from engine.tables import employer, history, process_instance, timer
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement

    from engine.library import Library
    from engine.transaction import Transaction

LIMIT = 50
COMING, FAILED, AWAITING, SUSPENDED = "coming", "failed", "awaiting", "suspended"

_GOING = process_instance.c.suspended.is_(None)
_FILTERS: Mapping[str, tuple[ColumnElement[bool], ...]] = {
    COMING: (timer.c.status == "open", timer.c.due_at.is_not(None), _GOING),
    FAILED: (timer.c.status == "incident", timer.c.due_at.is_not(None)),
    AWAITING: (timer.c.status == "open", timer.c.due_at.is_(None), _GOING),
    SUSPENDED: (timer.c.status == "open", ~_GOING),
}
STATES = tuple(_FILTERS)
# In the order of firing, and of the index; what has no moment, or none that counts, in the order of its beginning.
_SINCE: tuple[Column[Any], ...] = (timer.c.opened_at, timer.c.element, timer.c.id)
_ORDERS = {COMING: (timer.c.due_at, *_SINCE), FAILED: (timer.c.due_at, *_SINCE), AWAITING: _SINCE, SUSPENDED: _SINCE}


@dataclass(frozen=True, slots=True)
class TimerLine:
    """A timer in a list; `due_at` None: it awaits the official notice. Its element's id stands for a missing name."""

    id: str
    element: str
    name: Text
    instance_id: str
    instance_title: str
    business_key: str
    process: str
    process_name: Text
    employer_name: str | None
    status: str
    due_at: datetime | None
    window: str | None
    counts: tuple[Mapping[str, Any], ...]
    opened_at: datetime
    suspended: Text | None


@dataclass(frozen=True, slots=True)
class TimerDetail:
    """One with why the actor cannot fire it now, or postpone it; None: they can. `moves`: what postponements said."""

    line: TimerLine
    no_firing: Text | None
    no_postponing: Text | None
    moves: tuple[Mapping[str, Any], ...]


def timers(
    tx: Transaction,
    library: Library,
    *,
    state: str = COMING,
    process: str | None = None,
    limit: int = LIMIT,
    after: str | None = None,
) -> list[TimerLine]:
    """Next first; `state` is one of STATES, `after` the id of the timer that those wanted follow.

    Raises InvalidError for another state, or an id that is none.
    """
    require(tx.actor, Act.SEE_TIMERS)
    if state not in _FILTERS:
        raise InvalidError(
            f"没有状态{state}, 可用: {'、'.join(STATES)}。",
            f"there is no state {state}; take one of {', '.join(STATES)}.",
        )
    order = _ORDERS[state]
    query = _lines().where(*_FILTERS[state])
    if process is not None:
        query = query.where(process_instance.c.process == process)
    if after is not None:
        query = query.where(_beyond(tx, order, after))
    return [_line(tx, library, row) for row in tx.session.execute(query.order_by(*order).limit(limit))]


def timer_detail(tx: Transaction, library: Library, timer_id: str) -> TimerDetail:
    """Raises NotFoundError; one that is over is still shown."""
    require(tx.actor, Act.SEE_TIMERS)
    row = tx.session.execute(_lines().where(timer.c.id == timer_id)).first()
    if row is None:
        raise NotFoundError(f"没有编号为{timer_id}的定时", f"there is no timer {timer_id}")
    line = _line(tx, library, row)
    held = Held(line.id, line.element, line.status, line.due_at, line.window)
    barred = (OWN if row.initiator_id == tx.actor.id else None) or _standing(line)
    return TimerDetail(line, barred or no_firing(held), barred or no_postponing(held), _moves(tx, line))


def processes(tx: Transaction, library: Library) -> list[tuple[str, Text]]:
    """Every process with its name in its newest deployment."""
    require(tx.actor, Act.SEE_TIMERS)
    return process_names(tx, library)


def _moves(tx: Transaction, line: TimerLine) -> tuple[Mapping[str, Any], ...]:
    mine = (history.c.subject_id == line.instance_id, history.c.kind == POSTPONED)
    payloads = tx.session.scalars(select(history.c.payload).where(*mine).order_by(history.c.number))
    return tuple(one for one in payloads if one and one.get("timer") == line.id)


def _standing(line: TimerLine) -> Text | None:
    if line.suspended is None:
        return None
    return Text(
        f"事项已停止: {line.suspended.zh}。恢复之前定时不触发, 也不能延期。",
        f"the matter stands still: {line.suspended.en}. Until it goes on no timer fires, and none is postponed.",
    )


def _beyond(tx: Transaction, order: tuple[Column[Any], ...], after: str) -> ColumnElement[bool]:
    """The rows that follow this timer. As one comparison of rows, which the index answers however far on the page is."""
    row = tx.session.execute(select(*order).where(timer.c.id == after)).first()
    if row is None or None in row:
        raise InvalidError(
            "参数after无效: 请使用上一页Link中给出的值, 或去掉它从头读取。",
            "the parameter after is not one of ours: take it from the last page's Link, or begin again without it.",
        )
    typed = [literal(value, column.type) for value, column in zip(row, order, strict=True)]
    return tuple_(*order) > tuple_(*typed)


def _lines() -> Select[Any]:
    return select(
        timer,
        process_instance.c.title,
        process_instance.c.business_key,
        process_instance.c.process,
        process_instance.c.deployment_id,
        process_instance.c.initiator_id,
        process_instance.c.suspended,
        employer.c.name.label("employer_name"),
    ).select_from(
        timer.join(process_instance, process_instance.c.id == timer.c.instance_id).outerjoin(
            employer, employer.c.id == process_instance.c.employer_id
        )
    )


def _line(tx: Transaction, library: Library, row: Row[Any]) -> TimerLine:
    diagram = library.get(tx.session, row.deployment_id).diagrams[row.process]
    element = diagram.elements[row.element]
    return TimerLine(
        id=row.id,
        element=row.element,
        name=Text(element.name or element.id, element.name_en or element.name or element.id),
        instance_id=row.instance_id,
        instance_title=row.title,
        business_key=row.business_key,
        process=row.process,
        process_name=Text(diagram.name, diagram.name_en),
        employer_name=row.employer_name,
        status=row.status,
        due_at=row.due_at,
        window=row.window,
        counts=tuple(row.counts),
        opened_at=row.opened_at,
        suspended=Text(row.suspended["zh"], row.suspended["en"]) if row.suspended else None,
    )
