"""What hangs on a matter, on pages: files, comments, copies."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, send_file

from api.inbox import drafting
from api.request import actor, check_csrf, engine, language
from engine.errors import PingpinError
from engine.files import Handed
from engine.places import place_of
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response as Page
    from werkzeug.wrappers import Response

    from engine.files import File
    from engine.places import Place

pages = Blueprint("papers", __name__)

# Whatever is in a file: it is no page of ours.
_ALONE = "default-src 'none'; sandbox"
_PICTURES = frozenset({"image/png", "image/jpeg"})


def handed() -> list[Handed]:
    """The files that came with a form; a field that was left empty is none."""
    about, for_staff = request.form.get("_about", ""), request.form.get("_for_staff") == "true"
    chosen = [one for one in request.files.getlist("_file") if one.filename]
    return [Handed(one.filename or "", one.read(), about, for_staff) for one in chosen]


def take_files(place: Place) -> None:
    """The files that were chosen beside a form and not handed in before it was sent."""
    if chosen := handed():
        engine().papers.attach(actor(), place, chosen, idempotency_key=_key_of(chosen))


def _key_of(chosen: list[Handed]) -> str | None:
    """The same files from the same page are handed in once; other files from it, after a refusal, are others."""
    seen = hashlib.sha256(b"".join(hashlib.sha256(one.content).digest() for one in chosen)).hexdigest()
    once = _once()
    return f"{once[:100]}-{seen}" if once else None


@pages.post("/files")
def attach() -> Response:
    """Back to where they were chosen, with everything typed there."""
    check_csrf()
    place = place_of(request.form.get("_place", ""))
    drafting.keep()
    chosen = handed()
    return _back(
        drafting.address_of(place),
        lambda: engine().papers.attach(actor(), place, chosen, idempotency_key=_key_of(chosen)),
        Text("材料已上传。", "The files are handed in."),
    )


@pages.get("/files/<attachment_id>")
def download(attachment_id: str) -> Response:
    return served(engine().papers.read_attachment(actor(), attachment_id), inline="inline" in request.args)


def served(file: File, *, inline: bool = False) -> Page:
    """To be saved, never shown as a page; a picture may stand within a page of ours."""
    shown = inline and file.type in _PICTURES
    response = send_file(
        io.BytesIO(file.content), mimetype=file.type, as_attachment=not shown, download_name=file.name, etag=False
    )
    response.headers["Content-Security-Policy"] = _ALONE
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@pages.post("/files/<attachment_id>/strike")
def strike(attachment_id: str) -> Response:
    check_csrf()
    place = place_of(request.form.get("_place", ""))
    drafting.keep()
    reason = request.form.get("_reason", "")
    return _back(
        drafting.address_of(place),
        lambda: engine().papers.strike_attachment(actor(), attachment_id, reason, idempotency_key=_once()),
        Text("已撤下该材料。", "The file does not count any more."),
    )


@pages.post("/instances/<instance_id>/comments")
def comment(instance_id: str) -> Response:
    check_csrf()
    text, for_all = request.form.get("text", ""), request.form.get("for_all") == "true"
    return _back(
        f"/instances/{instance_id}",
        lambda: engine().papers.comment(actor(), instance_id, text, for_all=for_all, idempotency_key=_once()),
        Text("已留言。", "Your comment is kept."),
    )


@pages.post("/comments/<comment_id>/strike")
def strike_comment(comment_id: str) -> Response:
    check_csrf()
    place, reason = place_of(request.form.get("_place", "")), request.form.get("reason", "")
    return _back(
        drafting.address_of(place),
        lambda: engine().papers.strike_comment(actor(), comment_id, reason, idempotency_key=_once()),
        Text("已划去。", "Struck."),
    )


@pages.post("/instances/<instance_id>/copies")
def send_copies(instance_id: str) -> Response:
    check_csrf()
    to, words = request.form.getlist("person"), request.form.get("note", "")
    return _back(
        f"/instances/{instance_id}",
        lambda: engine().papers.send_copies(actor(), instance_id, to, words, idempotency_key=_once()),
        Text("已抄送。", "Sent."),
    )


def _back(address: str, act: Callable[[], object], done: Text) -> Response:
    """To the page that it was asked on (`_back` where the form says so), with what was done or why not."""
    wanted = request.form.get("_back", "")
    try:
        act()
        flash(done.pick(language()), "done")
    except PingpinError as error:
        flash(error.text.pick(language()), "error")
    return redirect(drafting.address_of(place_of(wanted)) if wanted else address, 303)


def _once() -> str | None:
    return request.form.get("_once") or None
