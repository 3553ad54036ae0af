"""Every decision about who may do what: one table, asked first in every command and query.

No database here: a command hands in what it knows of the subject, a query turns `reach` into its filter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.errors import NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(StrEnum):
    """What a person may be; policy.yaml gives each its name in both languages."""

    HR = "hr"
    LEADER = "leader"
    CANDIDATE = "candidate"
    EXPERT = "expert"
    CENTRE = "centre"
    BUREAU = "bureau"
    OWNER = "owner"
    # Three administrators who watch each other; nobody is two of them (`ADMINISTRATORS`).
    ADMIN = "admin"
    SECURITY = "security"
    AUDIT = "audit"


ROLE_WORDS: Mapping[Role, tuple[str, str]] = {
    Role.HR: ("人事", "HR"),
    Role.LEADER: ("单位负责人", "head of employer"),
    Role.CANDIDATE: ("申报人", "candidate"),
    Role.EXPERT: ("评审专家", "expert"),
    Role.CENTRE: ("市鉴定中心", "appraisal centre"),
    Role.BUREAU: ("市人社局", "bureau"),
    Role.OWNER: ("流程负责人", "process owner"),
    Role.ADMIN: ("系统管理员", "system administrator"),
    Role.SECURITY: ("安全管理员", "security administrator"),
    Role.AUDIT: ("审计管理员", "audit administrator"),
}


class Act(StrEnum):
    """What can be asked of the engine."""

    START = "start"
    SET_OFF = "set off"
    SEE_INSTANCE = "see instance"
    SEE_TASK = "see task"
    CLAIM = "claim"
    COMPLETE = "complete"
    UNCLAIM = "unclaim"
    REASSIGN = "reassign"
    DELEGATE = "delegate"
    WITHDRAW = "withdraw"
    URGE = "urge"
    ASK_OPINION = "ask opinion"
    GIVE_OPINION = "give opinion"
    ATTACH = "attach"
    COMMENT = "comment"
    COPY = "copy"
    DEPLOY = "deploy"
    PROPOSE = "propose a version"
    APPROVE = "approve a version"
    DECIDE_POLICY = "decide what is in force"
    SEE_DEPLOYMENTS = "see deployments"
    DECIDE = "decide"
    FIRE_TIMER = "fire timer"
    SEE_TIMERS = "see timers"
    MOVE_TIMER = "move timer"
    MOVE_CLOCK = "move clock"
    SEE_INCIDENTS = "see incidents"
    RETRY = "retry"
    SEND_MESSAGE = "send message"
    RECORD_SIGNATURES = "record signatures"
    RECTIFY = "rectify"
    COUNTERSIGN = "countersign"
    AUDIT = "audit"
    MANAGE_PEOPLE = "manage people"
    GRANT_ROLES = "grant roles"
    SEE_PEOPLE = "see people"
    SEE_PERMISSIONS = "see permissions"
    WRITE_UNITS = "write units"
    ARRANGE_STAND_IN = "arrange a stand-in"
    OWN_ACCOUNT = "own account"
    OWN_PASSWORD = "own password"  # noqa: S105
    KEEP_ACCOUNTS = "keep accounts"
    SEE_SIGN_INS = "see sign-ins"
    FORGET = "forget"
    UNMASK = "unmask"
    KEEP_KEYS = "keep keys"
    SEE_CALENDARS = "see calendars"
    IMPORT_CALENDAR = "import calendar"
    CONFIRM_CALENDAR = "confirm calendar"
    DECIDE_RECOUNT = "decide recount"
    KEEP_HOOKS = "keep web hooks"
    KEEP_LETTERS = "keep letters"
    SEE_REGISTER = "see register"
    SEE_OPEN_REGISTER = "see open register"
    WRITE_OWN_REGISTER = "write own register"
    WRITE_REGISTER = "write register"
    KEEP_REGISTER = "keep register"


class Whose(StrEnum):
    """How far a role reaches."""

    ANY = "any"
    OWN_EMPLOYER = "own employer"
    MINE = "mine"  # I began it, it is assigned to me, or I took part in it


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `system` is the worker: it fires timers and delivers messages, and nothing a person does."""

    id: str
    name: str
    employer_id: str | None = None
    roles: frozenset[str] = frozenset()
    system: bool = False
    # In whose place the actor may act today (engine.permissions.StandIn).
    stands_in_for: tuple[StandIn, ...] = ()
    # What a token with scopes is for, none beside it (engine.scopes); None is a person at a page, or a token for everything.
    acts: frozenset[Act] | None = None
    # The unit that the person belongs to; with `unit_only`, as far as their own employer's matters they reach no other's.
    unit: str | None = None
    unit_only: bool = False


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody absent in whose place another may act: with the absent one's roles, as far as they can be lent.

    `processes`: in these alone; empty means in all of them.
    """

    absent: Actor
    processes: frozenset[str] = frozenset()


# Who sets an installation up, from its server's own command line or for a sandbox: all three administrators in one.
OPERATOR = Actor("operator", "命令行操作员", roles=frozenset({Role.ADMIN, Role.SECURITY, Role.AUDIT}))
SYSTEM = Actor("system", "系统", system=True)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is acted upon, as far as permission depends on it."""

    employer_id: str | None = None
    initiator_id: str | None = None
    assignee_id: str | None = None
    candidate_roles: tuple[str, ...] = ()
    barred_ids: frozenset[str] = frozenset()
    participants: frozenset[str] = frozenset()
    unit: str | None = None
    process: str | None = None
    # Whose right the assignee has claimed it by, where it was not their own.
    in_place_of: str | None = None


_STAFF: Mapping[Role, Whose] = {
    Role.HR: Whose.OWN_EMPLOYER,
    Role.LEADER: Whose.OWN_EMPLOYER,
    Role.CANDIDATE: Whose.MINE,
    Role.EXPERT: Whose.MINE,
    Role.CENTRE: Whose.ANY,
}

# Who may do tasks; the task's own roles narrow it down.
_DOING: Mapping[Role, Whose] = {**_STAFF, Role.BUREAU: Whose.ANY, Role.ADMIN: Whose.ANY}

# Who works for an institution may hand work on; candidates and experts act in person.
_OWN_WORK: Mapping[Role, Whose] = dict.fromkeys((Role.HR, Role.LEADER, Role.CENTRE), Whose.MINE)

TABLE: Mapping[Act, Mapping[Role, Whose]] = {
    # Which of them may start what is the policy's to say (policy.yaml, `start`).
    Act.START: {
        **dict.fromkeys((Role.HR, Role.LEADER, Role.CANDIDATE), Whose.OWN_EMPLOYER),
        **dict.fromkeys((Role.EXPERT, Role.CENTRE, Role.BUREAU), Whose.ANY),
    },
    # What a person may set off at any time: the diagram says who (property `by`).
    Act.SET_OFF: _DOING,
    Act.SEE_INSTANCE: {**_STAFF, Role.BUREAU: Whose.ANY},
    Act.SEE_TASK: _DOING,
    Act.CLAIM: _DOING,
    Act.COMPLETE: _DOING,
    Act.UNCLAIM: _DOING,
    Act.REASSIGN: {**_OWN_WORK, Role.LEADER: Whose.OWN_EMPLOYER, Role.ADMIN: Whose.ANY},
    Act.DELEGATE: _OWN_WORK,
    Act.WITHDRAW: dict.fromkeys(_DOING, Whose.MINE),
    Act.URGE: _STAFF,
    Act.ASK_OPINION: _OWN_WORK,
    Act.GIVE_OPINION: {
        Role.HR: Whose.OWN_EMPLOYER,
        Role.LEADER: Whose.OWN_EMPLOYER,
        Role.EXPERT: Whose.ANY,
        Role.CENTRE: Whose.ANY,
    },
    # What hangs on a matter: by whoever may see it. A list of colleagues to send it to is for institutions alone.
    Act.ATTACH: {**_STAFF, Role.BUREAU: Whose.ANY},
    Act.COMMENT: {**_STAFF, Role.BUREAU: Whose.ANY},
    Act.COPY: {
        **dict.fromkeys((Role.HR, Role.LEADER), Whose.OWN_EMPLOYER),
        **dict.fromkeys((Role.CENTRE, Role.BUREAU), Whose.ANY),
    },
    Act.DEPLOY: {Role.ADMIN: Whose.ANY},
    # A version comes in force by two: who proposes it, and somebody else whose office it is to approve it.
    Act.PROPOSE: {Role.ADMIN: Whose.ANY, Role.OWNER: Whose.ANY},
    Act.APPROVE: {Role.OWNER: Whose.ANY, Role.BUREAU: Whose.ANY},
    # A term extended, an earlier version in force again, a coming one cancelled.
    Act.DECIDE_POLICY: {Role.ADMIN: Whose.ANY, Role.BUREAU: Whose.ANY},
    Act.SEE_DEPLOYMENTS: dict.fromkeys((Role.ADMIN, Role.OWNER, Role.BUREAU), Whose.ANY),
    Act.DECIDE: dict.fromkeys(Role, Whose.ANY),
    Act.FIRE_TIMER: {},
    Act.SEE_TIMERS: {Role.ADMIN: Whose.ANY},
    # Before its moment, or to a later one.
    Act.MOVE_TIMER: {Role.ADMIN: Whose.ANY},
    Act.SEE_INCIDENTS: {Role.ADMIN: Whose.ANY, Role.OWNER: Whose.ANY},
    Act.RETRY: {Role.ADMIN: Whose.ANY},
    Act.SEND_MESSAGE: {Role.ADMIN: Whose.ANY},
    # The system administrator says who there is, the security administrator what they may do, the audit administrator
    # looks at both.
    Act.MANAGE_PEOPLE: {Role.ADMIN: Whose.ANY},
    Act.GRANT_ROLES: {Role.SECURITY: Whose.ANY},
    Act.SEE_PEOPLE: dict.fromkeys((Role.ADMIN, Role.SECURITY, Role.AUDIT), Whose.ANY),
    Act.SEE_PERMISSIONS: dict.fromkeys((Role.SECURITY, Role.AUDIT), Whose.ANY),
    Act.WRITE_UNITS: {Role.HR: Whose.OWN_EMPLOYER, Role.ADMIN: Whose.ANY},
    Act.RECORD_SIGNATURES: {
        **dict.fromkeys((Role.HR, Role.LEADER), Whose.OWN_EMPLOYER),
        Role.CENTRE: Whose.ANY,
    },
    # An honest mistake is corrected by two: who saw it, and the head of the employer or the centre.
    Act.RECTIFY: {Role.HR: Whose.OWN_EMPLOYER, Role.CENTRE: Whose.ANY},
    Act.COUNTERSIGN: {Role.LEADER: Whose.OWN_EMPLOYER, Role.CENTRE: Whose.ANY},
    # For oneself, or for somebody of one's own employer who cannot do it any more.
    Act.ARRANGE_STAND_IN: {
        **dict.fromkeys((Role.HR, Role.CENTRE, Role.BUREAU), Whose.MINE),
        Role.LEADER: Whose.OWN_EMPLOYER,
        Role.SECURITY: Whose.ANY,
    },
    Act.AUDIT: {Role.AUDIT: Whose.ANY},
    # One's own password, sessions and tokens.
    Act.OWN_ACCOUNT: dict.fromkeys(Role, Whose.ANY),
    # Also without any role: whoever must choose a new one would else come no further.
    Act.OWN_PASSWORD: dict.fromkeys(Role, Whose.ANY),
    # Everybody else's: locked and unlocked, closed and opened, a link for a new password.
    Act.KEEP_ACCOUNTS: {Role.SECURITY: Whose.ANY},
    Act.SEE_SIGN_INS: dict.fromkeys((Role.SECURITY, Role.AUDIT), Whose.ANY),
    Act.FORGET: {Role.ADMIN: Whose.ANY},
    # An identity number in full: one's own, or for a purpose that is noted. Not the experts, nor who looks at records only.
    Act.UNMASK: {Role.HR: Whose.OWN_EMPLOYER, Role.CENTRE: Whose.ANY, Role.CANDIDATE: Whose.MINE},
    Act.KEEP_KEYS: {Role.ADMIN: Whose.ANY},
    Act.SEE_CALENDARS: {Role.ADMIN: Whose.ANY, Role.OWNER: Whose.ANY, Role.BUREAU: Whose.ANY},
    Act.IMPORT_CALENDAR: {Role.ADMIN: Whose.ANY},
    Act.CONFIRM_CALENDAR: {Role.ADMIN: Whose.ANY, Role.BUREAU: Whose.ANY},
    Act.DECIDE_RECOUNT: {Role.ADMIN: Whose.ANY},
    Act.MOVE_CLOCK: dict.fromkeys(Role, Whose.ANY),
    # A web hook tells another system what happens here: ids and keys of every employer's matters.
    Act.KEEP_HOOKS: {Role.ADMIN: Whose.ANY},
    # What could not be mailed to whom, and sending it again: the one looks after the accounts, the other after the mail server.
    Act.KEEP_LETTERS: dict.fromkeys((Role.ADMIN, Role.SECURITY), Whose.ANY),
    # Registers say which of these they are under (engine.registers).
    Act.SEE_REGISTER: {
        **dict.fromkeys((Role.HR, Role.LEADER), Whose.OWN_EMPLOYER),
        **dict.fromkeys((Role.CENTRE, Role.BUREAU, Role.ADMIN), Whose.ANY),
    },
    Act.SEE_OPEN_REGISTER: dict.fromkeys(
        (Role.HR, Role.LEADER, Role.CENTRE, Role.BUREAU, Role.ADMIN, Role.OWNER), Whose.ANY
    ),
    Act.WRITE_OWN_REGISTER: {Role.HR: Whose.OWN_EMPLOYER, Role.ADMIN: Whose.ANY},
    Act.WRITE_REGISTER: {Role.CENTRE: Whose.ANY, Role.ADMIN: Whose.ANY},
    Act.KEEP_REGISTER: {Role.ADMIN: Whose.ANY},
}

# Nobody is two of these: who lets people in, who says what they may, and who looks at both are three.
ADMINISTRATORS = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDIT})

# What somebody may do in another's place, and by which of the other's roles: candidates, experts and administrators act in person.
LENT_ACTS = frozenset(
    {Act.SEE_INSTANCE, Act.SEE_TASK, Act.CLAIM, Act.UNCLAIM, Act.COMPLETE, Act.SET_OFF, Act.ATTACH, Act.COMMENT}
)
LENT_ROLES = frozenset({Role.HR, Role.LEADER, Role.CENTRE, Role.BUREAU})

# A task is done by the person it is assigned to or by its candidate roles; being able to see it is not enough.
_BY_CANDIDATES = frozenset({Act.CLAIM, Act.UNCLAIM, Act.COMPLETE, Act.SEE_TASK, Act.SET_OFF})


def may(actor: Actor, act: Act, subject: Subject | None = None) -> bool:
    return by_right_of(actor, act, subject) is not None


def by_right_of(actor: Actor, act: Act, subject: Subject | None = None) -> Actor | None:
    """Whose right it is that lets the actor: their own, or that of somebody in whose place they stand; None where nobody's does."""
    subject = subject or Subject()
    if actor.system:
        return actor if act is Act.FIRE_TIMER else None
    if act is Act.OWN_PASSWORD and actor.acts is None:
        return actor
    if actor.id in subject.barred_ids:
        return None  # separation of duties: nobody screens or reviews their own application
    if subject.in_place_of is not None and subject.assignee_id == actor.id:
        subject = replace(
            subject, assignee_id=None
        )  # theirs as long as they stand there, and no further than that is lent
    if _has_right(actor, act, subject):
        return actor
    lenders = (one for one in represented(actor, act, subject.process) if subject.in_place_of in {None, one.id})
    absent = (one for one in lenders if _is_lent(one, act, subject))
    return next((one for one in absent if _has_right(one, act, subject)), None)


def _is_lent(absent: Actor, act: Act, subject: Subject) -> bool:
    """What is assigned to somebody by name they do in person; a group's task that they have claimed is done in their place."""
    is_assigned = act in _BY_CANDIDATES and subject.assignee_id is not None
    return not is_assigned or bool(set(subject.candidate_roles) & absent.roles)


def represented(actor: Actor, act: Act, process: str | None = None) -> tuple[Actor, ...]:
    """In whose place the actor may do this in this process, each with the roles that they lend."""
    if act not in LENT_ACTS:
        return ()
    return tuple(one.absent for one in actor.stands_in_for if not one.processes or process in one.processes)


def _has_right(actor: Actor, act: Act, subject: Subject) -> bool:
    if actor.id in subject.barred_ids:
        return False  # what somebody may not do themselves nobody does in their place
    if act in _BY_CANDIDATES and subject.assignee_id is not None:
        return subject.assignee_id == actor.id and bool(reach(actor, act))
    return any(
        _reaches(actor, whose, subject) and _is_candidate(role, act, subject) for role, whose in reach(actor, act)
    )


def why_not(actor: Actor, act: Act, subject: Subject) -> tuple[str, str]:
    """The first condition that the actor does not meet, in Chinese and English; only where `may` says no."""
    own = reach(actor, act)
    if actor.id in subject.barred_ids:
        return "职责分离：须回避", "separation of duties bars them"
    if not own:
        wanted = (
            "、".join(ROLE_WORDS[role][0] for role in TABLE[act]),
            ", ".join(ROLE_WORDS[role][1] for role in TABLE[act]),
        )
        return f"没有所需角色：{wanted[0]}", f"none of the roles {wanted[1]}"
    if subject.in_place_of is not None and subject.assignee_id == actor.id:
        return "代理已结束，或不属代理范围", "their time as a stand-in is over, or it is not lent"
    if act in _BY_CANDIDATES and subject.assignee_id is not None:
        return "已有其他办理人", "somebody else has it"
    if not any(_is_candidate(role, act, subject) for role, _ in own):
        return "不在候选角色之列", "none of the candidate groups"
    if not _in_unit(actor, subject):
        return "不是本部门的事项", "of another unit, and they are kept to theirs"
    if any(whose is Whose.OWN_EMPLOYER for _, whose in own):
        return "不是本单位的事项", "of another employer"
    return "未参与此事项", "they have no part in it"


def require(actor: Actor, act: Act, subject: Subject | None = None) -> None:
    """Raise NotPermittedError unless the table allows it."""
    if not may(actor, act, subject):
        zh, en = WORDS[act]
        raise NotPermittedError(
            f"{actor.name}不能{zh}: 需要相应角色, 且属于本单位或本人的事项。请联系管理员核对您的角色。",
            f"{actor.name} may not {en}: it takes the right role, and a matter of one's own employer or one's own. "
            "Ask an administrator to check your roles.",
        )


def require_uninvolved(actor: Actor, began: frozenset[str]) -> None:
    """Nobody looks into, corrects or drops what failed in a matter that they began; `began` are those who did."""
    if not may(actor, Act.RETRY, Subject(barred_ids=began)):
        raise NotPermittedError(
            "这是您本人发起的事项, 须由其他管理员查看、更正或作结; 您可以在列表中原样重试。",
            "you began this matter, so another administrator looks into it, corrects it or deals with it; you may try again as it "
            "is, from the list.",
        )


def reach(actor: Actor, act: Act) -> tuple[tuple[Role, Whose], ...]:
    """The actor's rows of the table for this act."""
    if actor.acts is not None and act not in actor.acts:
        return ()
    return tuple((role, whose) for role, whose in TABLE[act].items() if role in actor.roles)


def _reaches(actor: Actor, whose: Whose, subject: Subject) -> bool:
    if whose is Whose.ANY:
        return True
    if whose is Whose.OWN_EMPLOYER:
        return subject.employer_id is not None and subject.employer_id == actor.employer_id and _in_unit(actor, subject)
    return actor.id in {subject.initiator_id, subject.assignee_id} | subject.participants


def _in_unit(actor: Actor, subject: Subject) -> bool:
    return not actor.unit_only or subject.unit in {None, actor.unit}


def _is_candidate(role: Role, act: Act, subject: Subject) -> bool:
    return act not in _BY_CANDIDATES or role in subject.candidate_roles


WORDS: Mapping[Act, tuple[str, str]] = {
    Act.START: ("发起此流程", "start this process"),
    Act.SET_OFF: ("办理此事项", "do this"),
    Act.SEE_INSTANCE: ("查看此事项", "see this matter"),
    Act.SEE_TASK: ("查看此任务", "see this task"),
    Act.CLAIM: ("签收此任务", "claim this task"),
    Act.COMPLETE: ("办理此任务", "complete this task"),
    Act.UNCLAIM: ("放回此任务", "give this task back"),
    Act.REASSIGN: ("转办此任务", "hand this task to somebody else"),
    Act.DELEGATE: ("委托此任务", "entrust this task to somebody"),
    Act.WITHDRAW: ("撤回此任务", "withdraw this task"),
    Act.URGE: ("催办此任务", "urge this task"),
    Act.ASK_OPINION: ("就此任务加签", "ask for an opinion on this task"),
    Act.GIVE_OPINION: ("就此任务发表意见", "give an opinion on this task"),
    Act.ATTACH: ("为此事项附材料", "attach files to this matter"),
    Act.COMMENT: ("在此事项中留言", "comment on this matter"),
    Act.COPY: ("抄送此事项", "send copies of this matter"),
    Act.DEPLOY: ("部署政策", "deploy a policy"),
    Act.PROPOSE: ("提出新版本", "propose a version"),
    Act.APPROVE: ("审批新版本", "approve a version"),
    Act.DECIDE_POLICY: ("决定政策的施行", "decide what is in force"),
    Act.SEE_DEPLOYMENTS: ("查看政策部署", "see deployments"),
    Act.DECIDE: ("试算规则", "evaluate a decision"),
    Act.FIRE_TIMER: ("触发定时", "fire a timer"),
    Act.SEE_TIMERS: ("查看所有定时", "see all timers"),
    Act.MOVE_TIMER: ("提前触发定时或将其延期", "fire a timer early or postpone it"),
    Act.SEE_INCIDENTS: ("查看异常", "see incidents"),
    Act.RETRY: ("重试异常", "retry an incident"),
    Act.SEND_MESSAGE: ("从外部发送消息", "send a message from outside"),
    Act.MANAGE_PEOPLE: ("管理单位和人员", "manage employers and people"),
    Act.GRANT_ROLES: ("授予角色", "grant roles"),
    Act.SEE_PEOPLE: ("查看人员", "see people"),
    Act.SEE_PERMISSIONS: ("查看他人的权限", "see what somebody else may do"),
    Act.WRITE_UNITS: ("登记部门", "write units"),
    Act.RECTIFY: ("更正此事项的记录", "correct what was entered in this matter"),
    Act.COUNTERSIGN: ("会签更正", "countersign a correction"),
    Act.RECORD_SIGNATURES: ("登记评审签名", "record the signatures of a meeting"),
    Act.ARRANGE_STAND_IN: ("安排代理人", "arrange a stand-in"),
    Act.AUDIT: ("核验审计记录", "verify the history"),
    Act.OWN_ACCOUNT: ("管理自己的账号", "look after one's own account"),
    Act.OWN_PASSWORD: ("更改自己的密码", "change one's own password"),
    Act.KEEP_ACCOUNTS: ("管理他人的账号", "look after other people's accounts"),
    Act.SEE_SIGN_INS: ("查看登录记录", "see the log of sign-ins"),
    Act.FORGET: ("删除记录内容", "delete what an entry says"),
    Act.UNMASK: ("查看完整证件号码", "read an identity number in full"),
    Act.KEEP_KEYS: ("更换加密密钥", "rotate the data keys"),
    Act.SEE_CALENDARS: ("查看工作日历", "see the working-day calendars"),
    Act.IMPORT_CALENDAR: ("导入工作日历", "import a working-day calendar"),
    Act.CONFIRM_CALENDAR: ("确认工作日历", "confirm a working-day calendar"),
    Act.DECIDE_RECOUNT: ("决定提前的截止日", "decide about an end that moves ahead"),
    Act.MOVE_CLOCK: ("调整沙盒时钟", "move the sandbox clock"),
    Act.KEEP_HOOKS: ("管理网络回调", "look after web hooks"),
    Act.KEEP_LETTERS: ("处理未送达的邮件", "look after mail that was not delivered"),
    Act.SEE_REGISTER: ("查看此台账", "see this register"),
    Act.SEE_OPEN_REGISTER: ("查看人人可看的台账", "see a register that is open to all"),
    Act.WRITE_OWN_REGISTER: ("登记本单位的台账", "write a register of one's own employer"),
    Act.WRITE_REGISTER: ("登记鉴定中心的台账", "write a register of the centre"),
    Act.KEEP_REGISTER: ("更正由流程登记的台账", "correct a register that processes write"),
}
