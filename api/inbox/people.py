"""Signing in and out; in the sandbox, one click a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, session, url_for

from api.request import actor_or_none, check_csrf, configuration, engine, local_address, require_sandbox
from api.request import sign_in as begin_session
from engine.errors import NotPermittedError
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from engine.permissions import Actor
    from engine.queries.people import PersonLine

pages = Blueprint("people", __name__)

ROLES = {
    "hr": Text("人事", "HR"),
    "leader": Text("单位负责人", "head of employer"),
    "candidate": Text("申报人", "candidate"),
    "expert": Text("评审专家", "expert"),
    "centre": Text("市鉴定中心", "appraisal centre"),
    "bureau": Text("市人社局", "bureau"),
    "owner": Text("流程负责人", "process owner"),
    "admin": Text("系统管理员", "administrator"),
}
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
    return redirect(url_for("inbox.show" if actor_or_none() else "people.sign_in"))


@pages.get("/sign-in")
def sign_in() -> str | Response:
    if configuration().sandbox:
        return redirect("/")
    return render_template("sign_in.html", next=request.args.get("next", "/"), problem=None)


@pages.post("/sign-in")
def sign_in_with_password() -> str | tuple[str, int] | Response:
    check_csrf()
    found = engine().actor_by_password(request.form.get("person", ""), request.form.get("password", ""))
    if found is None:
        problem = Text(
            "用户名或密码不正确。请重新输入；忘记密码请联系系统管理员。",
            "The user name or the password is not right. Try again, or ask an administrator for a new password.",
        )
        return render_template("sign_in.html", next=request.form.get("next", "/"), problem=problem), 401
    begin_session(found.id)
    return redirect(local_address(request.form.get("next", "/")), 303)


@pages.post("/sandbox/sign-in")
def sandbox_sign_in() -> Response:
    """Be a fictional person; a production installation has no such page."""
    require_sandbox()
    check_csrf()
    found = engine().actor(request.form.get("person", ""))
    if found is None:
        raise NotPermittedError("沙盒中没有这个人。", "There is no such person in the sandbox.")
    begin_session(found.id)
    return redirect(local_address(request.form.get("next", "/inbox")), 303)


@pages.post("/sign-out")
def sign_out() -> Response:
    check_csrf()
    session.clear()
    return redirect("/", 303)


@pages.get("/<any(language, letters, theme):what>")
def switch(what: str) -> Response:
    """A choice of how pages look, kept in a cookie."""
    chosen = request.args.get("to", "")
    response = redirect(local_address(request.args.get("next", "/")), 303)
    if chosen in _SWITCHES[what]:
        response.set_cookie(what, chosen, max_age=365 * 24 * 3600, samesite="Lax")
    return response
