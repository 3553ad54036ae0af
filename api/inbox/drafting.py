"""Drafts of forms: kept by a button, by the page itself while somebody writes, and whenever a form that was sent is refused.

A page bears a signed note of whose it is and which form; what was typed on it is kept for that person by it, even when
the session has ended meanwhile or the form belongs to a colleague by now. It lets nobody read or do anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from api import words
from api.request import actor, check_csrf, engine, language
from engine.errors import PingpinError
from engine.places import Place, place_of
from forms import read_html
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from engine.permissions import Actor
    from engine.queries.drafts import Kept
    from forms import Form

pages = Blueprint("drafting", __name__)

_A_WEEK = 7 * 24 * 60 * 60


def note_of(place: Place, revision: int | None = None) -> str:
    """What a page's form sends as `_draft`."""
    return str(_signer().dumps([actor().id, str(place), revision]))


def restored(place: Place, form: Form | None) -> tuple[Kept | None, Mapping[str, Any]]:
    """What the actor had typed here, and as the form reads it."""
    kept = engine().papers.draft_at(actor(), place)
    return (kept, read_html(kept.typed, form)) if kept and form is not None else (None, {})


def keep() -> Place | None:
    """Keep what this request's form says; none where it is no form of ours, or there is nothing to keep."""
    found = _whose()
    if found is None:
        return None
    author, place, revision = found
    typed = [
        (name, value) for name, value in request.form.items(multi=True) if not name.startswith(("_", "add:", "remove:"))
    ]
    try:
        return place if engine().papers.save_draft(author, place, typed, revision) else None
    except PingpinError:
        return None  # what it was refused for before is said; a draft is an extra


def _whose() -> tuple[Actor, Place, int | None] | None:
    try:
        person, place, revision = _signer().loads(request.form.get("_draft", ""), max_age=_A_WEEK)
    except (BadData, ValueError):
        return None
    author = engine().actor(person)
    return (author, place_of(place), revision) if author else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="draft")


def address_of(place: Place) -> str:
    """The page of a form, or of a matter."""
    first, second = quote(place.first, safe=""), quote(place.second, safe="")
    return {
        "task": f"/tasks/{first}",
        "start": f"/start/{first}" + (f"?parent={second}" if second else ""),
        "set-off": f"/instances/{first}/set-off/{second}",
        "matter": f"/instances/{first}",
    }[place.kind]


@pages.post("/drafts")
def save() -> str | Response | tuple[str, int]:
    """Asked by the page itself: a sentence. By the button: back to the form. The note stands in for the session's token."""
    place = keep()
    if "HX-Request" in request.headers or place is None:
        return _said(place)
    flash(Text("草稿已保存，只有您本人能看到。", "Draft kept; nobody but you sees it.").pick(language()), "done")
    return redirect(address_of(place), 303)


def _said(place: Place | None) -> str | tuple[str, int]:
    if place is None:
        return Text("没有需要保存的内容", "nothing to keep").pick(language()), 200
    now = words.moment(engine().clock.now())
    return Text(f"草稿已保存 {now.zh}", f"draft kept {now.en}").pick(language())


@pages.get("/drafts")
def listed() -> str:
    return render_template("drafts.html", drafts=engine().papers.drafts(actor()), address_of=address_of, room="inbox")


@pages.get("/drafts/<draft_id>")
def show(draft_id: str) -> str:
    """To read and copy from, whatever has become of the form."""
    found = engine().papers.draft(actor(), draft_id)
    return render_template("draft.html", draft=found, address_of=address_of, room="inbox")


@pages.post("/drafts/<draft_id>/discard")
def discard(draft_id: str) -> Response:
    check_csrf()
    # In the list stands one that does not open, too.
    mine = {one.id: one for one in engine().papers.drafts(actor())}
    found = mine.get(draft_id) or engine().papers.draft(actor(), draft_id).line
    engine().papers.discard_draft(actor(), draft_id)
    flash(Text("草稿已放弃。", "The draft is gone.").pick(language()), "done")
    return redirect(address_of(found.place) if found.is_open else url_for("drafting.listed"), 303)
