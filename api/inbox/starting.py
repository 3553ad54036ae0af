"""Starting a process: a round, an application."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.inbox import drafting, showing
from api.inbox.papers import take_files
from api.request import actor, check_csrf, engine, language
from engine.places import of_start
from forms import FormError, edit_rows, read_html
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from engine.queries.drafts import Kept
    from engine.queries.startable import StartForm
    from engine.starting import Preview

pages = Blueprint("starting", __name__, url_prefix="/start")


@pages.get("/<process>")
def show(process: str) -> str:
    asked = engine().start_form(actor(), process, _parent(), {})
    kept, typed = drafting.restored(of_start(process, _parent()), asked.form)
    return _page(process, typed, None, kept=kept)


@pages.post("/<process>/refresh")
def refresh(process: str) -> str:
    check_csrf()
    asked = engine().start_form(actor(), process, _parent(), {})
    typed = _typed(asked)
    for button in request.form:
        if asked.form is not None and button.startswith(("add:", "remove:")):
            typed = edit_rows(typed, button, asked.form)
    return _page(process, typed, None)


@pages.post("/<process>/check")
def check(process: str) -> str:
    """Everything that is missing, at once and without handing anything in; what was typed is kept as a draft."""
    check_csrf()
    drafting.keep()
    typed = _typed(engine().start_form(actor(), process, _parent(), {}))
    take_files(of_start(process, _parent()))
    preview = engine().papers.preview_start(actor(), process, typed, _parent())
    return _page(process, typed, preview.fields or None, preview=preview)


@pages.post("/<process>")
def start(process: str) -> str | tuple[str, int] | Response:
    """The new instance's page; its key guards against a double click."""
    check_csrf()
    typed = _typed(engine().start_form(actor(), process, _parent(), {}))
    take_files(of_start(process, _parent()))
    try:
        key = request.form.get("_once") or None
        begun = engine().start(actor(), process, typed, parent_id=_parent(), idempotency_key=key)
    except FormError as error:
        drafting.keep()
        return _page(process, typed, error.fields), 422
    flash(Text(f"已发起: {begun['key']}", f"Started: {begun['key']}").pick(language()), "done")
    return redirect(url_for("instances.show", instance_id=begun["instance"]), 303)


def _parent() -> str | None:
    return request.args.get("parent") or None


def _typed(asked: StartForm) -> dict[str, Any]:
    return read_html(request.form.items(multi=True), asked.form) if asked.form is not None else {}


def _page(
    process: str,
    typed: Mapping[str, Any],
    errors: Mapping[str, Text] | None,
    *,
    kept: Kept | None = None,
    preview: Preview | None = None,
) -> str:
    asked = engine().start_form(actor(), process, _parent(), typed, errors)
    once, place = request.form.get("_once") or secrets.token_urlsafe(16), of_start(process, _parent())
    return render_template(
        "start.html",
        asked=asked,
        parent_id=_parent(),
        once=once,
        kept=kept,
        place=place,
        draft_note=drafting.note_of(place),
        files=engine().papers.beside_start(actor(), place),
        preview=preview,
        gaps=showing.gaps(preview.findings, asked.view) if preview and asked.view else (),
        room="inbox",
    )
