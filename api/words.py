"""How values read on a page: days, moments, verdicts, kinds of history events, in both languages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.clock import SHANGHAI
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.queries.agenda import Entry
    from engine.queries.inbox import TaskLine
    from engine.queries.progress import Step

_WEEKDAYS_ZH, _WEEKDAYS_EN = "一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SOON = 2
_SAME = timedelta(minutes=1)

VERDICTS: Mapping[str, Text] = {
    "MET": Text("符合", "met"),
    "NOT_MET": Text("不符合", "not met"),
    "NEEDS_JUDGEMENT": Text("需人工判断", "needs judgement"),
    "EXCEPTION": Text("例外", "exception"),
    "MISSING": Text("缺少材料", "missing evidence"),
}

# The colour's class and the drawing of each verdict; the word always stands beside them.
LOOKS: Mapping[str, tuple[str, str]] = {
    "MET": ("is-good", "met"),
    "NOT_MET": ("is-bad", "unmet"),
    "NEEDS_JUDGEMENT": ("is-soon", "judgement"),
    "EXCEPTION": ("is-soon", "exception"),
    "MISSING": ("is-bad", "missing"),
}

STEPS: Mapping[str, Text] = {
    "done": Text("已完成", "done"),
    "active": Text("进行中", "under way"),
    "ahead": Text("未到", "not yet"),
    "left out": Text("未经过", "not taken"),
}

TIMERS: Mapping[str, Text] = {
    "open": Text("进行中", "running"),
    "fired": Text("已到期", "over"),
    "cancelled": Text("已取消", "cancelled"),
    "incident": Text("受阻，等待管理员处理", "held up; an administrator is looking into it"),
}

AGENDA = Text("评聘日程", "Pingpin agenda")
AGENDA_KINDS: Mapping[str, Text] = {
    "mine": Text("由我办理", "mine to do"),
    "group": Text("待签收", "to be claimed"),
    "entrusted": Text("已委托他人", "entrusted to somebody"),
    "window": Text("公示期", "publicity window"),
    "timer": Text("期限", "time limit"),
}

EVENTS: Mapping[str, Text] = {
    "started": Text("发起", "started"),
    "set off": Text("办理", "set off"),
    "suspended": Text("停止办理", "stopped"),
    "resumed": Text("恢复办理", "goes on again"),
    "claimed": Text("签收", "claimed"),
    "unclaimed": Text("放回", "given back to the group"),
    "reassigned": Text("转办", "handed on"),
    "delegated": Text("委托", "entrusted"),
    "lapsed": Text("代理结束，退回", "back from a stand-in"),
    "given back": Text("委托收回", "given back to the owner"),
    "completed": Text("办理", "completed"),
    "withdrawn": Text("撤回", "withdrawn"),
    "reminded": Text("提醒", "reminded"),
    "urged": Text("催办", "urged"),
    "opinion asked": Text("加签", "opinion asked"),
    "opinion given": Text("加签意见", "opinion given"),
    "opinion cancelled": Text("取消加签", "opinion asked no longer"),
    "attached": Text("附材料", "file attached"),
    "attachment struck": Text("材料作废", "file struck"),
    "commented": Text("留言", "commented"),
    "comment struck": Text("划去留言", "comment struck"),
    "correction asked": Text("请求更正", "correction asked for"),
    "copied": Text("抄送", "copies sent"),
    "number read": Text("查看完整证件号码", "identity number read in full"),
    "ballot closed": Text("投票结束，计票", "voting closed and counted"),
    "signatures recorded": Text("登记签名", "signatures recorded"),
    "decided": Text("规则核对", "checked by rule"),
    "received": Text("收到通知", "message received"),
    "timer fired": Text("到期", "timer fired"),
    "timer fired early": Text("提前触发", "fired early"),
    "timer postponed": Text("延期", "postponed"),
    "job done": Text("后台工作完成", "job done"),
    "job failed": Text("后台工作未成", "job failed"),
    "window opened": Text("开始计时", "time began to run"),
    "due date recounted": Text("期限按新日历重新计算", "due date counted anew by a newer calendar"),
    "due date kept": Text("新日历下期限提前，维持原期限", "due date kept: the newer calendar would bring it forward"),
    "window recounted": Text("按新日历重新计算", "counted anew by a newer calendar"),
    "recount asked": Text("新日历下的截止日待决定", "an end by a newer calendar to be decided about"),
    "register entry changed": Text("登记台账", "register entry changed"),
    "register entry struck": Text("台账条目作废", "register entry struck"),
    "register imported": Text("导入台账", "register imported"),
    "certificate allocated": Text("分配证书编号", "certificate allocated"),
    "calendar imported": Text("导入日历", "calendar imported"),
    "calendar confirmed": Text("确认日历", "calendar confirmed"),
    "recount accepted": Text("采用新截止日", "new end accepted"),
    "recount kept": Text("保留原截止日", "old end kept"),
    "ended": Text("结束", "ended"),
    "incident opened": Text("发生异常", "something failed"),
    "incident retried": Text("异常已重试", "tried again"),
    "incident resolved": Text("异常已处理", "dealt with"),
    "correction proposed": Text("提出更正", "correction asked for by staff"),
    "correction refused": Text("更正未会签", "correction not signed"),
    "correction withdrawn": Text("撤回更正", "correction taken back"),
    "corrected": Text("更正", "corrected"),
    "deployed": Text("部署", "deployed"),
    "activated": Text("决定施行", "put in force"),
    "activation cancelled": Text("取消施行", "putting in force cancelled"),
    "came into force": Text("开始施行", "came into force"),
    "term ended": Text("施行期满", "no longer in force"),
    "proposed": Text("提出新版本", "version proposed"),
    "examined": Text("审查", "examined"),
    "proposal approved": Text("批准", "approved"),
    "proposal refused": Text("不批准", "refused"),
    "proposal withdrawn": Text("撤回提案", "proposal taken back"),
    "stand-in arranged": Text("安排代理", "stand-in arranged"),
    "stand-in ended": Text("代理结束", "stand-in ended"),
    "hook registered": Text("登记网络回调", "web hook registered"),
    "hook paused": Text("网络回调已暂停", "web hook paused"),
    "hook active": Text("网络回调已恢复", "web hook resumed"),
    "hook ended": Text("网络回调已停用", "web hook ended"),
}


GATES: Mapping[str, Text] = {
    "approved": Text("经审批", "approved"),
    "emergency": Text("紧急部署", "emergency"),
    "installed": Text("装机时部署，未经审批", "set up without approval"),
}

ACTIVATIONS: Mapping[str, Text] = {
    "deployed": Text("部署", "deployed"),
    "extension": Text("延期", "term extended"),
    "rollback": Text("恢复此版", "in force again"),
}

PROPOSALS: Mapping[str, Text] = {
    "open": Text("待审批", "waits for approval"),
    "deployed": Text("已批准", "approved"),
    "refused": Text("未批准", "refused"),
    "withdrawn": Text("已撤回", "taken back"),
}

CORRECTIONS: Mapping[str, Text] = {
    "asked": Text("待会签", "waits for a signature"),
    "done": Text("已更正", "corrected"),
    "refused": Text("未会签", "refused"),
    "withdrawn": Text("已撤回", "taken back"),
}

EXAMINATIONS: Mapping[str, Text] = {
    "waiting": Text("排队中", "waiting"),
    "running": Text("进行中", "under way"),
    "done": Text("已完成", "done"),
    "failed": Text("未通过", "failed"),
}

# What a rehearsal finds (engine.replay.comparing.KINDS).
EFFECTS: Mapping[str, Text] = {
    "finding": Text("认定结果", "finding"),
    "outcome": Text("规则结论", "outcome of a rule"),
    "window": Text("期限", "window"),
    "deadline": Text("办理时限", "due date"),
    "people": Text("办理人", "who does it"),
    "appears": Text("新增环节", "appears"),
    "vanishes": Text("不再出现", "vanishes"),
    "held up": Text("在此等候", "held up here"),
    "ends": Text("结束方式", "how it ends"),
    "told": Text("发出的消息", "what others are told"),
    "served": Text("自动办理的内容", "what a service is given"),
    "stops": Text("无法继续", "cannot go on"),
    "unplayable": Text("无法预演", "cannot be rehearsed"),
}

# What an identity number in full is for (engine.commands.unmasking).
PURPOSES: Mapping[str, Text] = {
    "identity": Text("核验身份", "to verify the identity"),
    "certificate": Text("制作证书", "to make the certificate"),
    "records": Text("核对档案和从业记录", "to compare with other records"),
    "request": Text("应本人要求", "at the person's own request"),
    "other": Text("其他", "other"),
}


def purpose(said: str) -> Text:
    """`identity: words` as people read it."""
    value, _, more = said.partition(": ")
    known = PURPOSES.get(value, Text(value, value))
    return Text(f"{known.zh}：{more}", f"{known.en}: {more}") if more else known


def day(value: date | datetime | str | None, *, year: bool = False) -> Text:
    """`6月30日 周一`; a moment is shown as its day in Shanghai."""
    if value is None or value == "":
        return Text("—", "—")
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI).date()
    zh = f"{value.month}月{value.day}日 周{_WEEKDAYS_ZH[value.weekday()]}"
    en = f"{_WEEKDAYS_EN[value.weekday()]} {value.day} {value:%b}"
    return Text(f"{value.year}年{zh}", f"{en} {value.year}") if year else Text(zh, en)


def moment(value: datetime | None) -> Text:
    if value is None:
        return Text("—", "—")
    local = value.astimezone(SHANGHAI)
    shown = day(local, year=True)
    return Text(f"{shown.zh} {local:%H:%M}", f"{shown.en} {local:%H:%M}")


def end(value: datetime | None) -> Text:
    """The end of a window: midnight is said as 24:00 of the day before it."""
    if value is None:
        return Text("截止日期待国务院办公厅通知", "end date awaits the official notice")
    local = value.astimezone(SHANGHAI)
    if (local.hour, local.minute) != (0, 0):
        return moment(value)
    last = day(date.fromordinal(local.toordinal() - 1), year=True)
    return Text(f"{last.zh} 24:00", f"{last.en} 24:00")


def moved(payload: Mapping[str, Any], kind: str = "") -> Text | None:
    """From which end to which, where an entry of the history has changed one; a task's due date is a day, no end of one."""
    if not payload.get("due_at") or payload.get("old_due_at", payload["due_at"]) == payload["due_at"]:
        return None
    shown = partial(day, year=True) if kind.startswith("due date") else end
    old, new = (shown(_read(payload[name])) for name in ("old_due_at", "due_at"))
    return Text(f"{old.zh} → {new.zh}", f"{old.en} → {new.en}")


def _read(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment) if moment else None


def deadline(step: Step) -> Text | None:
    """Until when a step waits: a timer's end, or a task's last day."""
    return end(step.due_at) if step.due_at else day(step.due_on, year=True) if step.due_on else None


def due(line: TaskLine) -> Text:
    """`6月30日 周一 · 剩3个工作日` or `逾期2个工作日`."""
    if line.due_at is None:
        return Text("—", "—")
    shown, left = day(line.due_at), line.working_days_left
    if left is None:
        return shown
    if left == 0:
        return Text(f"{shown.zh} · 不足1个工作日", f"{shown.en} · less than a working day left")
    days = f"{abs(left)} working day{'' if abs(left) == 1 else 's'}"
    if left < 0:
        return Text(f"{shown.zh} · 逾期{-left}个工作日", f"{shown.en} · {days} late")
    return Text(f"{shown.zh} · 剩{left}个工作日", f"{shown.en} · {days} left")


def due_state(line: TaskLine) -> str:
    """`late`, `soon` or nothing: for the word's colour, never for the colour alone."""
    left = line.working_days_left
    return "" if left is None else "late" if left < 0 else "soon" if left <= _SOON else ""


def differ(at: datetime, real: datetime) -> bool:
    """Whether the business's time was another than the clock on the wall: in a sandbox, or a timer that fired late."""
    return abs(at - real) >= _SAME


def agenda_kind(entry: Entry) -> Text:
    return TIMERS["incident"] if entry.status == "incident" else AGENDA_KINDS[entry.kind]


def agenda_time(entry: Entry) -> Text:
    """When on its day: a task at any time, a wait at its moment."""
    if entry.due_at is None:
        return Text("待定", "not known yet")
    if entry.is_task:
        return Text("当天", "that day")
    shown = "24:00" if entry.is_whole_day else f"{entry.due_at.astimezone(SHANGHAI):%H:%M}"
    return Text(shown, shown)


def agenda_entry(entry: Entry) -> Text:
    """One line for a calendar program."""
    name, title = entry.name, entry.instance_title
    if entry.is_task:
        return Text(f"待办：{name.zh}（{title}）", f"To do: {name.en} ({title})")
    return Text(f"{name.zh}（{title}）", f"{name.en} ({title})")


def said(value: Mapping[str, str]) -> Text:
    """A text that stands in JSON."""
    return Text(value["zh"], value["en"])


def iso(text: str) -> Text:
    """The end of a window or a due date that stands in JSON."""
    return end(datetime.fromisoformat(text))


def local(value: datetime | None) -> str:
    """As a browser's field for a day and a time has it."""
    return f"{value.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}" if value else ""


def actor(name: str) -> Text:
    """Who did it; what nobody did was done by the system."""
    return Text(name, "system") if name == "系统" else Text(name, name)


def timer(status: str) -> Text:
    return TIMERS.get(status, Text(status, status))


def look(value: Any) -> tuple[str, str]:
    return LOOKS.get(str(value), ("", "judgement"))


def verdict(value: Any) -> Text:
    return VERDICTS.get(str(value), Text(str(value), str(value)))


def reminder(payload: Mapping[str, Any]) -> Text:
    """Which of a task's reminders it was."""
    days, times = payload.get("days"), "" if payload.get("days") == 1 else "s"
    return {
        "before": Text(f"期限前{days}个工作日", f"{days} working day{times} before it is due"),
        "on": Text("期限当日", "on the due day"),
        "after": Text(f"逾期{days}个工作日", f"{days} working day{times} overdue"),
        "escalated": Text(f"逾期{days}个工作日，报告上级", f"{days} working day{times} overdue, to the head"),
    }.get(str(payload.get("which")), Text("", ""))


def event(kind: str) -> Text:
    return EVENTS.get(kind, Text(kind, kind))


def size(value: int) -> str:
    """`1.2 MB`, `340 kB`."""
    return f"{value / 1_000_000:.1f} MB" if value >= 1_000_000 else f"{max(1, value // 1000)} kB"  # noqa: PLR2004
