"""What a person may set off in a matter at any time: a withdrawal, a correction of a posting."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.inbox import drafting
from api.request import actor, check_csrf, engine, language
from engine.places import of_offer
from forms import FormError, edit_rows, read_html
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from engine.queries.drafts import Kept
    from engine.queries.instances import OfferForm

pages = Blueprint("setting_off", __name__, url_prefix="/instances/<instance_id>/set-off")


@pages.get("/<element>")
def show(instance_id: str, element: str) -> str:
    asked = engine().offer_form(actor(), instance_id, element, {})
    kept, typed = drafting.restored(of_offer(instance_id, element), asked.form)
    return _page(instance_id, element, typed, None, kept)


@pages.post("/<element>/refresh")
def refresh(instance_id: str, element: str) -> str:
    check_csrf()
    asked = engine().offer_form(actor(), instance_id, element, {})
    typed = _typed(asked)
    for button in request.form:
        if asked.form is not None and button.startswith(("add:", "remove:")):
            typed = edit_rows(typed, button, asked.form)
    return _page(instance_id, element, typed, None)


@pages.post("/<element>")
def set_off(instance_id: str, element: str) -> str | tuple[str, int] | Response:
    """Back to the matter; its key guards against a double click."""
    check_csrf()
    key = request.form.get("_once") or None
    asked = engine().offer_form(actor(), instance_id, element, {})
    typed = _typed(asked)
    try:
        engine().set_off(actor(), instance_id, element, typed, idempotency_key=key)
    except FormError as error:
        drafting.keep()
        return _page(instance_id, element, typed, error.fields), 422
    flash(Text(f"已办理: {asked.name.zh}", f"Done: {asked.name.en}").pick(language()), "done")
    return redirect(url_for("instances.show", instance_id=instance_id), 303)


def _typed(asked: OfferForm) -> dict[str, Any]:
    return read_html(request.form.items(multi=True), asked.form) if asked.form is not None else {}


def _page(
    instance_id: str,
    element: str,
    typed: Mapping[str, Any],
    errors: Mapping[str, Text] | None,
    kept: Kept | None = None,
) -> str:
    asked = engine().offer_form(actor(), instance_id, element, typed, errors)
    once = request.form.get("_once") or secrets.token_urlsafe(16)
    note = drafting.note_of(of_offer(instance_id, element))
    return render_template("set_off.html", asked=asked, once=once, kept=kept, draft_note=note, room="rounds")
