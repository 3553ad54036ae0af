"""The web application: rooms put together, headers that hold for every page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, request, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from api import errors, words
from api.accounts import keeping, oidc, own, sign_in
from api.inbox import (
    agenda,
    bulk,
    drafting,
    inbox,
    instances,
    meeting,
    mine,
    notice_settings,
    notices,
    numbers,
    papers,
    people,
    rectifying,
    regulation,
    setting_off,
    showing,
    starting,
    task,
    verbs,
)
from api.operations import calendars, clock, comparing, deployments, hooks, incidents, proposals, timers, undelivered
from api.people import absences, permissions
from api.registers import registers
from api.request import actor_or_none, csrf, engine, language
from api.rest import rest
from api.rooms import rooms_of
from api.throttle import Calls
from forms.text import Text

if TYPE_CHECKING:
    from flask import Response

    from api.configuration import Configuration
    from engine import Engine

MAX_UPLOAD = 25_000_000
_MODULES = Path(__file__).parent.parent / "node_modules"
# Ready-made files of the locked npm packages, and nothing else of them.
VENDOR = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "bootstrap.css": "bootstrap/dist/css/bootstrap.min.css",
    "bpmn-navigated-viewer.js": "bpmn-js/dist/bpmn-navigated-viewer.production.min.js",
    "diagram-js.css": "bpmn-js/dist/assets/diagram-js.css",
    "bpmn-js.css": "bpmn-js/dist/assets/bpmn-js.css",
    "bpmn.css": "bpmn-js/dist/assets/bpmn-font/css/bpmn.css",
    "font/bpmn.woff2": "bpmn-js/dist/assets/bpmn-font/font/bpmn.woff2",
}
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
}
_HSTS = "max-age=31536000"
# The same for everybody, with nothing of anybody in it.
_SHARED = frozenset({"static", "vendor"})


def create_app(engine_: Engine, configuration: Configuration) -> Flask:
    """A Flask application over one engine."""
    app = Flask(__name__)
    over_https = configuration.https and not configuration.sandbox
    app.secret_key = configuration.secret_key
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_UPLOAD,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        MAX_FORM_PARTS=5_000,
        # Over HTTPS no other host of the domain and no page without HTTPS can plant one (`__Host-`).
        SESSION_COOKIE_NAME="__Host-pingpin" if over_https else "pingpin",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=over_https,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["pingpin"] = engine_
    app.extensions["pingpin.configuration"] = configuration
    app.extensions["pingpin.calls"] = Calls(engine_, configuration.api_calls_per_minute)
    if configuration.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=configuration.proxies, x_proto=configuration.proxies)  # type: ignore[method-assign]
    oidc.install(app, configuration.provider)
    for room in (
        people.pages,
        sign_in.pages,
        oidc.pages,
        own.pages,
        keeping.pages,
        inbox.pages,
        bulk.pages,
        task.pages,
        agenda.pages,
        notices.pages,
        notice_settings.pages,
        drafting.pages,
        numbers.pages,
        rectifying.pages,
        papers.pages,
        mine.pages,
        meeting.pages,
        verbs.pages,
        instances.pages,
        starting.pages,
        setting_off.pages,
        regulation.pages,
        deployments.pages,
        comparing.pages,
        proposals.pages,
        calendars.pages,
        incidents.pages,
        hooks.pages,
        timers.pages,
        undelivered.pages,
        registers.pages,
        absences.pages,
        permissions.pages,
        clock.pages,
        rest.api,
    ):
        app.register_blueprint(room)
    app.add_url_rule("/vendor/<path:name>", "vendor", _vendor)
    app.context_processor(_context)
    app.before_request(_refuse_nul)
    app.after_request(_headers)
    errors.install(app)
    return app


def _refuse_nul() -> None:
    """No id or name of ours has one, and PostgreSQL refuses it in the middle of a query; the API says what is wrong itself."""
    asked = (request.path, request.args.get("after", ""), request.args.get("process", ""))
    if not request.path.startswith("/api/") and any("\x00" in one for one in asked):
        raise NotFound


def _vendor(name: str) -> Response:
    if name not in VENDOR:
        raise NotFound
    response = send_from_directory(_MODULES, VENDOR[name])
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", _HSTS)
    if request.endpoint not in _SHARED and not response.cache_control.no_store:
        response.headers["Cache-Control"] = "no-store"
    return response


def _context() -> dict[str, Any]:
    """What the layout wants (see api/templates/layout.html)."""
    chosen, actor = language(), actor_or_none()

    def t(zh: str, en: str) -> str:
        return zh if chosen == "zh" else en

    def tx(text: Any) -> str:
        return (
            text.pick(chosen) if isinstance(text, Text) else text[chosen] if isinstance(text, dict) else str(text or "")
        )

    return {
        "language": chosen,
        "t": t,
        "tx": tx,
        "words": words,
        "showing": showing,
        "now": engine().clock.now,
        "drawn": lambda drawing: comparing.drawn(drawing, chosen),
        "letters": request.cookies.get("letters", ""),
        "theme": request.cookies.get("theme", ""),
        "nav": rooms_of(actor) if actor else [],
        "person": people.shown(actor) if actor else None,
        "sandbox": clock.shown(),
        "me": actor.id if actor else None,
        "csrf": csrf(),
        "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
    }
