"""What is kept about oneself: to read, to take along as JSON, to have corrected."""

from __future__ import annotations

import dataclasses
import json
import secrets
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from api.request import actor, check_csrf, engine, language
from engine.errors import PingpinError
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as Answer

pages = Blueprint("mine", __name__)


@pages.get("/mine")
def show() -> str:
    return render_template(
        "mine.html", mine=engine().papers.my_data(actor()), typed="", once=secrets.token_urlsafe(16), room="mine"
    )


@pages.get("/mine.json")
def export() -> Response:
    """Everything that the page shows, and what was entered in each matter."""
    content = json.dumps(
        dataclasses.asdict(engine().papers.my_data(actor())), default=_plain, ensure_ascii=False, indent=1
    )
    headers = {"Content-Disposition": "attachment; filename=my-data.json", "Cache-Control": "private, no-store"}
    return Response(content, mimetype="application/json", headers=headers)


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


@pages.post("/mine/correction")
def ask_correction() -> Answer | tuple[str, int]:
    """To HR by a notice; the words stand in the matter."""
    check_csrf()
    text, matter = request.form.get("text", ""), request.form.get("matter", "")
    try:
        engine().papers.ask_correction(actor(), matter, text, idempotency_key=request.form.get("_once") or None)
    except PingpinError as error:
        flash(error.text.pick(language()), "error")
        once = secrets.token_urlsafe(16)
        mine = engine().papers.my_data(actor())
        return render_template("mine.html", mine=mine, typed=text, once=once, room="mine"), 422
    flash(
        Text("已告知人事部门，答复见该事项的留言。", "HR has been told; the answer will stand in the comments.").pick(
            language()
        ),
        "done",
    )
    return redirect(url_for("mine.show"), 303)
