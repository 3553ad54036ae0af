"""The rooms of the navigation: one table, each with who may enter. What happens inside asks for itself again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.inbox import inbox
from api.request import engine
from engine.permissions import Act, Role, may, reach
from engine.queries.registers import visible as visible_registers
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.permissions import Actor


@dataclass(frozen=True, slots=True)
class Room:
    """One entry; `icon` where it is not called as the key is."""

    key: str
    href: str
    label: Text
    icon: str = ""
    may_enter: Callable[[Actor], bool] = lambda _: True
    counted: Callable[[Actor], int] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A room as the layout shows it (api/templates/layout.html)."""

    key: str
    href: str
    label: Text
    icon: str
    count: int | None


def _is(*roles: Role) -> Callable[[Actor], bool]:
    return lambda actor: bool(actor.roles & set(roles))


def _may(act: Act) -> Callable[[Actor], bool]:
    return lambda actor: may(actor, act)


ROOMS = (
    Room("inbox", "/inbox", Text("待办", "To do"), counted=lambda _: inbox.waiting()),
    Room("agenda", "/agenda", Text("日程", "Agenda")),
    Room("notices", "/notices", Text("通知", "Notices"), counted=lambda actor: engine().unread(actor)),
    Room("started", "/started", Text("我发起的", "Started by me")),
    Room("done", "/inbox?list=done", Text("已办", "Done")),
    Room("mine", "/mine", Text("我的信息", "My data"), "person", _is(Role.CANDIDATE, Role.EXPERT)),
    Room("rounds", "/instances", Text("批次", "Rounds"), "", _is(Role.HR, Role.LEADER, Role.CENTRE, Role.BUREAU)),
    Room(
        "meetings",
        "/meetings",
        Text("评审会议", "Meetings"),
        "rounds",
        _is(Role.EXPERT, Role.HR, Role.LEADER, Role.CENTRE),
    ),
    Room(
        "absences",
        "/absences",
        Text("代理", "Stand-ins"),
        "person",
        lambda actor: bool(reach(actor, Act.ARRANGE_STAND_IN) or actor.stands_in_for),
    ),
    Room("registers", "/registers", Text("台账", "Registers"), "", lambda actor: bool(visible_registers(actor))),
    Room(
        "regulation",
        "/regulation",
        Text("条款对照", "Row by row"),
        "search",
        _is(Role.HR, Role.LEADER, Role.CENTRE, Role.BUREAU, Role.OWNER, Role.ADMIN),
    ),
    Room("policy", "/deployments", Text("政策与流程", "Policies"), "studio", _may(Act.SEE_DEPLOYMENTS)),
    Room("incidents", "/incidents", Text("异常", "Incidents"), "warning", _may(Act.SEE_INCIDENTS)),
    Room("hooks", "/webhooks", Text("网络回调", "Web hooks"), "publicity", _may(Act.KEEP_HOOKS)),
    Room("undelivered", "/undelivered", Text("未送达邮件", "Undelivered"), "publicity", _may(Act.KEEP_LETTERS)),
    Room("timers", "/timers", Text("定时", "Timers"), "clock", _may(Act.SEE_TIMERS)),
    Room("accounts", "/accounts", Text("账号", "Accounts"), "person", _may(Act.KEEP_ACCOUNTS)),
    Room("sign_ins", "/sign-ins", Text("登录记录", "Sign-ins"), "clock", _may(Act.SEE_SIGN_INS)),
    Room("permissions", "/permissions", Text("权限", "Permissions"), "search", _may(Act.SEE_PERMISSIONS)),
    Room("calendars", "/calendars", Text("工作日历", "Calendars"), "clock", _may(Act.SEE_CALENDARS)),
)


def rooms_of(actor: Actor) -> list[Entry]:
    return [
        Entry(room.key, room.href, room.label, room.icon, room.counted(actor) if room.counted else None)
        for room in ROOMS
        if room.may_enter(actor)
    ]
