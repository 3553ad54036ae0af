"""The engine, actor and language of a request: the only place that knows where they come from."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, cast

from flask import abort, current_app, g, request, session

from engine.errors import PingpinError

if TYPE_CHECKING:
    from api.configuration import Configuration
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
    if "actor" not in g:
        person = session.get("person")
        g.actor = engine().actor(person) if person else None
    return cast("Actor | None", g.actor)


def token_actor() -> Actor:
    """Who calls the REST API: by Bearer token only, never by a page's cookie."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    found = engine().actor_by_token(token.strip()) if kind.lower() == "bearer" else None
    if found is None:
        raise SignInRequiredError
    return found


def sign_in(person_id: str) -> None:
    """A new session, whatever was in the old one."""
    session.clear()
    session["person"] = person_id
    session["csrf"] = secrets.token_urlsafe(32)


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
    """An address within this site, for the way back; anything else becomes the first page."""
    return text if text.startswith("/") and not text.startswith(("//", "/\\")) else "/"


def require_sandbox() -> None:
    """Some pages exist in a sandbox only."""
    if not configuration().sandbox:
        abort(404)
