"""The sandbox's clock: shown on every page, moved by two buttons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request

from api import words
from api.request import actor_or_none, check_csrf, configuration, engine, language, local_address, require_sandbox
from engine.clock import SHANGHAI
from engine.errors import InvalidError
from engine.permissions import SYSTEM, Actor, Role
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

pages = Blueprint("clock", __name__, url_prefix="/sandbox/clock")

_VISITOR = Actor("visitor", "访客", roles=frozenset({Role.OWNER}))
_OPENING = 9
_FARTHEST = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """The virtual clock as the banner shows it."""

    today: Text
    next_timer: Text | None


def shown() -> Shown | None:
    """None outside the sandbox."""
    if not configuration().sandbox:
        return None
    upcoming = engine().next_timer(SYSTEM)
    return Shown(words.moment(engine().clock.now()), words.moment(upcoming) if upcoming else None)


@pages.post("")
def move() -> Response:
    """To the next working day at nine, or to the next timer; timers on the way fire in order."""
    require_sandbox()
    check_csrf()
    to = _next_timer() if request.form.get("to") == "next-timer" else _next_working_day()
    engine().move_clock(actor_or_none() or _VISITOR, to)
    shown = words.moment(to)
    flash(Text(f"时钟已移到{shown.zh}。", f"The clock now stands at {shown.en}.").pick(language()), "done")
    return redirect(local_address(request.form.get("next", "/")), 303)


def _next_timer() -> datetime:
    upcoming = engine().next_timer(SYSTEM)
    if upcoming is None:
        raise InvalidError(
            "没有等待中的定时。请先办理待办。", "no timer is waiting; complete what is to be done first."
        )
    return upcoming


def _next_working_day() -> datetime:
    day = engine().clock.now().astimezone(SHANGHAI).replace(hour=_OPENING, minute=0, second=0, microsecond=0)
    for _ in range(_FARTHEST):
        day += timedelta(days=1)
        if engine().is_working_day(day.date()):
            return day
    raise InvalidError(
        "官方日历中没有已知的下一个工作日。请改为移到下一个定时。",
        "the official calendar knows no next working day; move to the next timer.",
    )
