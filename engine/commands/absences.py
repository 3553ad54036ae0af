"""Substitution (代理): somebody acts in the place of a person who is away, on days and in processes that are said beforehand."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine.audit import Event, append_to
from engine.clock import SHANGHAI
from engine.commands import idempotency, lapses
from engine.commands.texts import required
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.permissions import ADMINISTRATORS, LENT_ROLES, Act, Subject, require
from engine.queries import people
from engine.queries.deployments import process_names
from engine.tables import absence
from engine.telling import tell
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Row

    from engine.arrangement import Arrangement
    from engine.library import Library
    from engine.permissions import Actor
    from engine.transaction import Transaction

ARRANGED, ENDED = "stand-in arranged", "stand-in ended"
LONGEST = timedelta(days=366)


def arrange(tx: Transaction, library: Library, wanted: Arrangement, key: str | None = None) -> dict[str, Any]:
    """Say beforehand who stands in; says `{"absence": id}`.

    Raises NotFoundError, NotPermittedError, InvalidError naming what is wrong with people or days, ConflictError where these
    two have an arrangement on one of these days already.
    """
    request = ["arrange", dataclasses.asdict(wanted)]
    return idempotency.once(tx, key, request, lambda: _arrange(tx, library, wanted))


def _arrange(tx: Transaction, library: Library, wanted: Arrangement) -> dict[str, Any]:
    absent, stand_in = _person(tx, wanted.absent_id), _person(tx, wanted.stand_in_id)
    require(tx.actor, Act.ARRANGE_STAND_IN, Subject(absent.employer_id, absent.id, unit=absent.unit))
    _require_pair(tx, absent, stand_in)
    _require_days(tx, wanted.from_on, wanted.until_on)
    _require_processes(tx, library, wanted.processes)
    said = required(wanted.reason, "代理理由", "the reason")
    _require_first(tx, absent, stand_in, wanted)
    absence_id, processes = str(uuid.uuid4()), sorted(set(wanted.processes))
    values = dataclasses.asdict(wanted) | {"processes": processes, "reason": said}
    tx.session.execute(insert(absence).values(id=absence_id, arranged_by=tx.actor.id, arranged_at=tx.now, **values))
    days = {"from_on": wanted.from_on.isoformat(), "until_on": wanted.until_on.isoformat()}
    append_to(tx, f"absence/{absence_id}", Event(ARRANGED, None, values | days))
    zh, en = "代理安排：{from_on}至{until_on}。", "A stand-in from {from_on} to {until_on}."
    _tell(tx, absence_id, values, zh.format(**days), en.format(**days))
    return {"absence": absence_id}


def end(tx: Transaction, library: Library, absence_id: str, reason: str, key: str | None = None) -> dict[str, Any]:
    """At once: the absent person is back, or the wrong one was chosen; what the stand-in has claimed goes back.

    Raises as `arrange`; ConflictError where it is over.
    """
    request = ["end absence", absence_id, reason]
    return idempotency.once(tx, key, request, lambda: _end(tx, library, absence_id, reason))


def _end(tx: Transaction, library: Library, absence_id: str, reason: str) -> dict[str, Any]:
    row = tx.session.execute(select(absence).where(absence.c.id == absence_id).with_for_update()).first()
    if row is None:
        raise NotFoundError("没有这项代理安排。", "there is no such arrangement.")
    absent = people.actor(tx, row.absent_id)
    subject = (
        Subject(absent.employer_id, absent.id, unit=absent.unit) if absent else Subject(initiator_id=row.absent_id)
    )
    require(tx.actor, Act.ARRANGE_STAND_IN, subject)
    if row.ended_at is not None or row.until_on < _today(tx):
        raise ConflictError("这项代理已经结束。", "this arrangement is over already.")
    said = required(reason, "结束理由", "the reason")
    tx.session.execute(update(absence).where(absence.c.id == absence_id).values(ended_at=tx.now))
    append_to(tx, f"absence/{absence_id}", Event(ENDED, None, {"reason": said}))
    values = {"absent_id": row.absent_id, "stand_in_id": row.stand_in_id}
    _tell(tx, f"{absence_id} ended", values, "一项代理已提前结束。", "A stand-in's time has been ended early.")
    for task_id, *pair in lapses.held(tx):
        if pair == [row.absent_id, row.stand_in_id]:
            lapses.lapse(tx, library, task_id)
    return {"absence": absence_id}


def _person(tx: Transaction, person_id: str) -> Actor:
    found = people.actor(tx, person_id)
    if found is None:
        raise NotFoundError(
            f"没有人员{person_id:.64}, 或其账号已停用。请另选他人。",
            f"there is no person {person_id:.64}, or the account is closed; choose somebody else.",
        )
    return found


def _require_pair(tx: Transaction, absent: Actor, stand_in: Actor) -> None:
    if not absent.roles & LENT_ROLES:
        raise InvalidError(
            f"{absent.name}没有可由他人代理的角色: 申报人、专家和管理员须由本人办理。",
            f"{absent.name} has no role that somebody else can act in: candidates, experts and administrators act in person.",
        )
    if stand_in.id == absent.id or not _are_colleagues(absent, stand_in):
        raise InvalidError(
            f"{stand_in.name}不能代理{absent.name}: 代理人应为同一单位的另一名工作人员。请另选他人。",
            f"{stand_in.name} cannot stand in for {absent.name}: it takes another member of the same employer's staff. Choose "
            "somebody else.",
        )
    if tx.actor.id == stand_in.id:
        raise InvalidError(
            "不能为他人安排由您本人代理, 请由其本人或其他负责人安排。",
            "nobody makes themselves somebody's stand-in: the absent person, or another head, arranges it.",
        )


def _are_colleagues(absent: Actor, stand_in: Actor) -> bool:
    """Of one employer; the centre and the bureau have none, so there it takes a role in common."""
    is_staff = bool(stand_in.roles & LENT_ROLES) and not stand_in.roles & ADMINISTRATORS
    shares = absent.employer_id is not None or bool(absent.roles & stand_in.roles & LENT_ROLES)
    return is_staff and shares and stand_in.employer_id == absent.employer_id


def _require_days(tx: Transaction, from_on: date, until_on: date) -> None:
    if not _today(tx) <= until_on or not from_on <= until_on <= from_on + LONGEST:
        raise InvalidError(
            f"代理日期应从开始到结束, 不早于今天, 最长{LONGEST.days}天, 现为{from_on}至{until_on}。",
            f"the days run from a first to a last one, not before today and at most {LONGEST.days} days, found {from_on} to "
            f"{until_on}.",
        )


def _require_processes(tx: Transaction, library: Library, processes: Sequence[str]) -> None:
    unknown = set(processes) - {process for process, _ in process_names(tx, library)}
    if unknown:
        names = ", ".join(sorted(unknown))[:200]
        raise InvalidError(f"没有流程{names}。请从列表中选择。", f"there is no process {names}; choose from the list.")


def _require_first(tx: Transaction, absent: Actor, stand_in: Actor, wanted: Arrangement) -> None:
    same = (absence.c.absent_id == absent.id, absence.c.stand_in_id == stand_in.id, absence.c.ended_at.is_(None))
    overlapping = (absence.c.from_on <= wanted.until_on, absence.c.until_on >= wanted.from_on)
    found: Row[Any] | None = tx.session.execute(select(absence).where(*same, *overlapping).limit(1)).first()
    if found is not None:
        raise ConflictError(
            f"{stand_in.name}在{found.from_on}至{found.until_on}已代理{absent.name}。请先结束原安排。",
            f"{stand_in.name} stands in for {absent.name} from {found.from_on} to {found.until_on} already; end that first.",
        )


def _tell(tx: Transaction, key: str, values: dict[str, Any], zh: str, en: str) -> None:
    told = {values["absent_id"], values["stand_in_id"]} - {tx.actor.id}
    tell(tx, sorted(told), f"absence/{key}", "absence", Text(zh, en))


def _today(tx: Transaction) -> date:
    return tx.now.astimezone(SHANGHAI).date()
