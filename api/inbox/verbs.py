"""What people do with a task beside completing it: 放回 转办 委托 交还 加签 撤回, and the opinion that one is asked for."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api import errors
from api.inbox import task as task_page
from api.request import actor, check_csrf, engine, language
from engine.errors import InvalidError, NotFoundError, PingpinError
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from engine.queries.opinions import OpinionLine

    Answer = Response | tuple[str, int]

pages = Blueprint("verbs", __name__)


@pages.post("/tasks/<task_id>/unclaim")
def unclaim(task_id: str) -> Response:
    check_csrf()
    engine().unclaim(actor(), task_id, idempotency_key=_once())
    return _to_inbox("已放回，同一角色的同事可以签收。", "Given back: anybody in the role may claim it.")


@pages.post("/tasks/<task_id>/give-back")
def give_back(task_id: str) -> Response:
    check_csrf()
    engine().give_back(actor(), task_id, idempotency_key=_once())
    return _to_inbox("已交还委托人。", "Given back to its owner.")


@pages.post("/tasks/<task_id>/reassign")
def reassign(task_id: str) -> Answer:
    check_csrf()
    to, reason = _field("person"), _field("reason")
    return _or_back(
        task_id,
        "reassign",
        lambda: engine().reassign(actor(), task_id, to, reason, idempotency_key=_once()),
        lambda: _to_inbox("已转办。", "Handed on."),
    )


@pages.post("/tasks/<task_id>/delegate")
def delegate(task_id: str) -> Answer:
    check_csrf()
    to, reason = _field("person"), _field("reason")
    return _or_back(
        task_id,
        "delegate",
        lambda: engine().delegate(actor(), task_id, to, reason, idempotency_key=_once()),
        lambda: _to_inbox("已委托，收回前由受托人办理。", "Entrusted; until you take it back it is theirs to do."),
    )


@pages.post("/tasks/<task_id>/add-signer")
def add_signer(task_id: str) -> Answer:
    check_csrf()
    person, question = _field("person"), _field("question")
    return _or_back(
        task_id,
        "ask",
        lambda: engine().add_signer(actor(), task_id, person, question, idempotency_key=_once()),
        lambda: _to_task(task_id, "已请其加签，答复之前本任务不能提交。", "Asked; the task waits for the answer."),
    )


@pages.post("/tasks/<task_id>/cancel-signer")
def cancel_signer(task_id: str) -> Response:
    check_csrf()
    engine().cancel_signer(actor(), task_id, _field("person"), _field("reason"), idempotency_key=_once())
    return _to_task(task_id, "已取消加签。", "Asked no longer.")


@pages.post("/tasks/<task_id>/withdraw")
def withdraw(task_id: str) -> Response:
    """Open again as it was: on to its page."""
    check_csrf()
    engine().withdraw(actor(), task_id, _field("reason"), idempotency_key=_once())
    return _to_task(task_id, "已撤回，请重新办理。", "Withdrawn; it is yours to do again.")


@pages.get("/tasks/<task_id>/opinion")
def opinion(task_id: str) -> str:
    return _opinion_page(_asked(task_id), {})


@pages.post("/tasks/<task_id>/opinion")
def answer(task_id: str) -> Response | tuple[str, int]:
    """To the inbox when given; the same page with what was typed when refused."""
    check_csrf()
    typed = {"agrees": _field("agrees"), "text": _field("text")}
    try:
        agrees = _yes_or_no(typed["agrees"])
        engine().give_opinion(actor(), task_id, typed["text"], agrees=agrees, idempotency_key=_once())
    except InvalidError as error:
        return _opinion_page(_asked(task_id), typed, error.text), 422
    return _to_inbox("意见已提交。", "Your opinion is given.")


def _or_back(task_id: str, verb: str, act: Callable[[], object], done: Callable[[], Response]) -> Answer:
    """Refused, it comes back to the task's page with the reason and with what was typed, as long as that is theirs to see."""
    try:
        act()
    except PingpinError as error:
        said = {name: _field(name) for name in ("person", "reason", "question")}
        try:
            return task_page.page(task_id, task_page.Refused(verb, error.text, said)), errors.status_of(error)[0]
        except PingpinError:
            raise error from None
    return done()


def _yes_or_no(value: str) -> bool:
    if value not in {"yes", "no"}:
        raise InvalidError("请选择同意或不同意。", "say whether you agree.")
    return value == "yes"


def _asked(task_id: str) -> OpinionLine:
    found = next((line for line in engine().opinions(actor()) if line.task_id == task_id), None)
    if found is None:
        raise NotFoundError(
            "没有待您答复的这份加签: 已经答复、取消, 或不是请您的。请返回待办。",
            "you are not asked this: it is answered or cancelled, or was not for you. Go back to the inbox.",
        )
    return found


def _opinion_page(asked: OpinionLine, typed: dict[str, Any], problem: Text | None = None) -> str:
    once = request.form.get("_once") or secrets.token_urlsafe(16)
    return render_template("opinion.html", asked=asked, typed=typed, problem=problem, once=once, room="inbox")


def _field(name: str) -> str:
    return request.form.get(name, "")


def _once() -> str | None:
    """Made with the page, so that a second press of the same button is the first one again."""
    return request.form.get("_once") or None


def _to_inbox(zh: str, en: str) -> Response:
    return _told(url_for("inbox.show"), zh, en)


def _to_task(task_id: str, zh: str, en: str) -> Response:
    return _told(url_for("task.show", task_id=task_id), zh, en)


def _told(address: str, zh: str, en: str) -> Response:
    flash(Text(zh, en).pick(language()), "done")
    return redirect(address, 303)
