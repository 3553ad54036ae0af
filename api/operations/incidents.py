"""Incidents: what could not be done by itself, with its cause and the button that tries again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for

from api.request import actor, check_csrf, engine, language
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

pages = Blueprint("incidents", __name__, url_prefix="/incidents")


@pages.get("")
def show() -> str:
    return render_template("incidents.html", lines=engine().incidents(actor()), room="incidents")


@pages.post("/<incident_id>/retry")
def retry(incident_id: str) -> Response:
    check_csrf()
    engine().retry(actor(), incident_id)
    flash(
        Text(
            "已重新处理。如仍不成功, 会再次列在这里。", "Tried again. If it fails once more, it will be listed here."
        ).pick(language()),
        "done",
    )
    return redirect(url_for("incidents.show"), 303)
