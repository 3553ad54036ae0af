"""The calendars page: which years are known, import a file, confirm somebody else's, decide about earlier ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.request import actor, check_csrf, engine, language
from engine.errors import InvalidError
from engine.permissions import Act, may
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

pages = Blueprint("calendars", __name__, url_prefix="/calendars")


@pages.get("")
def show() -> str:
    return _page()


@pages.get("/<int:year>")
def year(year: int) -> str:
    return render_template("calendars_year.html", detail=engine().calendar_year(actor(), year), room="calendars")


@pages.post("")
def upload() -> Response | tuple[str, int]:
    """Kept until a second person confirms it; a file that is wrong is shown with every mistake."""
    check_csrf()
    try:
        done = engine().import_calendar(actor(), _uploaded())
    except InvalidError as error:
        return _page(error.text), 422
    if done["new"]:
        return _back(
            f"已导入{done['year']}年日历, 待另一人确认后生效。",
            f"{done['year']} is imported; it counts once somebody else has confirmed it.",
        )
    return _back("这个文件已导入过, 未重复导入。", "This file is there already; it was not imported twice.")


@pages.post("/imports/<int:version_id>")
def confirm(version_id: int) -> Response:
    check_csrf()
    done = engine().confirm_calendar(actor(), version_id)
    return _back(
        f"{done['year']}年日历已生效, 未结束的计时已按新日历重新计算。",
        f"The calendar of {done['year']} counts from now on; open windows are counted anew.",
    )


@pages.post("/recounts/<int:recount_id>")
def decide(recount_id: int) -> Response | tuple[str, int]:
    check_csrf()
    accepts = request.form.get("how") == "accept"
    try:
        engine().decide_recount(actor(), recount_id, request.form.get("reason", ""), accepts=accepts)
    except InvalidError as error:
        return _page(error.text), 422
    return _back("已记录您的决定。", "Your decision is recorded.")


def _uploaded() -> bytes:
    file = request.files.get("calendar")
    if file is None or not file.filename:
        raise InvalidError("没有选择文件。请选择日历文件(YAML)。", "no file was chosen; choose a calendar file (YAML).")
    return file.stream.read()


def _back(zh: str, en: str) -> Response:
    flash(Text(zh, en).pick(language()), "done")
    return redirect(url_for("calendars.show"), 303)


def _page(problem: Text | None = None) -> str:
    who = actor()
    return render_template(
        "calendars.html",
        register=engine().calendars(who),
        problem=problem,
        may_import=may(who, Act.IMPORT_CALENDAR),
        may_confirm=may(who, Act.CONFIRM_CALENDAR),
        may_decide=may(who, Act.DECIDE_RECOUNT),
        me=who.id,
        room="calendars",
    )
