"""How sessions, events and scopes read on a page, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.scopes import Scope
from engine.signing_in import Happened, How, Over
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

_AGAIN = Text("登录后回到刚才的页面。", "After signing in you come back to where you were.")


def _why(zh: str, en: str) -> Text:
    return Text(f"{zh}{_AGAIN.zh}", f"{en} {_AGAIN.en}")


WHY_OVER: Mapping[Over, Text] = {
    Over.IDLE: _why(
        "您有一段时间没有操作，为安全起见已退出，请重新登录。",
        "You were signed out because nothing happened for a while; sign in again.",
    ),
    Over.EXPIRED: _why(
        "本次登录已到最长时限，请重新登录。", "You have been signed in as long as is allowed; sign in again."
    ),
    Over.SIGNED_OUT: Text("您已退出。", "You have signed out."),
    Over.TOO_MANY: _why(
        "您在其他设备上登录，这里最早的登录已结束。",
        "You signed in elsewhere, and this oldest of your sessions has ended.",
    ),
    Over.PASSWORD: _why("密码已更改，请用新密码登录。", "The password has changed; sign in with the new one."),
    Over.ENDED: _why(
        "此登录已被您本人或安全管理员结束，请重新登录。",
        "You or the security administrator ended this session; sign in again.",
    ),
    Over.CLOSED: Text("此账号已停用，请联系安全管理员。", "This account is closed; ask the security administrator."),
    Over.UNKNOWN: _why("您的登录已失效，请重新登录。", "You are not signed in any more; sign in again."),
}

HOW: Mapping[str, Text] = {
    How.PASSWORD: Text("密码", "password"),
    How.OIDC: Text("统一身份认证", "single sign-on"),
    How.SANDBOX: Text("沙盒", "sandbox"),
}

# The word, and the colour's class where it is not an everyday one.
EVENTS: Mapping[str, tuple[Text, str]] = {
    Happened.SIGNED_IN: (Text("登录", "signed in"), "is-good"),
    Happened.WRONG: (Text("密码或用户名错误", "wrong name or password"), "is-bad"),
    Happened.HELD_OFF: (Text("失败过多，暂不受理", "made to wait after failures"), "is-bad"),
    Happened.NOT_LINKED: (Text("统一身份未关联", "identity not linked"), "is-bad"),
    Happened.SIGNED_OUT: (Text("退出", "signed out"), ""),
    Happened.SESSIONS_ENDED: (Text("结束登录", "sessions ended"), "is-soon"),
    Happened.PASSWORD_CHANGED: (Text("更改密码", "password changed"), "is-soon"),
    Happened.LINK_MADE: (Text("生成重置链接", "reset link made"), "is-soon"),
    Happened.PASSWORD_RESET: (Text("用链接重置密码", "password set by link"), "is-soon"),
    Happened.UNLOCKED: (Text("解除锁定", "unlocked"), "is-soon"),
    Happened.CLOSED: (Text("停用账号", "account closed"), "is-soon"),
    Happened.OPENED: (Text("启用账号", "account opened"), "is-soon"),
    Happened.TOKEN_MADE: (Text("新建接口密钥", "token made"), "is-soon"),
    Happened.TOKEN_REVOKED: (Text("停用接口密钥", "token revoked"), "is-soon"),
    Happened.IDENTITY_LINKED: (Text("关联统一身份", "identity linked"), "is-soon"),
    Happened.IDENTITY_UNLINKED: (Text("取消统一身份关联", "identity unlinked"), "is-soon"),
    Happened.LINK_ASKED: (Text("申请以邮件重置密码", "reset link asked for by mail"), "is-soon"),
    Happened.ADDRESS_CONFIRMED: (Text("确认邮箱", "e-mail address confirmed"), "is-soon"),
    Happened.ADDRESS_DROPPED: (Text("不再使用自设邮箱", "own e-mail address dropped"), "is-soon"),
}

SCOPES: Mapping[Scope, Text] = {
    Scope.READ: Text("读取任务、事项和台账", "read tasks, matters and registers"),
    Scope.TASKS: Text("办理任务（含读取）", "do tasks, and read"),
    Scope.START: Text("发起事项（含读取）", "start matters, and read"),
    Scope.REGISTERS: Text("登记台账（含读取）", "write registers, and read"),
    Scope.MESSAGES: Text("从外部发送消息", "send messages from outside"),
    Scope.POLICIES: Text("查看和部署政策", "see and deploy policies"),
    Scope.OPERATIONS: Text("定时、异常、日历和时钟", "timers, incidents, calendars, clock"),
    Scope.PEOPLE: Text("管理单位和人员", "manage employers and people"),
    Scope.AUDIT: Text("核验审计记录", "verify the history"),
    Scope.IDENTITY: Text("查看完整证件号码（含读取）", "read identity numbers in full, and read"),
}
