"""What is in force, as people meet it on the pages: after the term and near its end (S8), extended, scheduled, taken back, put in
force again; proposals and approvals that are wrong, or come twice.
"""

import io
from datetime import datetime

import pytest

from engine.bundle import make_bundle, read_folder, zipped
from engine.cases import read_case
from engine.cases.running import World, play_steps, populate
from engine.clock import SHANGHAI
from engine.examining import examine
from engine.queries.verification import verify
from tests.api.visiting import Visitor, application, flat, words
from tests.engine.bundles import POLICY, line, small, task
from tests.engine.test_files import PDF
from tests.people import ADMIN, BUNDLE, S1

REVISED = make_bundle(
    {
        path: content
        for path, content in read_folder(BUNDLE.parent / "tianjin-2026-fictional").files.items()
        if not path.startswith("cases/")
    }
)
OFFICES = {"root": "admin", "owner": "owner", "owner2": "owner", "bureau": "bureau"}


def staff(engine):
    for person, role in OFFICES.items():
        engine.add_person(ADMIN, id=person, name=f"{role}{person}", roles=[role])


def at(engine, *moment):
    engine.move_clock(ADMIN, datetime(*moment, tzinfo=SHANGHAI))


def document(content=PDF, name="津人社局发〔2026〕9号.pdf"):
    return (io.BytesIO(content), name)


def extension(**other):
    known = {"until_on": "2026-05-31", "basis": "津人社局发〔2026〕9号", "reason": "新办法尚未出台"}
    return {**known, "document": document(), **other}


def proposed(app, bundle, by="root", **more):
    """Uploaded and proposed on the pages; says where the proposal's page is."""
    visitor = Visitor(app, by)
    staged = visitor.post("/deployments", {"bundle": (io.BytesIO(zipped(bundle.files)), "b.zip")}).location
    return visitor.post(staged, {"reason": "修订", **more}).location


def decide(app, person, page, act="approve", reason="同意"):
    return Visitor(app, person).post(f"{page}/{act}", {"reason": reason})


def shown(app, person, path, language="zh"):
    return words(Visitor(app, person, language).page(path).xpath("//main")[0])


# --- S8(a): after the term


def test_after_the_term_pages_say_what_is_not_possible_what_is_and_what_comes_until_it_is_extended(world):
    engine = world.engine
    staff(engine)
    app = application(engine)
    at(engine, 2026, 4, 2, 9)
    refused = Visitor(app, "hr").get("/start/round")
    assert refused.status_code == 409
    for text in (words(Visitor.tree(refused)), shown(app, "hr", "/instances")):
        assert "A15.1: 2026-04-02没有施行中的政策" in text
        assert "有效期为2024-04-01至2026-03-31" in text
        assert "尚无后续政策" in text
        assert "已发起的照常进行, 确定和发证须记录依据" in text
    assert Visitor(app, "hr").post("/start/round", {"_once": "x"}).status_code == 409
    assert "今天没有施行中的政策" in shown(app, "root", "/deployments")
    assert "No policy is in force today" in shown(app, "owner", "/deployments", "en")

    page = proposed(app, REVISED, from_on="2026-06-01", emergency="1")
    assert decide(app, "bureau", page).status_code == 303
    assert "审批 1/2" in shown(app, "bureau", page)
    assert decide(app, "bureau", page).status_code == 403, "two people, not one twice"
    assert decide(app, "owner", page).status_code == 303
    assert "自2026-06-01起施行" in words(Visitor.tree(Visitor(app, "hr").get("/start/round")))
    text = shown(app, "root", "/deployments")
    assert "自2026年6月1日 周一起施行" in text
    assert "紧急部署" in text
    assert "紧急部署：未等全部审查完成，由两人批准" in shown(app, "owner", "/deployments/2")

    assert Visitor(app, "bureau").post("/deployments/1/extend", extension()).location == "/deployments/1"
    assert "津人社局发〔2026〕9号" in shown(app, "root", "/deployments/1")
    (link,) = Visitor(app, "root").page("/deployments/1").xpath("//a[contains(@href, '/document')]/@href")
    kept = Visitor(app, "owner").get(link)
    assert (kept.data, kept.headers["Content-Disposition"].split(";")[0]) == (PDF, "attachment")
    assert "没有施行中的政策" not in shown(app, "root", "/deployments").split("提出新版本")[0]
    assert "A15.1" not in shown(app, "hr", "/instances")
    assert Visitor(app, "hr").post("/start/round", {"_once": "y"}).status_code == 303
    at(engine, 2026, 6, 1, 9)
    assert [one.is_current for one in engine.deployments(ADMIN)] == [True, False]
    assert verify(engine.audit_export(ADMIN)).breaks == ()


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"until_on": "2026-03-31"}, 422, "应晚于原截止日2026-03-31"),
        ({"until_on": "2026-02-30"}, 422, "应为日期"),
        ({"until_on": ""}, 422, "请填写新的截止日"),
        ({"document": None}, 422, "请附上"),
        ({"document": (io.BytesIO(b"MZ"), "a.exe")}, 422, "exe"),
        ({"basis": " "}, 422, "依据"),
        ({"reason": ""}, 422, "理由"),
    ],
)
def test_an_extension_that_rests_on_nothing_is_refused_with_words(world, wrong, status, said):
    staff(world.engine)
    app = application(world.engine)
    sent = {name: value for name, value in extension(**wrong).items() if value is not None}
    refused = Visitor(app, "bureau").post("/deployments/1/extend", sent)
    assert (refused.status_code, said in words(Visitor.tree(refused))) == (status, True), words(Visitor.tree(refused))
    assert len(Visitor(app, "root").page("/deployments/1").xpath("//main//tbody/tr")) == 1


# --- S8(b) to (d): near its end, and long after it


@pytest.fixture
def near(empty):
    """A round that began in the term, before its list is posted; `posted(day, case)` posts it."""
    case = read_case(S1.parent / "s8b-finished.yaml")
    played = World(empty, empty.clock, S1.parent)
    empty.clock.move_to(case.starts_at)
    populate(played, case, read_folder(BUNDLE))
    (post,) = [place for place, step in enumerate(case.steps) if step.get("complete") == "post"]
    assert play_steps(played, case.steps[:post]) is None
    return played


def of_round(world, person, element):
    wanted = world.instances["round"]
    lines = [line for which in ("mine", "groups") for line in world.engine.inbox(world.actor(person), which)]
    return next((f"/tasks/{line.id}" for line in lines if (line.element, line.instance_id) == (element, wanted)), None)


WARNED = "办法将在本批次办结前到期"


def test_a_window_that_ends_after_the_term_warns_and_the_determination_wants_its_basis(near):
    app = application(near.engine)
    hr, path = Visitor(app, "hr"), of_round(near, "hr", "post")
    posting = {"posting": {"posted_on": "2026-03-25", "place": "公告栏", "contact": "人事部门"}}
    assert WARNED not in words(hr.page(path))
    at(near.engine, 2026, 3, 25, 9)
    told = words(Visitor.tree(hr.post(f"{path}/refresh", flat(posting))))
    assert WARNED in told
    assert "公示期最后一日为2026-04-01" in told
    assert hr.post(f"{path}/complete", flat(posting)).status_code == 303
    matter = f"/instances/{near.instances['round']}"
    assert "期满后已过办法的有效期（至2026年3月31日 周二）" in shown(app, "hr", matter)
    assert "After it the term of the measures is over" in shown(app, "hr", matter, "en")

    at(near.engine, 2026, 4, 2, 9)
    assert of_round(near, "leader", "determine") is None
    keeper, record = Visitor(app, "keeper"), of_round(near, "keeper", "legal_basis/record_basis")
    basis = {
        "decision": "finish",
        "number": "",
        "issuer": "",
        "title": "",
        "decided_on": "2026-04-02",
        "reason": "已在公示",
    }
    refused = keeper.post(f"{record}/complete", flat({"basis": basis}))
    assert (refused.status_code, "文号" in words(Visitor.tree(refused))) == (422, True)
    whole = {**basis, "number": "津虚发〔2026〕5号", "issuer": "虚构的主管部门", "title": "继续办理的通知"}
    assert keeper.post(f"{record}/complete", flat({"basis": whole})).status_code == 303
    leader, determine = Visitor(app, "leader"), of_round(near, "leader", "determine")
    day = {"determination.determined_on": "2026-04-02"}
    assert "虚构的主管部门《继续办理的通知》（津虚发〔2026〕5号）" in words(
        Visitor.tree(leader.post(f"{determine}/refresh", day))
    )
    refused = leader.post(f"{determine}/complete", {**day, "determination.granted": "E3-2025-1-1"})
    assert (refused.status_code, "已知悉须有法律依据" in words(Visitor.tree(refused))) == (422, True)


def test_a_window_that_ends_in_the_term_warns_of_nothing_and_one_at_midnight_of_its_last_day_does(near):
    """S8(c): the days count to 31 March 24:00, so the earliest determination is a day too late."""
    app = application(near.engine)
    hr, path = Visitor(app, "hr"), of_round(near, "hr", "post")
    for day, warns in (("2026-03-23", False), ("2026-03-24", True)):
        told = words(Visitor.tree(hr.post(f"{path}/refresh", {"posting.posted_on": day})))
        assert (WARNED in told) is warns, day


def test_who_was_appointed_in_the_term_is_appraised_long_after_it(play):
    world = play()
    app = application(world.engine)
    at(world.engine, 2026, 8, 10, 8)
    hr = Visitor(app, "hr")
    (appraise,) = [one for one in world.engine.inbox(world.actor("hr"), "groups") if one.element == "appraise"]
    grades = {
        "participation": "2",
        "workshop": True,
        "grade": "基本合格",
        "opinion": "未述职",
        "appraised_on": "2026-08-10",
    }
    assert hr.page(f"/tasks/{appraise.id}") is not None
    assert hr.post(f"/tasks/{appraise.id}/complete", flat({"appraisal": grades})).status_code == 303
    assert "A15.1" in shown(app, "hr", "/instances"), "nothing new all the same"


# --- decided on the pages


BODY = task("work") + line("begin", "work", "finish")


@pytest.fixture
def office(empty):
    staff(empty)
    empty.add_person(ADMIN, id="hr", name="人事", roles=["hr"])
    empty.deploy(ADMIN, small(BODY, policy=POLICY))
    return application(empty)


def revised(days=7):
    return small(BODY, policy=POLICY.replace("default: 5", f"default: {days}"))


def examined(app):
    while examine(app.extensions["pingpin"], 60):
        pass


def said(response):
    return response.status_code, words(Visitor.tree(response))


def test_a_version_is_scheduled_cancelled_approved_anew_and_the_old_one_put_in_force_again(office):
    page = proposed(office, revised(), from_on="2025-06-02")
    status, text = said(decide(office, "bureau", page))
    assert (status, "示例用例尚未完成" in text) == (409, True)
    examined(office)
    assert decide(office, "root", page).status_code == 403, "who proposed it"
    assert decide(office, "bureau", page).status_code == 303
    status, text = said(decide(office, "owner", page))
    assert (status, "已经办结" in text) == (409, True), "approved once, not twice"
    (action,) = Visitor(office, "bureau").page("/deployments/2").xpath("//form[contains(@action, '/cancel')]/@action")
    assert Visitor(office, "bureau").post(action, {"reason": " "}).status_code == 422
    assert Visitor(office, "owner").post(action, {"reason": "暂缓"}).status_code == 403
    assert Visitor(office, "bureau").post(action, {"reason": "暂缓"}).location == "/deployments/2"
    assert Visitor(office, "bureau").post(action, {"reason": "暂缓"}).status_code == 409
    assert "已取消" in shown(office, "root", "/deployments/2")
    assert "将施行" not in shown(office, "root", "/deployments")
    back = "/deployments/2/roll-back"
    for values, status in (
        ({"from_on": "2025-06-02", "reason": ""}, 422),
        ({"from_on": "2025-05-01", "reason": "晚"}, 422),
        ({"from_on": "x", "reason": "晚"}, 422),
        ({"from_on": "1999-01-01", "reason": "晚"}, 422),
    ):
        assert Visitor(office, "bureau").post(back, values).status_code == status, values
    status, text = said(Visitor(office, "bureau").post(back, {"from_on": "2025-06-02", "reason": "施行"}))
    assert (status, "尚未施行过" in text) == (409, True), "one person does not do what takes two"
    page = proposed(office, revised(), from_on="2025-06-02")
    examined(office)
    assert "没有示例用例" in shown(office, "owner", page)
    engine = office.extensions["pingpin"]
    engine.add_employer(ADMIN, id="E1", name="津虚重工")
    engine.add_person(ADMIN, id="hr1", name="人事", roles=["hr"], employer_id="E1")
    engine.start(engine.actor("hr1"), "p", {})
    assert "预演之后又新发起了1个事项" in shown(office, "owner", page)
    assert decide(office, "owner", page).status_code == 303
    for path in ("", "/rehearsal", "/rehearsal.json"):
        assert Visitor(office, "root").get(f"/deployments/proposals/{10**20}{path}").status_code == 404
    for path in (f"{10**20}", f"{10**20}/bundle.zip", f"activations/{10**20}/document"):
        assert Visitor(office, "root").get(f"/deployments/{path}").status_code == 404
    assert Visitor(office, "root").get(f"{page}/rehearsal?after=nonsense").status_code == 404
    assert Visitor(office, "root").get(f"/corrections/{10**20}").status_code == 404
    assert Visitor(office, "bureau").post("/deployments/1/roll-back", {"reason": "照旧"}).status_code == 409
    assert "将施行" in shown(office, "root", "/deployments")
    assert Visitor(office, "hr").get("/deployments").status_code == 403


def test_what_is_proposed_wrongly_is_refused_with_words_and_nobody_decides_who_may_not(office):
    root = Visitor(office, "root")
    staged = root.post("/deployments", {"bundle": (io.BytesIO(zipped(revised().files)), "b.zip")}).location
    for values, what in (
        ({"reason": "修订", "from_on": "2025-01-01"}, "已经过去"),
        ({"reason": "修订", "from_on": "tomorrow"}, "应为日期"),
        ({"reason": "  ", "from_on": ""}, "理由"),
    ):
        status, text = said(root.post(staged, values))
        assert (status, what in text) == (422, True), (values, text)
    assert said(root.post("/deployments", {}))[0] == 422
    assert said(root.post("/deployments", {"bundle": (io.BytesIO(b"no zip"), "b.zip")}))[0] == 422
    assert root.post("/deployments/staged/none", {"reason": "x"}).status_code == 404
    page = root.post(staged, {"reason": "修订"}).location
    door = office.extensions["pingpin"].redeployment
    door.finish_piece(door.take_piece(), passed=False, result={"failure": {"zh": "审查出错", "en": "it failed"}})
    assert "审查出错" in shown(office, "root", page)
    assert root.post(staged, {"reason": "修订"}).status_code == 409
    for person in ("hr", "root"):
        assert decide(office, person, page).status_code == 403, person
    assert decide(office, "owner", page, "withdraw").status_code == 403, "somebody else's"
    assert decide(office, "owner", page, "refuse", " ").status_code == 422
    for path in ("/deployments/proposals/9", "/deployments/9", "/deployments/proposals/9/rehearsal"):
        assert root.get(path).status_code == 404
    assert decide(office, "owner", "/deployments/proposals/9").status_code == 404
    for path in ("9/extend", "9/roll-back", "1/activations/9/cancel"):
        values = {"reason": "x", "from_on": "2025-06-02"} if "extend" not in path else extension()
        assert Visitor(office, "bureau").post(f"/deployments/{path}", values).status_code == 404, path
    assert decide(office, "owner", page, "refuse", "依据不足").status_code == 303
    assert "依据不足" in shown(office, "root", page)
    assert Visitor(office, "owner").post(f"{page}/approve", {"reason": "x"}, csrf="forged").status_code == 409
