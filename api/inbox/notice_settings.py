"""What of the notices comes by mail, how often, in which language, to which address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.accounts.sign_in import refused
from api.request import actor, check_csrf, engine, language, origin
from engine.errors import ConflictError, InvalidError
from engine.mailing import Often, Topic
from engine.signing_in import TooManyError, WrongPasswordError
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response
    from werkzeug.wrappers import Response as Redirect

pages = Blueprint("notice_settings", __name__, url_prefix="/notices/settings")

TOPICS: Mapping[Topic, tuple[Text, Text]] = {
    Topic.HANDED: (
        Text("转交、加签和催办", "Handed to you, asked of you, urged"),
        Text("他人把任务转交给您、请您发表意见或催办", "somebody hands you a task, asks for your opinion or urges you"),
    ),
    Topic.REMINDERS: (
        Text("到期提醒", "Reminders"),
        Text("任务将到期、到期、逾期，或应由您督促", "a task is due soon, due, overdue, or yours to see to"),
    ),
    Topic.MATTERS: (
        Text("事项动态", "Matters"),
        Text("抄送、更正申请、事项停止和恢复", "copies, requests for corrections, matters that stand still or go on"),
    ),
    Topic.ABSENCES: (Text("代理", "Stand-ins"), Text("代理安排的变动", "changes to who stands in for whom")),
    Topic.ALARMS: (
        Text("系统预警", "Alarms"),
        Text("缺工作日历、政策有效期将至", "a calendar is missing, a policy's term ends soon"),
    ),
    Topic.ACCOUNT: (Text("账号安全", "Your account"), Text("密码被重新设置", "your password was set anew")),
}
OFTEN: Mapping[Often, Text] = {
    Often.AT_ONCE: Text("随时发送", "at once"),
    Often.DAILY: Text("每个工作日9时后汇总一封", "one mail after nine on working days"),
    Often.NEVER: Text("不发邮件", "no mail"),
}


@pages.get("")
def show() -> str:
    return _page()


@pages.post("")
def choose() -> Redirect:
    check_csrf()
    chosen = {topic.value: request.form[topic] for topic in Topic if topic in request.form}
    spoken = request.form.get("language", "")
    engine().outgoing.choose_mail(actor(), chosen, spoken)
    _say("设置已保存。", "The settings are saved.")
    return redirect(url_for("notice_settings.show"), 303)


@pages.post("/address")
def ask_address() -> str | Response | Redirect:
    """The page again with what was wrong; the password is never shown again."""
    check_csrf()
    address = request.form.get("address", "")
    try:
        engine().accounts.ask_address(actor(), address, request.form.get("password", ""), origin())
    except WrongPasswordError:
        return refused(None, _page(Text("密码不正确。", "The password is not right."), address), 422)
    except (InvalidError, ConflictError, TooManyError) as error:
        return refused(error, _page(error.text, address), 422)
    _say(
        "确认邮件即将发出。请在24小时内打开其中的链接；确认之前，通知仍发往原地址。",
        "A letter is on its way. Open its link within 24 hours; until then notices go to the old address.",
    )
    return redirect(url_for("notice_settings.show"), 303)


@pages.post("/address/drop")
def drop_address() -> Redirect:
    check_csrf()
    engine().accounts.drop_address(actor(), origin())
    _say("不再使用自设的邮箱。", "Your own address is not used any more.")
    return redirect(url_for("notice_settings.show"), 303)


@pages.get("/confirm/<secret>")
def confirm_page(secret: str) -> str:
    """A button, because mail servers open links before people do."""
    actor()
    return render_template("mail_confirm.html", room="notices", secret=secret)


@pages.post("/confirm/<secret>")
def confirm(secret: str) -> Redirect:
    check_csrf()
    address = engine().accounts.confirm_address(actor(), secret, origin())
    _say(f"已确认，通知将发往{address}。", f"Confirmed: notices go to {address}.")
    return redirect(url_for("notice_settings.show"), 303)


def _page(problem: Text | None = None, address: str = "") -> str:
    outside = engine().outside
    return render_template(
        "notice_settings.html", room="notices", settings=engine().outgoing.mail_settings(actor()), topics=TOPICS, often=OFTEN,
        problem=problem, address=address, sends_mail=outside.sends_mail, in_sandbox=outside.is_sandbox,
        has_base=outside.base_url is not None,
    )  # fmt: skip


def _say(zh: str, en: str) -> None:
    flash(Text(zh, en).pick(language()), "done")
