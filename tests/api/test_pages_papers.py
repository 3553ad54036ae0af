"""Drafts, files, comments and copies on pages: without scripts, on stale pages, in the hands of strangers."""

import io
from functools import lru_cache

import pytest
from sqlalchemy import update

from engine.places import of_start, of_task
from engine.tables import person
from tests.api.visiting import Visitor, application, words
from tests.engine.bundles import diagram, line, process, small, task
from tests.engine.commands.office import WITH_CENTRE, entries, open_office, task_at
from tests.engine.test_files import PDF, PNG
from tests.people import ADMIN

BODY = task("work") + task("check") + line("begin", "work", "check", "finish")


@pytest.fixture
def people(empty):
    return open_office(empty)


@pytest.fixture
def matter(empty, people):
    empty.deploy(ADMIN, small(BODY, policy=WITH_CENTRE))
    return empty.start(people["hr"], "p", {})["instance"]


@pytest.fixture
def work(empty, matter):
    return task_at(empty, matter, "work")


@lru_cache(maxsize=1)
def pages(engine):
    return application(engine)


def visitor(empty, who, language="zh"):
    return Visitor(pages(empty), who, language)


def hidden(page, action):
    """What the form with this action, or a button that leads there, sends without anybody typing."""
    (form,) = page.xpath(f"//form[@action='{action}' or .//button[@formaction='{action}']]")
    return {each.get("name"): each.get("value") for each in form.xpath(".//input[@type='hidden']")}


def typed(empty, actor, work):
    kept = empty.papers.draft_at(actor, of_task(work))
    return dict(kept.typed) if kept else None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_draft_is_kept_by_its_button_and_is_there_when_the_page_is_opened_again(empty, people, work, language):
    hr = visitor(empty, "hr", language)
    sent = {**hidden(hr.page(f"/tasks/{work}"), "/drafts"), "note": "写了一半", "amount": "七"}
    assert hr.post("/drafts", sent).status_code == 303
    page = hr.page(f"/tasks/{work}")
    assert page.xpath("//input[@name='note']/@value") == ["写了一半"]
    assert page.xpath("//input[@name='amount']/@value") == ["七"]
    assert ("已恢复" if language == "zh" else "Restored") in words(page)
    # The page asks by itself while somebody writes.
    said = hr.client.post("/drafts", data={**sent, "note": "又写了些"}, headers={"HX-Request": "true"})
    assert said.status_code == 200
    assert "<" not in said.text
    listed = words(hr.page("/drafts"))
    assert "work" in listed
    (discard,) = page.xpath("//form[starts-with(@action, '/drafts/')]/@action")
    assert visitor(empty, "hr2").post(discard).status_code == 404
    assert visitor(empty, "hr2").get(discard.removesuffix("/discard")).status_code == 404
    assert "又写了些" in words(hr.page(discard.removesuffix("/discard")))
    assert hr.post(discard).status_code == 303
    assert hr.page(f"/tasks/{work}").xpath("//input[@name='note']/@value") == [""]
    # A note that is nobody's, or not ours, keeps nothing.
    for note in ("", "x", sent["_draft"][:-2]):
        assert hr.post("/drafts", {"_draft": note, "note": "x"}).status_code == 200
    assert typed(empty, people["hr"], work) is None


def test_whatever_comes_between_the_page_and_the_button_what_was_typed_is_kept(empty, people, work):
    hr, other_tab = visitor(empty, "hr"), visitor(empty, "hr")
    sent = {**hidden(hr.page(f"/tasks/{work}"), f"/tasks/{work}/complete"), "note": "会丢吗"}
    del sent["_csrf"]
    # The session is over: the way leads through the sign-in page back to the form.
    signed_out = visitor(empty, None)
    gone = signed_out.post(f"/tasks/{work}/complete", sent)
    assert gone.status_code in {302, 409}
    assert typed(empty, people["hr"], work) == {"note": "会丢吗"}
    # The page is older than the sign-in.
    assert hr.post(f"/tasks/{work}/complete", {**sent, "note": "二"}, csrf="old").status_code == 409
    assert typed(empty, people["hr"], work) == {"note": "二"}
    # A colleague has claimed it.
    empty.claim(people["hr2"], work)
    refused = hr.post(f"/tasks/{work}/complete", {**sent, "note": "三"})
    assert refused.status_code == 409
    assert "草稿" in refused.text
    assert typed(empty, people["hr"], work) == {"note": "三"}
    assert "已不由您办理" in words(hr.page("/drafts"))
    empty.unclaim(people["hr2"], work)
    # Two tabs: the first has completed it; a second press of the same is no draft, something else is.
    assert hr.post(f"/tasks/{work}/complete", {**sent, "note": "定稿"}).status_code == 303
    assert typed(empty, people["hr"], work) is None
    assert other_tab.post(f"/tasks/{work}/complete", {**sent, "note": "定稿"}).status_code == 303
    assert typed(empty, people["hr"], work) is None
    assert other_tab.post(f"/tasks/{work}/complete", {**sent, "note": "另一份"}).status_code == 303
    assert typed(empty, people["hr"], work) == {"note": "另一份"}


def test_a_revoked_role_stops_the_work_and_keeps_what_was_typed(empty, database, people, work):
    hr = visitor(empty, "hr")
    sent = {**hidden(hr.page(f"/tasks/{work}"), f"/tasks/{work}/complete"), "note": "写好了"}
    with database.begin() as connection:
        connection.execute(update(person).where(person.c.id == "hr").values(roles=["owner"]))
    refused = hr.post(f"/tasks/{work}/complete", sent)
    assert refused.status_code == 403
    assert typed(empty, empty.actor("hr"), work) == {"note": "写好了"}
    assert "写好了" in words(hr.page(hr.page("/drafts").xpath("//ul[@class='notices']//a/@href")[-1]))


def test_a_verb_that_is_refused_comes_back_to_the_page_with_what_was_typed(empty, people, work):
    empty.claim(people["hr"], work)
    hr = visitor(empty, "hr")
    for verb, name in (("reassign", "reason"), ("delegate", "reason"), ("add-signer", "question")):
        refused = hr.post(f"/tasks/{work}/{verb}", {"person": "other", name: "有话要说"})
        assert refused.status_code == 422
        assert "有话要说" in hr.tree(refused).xpath(f"//form[@action='/tasks/{work}/{verb}']//textarea")[0].text
    assert visitor(empty, "other").post(f"/tasks/{work}/reassign", {"person": "hr2", "reason": "x"}).status_code == 403


def test_files_are_handed_in_beside_the_form_without_losing_what_is_typed(empty, people, matter, work):
    hr = visitor(empty, "hr")
    sent = {**hidden(hr.page(f"/tasks/{work}"), "/files"), "note": "边填边传", "_about": "证书"}
    chosen = [(io.BytesIO(PDF), "../证书\u202e.pdf"), (io.BytesIO(PNG), "照片.png")]
    answer = hr.client.post("/files", data={**sent, "_file": chosen}, content_type="multipart/form-data")
    assert answer.headers["Location"] == f"/tasks/{work}"
    page = hr.page(f"/tasks/{work}")
    assert page.xpath("//input[@name='note']/@value") == ["边填边传"]
    assert {each.text for each in page.xpath("//ul[contains(@class, 'papers')]/li/p/a")} == {"证书.pdf", "照片.png"}
    again = hr.client.post(
        "/files", data={**sent, "_file": [(io.BytesIO(PDF), "证书.pdf"), (io.BytesIO(PNG), "照片.png")]},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert again.status_code == 303
    assert len(empty.papers.attachments(people["hr"], matter)) == 2
    bad = {**sent, "_once": "another", "_file": [(io.BytesIO(b"<html>"), "a.pdf")]}
    hr.client.post("/files", data=bad, content_type="multipart/form-data")
    assert "a.pdf" in words(hr.page(f"/tasks/{work}"))
    # What was chosen and not handed in comes along with the form.
    with_form = {**sent, "_file": [(io.BytesIO(PDF), "最后.pdf")]}
    done = hr.client.post(f"/tasks/{work}/complete", data=with_form, content_type="multipart/form-data")
    assert done.status_code == 303
    assert [one["name"] for one in entries(empty, matter, "attached")] == ["证书.pdf", "照片.png", "最后.pdf"]


def test_a_start_pressed_twice_hands_its_files_in_once(empty, people):
    empty.deploy(ADMIN, small(BODY, policy=WITH_CENTRE))
    hr = visitor(empty, "hr")
    place = of_start("p", None)
    for _ in range(2):
        sent = {"_csrf": "token", "_once": "one", "_file": [(io.BytesIO(PDF), "证书.pdf")]}
        assert hr.client.post("/start/p", data=sent, content_type="multipart/form-data").status_code == 303
    (begun,) = empty.instances(people["hr"])
    assert len(empty.papers.attachments(people["hr"], begun.id)) == 1
    assert empty.papers.beside_start(people["hr"], place) == []


def test_a_file_is_served_to_be_saved_and_to_nobody_else(empty, people, matter, work):
    hr = visitor(empty, "hr")
    sent = hidden(hr.page(f"/instances/{matter}"), "/files")
    chosen = [(io.BytesIO(b"<script>alert(1)</script>"), "说明.txt"), (io.BytesIO(PNG), "照片.png")]
    hr.client.post("/files", data={**sent, "_file": chosen}, content_type="multipart/form-data")
    text, picture = empty.papers.attachments(people["hr"], matter)
    for address in (f"/files/{text.id}", f"/files/{text.id}?inline", f"/files/{picture.id}"):
        answer = hr.get(address)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]
    assert "filename*=UTF-8''%E8%AF%B4" in hr.get(f"/files/{text.id}").headers["Content-Disposition"]
    shown = hr.get(f"/files/{picture.id}?inline")
    assert (shown.mimetype, shown.headers["Content-Disposition"][:6]) == ("image/png", "inline")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    for stranger in ("other", "worker", "x"):
        assert visitor(empty, stranger).get(f"/files/{text.id}").status_code == 404
    assert visitor(empty, None).get(f"/files/{text.id}").status_code == 302
    assert hr.get("/files/%00").status_code == 404
    assert hr.post("/files", {"_place": "nowhere:1"}).status_code == 404
    assert hr.post("/files", {**sent, "_csrf": "wrong"}).status_code == 409


def test_a_comment_and_a_copy_are_sent_from_the_page_and_read_where_they_belong(empty, people, matter, work):
    hr = visitor(empty, "hr")
    for _ in range(2):
        once = {**hidden(hr.page(f"/tasks/{work}"), f"/instances/{matter}/comments"), "_once": "one"}
        answer = hr.post(f"/instances/{matter}/comments", {**once, "text": "<b>请核对</b>"})
        assert answer.headers["Location"] == f"/tasks/{work}"
    assert words(hr.page(f"/tasks/{work}")).count("<b>请核对</b>") == 1
    hr.post(f"/instances/{matter}/comments", {"text": ""})
    assert "1至2000" in words(hr.page(f"/instances/{matter}"))
    page = hr.page(f"/instances/{matter}")
    (strike,) = page.xpath("//form[starts-with(@action, '/comments/')]/@action")
    hr.post(strike, {**hidden(page, strike), "reason": "多余"})
    assert "请核对" not in words(hr.page(f"/tasks/{work}"))
    hr.post(f"/instances/{matter}/copies", {"person": ["boss"], "note": "请阅"})
    boss = visitor(empty, "boss")
    assert "抄送给您" in words(boss.page("/notices"))
    assert "请阅" in words(boss.page(f"/instances/{matter}"))
    assert not empty.papers.beside(people["boss"], matter).has_unread
    hr.post(f"/instances/{matter}/copies", {"person": ["other"], "note": "请阅"})
    assert "不增加任何人的权限" in words(hr.page(f"/instances/{matter}"))


def test_the_task_page_says_what_comes_next_by_whom_and_under_which_condition(empty, people):
    body = (
        task("work")
        + task("check", 'candidateGroups="leader"')
        + '<bpmn:exclusiveGateway id="way" name="是否通过" default="way_to_finish" />'
        + line("begin", "work", "way", "finish")
        + '<bpmn:sequenceFlow id="yes" name="是" sourceRef="way" targetRef="check"><bpmn:conditionExpression '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="bpmn:tFormalExpression">=amount = 1'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>" + line("check", "finish")
    )
    empty.deploy(ADMIN, small(body, policy=WITH_CENTRE))
    matter = empty.start(people["hr"], "p", {})["instance"]
    page = words(visitor(empty, "hr").page(f"/tasks/{task_at(empty, matter, 'work')}"))
    assert "check 由负责人条件：是否通过：是" in page


def test_a_matters_page_says_who_has_it_what_may_come_and_what_may_be_raised_until_when(empty, people):
    window = (
        '<bpmn:intermediateCatchEvent id="window" name="公示"><bpmn:timerEventDefinition><bpmn:timeDuration '
        'xsi:type="bpmn:tFormalExpression">P5D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>'
    )
    both = diagram(
        process(window + task("check", 'candidateGroups="leader"') + line("begin", "window", "check", "finish")),
        process(task("look") + line("o_begin", "look", "o_finish"), "o"),
    )
    policy = WITH_CENTRE + "  - {process: o, roles: [candidate, leader], parent: p, while: window}\n"
    empty.deploy(ADMIN, small("", policy=policy, files={"p.bpmn": both.encode()}))
    matter = empty.start(people["hr"], "p", {})["instance"]
    assert "check（负责人）" in words(visitor(empty, "hr").page(f"/instances/{matter}"))
    assert empty.papers.appeals(people["hr"], matter) == []
    (appeal,) = empty.papers.appeals(people["boss"], matter)
    assert (appeal.process, appeal.parent_id) == ("o", matter)
    assert appeal.until is not None
    begun = empty.start(people["worker"], "o", {}, parent_id=matter)["instance"]
    page = visitor(empty, "worker").page(f"/instances/{begun}")
    assert "由人事办理" in words(page)


def test_my_data_tells_what_is_kept_goes_along_as_json_and_is_corrected_by_hr(empty, people, matter):
    hr = visitor(empty, "hr")
    page = hr.page("/mine")
    assert page.xpath(f"//a[@href='/instances/{matter}']")
    assert hr.post("/mine/correction", {"matter": matter, "text": ""}).status_code == 422
    assert hr.post("/mine/correction", {"matter": matter, "text": "单位写错了"}).status_code == 303
    assert [notice.kind for notice in empty.notices(people["hr2"])] == ["correction"]
    taken = hr.get("/mine.json")
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert taken.get_json()["comments"][0][1] == "单位写错了"
    assert visitor(empty, "other").post("/mine/correction", {"matter": matter, "text": "x"}).status_code == 422
    assert visitor(empty, None).get("/mine.json").status_code == 302
