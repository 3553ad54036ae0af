"""The inbox as a page: filters in the address, saved views, several tasks at once, following, what is new."""

import json

import pytest

from tests.api.visiting import Visitor, application, words
from tests.engine.bundles import FORM, line, small, task
from tests.engine.commands.office import WITH_CENTRE, open_office
from tests.people import ADMIN

pytestmark = pytest.mark.both  # filters, search and order are SQL

TICK = {"type": "checkbox", "key": "sure", "label": "已核对", "id": "sure_field", "validate": {"required": True}}
CHOICE = {"type": "radio", "key": "outcome", "label": "结论", "id": "o", "values": [{"label": "同意", "value": "yes"}]}
FILES = {
    f"{name}.form": json.dumps({**FORM, "id": name, "components": [*FORM["components"], field]}).encode()
    for name, field in (("tick", TICK), ("choice", CHOICE))
}
OUT = '<zeebe:properties><zeebe:property name="bulk" value="no" /></zeebe:properties>'


@pytest.fixture
def office(empty):
    """Three matters with four tasks each side by side: a plain form, one with a tick, one with a choice, one kept out."""
    people = open_office(empty)
    steps = {"plain": "any", "ticked": "tick", "chosen": "choice"}
    body = "".join(task(name, form=form) for name, form in steps.items()) + task("apart", inside=OUT)
    body += '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />' + line("begin", "split")
    body += "".join(line("split", name, "join") for name in (*steps, "apart")) + line("join", "finish")
    empty.deploy(ADMIN, small(body, policy=WITH_CENTRE, files=FILES))
    for _ in range(3):
        empty.start(people["hr"], "p", {})
    return empty, people


@pytest.fixture
def visit(office):
    app = application(office[0])
    return lambda person, language="zh": Visitor(app, person, language)


def of(engine, me, element, box="groups"):
    return [each.id for each in engine.inbox(me, box) if each.element == element]


def bulk(visitor, act, ids, **more):
    return visitor.client.post("/inbox/bulk", data={"_csrf": "token", "_once": "k", "act": act, "task": ids, **more})


def test_filters_stand_in_the_address_and_what_is_none_is_said(visit, office):
    hr = visit("hr")
    page = hr.page("/inbox?list=groups&element=plain&sort=key&reverse=yes")
    assert len(page.cssselect(".inbox-lines tbody tr")) == 3
    assert "共3件" in words(page)
    assert page.cssselect("#f-element option[selected]")[0].get("value") == "plain"
    assert [link.text_content().split() for link in page.cssselect(".boxes a.active")] == [["本组", "12"]]
    for bad in ("due=soonish", "since=x", "list=all", f"q={'长' * 101}", "after=nothing", "sort=%00", "reverse=maybe"):
        response = hr.get(f"/inbox?list=groups&{bad}" if not bad.startswith("list") else f"/inbox?{bad}")
        assert response.status_code in {404, 422}, bad
    for odd in ("q=%00%01", "q=%25", "q=%F0%9F%98%80", "q='", "employer=%00", "process=nothing", "unknown=1"):
        assert hr.get(f"/inbox?list=groups&{odd}").status_code == 200, odd
    assert "No task is as asked" in words(visit("hr", "en").page("/inbox?list=groups&q=nothing"))
    assert visit("other").page("/inbox?list=groups&q=p").cssselect(".inbox-lines") == []


def test_every_page_counts_what_waits(visit, office):
    engine, people = office
    engine.claim(people["hr"], of(engine, people["hr"], "plain")[0])
    assert visit("hr").page("/notices").cssselect(".rooms a[href='/inbox'] .count")[0].text == "12"
    assert visit("hr2").page("/notices").cssselect(".rooms a[href='/inbox'] .count")[0].text == "11"


def test_a_view_is_saved_opened_with_and_deleted_by_its_person_alone(visit):
    hr, hr2 = visit("hr"), visit("hr2")
    saved = {"list": "groups", "q": "plain", "name": "常用 & 急", "default": "yes"}
    assert hr.post("/inbox/views", saved).location == "/inbox?list=groups&q=plain"
    assert hr.get("/inbox").location == "/inbox?list=groups&q=plain"
    assert hr2.get("/inbox").status_code == 200
    page = hr.page("/inbox?list=mine")
    assert page.cssselect(".views a")[0].get("href") == "/inbox?list=groups&q=plain"
    delete = page.cssselect(".keep-view li form")[0].get("action")
    assert hr2.post(delete).status_code == 404
    assert hr.post("/inbox/views", {**saved, "name": ""}).status_code == 422
    assert hr.post(delete, {"next": "https://evil.example"}).location == "/"
    assert hr.get("/inbox").status_code == 200
    assert hr.post("/inbox/views", saved, csrf="wrong").status_code == 409


def test_several_are_claimed_at_once_and_one_that_is_gone_does_not_hold_up_the_others(visit, office):
    engine, people = office
    first, second, third = of(engine, people["hr"], "plain")
    foreign = engine.start(people["other"], "p", {})["instance"]
    theirs = next(each.id for each in engine.inbox(people["other"], "groups") if each.instance_id == foreign)
    engine.claim(people["hr2"], second)
    page = words(Visitor.tree(bulk(visit("hr"), "claim", [first, second, third, theirs, "no such"])))
    assert "成功2件，未成3件" in page
    assert "他人签收" in page
    assert set(of(engine, people["hr"], "plain", "mine")) == {first, third}
    assert of(engine, people["hr2"], "plain", "mine") == [second]
    for ids in ([], [str(number) for number in range(51)]):
        assert bulk(visit("hr"), "claim", ids).status_code == 422
    assert bulk(visit("hr"), "sell", [first]).status_code == 422


def test_several_are_handed_to_one_person_with_a_reason(visit, office):
    engine, people = office
    ids, hr = of(engine, people["hr"], "plain"), visit("hr")
    bulk(hr, "claim", ids[:2])
    asked = Visitor.tree(bulk(hr, "reassign", ids))
    assert [option.get("value") for option in asked.cssselect("#person option")] == ["", "hr2"]
    kept = [box.get("value") for box in asked.cssselect("input[name=task]")]
    assert set(kept) == set(ids[:2])
    refused = bulk(hr, "reassign", kept, confirmed="yes", person="hr2", reason=" ")
    assert "未成2件" in words(Visitor.tree(refused))
    for _ in range(2):  # the second press finds the same answer under the same keys
        done = bulk(hr, "reassign", kept, confirmed="yes", person="hr2", reason="调岗")
        assert "成功2件" in words(Visitor.tree(done))
    assert set(of(engine, people["hr2"], "plain", "mine")) == set(kept)


def test_what_needs_no_entry_is_completed_at_once_and_a_choice_is_not(visit, office):
    engine, people = office
    hr, me = visit("hr"), people["hr"]
    ids = {name: of(engine, me, name) for name in ("plain", "ticked", "chosen", "apart")}
    wanted = [ids["plain"][0], ids["ticked"][0], ids["chosen"][0], ids["apart"][0]]
    asked = Visitor.tree(bulk(hr, "complete", wanted))
    kept = [box.get("value") for box in asked.cssselect("input[name=task]")]
    assert kept == wanted[:2]
    assert asked.cssselect("label[for=tick]")[0].text == "已核对"
    assert "结论" in words(asked)
    half = words(Visitor.tree(bulk(hr, "complete", wanted, confirmed="yes")))
    assert "成功1件，未成3件" in half
    assert "请勾选" in half
    done = words(Visitor.tree(bulk(hr, "complete", wanted[1:], confirmed="yes", tick="yes")))
    assert "成功1件，未成2件" in done
    assert {each.id for each in engine.inbox(me, "done")} == set(wanted[:2])


def test_what_is_new_is_marked_until_it_is_opened_and_a_matter_is_followed(visit, office):
    engine, people = office
    hr, (first, *_) = visit("hr"), of(engine, people["hr"], "plain")
    assert len(hr.page("/inbox?list=groups").cssselect("tr.is-unread")) == 12
    hr.page(f"/tasks/{first}")
    page = hr.page("/inbox?list=groups")
    assert len(page.cssselect("tr.is-unread")) == 11
    assert "（未读）" in words(page)
    matter = next(each.instance_id for each in engine.inbox(people["hr"], "groups") if each.id == first)
    assert hr.post(f"/instances/{matter}/follow").status_code == 303
    assert len(hr.page("/inbox?list=followed").cssselect(".inbox-lines tbody tr")) == 4
    assert hr.page(f"/instances/{matter}").cssselect(f"form[action='/instances/{matter}/unfollow']")
    assert hr.post(f"/instances/{matter}/unfollow").status_code == 303
    assert visit("other").post(f"/instances/{matter}/follow").status_code == 404
    assert hr.page("/inbox?list=followed").cssselect(".inbox-lines") == []


def test_keys_can_be_switched_off(visit):
    hr = visit("hr")
    assert hr.page("/inbox?list=mine").cssselect("[data-keys]")
    assert hr.get("/inbox/keys?to=off&next=/inbox").status_code == 303
    assert not hr.page("/inbox?list=mine").cssselect("[data-keys]")
