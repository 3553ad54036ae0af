"""Mail that was given up: to whom, about what, why; and sending it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.request import actor, check_csrf, engine, language
from engine.queries.undelivered import PAGE
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

pages = Blueprint("undelivered", __name__, url_prefix="/undelivered")
_DIGITS = 10


@pages.get("")
def show() -> str:
    text, outside = request.args.get("before", ""), engine().outside
    before = int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else None
    found = engine().outgoing.undelivered(actor(), before)
    more = found[PAGE - 1].number if len(found) > PAGE else None
    return render_template(
        "undelivered.html", room="undelivered", lines=found[:PAGE], more=more, before=before, sends_mail=outside.sends_mail,
        in_sandbox=outside.is_sandbox,
    )  # fmt: skip


@pages.post("/<batch>/again")
def send_again(batch: str) -> Response:
    check_csrf()
    engine().outgoing.send_letter_again(actor(), batch)
    said = Text(
        "将重新发送；仍未送达时会再次列在这里。", "It is sent again; if it fails for good, it is listed here anew."
    )
    flash(said.pick(language()), "done")
    return redirect(url_for("undelivered.show"), 303)
