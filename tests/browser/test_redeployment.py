"""A policy is revised on the pages: five working days become seven, compared, examined, rehearsed, approved by another person,
in force on its day; a round under way keeps its five; and back again. No programmer anywhere.
"""

import io
import zipfile

from engine.cases import read_case
from engine.cases.following import follow
from engine.examining import examine
from engine.queries.verification import verify
from tests.browser.stories import Story
from tests.people import ADMIN, S1

# The worker plays these of the bundle's own cases; that it plays them all is shown elsewhere, and takes minutes.
KEPT = ("cases/supervision-draw.yaml", "cases/tables/objections.yaml")


def edited(content: bytes) -> bytes:
    """The downloaded bundle with the one number changed, as a process owner would in a text editor."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            if name.startswith("cases/") and name not in KEPT:
                continue
            text = old.read(name).decode()
            if name == "policy.yaml":
                before, after = text.split("publicity.days:", 1)
                assert "default: 5" in after
                text = before + "publicity.days:" + after.replace("default: 5", "default: 7", 1)
            new.writestr(f"tianjin/{name}", text)
    return changed.getvalue()


SECOND = {
    "plan": {
        "title": "第二轮",
        "publish_on": "2025-06-24",
        "applications_until": "2025-07-11",
        "review_on": "2025-07-14",
    },
    "publish_plan": {"published_on": "2025-06-24"},
    "screening": {"queried_on": "2025-06-24"},
    "meeting": {"meeting_on": "2025-07-14"},
    "recheck": {"list": ["E1-2025-2-1"], "rechecked_on": "2025-07-14"},
}
"""What the second round enters otherwise than S1, which it follows three weeks later."""


def second(step):
    """The same step in the second round."""
    (group, entered), *rest = step["with"].items()
    return {**step, "with": {group: {**entered, **SECOND.get(step["complete"], {})}, **dict(rest)}}


def main_of(visitor):
    return visitor.page.locator("main").inner_text()


def press(visitor, action, **values):
    """Fill in the form that leads there, and press its button."""
    form = visitor.page.locator(f"form[action$='{action}']")
    visitor.page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
    for name, value in values.items():
        form.locator(f"[name='{name}']").fill(value)
    visitor.follow(form.locator("button").first)


def proposed(visitor):
    """Downloaded, edited, uploaded, compared, proposed from the next day on; says where the proposal's page is."""
    visitor.be("admin")
    visitor.go("/deployments")
    with visitor.page.expect_download() as download:
        visitor.page.locator("a[href$='bundle.zip']").first.click()
    content = edited(download.value.path().read_bytes())
    visitor.page.locator("input[type=file]").set_input_files(
        {"name": "bundle.zip", "mimeType": "application/zip", "buffer": content}
    )
    visitor.follow(visitor.page.locator("form[action='/deployments'] .btn-primary"))
    (setting,) = visitor.page.locator("tr", has_text="publicity.days").all()
    assert [setting.locator(each).inner_text() for each in ("del", "ins")] == ["5", "7"]
    digest = visitor.page.url.rsplit("/", 1)[1]
    press(visitor, f"/staged/{digest}", from_on="2025-06-24", reason="公示期由5个工作日改为7个工作日")
    visitor.succeed()
    return visitor.page.url.removeprefix(visitor.engine.address)


def examined(visitor, page):
    """The page says how far the worker is, brings the rest by itself, and then leads to the report."""
    assert "还不能批准：示例用例尚未完成、预演尚未完成" in main_of(visitor)
    examine(visitor.engine, 0.01)
    visitor.go(page)
    assert ("进行中" in main_of(visitor), "1/2" in main_of(visitor)) == (True, True)
    while examine(visitor.engine, 0.01):
        pass
    visitor.page.locator("#gate", has_text="1个事项会有不同").wait_for()
    assert "还不能批准" not in main_of(visitor)
    assert visitor.page.locator("#gate .is-good").count() == 4


def nobody_approves_their_own(visitor, page):
    assert visitor.page.locator(f"form[action='{page}/approve']").count() == 0
    token = visitor.page.locator("input[name=_csrf]").first.get_attribute("value")
    forged = {"_csrf": token, "reason": "同意"}
    assert visitor.page.request.post(f"{visitor.engine.address}{page}/approve", form=forged).status == 403


def approved(visitor, page):
    """By another person, who reads the report first: which round would take longer, and until when."""
    visitor.be("bureau")
    visitor.go(page)
    visitor.follow(visitor.page.locator("#gate a[href$='/rehearsal']"))
    assert "期限 1" in main_of(visitor)
    (told,) = visitor.page.locator("main section:has(h3)").all()
    (row,) = told.locator("tbody tr").all()
    assert "津虚重工2025年特级技师评聘" in told.inner_text()
    assert "E1-2025-1" in told.inner_text()
    assert row.locator("td").all_inner_texts() == [
        "公示期满",
        "期限",
        "2025年6月30日 周一 24:00",
        "2025年7月2日 周三 24:00",
    ]
    visitor.go(page)
    press(visitor, "/approve", reason="同意，按期施行")
    visitor.succeed()


AFTER = ("2026年4月1日 周三 起", "无施行中的政策", "不能发起")


def assert_line(visitor, *expected):
    """The time line's days, what holds on them, by which version."""
    visitor.go("/deployments")
    rows = visitor.page.locator("section[aria-labelledby=force] tbody tr").all()
    told = [" ".join(row.inner_text().split()) for row in rows]
    assert [[part for part in parts if part not in row] for row, parts in zip(told, expected, strict=True)] == [
        [] for _ in expected
    ], told


def days(visitor, story):
    windows = visitor.instance(story.instances["round"]).windows
    return next(window for window in windows if window.element == "publicity").counts[-1]["counted"]


def second_round(visitor, told):
    """Begun on the pages by the version in force, played on behind them, posted on the page."""
    fresh = Story(visitor, read_case(S1))
    visitor.go("/")
    fresh.start({"start": "round", "by": "hr", "as": "round"})
    for step in follow(told, [{"play": "post"}]):
        if "at" in step or "start" in step:
            continue
        fresh.behind_the_pages([second(step)])
        if step["complete"] == "publish_plan":
            fresh.behind_the_pages([next(one for one in told if one.get("start") == "candidacy")])
        elif step["complete"] == "screening":
            fresh.behind_the_pages([{"at": "2025-07-14 09:00"}])
    posting = {"posting": {"posted_on": "2025-07-14", "place": "公告栏", "contact": "人事部门"}}
    fresh.complete({"complete": "post", "of": "round", "with": posting}, "hr")
    return fresh


def test_seven_days_for_what_begins_when_it_is_in_force_five_for_what_is_under_way_and_back(site, visit):
    visitor = visit(site())
    engine = visitor.engine
    engine.add_person(ADMIN, id="bureau", name="处长丑", roles=["bureau"])
    told = list(read_case(S1).steps)
    running = Story(visitor, read_case(S1))
    (post,) = [place for place, step in enumerate(told) if step.get("complete") == "post"]
    running.behind_the_pages(told[: post + 1])

    page = proposed(visitor)
    examined(visitor, page)
    nobody_approves_their_own(visitor, page)
    approved(visitor, page)
    assert_line(visitor, ("至 2025年6月23日", "施行中", "第1版"), ("2025年6月24日", "将施行", "第2版"), AFTER)

    visitor.move_to("2025-06-24 09:00")
    fresh = second_round(visitor, told)
    assert days(visitor, running) == [f"2025-06-{day}" for day in (24, 25, 26, 27, 30)]
    mine = [line.element for line in engine.inbox(engine.actor("leader"), "groups")]
    assert mine == ["determine"], "the round under way went on after its five days"
    assert days(visitor, fresh) == [f"2025-07-{day}" for day in (15, 16, 17, 18, 21, 22, 23)]

    visitor.be("bureau")
    visitor.go("/deployments/1")
    press(visitor, "/1/roll-back", reason="修订暂缓施行")
    visitor.succeed()
    middle = ("2025年6月24日 周二 至 2025年7月13日", "已过", "第2版")
    assert_line(visitor, ("2025年6月23日", "已过", "第1版"), middle, ("2025年7月14日", "施行中", "第1版 恢复"), AFTER)
    assert verify(engine.audit_export(ADMIN)).breaks == ()
