"""What one was told, page by page; and urging somebody from a matter's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.request import actor, check_csrf, engine, language
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

pages = Blueprint("notices", __name__)

_SHOWN = 30
# More than any id that there is, and within what a database takes.
_DIGITS = 10


@pages.get("/notices")
def show() -> str:
    after = request.args.get("after")
    found = engine().notices(actor(), limit=_SHOWN + 1, after=after)
    shown = found[:_SHOWN]
    return render_template(
        "notices.html",
        notices=shown,
        further=shown[-1].id if len(found) > _SHOWN else None,
        newest=max((line.id for line in shown), default=None) if after is None else None,
        room="notices",
    )


@pages.post("/notices/read")
def read() -> Response:
    """Up to the newest that the page showed: what came meanwhile stays unread."""
    check_csrf()
    until = request.form.get("until", "")
    engine().read_notices(actor(), int(until) if until.isascii() and until.isdigit() and len(until) < _DIGITS else None)
    return redirect(url_for("notices.show"), 303)


@pages.post("/tasks/<task_id>/urge")
def urge(task_id: str) -> Response:
    """Back to the matter."""
    check_csrf()
    done = engine().urge(
        actor(), task_id, request.form.get("words", ""), idempotency_key=request.form.get("_once") or None
    )
    said = Text(f"已催办，这是第{done['number']}次。", f"Urged (no. {done['number']}).")
    flash(said.pick(language()), "done")
    return redirect(url_for("instances.show", instance_id=done["instance"]), 303)
