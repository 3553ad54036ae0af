"""The notices page and urging from the matter's page, without scripts."""

import pytest

from tests.api.visiting import Visitor, application, words
from tests.engine.commands.office import open_office
from tests.engine.commands.test_reminders import later, opened


@pytest.fixture
def people(empty):
    return open_office(empty)


def count(visitor, path="/inbox"):
    """The number beside the room in the navigation; none where there is nothing new."""
    found = visitor.page(path).xpath("//nav//a[@href='/notices']//span[@class='count']")
    return int(found[0].text) if found else 0


def test_a_reminder_is_counted_read_and_leads_to_its_task(empty, people):
    _, found = opened(empty, people["hr"])
    app = application(empty)
    hr = Visitor(app, "hr")
    assert count(hr) == 0
    assert "目前没有" in words(hr.page("/notices"))
    later(empty, "2025-10-10")
    assert count(hr) == 2
    page = hr.page("/notices")
    assert [each.get("href") for each in page.xpath("//ul[@class='notices']//a")] == [f"/tasks/{found}"] * 2
    assert "期限已到：work，办理期限2025年10月10日" in words(page)
    (form,) = page.xpath("//form[@action='/notices/read']")
    until = form.xpath("input[@name='until']/@value")[0]
    assert hr.post("/notices/read", {"until": until}).status_code == 303
    assert count(hr) == 0
    page = hr.page("/notices")
    assert page.xpath("//form[@action='/notices/read']") == []
    assert "即将到期" in words(page)
    english = words(Visitor(app, "hr", "en").page("/notices"))
    assert "Due soon: work, due on 2025-10-10" in english


def test_the_head_is_led_to_the_matter(empty, people):
    instance, _ = opened(empty, people["hr"])
    later(empty, "2025-10-14")
    page = Visitor(application(empty), "boss").page("/notices")
    assert [each.get("href") for each in page.xpath("//ul[@class='notices']//a")] == [f"/instances/{instance}"]
    assert "逾期3个工作日，报告上级" in words(Visitor(application(empty), "boss").page(f"/instances/{instance}"))


def test_marking_needs_the_token_of_the_session(empty, people):
    opened(empty, people["hr"])
    later(empty, "2025-10-10")
    hr = Visitor(application(empty), "hr")
    assert hr.post("/notices/read", csrf="forged").status_code == 409
    assert count(hr) == 2
    for strange in ("x", "", "９", "-1"):
        assert hr.post("/notices/read", {"until": strange}).status_code == 303


def test_many_notices_come_on_several_pages(empty, people):
    from engine.permissions import SYSTEM
    from engine.telling import tell
    from engine.transaction import begin
    from forms.text import Text

    for number in range(65):
        with begin(empty.sessions, empty.clock, SYSTEM) as tx:
            tell(tx, ["hr"], str(number), "on", Text(f"第{number}条", f"no. {number}"))
    hr, path, seen = Visitor(application(empty), "hr"), "/notices", []
    while path:
        page = hr.page(path)
        seen.append(len(page.xpath("//ul[@class='notices']/li")))
        further = page.xpath("//main//a[contains(@href, 'after=')]/@href")
        path = further[0] if further else None
    assert seen == [30, 30, 5]


def test_somebody_elses_task_is_urged_from_the_matters_page(empty, people):
    instance, found = opened(empty, people["hr"], assignment='candidateGroups="leader"')
    app = application(empty)
    hr, boss = Visitor(app, "hr"), Visitor(app, "boss")
    (form,) = hr.page(f"/instances/{instance}").xpath("//form[@class='urge']")
    assert boss.page(f"/instances/{instance}").xpath("//form[@class='urge']") == []
    once = form.xpath("input[@name='_once']/@value")[0]
    asked = {"words": "请审阅", "_once": once}
    assert hr.post(form.get("action"), asked, csrf="forged").status_code == 409
    assert count(boss) == 0
    answers = [hr.post(form.get("action"), asked) for _ in range(2)]  # a double click
    assert [answer.status_code for answer in answers] == [303, 303]
    page = hr.page(f"/instances/{instance}")
    assert "已催办，这是第1次。" in words(page)
    assert "理由：请审阅" in words(page)
    assert page.xpath("//form[@class='urge']") == []
    assert count(boss) == 1
    assert hr.post(form.get("action"), {"words": ""}).status_code == 409
    assert "理由：请审阅" in words(boss.page(f"/instances/{instance}"))
    assert boss.page("/notices").xpath("//ul[@class='notices']//a")[0].get("href") == f"/tasks/{found}"


def test_nobody_is_led_to_notices_who_is_not_signed_in(empty, people):
    assert Visitor(application(empty)).get("/notices").status_code == 302
