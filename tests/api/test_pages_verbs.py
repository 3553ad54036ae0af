"""The verbs on pages: what is offered is what may be done, by the buttons alone, and twice pressed is once done."""

import pytest

from tests.api.visiting import Visitor, application
from tests.engine.bundles import line, task
from tests.engine.commands.office import begin, entries, open_office, task_at, whole

BODY = task("work") + task("check") + line("begin", "work", "check", "finish")


@pytest.fixture
def people(empty):
    return open_office(empty)


@pytest.fixture
def matter(empty, people):
    return begin(empty, people["hr"], BODY)


def visitor(empty, person, language="zh"):
    return Visitor(application(empty), person, language)


def press(who, path, action, **values):
    """Fill in the form with this action on that page, with all that is hidden in it."""
    (form,) = who.page(path).xpath(f"//form[@action='{action}']")
    hidden = {each.get("name"): each.get("value") for each in form.xpath(".//input[@type='hidden']")}
    csrf = hidden.pop("_csrf")
    answers = [who.post(action, {**hidden, **values}, csrf=csrf) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303], answers[-1].text
    return answers[0]


def choices(page, action):
    return {each.get("value") for each in page.xpath(f"//form[@action='{action}']//option")} - {""}


def test_a_claimed_task_is_given_back_by_its_button(empty, people, matter):
    empty.claim(people["hr"], work := task_at(empty, matter, "work"))
    press(visitor(empty, "hr"), f"/tasks/{work}", f"/tasks/{work}/unclaim")
    assert empty.task(people["hr2"], work).line.assignee_id is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_task_is_entrusted_taken_back_and_handed_on(empty, people, matter, language):
    empty.claim(people["hr"], work := task_at(empty, matter, "work"))
    hr, colleague = visitor(empty, "hr", language), visitor(empty, "hr2", language)
    page = hr.page(f"/tasks/{work}")
    assert choices(page, f"/tasks/{work}/delegate") == choices(page, f"/tasks/{work}/reassign") == {"hr2"}
    press(hr, f"/tasks/{work}", f"/tasks/{work}/delegate", person="hr2", reason="出差")
    assert empty.task(people["hr2"], work).line.owner_id == "hr"
    assert not colleague.page(f"/tasks/{work}").xpath(f"//form[@action='/tasks/{work}/reassign']")
    press(colleague, f"/tasks/{work}", f"/tasks/{work}/give-back")
    press(hr, f"/tasks/{work}", f"/tasks/{work}/reassign", person="hr2", reason="分工")
    assert empty.task(people["hr2"], work).line.assignee_id == "hr2"
    assert [entry["reason"] for entry in entries(empty, matter, "reassigned")] == ["分工"]


def test_an_opinion_is_asked_answered_and_shown_and_another_is_asked_no_longer(empty, people, matter):
    empty.claim(people["hr"], work := task_at(empty, matter, "work"))
    hr = visitor(empty, "hr")
    assert choices(hr.page(f"/tasks/{work}"), f"/tasks/{work}/add-signer") == {
        "hr2",
        "boss",
        "centre",
        "centre2",
        "x",
        "y",
    }
    for person in ("x", "boss"):
        press(hr, f"/tasks/{work}", f"/tasks/{work}/add-signer", person=person, question="工艺是否可行？")
    expert = visitor(empty, "x")
    assert expert.page("/inbox").xpath(f"//a[@href='/tasks/{work}/opinion']")
    press(expert, f"/tasks/{work}/opinion", f"/tasks/{work}/opinion", agrees="yes", text="可行")
    press(hr, f"/tasks/{work}", f"/tasks/{work}/cancel-signer", person="boss", reason="不必")
    text = hr.page(f"/tasks/{work}").text_content()
    assert "可行" in text
    assert "已取消" in text
    empty.complete(people["hr"], work, {})


def test_an_opinion_without_words_or_choice_is_refused_with_what_was_typed(empty, people, matter):
    empty.claim(people["hr"], work := task_at(empty, matter, "work"))
    empty.add_signer(people["hr"], work, "x", "可行？")
    (asked,) = empty.opinions(people["x"])
    expert = visitor(empty, "x")
    answer = expert.post(f"/tasks/{work}/opinion", {"text": "想好了一半"})
    assert answer.status_code == 422
    assert "想好了一半" in answer.text
    assert expert.post(f"/tasks/{work}/opinion", {"agrees": "yes", "text": " "}).status_code == 422
    assert visitor(empty, "y").get(f"/tasks/{work}/opinion").status_code == 404
    assert empty.opinions(people["x"]) == [asked]


def test_a_completion_is_withdrawn_while_nobody_has_gone_on_from_it(empty, people, matter):
    empty.claim(people["hr"], work := task_at(empty, matter, "work"))
    empty.complete(people["hr"], work, {})
    page, action = f"/instances/{matter}", f"/tasks/{work}/withdraw"
    assert not visitor(empty, "hr2").page(page).xpath(f"//form[@action='{action}']")
    press(visitor(empty, "hr"), page, action, reason="填错了")
    assert whole(empty, matter).active == {"work"}
    empty.complete(people["hr"], work, {})
    empty.claim(people["hr2"], task_at(empty, matter, "check"))
    assert not visitor(empty, "hr").page(page).xpath(f"//form[@action='{action}']")


def test_who_has_not_claimed_it_is_offered_to_hand_nothing_on(empty, people, matter):
    work = task_at(empty, matter, "work")
    page = visitor(empty, "hr").page(f"/tasks/{work}")
    for verb in ("unclaim", "give-back", "reassign", "delegate", "add-signer"):
        assert not page.xpath(f"//form[@action='/tasks/{work}/{verb}']")


@pytest.mark.parametrize(
    "verb", ["unclaim", "give-back", "reassign", "delegate", "add-signer", "cancel-signer", "withdraw"]
)
def test_without_the_pages_token_or_by_a_stranger_nothing_is_done(empty, people, matter, verb):
    empty.claim(people["hr"], work := task_at(empty, matter, "work"))
    before = whole(empty, matter).events
    values = {"person": "hr2", "reason": "x", "question": "x"}
    assert visitor(empty, "hr").post(f"/tasks/{work}/{verb}", values, csrf="wrong").status_code == 409
    assert visitor(empty, "other").post(f"/tasks/{work}/{verb}", values).status_code in {403, 404, 409}
    assert whole(empty, matter).events == before
