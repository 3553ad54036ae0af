"""Substitution (代理): arranging who acts in somebody's place, and ending it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.errors import status_of
from api.request import actor, check_csrf, engine, language
from engine.arrangement import Arrangement
from engine.errors import ConflictError, InvalidError, NotFoundError
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

pages = Blueprint("absences", __name__, url_prefix="/absences")
_DAY = InvalidError("请填写代理的起止日期, 如2025-07-08。", "enter the first and the last day, such as 2025-07-08.")


@pages.get("")
def show() -> str:
    return _page()


@pages.post("")
def arrange() -> Response | tuple[str, int]:
    check_csrf()
    try:
        engine().arrange_stand_in(actor(), _wanted(), idempotency_key=request.form.get("_once") or None)
    except (InvalidError, ConflictError, NotFoundError) as error:
        return _page(error.text), status_of(error)[0]
    flash(Text("代理已安排, 双方会收到通知。", "It is arranged; both are told.").pick(language()), "done")
    return redirect(url_for("absences.show"), 303)


@pages.post("/<absence_id>/end")
def end(absence_id: str) -> Response | tuple[str, int]:
    check_csrf()
    try:
        engine().end_stand_in(actor(), absence_id, request.form.get("reason", ""))
    except (InvalidError, ConflictError) as error:
        return _page(error.text), status_of(error)[0]
    flash(Text("代理已结束。", "It is ended.").pick(language()), "done")
    return redirect(url_for("absences.show"), 303)


def _wanted() -> Arrangement:
    form = request.form
    try:
        days = date.fromisoformat(form.get("from_on", "")), date.fromisoformat(form.get("until_on", ""))
    except ValueError as error:
        raise _DAY from error
    return Arrangement(
        absent_id=form.get("absent", ""),
        stand_in_id=form.get("stand_in", ""),
        from_on=days[0],
        until_on=days[1],
        processes=tuple(form.getlist("process")),
        reason=form.get("reason", ""),
    )


def _page(problem: Text | None = None) -> str:
    typed = request.form if request.method == "POST" and not request.path.endswith("/end") else {}
    return render_template(
        "absences.html", found=engine().absences(actor()), me=actor().id, typed=typed, problem=problem, room="absences"
    )
