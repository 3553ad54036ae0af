"""The engine, actor and language of a request: the only place that knows where they come from."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, cast

from flask import abort, current_app, g, request, session

from engine.errors import PingpinError
from engine.queries.sessions import Caller, Visit
from engine.signing_in import Origin

if TYPE_CHECKING:
    from api.configuration import Configuration
    from api.throttle import Calls
    from engine import Engine
    from engine.permissions import Actor
    from forms.text import Language


class SignInRequiredError(PingpinError):
    """Nobody is signed in; pages lead to the sign-in page, REST answers 401."""

    def __init__(self) -> None:
        super().__init__("请先登录。", "Please sign in first.")


class StaleFormError(PingpinError):
    """A page's token does not fit the session: the page is older than the sign-in, or comes from elsewhere."""

    def __init__(self) -> None:
        super().__init__(
            "页面已过期, 未作任何更改。请刷新后重试。",
            "The page is out of date; nothing was changed. Reload it and try again.",
        )


def engine() -> Engine:
    return cast("Engine", current_app.extensions["pingpin"])


def configuration() -> Configuration:
    return cast("Configuration", current_app.extensions["pingpin.configuration"])


def actor() -> Actor:
    """Who is signed in on a page; read anew for each request, so that a revoked role counts at once."""
    found = actor_or_none()
    if found is None:
        raise SignInRequiredError
    return found


def actor_or_none() -> Actor | None:
    return visit().actor


def visit() -> Visit:
    """The session of the cookie, read once a request; a cookie whose session is over says why."""
    if "visit" not in g:
        secret = session.get("session")
        g.visit, goes_on = engine().accounts.visit(str(secret)) if secret else (Visit(), None)
        if goes_on != secret:
            session["session"] = goes_on
    return cast("Visit", g.visit)


def token_actor() -> Actor:
    """Who calls the REST API: by Bearer token only, never by a page's cookie; not more often than is good for all."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    found: Caller | None = engine().accounts.caller(token.strip()) if kind.lower() == "bearer" else None
    calls = cast("Calls", current_app.extensions["pingpin.calls"])
    calls.take(f"token:{found.token_id}" if found else f"calls:{origin().address}", found.token_id if found else None)
    if found is None:
        raise SignInRequiredError
    return found.actor


def sign_in(secret: str) -> None:
    """The cookie of a session that has just begun. Nothing that was in the old cookie goes on.

    But the forms that the same person has open in this browser: they were asked to sign in again while they wrote.
    """
    before, kept = session.get("person"), csrf()
    session.clear()
    g.pop("visit", None)
    session["session"] = secret
    person = actor().id
    session.update(person=person, csrf=kept if person == before else secrets.token_urlsafe(32))


def session_secret() -> str | None:
    """What the cookie holds, be it worth something or not."""
    return session.get("session")


def origin() -> Origin:
    return Origin(request.remote_addr or "", request.headers.get("User-Agent", ""))


def csrf() -> str:
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(32)
    return cast("str", session["csrf"])


def check_csrf() -> None:
    """Every page's POST carries its session's token."""
    if not hmac.compare_digest(request.form.get("_csrf", ""), csrf()):
        raise StaleFormError


def language() -> Language:
    """The cookie decides; Chinese is the first language."""
    return "en" if request.cookies.get("language") == "en" else "zh"


def local_address(text: str) -> str:
    """An address within this site, for the way back; anything else becomes the first page.

    Browsers drop tabs and line ends, so that `/<tab>/elsewhere` would lead elsewhere.
    """
    return text if text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() else "/"


def require_sandbox() -> None:
    """Some pages exist in a sandbox only."""
    if not configuration().sandbox:
        abort(404)
