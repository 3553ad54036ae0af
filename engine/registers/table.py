"""The registers that diagrams, pages, imports and the API share: one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import NotFoundError
from engine.permissions import ROLE_WORDS, Act
from engine.registers.definition import Column, Kind, Register
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS = {
    "senior": Text("高级技师", "senior technician"),
    "special": Text("特级技师", "special-grade technician"),
    "chief": Text("首席技师", "chief technician"),
}
_GRANTED = {name: LEVELS[name] for name in ("special", "chief")}
_AWARDS = {
    "china_skills": Text("中华技能大奖", "China Skills Award"),
    "haihe": Text("海河工匠", "Haihe Craftsman"),
    "national_science": Text("国家科学技术奖", "national science and technology award"),
    "other": Text("其他", "other"),
}
_CLASSES = {
    "special": Text("特等奖", "special class"),
    "first": Text("一等奖", "first class"),
    "second": Text("二等奖", "second class"),
    "other": Text("其他", "other"),
}
RELATIONS = {
    "relative": Text("亲属", "relative"),
    "superior": Text("直接上下级", "direct superior or subordinate"),
    "master_apprentice": Text("师徒", "master and apprentice"),
    "coauthor": Text("成果合作者", "co-author"),
    "coapplicant": Text("同批申报人", "co-applicant"),
    "objector": Text("异议提出人", "objector"),
    "other": Text("其他", "other"),
}
_STATUSES = {"active": Text("正常", "active"), "exited": Text("已退出", "exited")}
_OF_CERTIFICATES = {
    "valid": Text("有效", "valid"),
    "void": Text("作废", "void"),
    "revoked": Text("撤销", "revoked"),
}
# What diagrams write; another word is kept as it is.
_IN_OFFICE = {
    "in_office": Text("在聘", "in office"),
    "expired": Text("期满", "expired"),
    "dismissed": Text("解聘", "dismissed"),
    "left": Text("离职", "left"),
}
_OF_OBJECTIONS = {"open": Text("办理中", "open"), "closed": Text("已办结", "closed")}
# As long as the longest text of a form that a diagram writes here.
_LONG = 5000
_CODE = r"[0-9]{1,2}(-[0-9A-Z]{1,2}){3}"
_CODE_HINT = Text("如 6-18-02-04", "such as 6-18-02-04")

_employer = Column("employer_id", Text("单位编号", "employer id"), required=True, refers="employer", longest=64)
_person = Column("person", Text("人员编号", "person id"), required=True, refers="person", longest=64)
_number = Column("key", Text("编号", "key"), required=True, longest=190)
_trade = Column("trade", Text("工种", "trade"), longest=100)
_name = Column("name", Text("姓名", "name"), longest=100)


def _text(key: str, zh: str, en: str, *, longest: int = 500, required: bool = False, source: str = "") -> Column:
    return Column(key, Text(zh, en), longest=longest, required=required, source=source)


def _day(key: str, zh: str, en: str, *, required: bool = False, source: str = "") -> Column:
    return Column(key, Text(zh, en), Kind.DAY, required=required, source=source)


def _level(options: Mapping[str, Text], *, required: bool = False) -> Column:
    return Column("level", Text("等级", "level"), Kind.CHOICE, required=required, options=options)


EMPLOYERS = Register(
    "employers",
    Text("用人单位", "Employers"),
    Text(
        "单位、证书编号前13位及其来源、总部认定范围、是否已退出。",
        "Employers, the first 13 places of their certificate numbers with their source, their headquarters' scope, and whether they have left.",
    ),
    (
        Column("id", Text("单位编号", "employer id"), required=True, longest=64, pattern=r"[^\s|/;；]+"),
        _text("name", "单位名称", "name", longest=200, required=True, source="A2.1"),
        Column(
            "prefix",
            Text("证书编号前13位", "places 1-13"),
            source="AX.2",
            pattern=r"[A-Z][0-9]{12}",
            longest=13,
            hint=Text("1位大写字母加12位数字", "one capital letter and 12 digits"),
        ),
        _text("prefix_source", "前13位的来源", "source of places 1-13", source="AX.2"),
        Column("status", Text("状态", "state"), Kind.CHOICE, options=_STATUSES, source="A14.2", readonly=True),
        _text("hq_agency_code", "总部评价机构代码", "headquarters' body code", longest=20, source="A6.3"),
        _text("hq_name", "总部名称", "headquarters", longest=200, source="A6.3"),
        Column(
            "hq_scope",
            Text("总部认定范围", "headquarters' scope"),
            Kind.ROWS,
            source="A6.3",
            parts=(_trade, _level(LEVELS)),
            hint=Text("每项写“工种|等级”, 项间用分号", "“trade|level”, semicolons between"),
        ),
        Column("exit_number", Text("退出决定文号", "exit decision"), source="A14.2", readonly=True),
        Column("exit_on", Text("退出日期", "left on"), Kind.DAY, source="A14.2", readonly=True),
        Column("exit_reason", Text("退出理由", "reason for the exit"), source="A14.2", readonly=True),
    ),
    ("id",),
    ("name", "prefix", "hq_name", "status"),
    "A2.1",
    write=Act.WRITE_REGISTER,
    store="employers",
)
TRADES = Register(
    "trades",
    Text("单位工种", "Trades of employers"),
    Text(
        "各单位可以评聘的工种和等级, 高级技师人数; 备案批准后自动登记, 以后的备案只增不减。",
        "The trades and levels that each employer may evaluate and its senior technicians; an approved filing writes them, later ones add.",
    ),
    (
        _employer,
        Column("trade", Text("工种", "trade"), required=True, longest=100),
        Column("occupation_code", Text("职业编码", "occupation code"), pattern=_CODE, source="A5.1", hint=_CODE_HINT),
        Column("senior_count", Text("高级技师人数", "senior technicians"), Kind.INTEGER, source="A3.2"),
        Column(
            "levels",
            Text("批准的等级", "approved levels"),
            Kind.CHOICES,
            options=_GRANTED,
            source="A6.0",
            hint=Text("不填表示不限", "empty: not limited"),
        ),
        _text("standard", "职业标准", "standard", source="A2.4"),
        _day("approved_on", "批准日期", "approved on", source="A6.0"),
        Column("filing", Text("备案编号", "filing"), source="A6.0", readonly=True),
    ),
    ("employer_id", "trade"),
    ("employer_id", "trade", "occupation_code", "senior_count", "levels"),
    "A6.0",
    write=Act.WRITE_REGISTER,
    store="trades",
)
OCCUPATIONS = Register(
    "occupations",
    Text("职业编码", "Occupations"),
    Text(
        "国家职业分类大典和国家发布的职业, 是否技能类。",
        "The national classification of occupations, and whether they are of the skill type.",
    ),
    (
        Column(
            "code", Text("职业编码", "occupation code"), required=True, pattern=_CODE, hint=_CODE_HINT, source="A5.1"
        ),
        _text("edition", "版本", "edition", longest=60, required=True),
        _text("name", "职业名称", "name", longest=200, required=True),
        Column("skilled", Text("技能类", "skill type"), Kind.BOOLEAN, required=True, source="A5.1"),
        _text("source", "来源", "source", required=True),
    ),
    ("code", "edition"),
    ("code", "name", "edition", "skilled"),
    "A5.1",
    see=Act.SEE_OPEN_REGISTER,
    write=Act.WRITE_REGISTER,
)
POSTS = Register(
    "posts",
    Text("职务经历", "Post history"),
    Text(
        "本单位人员任高级技师岗位的起止日期, 供计算任职年限。",
        "When people have held senior-technician posts: years in post are counted from it.",
    ),
    (
        _person,
        _day("start", "开始日期", "from", required=True, source="A7.2b"),
        Column("employer", Text("任职单位", "employer"), required=True, longest=100, source="Q16"),
        _day("end", "结束日期", "until", source="A7.2b"),
        Column("own", Text("是否本单位", "own employer"), Kind.BOOLEAN),
        _text("post", "岗位", "post", longest=200, required=True),
        _trade,
        _text("proof", "证明材料", "proof"),
    ),
    ("person", "start", "employer"),
    ("person", "employer", "post", "start", "end"),
    "A7.2b",
    write=Act.WRITE_OWN_REGISTER,
)
EXPERTS = Register(
    "experts",
    Text("专家库", "Experts"),
    Text(
        "评审专家的领域、单位, 以及登记的应回避关系。",
        "Experts, their field and employer, and the relations for which they must not review somebody.",
    ),
    (
        Column("id", Text("专家编号", "expert id"), required=True, longest=64, pattern=r"[^\s|/;；]+"),
        _text("name", "姓名", "name", longest=200, required=True),
        _text("field", "专业领域", "field", longest=200, source="A10.2b"),
        Column("employer_id", Text("单位编号", "employer id"), refers="employer", longest=64),
        Column("active", Text("在库", "active"), Kind.BOOLEAN),
        Column(
            "conflicts",
            Text("应回避关系", "conflicts"),
            Kind.ROWS,
            source="Q6",
            parts=(
                Column("person", Text("人员编号", "person id"), longest=64),
                Column("name", Text("姓名", "name"), longest=100),
                Column("relation", Text("关系", "relation"), Kind.CHOICE, options=RELATIONS, required=True),
            ),
            hint=Text("每项写“人员编号|姓名|关系”, 项间用分号", "“person id|name|relation”, semicolons between"),
        ),
    ),
    ("id",),
    ("name", "field", "employer_id", "active"),
    "A10.2b",
    write=Act.WRITE_REGISTER,
    store="experts",
)
AWARDS = Register(
    "awards",
    Text("获奖", "Awards"),
    Text(
        "人员所获奖项, 供直接申报首席技师时核对。", "Awards of people, against which direct applications are checked."
    ),
    (
        _person,
        Column("award", Text("奖项", "award"), Kind.CHOICE, required=True, options=_AWARDS, source="A9.1"),
        _text("name", "名称", "title", longest=80, required=True),
        Column("year", Text("年份", "year"), Kind.INTEGER, required=True),
        Column("class", Text("等次", "class"), Kind.CHOICE, options=_CLASSES, source="A9.3"),
        Column("rank", Text("个人名次", "rank"), Kind.INTEGER, source="Q5"),
        _text("proof", "证明材料", "proof"),
    ),
    ("person", "award", "year", "name"),
    ("person", "award", "name", "year", "class"),
    "A9.1",
    write=Act.WRITE_OWN_REGISTER,
)
CERTIFICATES = Register(
    "certificates",
    Text("证书", "Certificates"),
    Text(
        "已编号的证书和编号的分配记录; 以前颁发的在此导入, 以后的编号接着往下排, 不会重复。",
        "Certificates and how their numbers were given out; those issued before are imported, so that later numbers go on after them.",
    ),
    (
        Column("number", Text("证书编号", "number"), required=True, longest=40, source="AX.1"),
        _text("holder", "持证人", "holder", longest=200, required=True),
        Column("person", Text("人员编号", "person id"), refers="person", longest=64),
        Column(
            "holder_id_number",
            Text("证件号码", "ID number"),
            Kind.MASKED,
            longest=40,
            hint=Text("只保留前3位和后2位", "only its first 3 and last 2 places are kept"),
        ),
        _level(_GRANTED, required=True),
        _trade,
        _day("issued_on", "发证日期", "issued on", required=True, source="Q24"),
        Column("status", Text("状态", "state"), Kind.CHOICE, options=_OF_CERTIFICATES),
        _text("source", "来源", "source", longest=2000, required=True),
        Column("employer_id", Text("单位编号", "employer id"), refers="employer", longest=64, readonly=True),
    ),
    ("number",),
    ("number", "holder", "level", "trade", "issued_on", "status"),
    "A10.3d",
    store="certificates",
    adds_only=True,
)
APPOINTMENTS = Register(
    "appointments",
    Text("聘任", "Appointments"),
    Text(
        "聘任的岗位、起止日期和状态; 由聘任流程登记。",
        "Who is appointed to what from when to when, and how it stands; the appointment process writes it.",
    ),
    (
        _number,
        _employer,
        Column("person", Text("人员编号", "person id"), refers="person", longest=64),
        _name,
        _level(_GRANTED, required=True),
        _trade,
        _text("post", "岗位", "post", longest=200),
        _text("certificate_number", "证书编号", "certificate number", longest=40, source="A10.3d"),
        _day("start_on", "聘期开始", "from", required=True, source="A3.1"),
        _day("end_on", "聘期结束", "until", source="A3.1"),
        Column("status", Text("状态", "state"), longest=60, required=True, source="A13.2", options=_IN_OFFICE),
        _day("ended_on", "终止日期", "ended on"),
        _text("reason", "说明", "note", longest=_LONG),
    ),
    ("key",),
    ("key", "name", "level", "trade", "start_on", "end_on", "status"),
    "A10.4",
)
OBJECTIONS = Register(
    "objections",
    Text("异议", "Objections"),
    Text(
        "公示期内的异议及其处理; 不登记提出人的姓名和联系方式。",
        "Objections and what became of them; never who made them.",
    ),
    (
        _number,
        _employer,
        _text("round", "批次", "round", longest=200),
        _text("candidate", "所涉申报", "candidacy", longest=200),
        _text("candidate_name", "所涉人员", "candidate", longest=100),
        _text("kind", "类别", "kind", longest=60),
        Column("named", Text("实名", "named"), Kind.BOOLEAN, source="Q8"),
        _text("repeat_of", "重复于", "repeats", longest=200, source="Q12"),
        Column("status", Text("状态", "state"), longest=60, options=_OF_OBJECTIONS),
        _text("outcome", "处理结果", "outcome", longest=60, source="Q11"),
        _text("effect", "对名单的影响", "effect", longest=60, source="Q10"),
        _text("reason", "理由", "reason", longest=_LONG),
        _day("received_on", "收到日期", "received on"),
        _day("closed_on", "办结日期", "closed on", source="Q9"),
    ),
    ("key",),
    ("key", "candidate", "kind", "status", "outcome", "received_on"),
    "A10.3b",
)
INSPECTIONS = Register(
    "inspections",
    Text("检查", "Inspections"),
    Text("对用人单位的抽查和专项检查及其结果。", "Inspections of employers and what they found."),
    (
        _number,
        _employer,
        Column("year", Text("年度", "year"), Kind.INTEGER, source="A14.1"),
        _text("kind", "方式", "kind", longest=60),
        _day("inspected_on", "检查日期", "inspected on"),
        Column("inspectors", Text("检查人员", "inspectors"), Kind.TEXTS),
        Column("checked", Text("检查内容", "what was checked"), Kind.TEXTS),
        _text("result", "结果", "result", longest=60),
        _text("problems", "发现的问题", "problems", longest=_LONG),
        Column("serious", Text("严重", "serious"), Kind.BOOLEAN, source="A14.2"),
        _day("rectify_until", "整改期限", "to be put right by"),
        _text("decision", "处理决定", "decision", longest=200, source="A14.2"),
        _day("published_on", "公布日期", "published on", source="A14.1"),
    ),
    ("key",),
    ("key", "employer_id", "year", "inspected_on", "result"),
    "A14.1",
)
LETTERS = Register(
    "letters",
    Text("等级代码", "Level letters"),
    Text(
        "证书编号第16位的等级代码及其来源; 附件未载明的等级, 取得依据后在此登记。",
        "The letter of place 16 for levels that the annex does not name, with its source.",
    ),
    (
        _level(_GRANTED, required=True),
        Column(
            "letter",
            Text("代码", "letter"),
            required=True,
            pattern=r"[A-Z]",
            longest=1,
            source="AX.1",
            hint=Text("一个大写字母", "one capital letter"),
        ),
        _text("source", "来源", "source", required=True),
        _day("issued_on", "文件日期", "dated"),
    ),
    ("level",),
    ("level", "letter", "source"),
    "AX.1",
    see=Act.SEE_OPEN_REGISTER,
)

_ROLES = {role.value: Text(*words) for role, words in ROLE_WORDS.items()}
_KINDS = {
    "employer": Text("用人单位", "employer"),
    "centre": Text("市鉴定中心", "appraisal centre"),
    "bureau": Text("市人社局", "bureau"),
}
_account = Column("id", Text("人员编号", "person id"), required=True, longest=64, pattern=r"[^\s|/;；]+")
UNITS = Register(
    "units",
    Text("部门", "Units"),
    Text(
        "各单位的部门, 以及市鉴定中心、市人社局的处室。可以把人员的办理范围限于本部门。",
        "The units of employers, of the appraisal centre and of the bureau; people can be kept to the matters of theirs.",
    ),
    (
        Column("code", Text("部门编号", "unit id"), required=True, longest=64, pattern=r"[^\s|/;；]+"),
        _text("name", "部门名称", "name", longest=100, required=True),
        Column("kind", Text("所属", "of"), Kind.CHOICE, required=True, options=_KINDS),
        Column(
            "employer_id",
            Text("单位编号", "employer id"),
            refers="employer",
            longest=64,
            hint=Text("用人单位的部门必填", "required for a unit of an employer"),
        ),
        Column("within", Text("上级部门", "within"), refers="unit", longest=64),
    ),
    ("code",),
    ("code", "name", "kind", "employer_id", "within"),
    "",
    write=Act.WRITE_UNITS,
)
PEOPLE = Register(
    "people",
    Text("人员", "People"),
    Text(
        "系统中的人员: 姓名、单位、部门、邮箱和账号是否启用。角色由安全管理员另行授予。",
        "Who is in the system: name, employer, unit, mail address, and whether the account is open. The security administrator "
        "grants roles.",
    ),
    (
        _account,
        _text("name", "姓名", "name", longest=200, required=True),
        Column("employer_id", Text("单位编号", "employer id"), refers="employer", longest=64),
        Column("unit", Text("部门编号", "unit id"), refers="unit", longest=64),
        Column(
            "email",
            Text("邮箱", "mail address"),
            longest=254,
            pattern=r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\"]+",
            hint=Text("如 name@example.com", "such as name@example.com"),
        ),
        Column("active", Text("账号启用", "account open"), Kind.BOOLEAN),
        Column("roles", Text("角色", "roles"), Kind.CHOICES, options=_ROLES, readonly=True),
    ),
    ("id",),
    ("id", "name", "employer_id", "unit", "active", "roles"),
    "",
    see=Act.SEE_PEOPLE,
    write=Act.MANAGE_PEOPLE,
    store="people",
)
GRANTS = Register(
    "roles",
    Text("角色授予", "Roles granted"),
    Text(
        "每人可以做什么。系统、安全、审计三种管理员不得由一人兼任; 本人的角色须由他人授予。",
        "What everybody may be. Nobody is two of the three administrators, and nobody grants roles to themselves.",
    ),
    (
        Column("person", Text("人员编号", "person id"), required=True, refers="person", longest=64),
        Column("name", Text("姓名", "name"), longest=200, readonly=True),
        Column("roles", Text("角色", "roles"), Kind.CHOICES, options=_ROLES),
        Column("unit_only", Text("仅限本部门", "own unit only"), Kind.BOOLEAN),
        _text("reason", "授予或更改的理由", "reason", required=True, longest=500),
    ),
    ("person",),
    ("person", "name", "roles", "unit_only"),
    "",
    see=Act.SEE_PEOPLE,
    write=Act.GRANT_ROLES,
    store="roles",
)

REGISTERS: Mapping[str, Register] = {
    register.name: register
    for register in (
        EMPLOYERS,
        TRADES,
        OCCUPATIONS,
        POSTS,
        AWARDS,
        EXPERTS,
        CERTIFICATES,
        APPOINTMENTS,
        OBJECTIONS,
        INSPECTIONS,
        LETTERS,
        UNITS,
        PEOPLE,
        GRANTS,
    )
}


def find(name: str) -> Register:
    """Raises NotFoundError naming the registers that there are."""
    if name not in REGISTERS:
        known = ", ".join(REGISTERS)
        raise NotFoundError(f"没有台账{name}。现有: {known}。", f"there is no register {name}; there are {known}.")
    return REGISTERS[name]
