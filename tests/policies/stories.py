"""S1 told further, in the steps of docs/cases.md: an objection that is upheld, a first appraisal, an exit that is reversed."""

from engine.cases import read_case
from tests.people import S1

STEPS = tuple(step for step in read_case(S1).steps if "expect" not in step)


def place(steps, element):
    """Where the story comes to this element; `review#2`: the second time, counting each step; None: its end."""
    if element is None:
        return len(steps)
    name, _, nth = element.partition("#")
    found = [
        at
        for at, step in enumerate(steps)
        if name in {step.get(kind) for kind in ("complete", "start", "set_off", "find")}
    ]
    return found[int(nth or 1) - 1]


def before(element):
    return STEPS[: place(STEPS, element)]


def after(element):
    return STEPS[place(STEPS, element) :]


def _steps(element):
    return [step for step in STEPS if step.get("complete") == element]


OBJECTION = {
    "candidate": "E1-2025-1-1",
    "kind": "votes",
    "content": "票数与到会人数不符",
    "named": True,
    "name": "负责人乙",
    "contact": "022-00000001",
}

# Somebody objects on the window's second day; it is upheld after the window, the committee votes again.
OBJECTED = (
    *before("determine")[:-2],
    {"at": "2025-06-24 09:00"},
    {"start": "objection", "in": "round", "as": "objection", "by": "leader", "with": {"objection": OBJECTION}},
    {
        "complete": "triage",
        "of": "objection",
        "by": "hr",
        "with": {"triage": {"decision": "accept", "reason": "有具体线索"}},
    },
    *before("determine")[-1:],
    {
        "complete": "handle",
        "of": "objection",
        "by": "hr",
        "with": {
            "handling": {
                "outcome": "upheld",
                "cause": "votes",
                "findings_text": "计票时漏记一票",
                "reason": "重新评审并投票",
            }
        },
    },
    *_steps("review"),
    {"complete": "read_answer", "of": "objection", "by": "leader", "with": {"acknowledged": True}},
    *after("determine"),
)

# A year later the first appraisal; then he leaves while the second one is open.
APPOINTED = (
    *STEPS,
    {"find": "appointment", "in": "jia", "as": "appointment"},
    {"at": "2026-07-10 09:00"},
    {"find": "appraisal", "in": "appointment", "as": "first"},
    {
        "complete": "self_report",
        "of": "first",
        "by": "jia",
        "with": {"self_report": {"work": "完成年度任务", "apprentices": "带徒二人", "participation": 2}},
    },
    {
        "complete": "appraise",
        "of": "first",
        "by": "hr",
        "with": {"appraisal": {"grade": "合格", "participation": 2, "opinion": "称职", "appraised_on": "2026-07-10"}},
    },
    {"at": "2027-07-12 09:00"},
    {"find": "appraisal", "in": "appointment", "as": "second"},
    {
        "set_off": "resigned",
        "of": "appointment",
        "by": "hr",
        "with": {"resignation": {"left_on": "2027-07-12", "reason": "本人辞职"}},
    },
)

SUPERVISION = {
    "kind": "case",
    "year": 2025,
    "employer": "E1",
    "inspectors": [{"id": "i1", "name": "检查员一"}, {"id": "i2", "name": "检查员二"}],
    "reason": "有人举报",
}

# The window is open when the employer's work is ended; the decision falls three weeks later, and the list is posted again.
EXITED = (
    *before("determine")[:-2],
    {"at": "2025-06-24 09:00"},
    {"start": "supervision", "by": "centre", "as": "supervision", "with": {"supervision": SUPERVISION}},
    {
        "complete": "inspect",
        "of": "supervision",
        "by": "centre",
        "with": {
            "inspection": {
                "inspected_on": "2025-06-24",
                "checked": ["screening", "committee"],
                "result": "serious",
                "problems": "评审记录缺失",
                "serious": True,
            }
        },
    },
    {
        "complete": "decide_exit",
        "of": "supervision",
        "by": "bureau",
        "with": {
            "exit_decision": {
                "exit": True,
                "number": "虚构终止〔2025〕1号",
                "decided_on": "2025-06-24",
                "scope": "this",
                "reason": "管理混乱",
            }
        },
    },
    {"find": "exit", "in": "supervision", "as": "exit"},
    {"at": "2025-07-15 09:00"},
    {
        "set_off": "exit_reversal",
        "of": "exit",
        "by": "centre",
        "with": {"reversal": {"number": "虚构撤销〔2025〕2号", "decided_on": "2025-07-15", "reason": "事实不清"}},
    },
    {
        "complete": "post",
        "of": "round",
        "by": "hr",
        "with": {"posting": {"posted_on": "2025-07-15", "place": "厂区公告栏", "contact": "人事部门 022-00000000"}},
    },
)
