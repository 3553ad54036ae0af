"""All coming timers, for administrators: filtered, page by page; one with its arithmetic, fired early or postponed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.errors import status_of
from api.request import actor, check_csrf, engine, language
from engine.clock import SHANGHAI
from engine.errors import ConflictError, InvalidError
from engine.queries.timers import COMING, LIMIT, STATES
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

pages = Blueprint("timers", __name__, url_prefix="/timers")


@pages.get("")
def show() -> str:
    """The filter stays in the address."""
    asked = {name: request.args.get(name, "") for name in ("state", "process", "after")}
    asked["state"] = asked["state"] or COMING
    found = engine().timers(
        actor(),
        state=asked["state"],
        process=asked["process"] or None,
        limit=LIMIT + 1,
        after=asked["after"] or None,
    )
    return render_template(
        "timers.html",
        lines=found[:LIMIT],
        more=found[LIMIT - 1].id if len(found) > LIMIT else None,
        asked=asked,
        states=STATES,
        processes=engine().timer_processes(actor()),
        room="timers",
    )


@pages.get("/<timer_id>")
def one(timer_id: str) -> str:
    return _page(timer_id)


@pages.post("/<timer_id>/fire")
def fire(timer_id: str) -> Response | tuple[str, int]:
    check_csrf()
    try:
        engine().fire_timer(actor(), timer_id, request.form.get("reason", ""))
    except (InvalidError, ConflictError) as error:
        return _page(timer_id, error.text), status_of(error)[0]
    return _back("已触发, 理由已记入办理记录。", "It has fired; the reason stands in the history.")


@pages.post("/<timer_id>/postpone")
def postpone(timer_id: str) -> Response | tuple[str, int]:
    check_csrf()
    try:
        engine().postpone_timer(actor(), timer_id, _moment(), request.form.get("reason", ""))
    except (InvalidError, ConflictError) as error:
        return _page(timer_id, error.text), status_of(error)[0]
    return _back(
        "已延期, 原期限、新期限和理由已记入办理记录。",
        "It is postponed; both moments and the reason stand in the history.",
    )


def _moment() -> datetime:
    """As the page asks for it: a day and a time in Shanghai."""
    try:
        found = datetime.fromisoformat(request.form.get("to", ""))
    except ValueError as error:
        raise InvalidError(
            "请填写新的期限: 日期和时间, 如2025-07-08 17:30。",
            "enter the new moment: a day and a time, such as 2025-07-08 17:30.",
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _back(zh: str, en: str) -> Response:
    flash(Text(zh, en).pick(language()), "done")
    return redirect(url_for("timers.show"), 303)


def _page(timer_id: str, problem: Text | None = None) -> str:
    typed = {name: request.form.get(name, "") for name in ("to", "reason")}
    act = request.path.rpartition("/")[2] if request.method == "POST" else None
    detail = engine().timer(actor(), timer_id)
    return render_template("timer.html", detail=detail, typed=typed, act=act, problem=problem, room="timers")
