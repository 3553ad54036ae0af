"""An administrator changes five working days to seven, on the page, without a programmer."""

import io
import zipfile

from engine.cases import read_case
from engine.cases.following import follow
from tests.browser.stories import Story
from tests.people import S1


def edited(content: bytes) -> bytes:
    """The downloaded bundle with the one number changed, as a process owner would in a text editor."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
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
        "publish_on": "2025-06-23",
        "applications_until": "2025-07-11",
        "review_on": "2025-07-14",
    },
    "publish_plan": {"published_on": "2025-06-23"},
    "screening": {"queried_on": "2025-06-23"},
    "meeting": {"meeting_on": "2025-07-14"},
    "recheck": {"list": ["E1-2025-2-1"], "rechecked_on": "2025-07-14"},
}
"""What the second round enters otherwise than S1, which it follows three weeks later."""


def second(step):
    """The same step in the second round."""
    (group, entered), *rest = step["with"].items()
    return {**step, "with": {group: {**entered, **SECOND.get(step["complete"], {})}, **dict(rest)}}


def test_a_new_round_takes_seven_days_while_the_running_one_keeps_five(site, visit):
    visitor = visit(site())
    told = list(read_case(S1).steps)
    running = Story(visitor, read_case(S1))
    running.behind_the_pages(follow(told, [{"play": "post"}]))

    visitor.be("admin")
    visitor.go("/deployments")
    with visitor.page.expect_download() as download:
        visitor.page.locator("a[href$='bundle.zip']").first.click()
    content = edited(download.value.path().read_bytes())
    visitor.page.locator("input[type=file]").set_input_files(
        {"name": "bundle.zip", "mimeType": "application/zip", "buffer": content}
    )
    visitor.follow(visitor.page.locator("form[action='/deployments'] .btn-primary"))
    shown = visitor.page.locator("main").inner_text()
    assert "publicity.days" in shown
    visitor.follow(visitor.page.locator("main .btn-primary"))
    visitor.succeed()
    assert [line.version for line in visitor.engine.deployments(visitor.engine.actor("admin"))] == [2, 1]

    fresh = Story(visitor, read_case(S1))
    later = [step for step in follow(told, [{"play": "post"}]) if "at" not in step and "start" not in step]
    visitor.go("/")
    fresh.start({"start": "round", "by": "hr", "as": "round"})
    for step in later:
        fresh.behind_the_pages([second(step)])
        if step["complete"] == "publish_plan":
            fresh.start({**next(one for one in told if one.get("start") == "candidacy")})
        elif step["complete"] == "screening":
            fresh.behind_the_pages([{"at": "2025-07-14 09:00"}])
    posting = {"posting": {"posted_on": "2025-07-14", "place": "公告栏", "contact": "人事部门"}}
    for story in (running, fresh):
        story.complete({"complete": "post", "of": "round", "with": posting}, "hr")

    def days(story):
        windows = visitor.instance(story.instances["round"]).windows
        return next(window for window in windows if window.element == "publicity").counts[-1]["counted"]

    assert days(running) == [f"2025-07-{day}" for day in (15, 16, 17, 18, 21)]
    assert days(fresh) == [f"2025-07-{day}" for day in (15, 16, 17, 18, 21, 22, 23)]
