"""The agenda: what is due when for whoever is signed in, and the secret address for their calendar program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from api.inbox import ics
from api.request import actor, check_csrf, configuration, engine, language
from engine.queries.agenda import GROUP, MINE
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as Answer

    from engine.queries.agenda import Entry

pages = Blueprint("agenda", __name__, url_prefix="/agenda")


@pages.get("")
def show() -> str:
    return _page()


@pages.post("/address")
def renew() -> str:
    """The address stands on this one answer, and nowhere else: not in the session, not in another page."""
    check_csrf()
    secret = engine().renew_agenda_feed(actor())
    return _page(url_for("agenda.feed", secret=secret, _external=True, _scheme=_scheme()))


@pages.post("/address/end")
def end() -> Answer:
    check_csrf()
    engine().end_agenda_feed(actor())
    said = Text("日历地址已停用。", "The calendar address has ended.")
    flash(said.pick(language()), "done")
    return redirect(url_for("agenda.show"), 303)


@pages.get("/<secret>.ics")
def feed(secret: str) -> Response:
    """For whoever holds the address; nobody is signed in here."""
    response = Response(ics.render(engine().agenda_feed(secret), _link), mimetype="text/calendar")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def place(entry: Entry) -> str:
    """The page of an entry: the task where it is the reader's to do, else its matter."""
    if entry.kind in {MINE, GROUP}:
        return url_for("task.show", task_id=entry.id)
    return url_for("instances.show", instance_id=entry.instance_id)


def _link(entry: Entry) -> str:
    return f"{_scheme()}://{request.host}{place(entry)}"


def _scheme() -> str:
    """Behind a proxy the request itself does not know."""
    settings = configuration()
    return "https" if settings.https and not settings.sandbox else request.scheme


def _page(address: str | None = None) -> str:
    return render_template("agenda.html", agenda=engine().agenda(actor()), address=address, place=place, room="agenda")
