"""Signing in and out, and setting a password by a link; in the sandbox, one click a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for

from api.accounts.words import WHY_OVER
from api.request import (
    check_csrf,
    configuration,
    engine,
    language,
    local_address,
    origin,
    require_sandbox,
    session_secret,
    visit,
)
from api.request import sign_in as begin_session
from engine.errors import InvalidError, NotPermittedError
from engine.passwords import LONGEST, SHORTEST, WeakPasswordError
from engine.signing_in import TooManyError, WrongPasswordError
from forms.text import Text

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as Redirect

    from engine.errors import PingpinError

pages = Blueprint("sign_in", __name__)


@pages.get("/sign-in")
def show() -> str | Redirect:
    if configuration().sandbox:
        return redirect("/")
    here = visit()
    if here.actor is not None:
        return redirect(local_address(request.args.get("next", "/")))
    why = WHY_OVER[here.over] if here.over else None
    return _form(local_address(request.args.get("next", "/")), why=why)


@pages.post("/sign-in")
def with_password() -> str | Response | Redirect:
    check_csrf()
    back, name = local_address(request.form.get("next", "/")), request.form.get("person", "").strip()
    try:
        secret = engine().accounts.sign_in(name, request.form.get("password", ""), origin(), replaces=session_secret())
    except (WrongPasswordError, TooManyError) as error:
        return refused(error, _form(back, problem=error.text, name=name), 401)
    begin_session(secret)
    return redirect(back, 303)


@pages.post("/sandbox/sign-in")
def in_sandbox() -> Redirect:
    """Be a fictional person; a production installation has no such page."""
    require_sandbox()
    check_csrf()
    found = engine().accounts.begin_session(
        request.form.get("person", "").replace("\0", ""), origin=origin(), replaces=session_secret()
    )
    if found is None:
        raise NotPermittedError("沙盒中没有这个人。", "There is no such person in the sandbox.")
    begin_session(found)
    return redirect(local_address(request.form.get("next", "/inbox")), 303)


@pages.post("/sign-out")
def out() -> Redirect:
    check_csrf()
    secret = session_secret()
    if secret:
        engine().accounts.sign_out(secret, origin())
    session.clear()
    return redirect("/", 303)


@pages.get("/forgotten")
def forgotten() -> str:
    return render_template("forgotten.html", asked=False, problem=None)


@pages.post("/forgotten")
def ask_link() -> str | Response:
    """The same answer whether or not there is such an account."""
    check_csrf()
    _require_letters()
    try:
        engine().accounts.ask_reset(request.form.get("person", "").strip(), origin())
    except TooManyError as error:
        return refused(error, render_template("forgotten.html", asked=False, problem=error.text), 429)
    return render_template("forgotten.html", asked=True, problem=None)


def _require_letters() -> None:
    if not _sends_links():
        raise InvalidError(
            "本系统不能以邮件重置密码。请联系安全管理员。",
            "Passwords are not reset by mail here; ask the security administrator.",
        )


def _sends_links() -> bool:
    outside = engine().outside
    return outside.sends_mail and outside.base_url is not None


@pages.get("/reset/<secret>")
def reset(secret: str) -> str:
    """Whose password it is stands on the page; whoever has the link may set it."""
    return _reset_page(secret)


@pages.post("/reset/<secret>")
def set_password(secret: str) -> str | Response | Redirect:
    check_csrf()
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return refused(None, _reset_page(secret, NOT_THE_SAME), 422)
    try:
        engine().accounts.reset_password(secret, new, origin())
    except WeakPasswordError as error:
        return refused(error, _reset_page(secret, error.text), 422)
    session.clear()
    said = Text(
        "密码已设置。所有登录已结束，接口密钥和日程订阅地址已作废；自设的邮箱请在通知设置中重新确认。请用新密码登录。",
        "The password is set. Every session, API token and calendar address is over; confirm an e-mail address of your own anew in "
        "the notice settings. Sign in with the new password.",
    )
    flash(said.pick(language()), "done")
    return redirect(url_for("sign_in.show", next="/"), 303)


NOT_THE_SAME = Text("两次输入的新密码不一致。", "The two new passwords are not the same.")


def refused(error: PingpinError | None, page: str, status: int) -> Response:
    """A form again with what was wrong; too many tries say when the next may be."""
    response = make_response(page, 429 if isinstance(error, TooManyError) else status)
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def _form(back: str, *, problem: Text | None = None, why: Text | None = None, name: str = "") -> str:
    provider = configuration().provider
    return render_template(
        "sign_in.html", next=back, problem=problem, why=why, name=name, has_provider=provider is not None,
        sends_links=_sends_links(),
    )  # fmt: skip


def _reset_page(secret: str, problem: Text | None = None) -> str:
    bearer = engine().accounts.reset_bearer(secret, origin())
    return render_template(
        "reset.html", bearer=bearer, secret=secret, problem=problem, shortest=SHORTEST, longest=LONGEST
    )
