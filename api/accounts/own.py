"""My account: password, sessions, tokens, what happened at the door of late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for

from api.accounts.sign_in import NOT_THE_SAME, refused
from api.accounts.words import EVENTS, HOW, SCOPES
from api.request import actor, actor_or_none, check_csrf, engine, language, origin, session_secret, visit
from engine.errors import InvalidError, PingpinError
from engine.passwords import LONGEST, SHORTEST, WeakPasswordError
from engine.signing_in import TooManyError, WrongPasswordError
from forms.text import Text

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as Redirect

pages = Blueprint("account", __name__, url_prefix="/account")
# Where somebody who must set a new password may go before they have.
_BEFORE = {
    "account.password", "account.set_password", "sign_in.out", "sign_in.reset", "sign_in.set_password", "people.switch", "static",
    "vendor",
}  # fmt: skip
# Where there is nothing for somebody without a role, who is told whom to turn to.
_FOR_ROLES = {"inbox.show", "account.show"}
_DAYS = (30, 90, 180, 365)


@pages.before_app_request
def new_password_first() -> Redirect | None:
    """Whoever must choose a new password sees no other page first; tokens and the sandbox's people have none."""
    if request.endpoint in _BEFORE or request.path.startswith("/api/") or not session_secret():
        return None
    return redirect(url_for("account.password"), 303) if visit().must_change else None


@pages.before_app_request
def role_first() -> Response | None:
    """Whoever has a password and no role yet, or none any more, learns who gives them one."""
    if request.endpoint not in _FOR_ROLES or (found := actor_or_none()) is None or found.roles:
        return None
    return make_response(render_template("no_role.html", person_id=found.id), 403)


@pages.get("")
def show() -> str:
    return _page()


@pages.get("/password")
def password() -> str:
    return _password_page()


@pages.post("/password")
def set_password() -> str | Response | Redirect:
    check_csrf()
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return refused(None, _password_page(NOT_THE_SAME), 422)
    try:
        drawn = engine().accounts.change_password(
            actor(), request.form.get("old", ""), new, origin(), secret=session_secret()
        )
    except WrongPasswordError:
        return refused(None, _password_page(Text("原密码不正确。", "The old password is not right.")), 422)
    except (WeakPasswordError, TooManyError) as error:
        return refused(error, _password_page(error.text), 422)
    if drawn:
        session["session"] = drawn
    _say("密码已更改，其他设备上的登录已结束。", "The password is changed; you are signed out everywhere else.")
    return redirect(url_for("account.show"), 303)


@pages.post("/sessions/<session_id>/end")
def end_session(session_id: str) -> Redirect:
    check_csrf()
    engine().accounts.end_own_session(actor(), session_id, origin())
    _say("已结束该登录。", "That session is over.")
    return redirect(url_for("account.show"), 303)


@pages.post("/sessions/end")
def end_other_sessions() -> Redirect:
    check_csrf()
    engine().accounts.end_sessions(actor(), actor().id, origin(), but=visit().session_id)
    _say("其他设备上的登录都已结束。", "You are signed out everywhere else.")
    return redirect(url_for("account.show"), 303)


@pages.post("/tokens")
def make_token() -> str | Response:
    """The token stands on this one answer, and nowhere else."""
    check_csrf()
    try:
        token = engine().accounts.make_token(
            actor(), request.form.get("label", ""), request.form.getlist("scope"), _days(), origin()
        )
    except PingpinError as error:
        return refused(error, _page(problem=error.text), 422)
    return _page(token=token)


@pages.post("/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> Redirect:
    check_csrf()
    engine().accounts.revoke_token(actor(), token_id, origin())
    _say("接口密钥已停用。", "The token is revoked.")
    return redirect(url_for("account.show"), 303)


def _days() -> int:
    text = request.form.get("days", "")
    if not (text.isascii() and text.isdigit() and len(text) < 5):  # noqa: PLR2004
        raise InvalidError("有效期应为天数。", "How long it is good for should be a number of days.")
    return int(text)


def _page(token: str | None = None, problem: Text | None = None) -> str:
    return render_template(
        "account.html", room="account", account=engine().accounts.own(actor()), here_id=visit().session_id,
        new_token=token, problem=problem, how=HOW, events=EVENTS, scopes=SCOPES, days=_DAYS,
    )  # fmt: skip


def _password_page(problem: Text | None = None) -> str:
    actor()  # nobody else has one to change
    return render_template(
        "account_password.html", room="account", problem=problem, must_change=visit().must_change, shortest=SHORTEST,
        longest=LONGEST,
    )  # fmt: skip


def _say(zh: str, en: str) -> None:
    flash(Text(zh, en).pick(language()), "done")
