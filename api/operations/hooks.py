"""Web hooks: which other systems are told what, whether it reached them, and trying it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.accounts.sign_in import refused
from api.request import actor, check_csrf, configuration, engine, language
from engine.errors import InvalidError
from engine.hooks import Heard
from engine.queries.hooks import LIMIT
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response
    from werkzeug.wrappers import Response as Redirect

pages = Blueprint("hooks", __name__, url_prefix="/webhooks")

EVENTS: Mapping[str, Text] = {
    Heard.INSTANCE_STARTED: Text("事项发起", "a matter begins"),
    Heard.INSTANCE_ENDED: Text("事项结束", "a matter ends"),
    Heard.TASK_OPENED: Text("任务产生", "a task opens"),
    Heard.TASK_COMPLETED: Text("任务办结", "a task is completed"),
    Heard.WINDOW_OPENED: Text("公示等期限开始", "a window opens"),
    Heard.WINDOW_CLOSED: Text("公示等期限结束", "a window closes"),
    Heard.INCIDENT_OPENED: Text("出现异常", "an incident opens"),
    Heard.DEPLOYED: Text("部署政策", "a policy is deployed"),
    Heard.IN_FORCE: Text("政策开始施行", "a policy comes into force"),
    Heard.OVER: Text("政策施行期满", "a policy is no longer in force"),
    "test": Text("测试", "a test"),
}
# What is done with a hook: its state afterwards, and what is said.
_DONE: Mapping[str, tuple[str, Text]] = {
    "pause": ("paused", Text("已暂停，期间的事件不发送。", "Paused: what happens meanwhile is not sent.")),
    "resume": ("active", Text("已恢复，未送达的继续发送。", "Resumed: what is still waiting is sent.")),
    "end": ("ended", Text("已删除，不再发送。", "Removed: nothing is sent to it any more.")),
}
_DIGITS = 10


@pages.get("")
def show() -> str:
    return _page()


@pages.post("")
def register() -> str | Response:
    """The secret stands on this one answer, and nowhere else."""
    check_csrf()
    label, url, events = request.form.get("label", ""), request.form.get("url", ""), request.form.getlist("event")
    try:
        made = engine().outgoing.register_hook(actor(), label, url, events, https_only=configuration().https)
    except InvalidError as error:
        return refused(error, _page(problem=error.text, asked={"label": label, "url": url, "events": events}), 422)
    return _page(secret=made["secret"])


@pages.get("/<hook_id>")
def calls(hook_id: str) -> str:
    before = request.args.get("before", "")
    found, lines = engine().outgoing.hook_calls(actor(), hook_id, int(before) if _is_number(before) else None)
    return render_template(
        "hook.html", room="hooks", hook=found, lines=lines[:LIMIT], events=EVENTS,
        further=lines[LIMIT - 1].id if len(lines) > LIMIT else None,
    )  # fmt: skip


@pages.post("/<hook_id>/<any('pause','resume','end'):what>")
def change(hook_id: str, what: str) -> Redirect:
    check_csrf()
    status, said = _DONE[what]
    engine().outgoing.set_hook_status(actor(), hook_id, status)
    flash(said.pick(language()), "done")
    return redirect(url_for("hooks.show") if what == "end" else url_for("hooks.calls", hook_id=hook_id), 303)


@pages.post("/<hook_id>/test")
def test(hook_id: str) -> Redirect:
    check_csrf()
    engine().outgoing.test_hook(actor(), hook_id)
    said = Text("测试已排入发送，稍候刷新查看结果。", "The test is on its way; reload the page in a moment.")
    flash(said.pick(language()), "done")
    return redirect(url_for("hooks.calls", hook_id=hook_id), 303)


@pages.post("/calls/<call_id>/replay")
def replay(call_id: str) -> Redirect:
    check_csrf()
    hook_id = engine().outgoing.replay_call(actor(), int(call_id) if _is_number(call_id) else 0)
    flash(Text("已重新排入发送。", "It is on its way again.").pick(language()), "done")
    return redirect(url_for("hooks.calls", hook_id=hook_id), 303)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < _DIGITS


def _page(
    secret: str | None = None, problem: Text | None = None, asked: Mapping[str, str | list[str]] | None = None
) -> str:
    return render_template(
        "hooks.html", room="hooks", hooks=engine().outgoing.hooks(actor()), events=EVENTS, offered=list(Heard), secret=secret,
        problem=problem, asked=asked or {}, in_sandbox=engine().outside.is_sandbox,
    )  # fmt: skip
