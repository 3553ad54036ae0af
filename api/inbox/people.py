"""The first page, who is signed in as the top bar names them, and how pages look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for

from api.request import actor_or_none, configuration, engine, local_address
from engine.permissions import ROLE_WORDS
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from engine.permissions import Actor
    from engine.queries.people import PersonLine

pages = Blueprint("people", __name__)

ROLES = {role.value: Text(*words) for role, words in ROLE_WORDS.items()}
_SWITCHES = {"language": {"zh", "en"}, "letters": {"normal", "large", "larger"}, "theme": {"", "light", "dark"}}


@dataclass(frozen=True, slots=True)
class Shown:
    """The person as the top bar names them."""

    name: str
    roles: Text
    standing_in_for: str | None = None


def shown(actor: Actor) -> Shown:
    known = [ROLES[role] for role in sorted(actor.roles) if role in ROLES]
    return Shown(actor.name, Text("、".join(role.zh for role in known), ", ".join(role.en for role in known)))


@pages.get("/")
def first_page() -> str | Response:
    """The inbox; in the sandbox, what a newcomer does next."""
    if configuration().sandbox:
        people: dict[str, list[PersonLine]] = {}
        for one in engine().people():
            people.setdefault(one.employer_name or "", []).append(one)
        return render_template("guide.html", guide=engine().guide(), people=people, roles=ROLES, room="guide")
    return redirect(url_for("inbox.show" if actor_or_none() else "sign_in.show"))


@pages.get("/<any(language, letters, theme):what>")
def switch(what: str) -> Response:
    """A choice of how pages look, kept in a cookie."""
    chosen = request.args.get("to", "")
    response = redirect(local_address(request.args.get("next", "/")), 303)
    if chosen in _SWITCHES[what]:
        response.set_cookie(what, chosen, max_age=365 * 24 * 3600, samesite="Lax")
    return response
