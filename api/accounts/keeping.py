"""Other people's accounts for the security administrator, and the log of sign-ins for the audit administrator too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.accounts.words import EVENTS, HOW, SCOPES
from api.request import actor, check_csrf, configuration, engine, language, origin
from engine.errors import InvalidError
from engine.queries.accounts import PAGE, STATES
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

pages = Blueprint("accounts", __name__)

_LONGEST = 300
_DONE: Mapping[str, tuple[str, str]] = {
    "unlock": ("已解除锁定，可以立即登录。", "Unlocked: they may sign in at once."),
    "close": ("账号已停用，该人员的登录全部结束。", "The account is closed; every session of it is over."),
    "open": ("账号已启用。", "The account is open again."),
    "end-sessions": ("该人员的登录已全部结束。", "Every session of theirs is over."),
    "link": ("已关联统一身份。", "The identity is linked."),
    "unlink": ("已取消统一身份关联。", "The identity is no longer linked."),
    "revoke-token": ("接口密钥已停用。", "The token is revoked."),
}


@pages.get("/accounts")
def show() -> str:
    words, after = _asked(request.args, "q"), _asked(request.args, "after")
    state = request.args.get("state", "")
    state = state if state in STATES else "all"
    found = engine().accounts.accounts(actor(), words, state, after)
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return render_template(
        "accounts.html", room="accounts", lines=found[:PAGE], more=more, asked={"q": words, "state": state, "after": after},
        states=STATES,
    )  # fmt: skip


@pages.get("/accounts/<person_id>")
def account(person_id: str) -> str:
    return _page(person_id)


@pages.post("/accounts/<person_id>/reset-link")
def reset_link(person_id: str) -> str:
    """The link stands on this one answer, and nowhere else."""
    check_csrf()
    secret = engine().accounts.make_reset_link(actor(), person_id, origin())
    settings = configuration()
    scheme = "https" if settings.https and not settings.sandbox else request.scheme
    return _page(person_id, link=url_for("sign_in.reset", secret=secret, _external=True, _scheme=scheme))


@pages.post("/accounts/<person_id>/<any('unlock','close','open','end-sessions','link','unlink','revoke-token'):what>")
def keep(person_id: str, what: str) -> Response:
    check_csrf()
    _do(person_id, what)
    flash(Text(*_DONE[what]).pick(language()), "done")
    return redirect(url_for("accounts.account", person_id=person_id), 303)


def _do(person_id: str, what: str) -> None:
    accounts, by, at = engine().accounts, actor(), origin()
    subject, issuer = _asked(request.form, "subject"), _asked(request.form, "issuer")
    {
        "unlock": lambda: accounts.unlock(by, person_id, at),
        "close": lambda: accounts.close(by, person_id, at),
        "open": lambda: accounts.open_again(by, person_id, at),
        "end-sessions": lambda: accounts.end_sessions(by, person_id, at),
        "link": lambda: accounts.link_identity(by, person_id, _issuer(), subject, at),
        "unlink": lambda: accounts.unlink_identity(by, person_id, issuer, subject, at),
        "revoke-token": lambda: accounts.revoke_token(by, _asked(request.form, "token"), at),
    }[what]()


@pages.get("/sign-ins")
def sign_ins() -> str:
    person, kind = _asked(request.args, "person"), request.args.get("kind", "")
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004
    found = engine().accounts.sign_ins(actor(), person, kind, before)
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return render_template(
        "sign_ins.html", room="sign_ins", lines=found[:PAGE], more=more, events=EVENTS, how=HOW,
        asked={"person": person, "kind": kind if kind in EVENTS else "", "before": before},
    )  # fmt: skip


def _asked(sent: Mapping[str, str], name: str) -> str:
    """No NUL: PostgreSQL refuses it in the middle of a query."""
    return sent.get(name, "").replace("\0", "").strip()[:_LONGEST]


def _issuer() -> str:
    provider = configuration().provider
    if provider is None:
        raise InvalidError("没有配置统一身份认证。", "No OpenID provider is configured.")
    return provider.issuer


def _page(person_id: str, link: str | None = None) -> str:
    return render_template(
        "account_kept.html", room="accounts", account=engine().accounts.account(actor(), person_id), link=link, events=EVENTS,
        how=HOW, scopes=SCOPES, provider=configuration().provider,
    )  # fmt: skip
