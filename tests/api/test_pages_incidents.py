"""The page where an administrator corrects what failed: shown, refused with what was typed, done, in the history."""

import pytest

from tests.api.visiting import Visitor, application, words
from tests.engine.bundles import flow, line, task
from tests.engine.commands.office import begin, entries, open_office, task_at, whole
from tests.engine.commands.test_corrections import CHOOSE, again
from tests.people import ADMIN

PAUSE = """<bpmn:intermediateCatchEvent id="pause"><bpmn:timerEventDefinition>
    <bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""


@pytest.fixture
def stuck(empty):
    """A timer whose step needs an amount that nobody entered; says the instance and the incident's page."""
    people = open_office(empty)
    empty.add_person(ADMIN, id="root", name="管理员", roles=["admin"])
    empty.add_person(ADMIN, id="owner", name="流程负责人", roles=["owner"])
    body = task("write") + PAUSE + CHOOSE + line("begin", "write", "pause", "choose", "small")
    instance = begin(empty, people["hr"], body + flow("choose", "finish", "=amount &gt; 10"))
    empty.complete(people["hr"], task_at(empty, instance, "write"), {"note": "无金额"})
    empty.move_clock(ADMIN, empty.clock.now().replace(year=2026))
    again(empty)
    return instance, f"/incidents/{empty.incidents(ADMIN)[0].id}"


def test_it_is_corrected_on_its_page_and_the_history_says_so(empty, stuck):
    instance, page = stuck
    root = Visitor(application(empty), "root")
    assert page in root.get("/incidents").text
    assert "无金额" in words(root.page(page))
    done = root.post(f"{page}/correct", {"variables": '{"amount": 3}', "reason": "补录", "how": "retry"})
    assert done.location == "/incidents"
    again(empty)
    assert whole(empty, instance).line.end_element == "small"
    (entry,) = entries(empty, instance, "incident retried")
    assert (entry["reason"], entry["variables"]["new"]) == ("补录", {"amount": 3})
    assert "补录" in words(Visitor(application(empty), "hr").page(f"/instances/{instance}"))


@pytest.mark.parametrize("typed", ["{", "[1]", '{"settings": 1}', '{"amuont": 1}', '{"amount": NaN}'])
def test_what_is_wrong_is_said_and_what_was_typed_stays(empty, stuck, typed):
    instance, page = stuck
    before = whole(empty, instance)
    for language in ("zh", "en"):
        refused = Visitor(application(empty), "root", language).post(
            f"{page}/correct", {"variables": typed, "reason": "补录", "how": "retry"}
        )
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
        assert 'value="补录"' in refused.text
    assert whole(empty, instance) == before


def test_only_an_administrator_and_with_the_pages_token(empty, stuck):
    _, page = stuck
    for person in ("owner", "hr", "x"):
        assert Visitor(application(empty), person).get(page).status_code == 403
        assert Visitor(application(empty), person).post(f"{page}/correct", {"how": "retry"}).status_code == 403
    assert page not in Visitor(application(empty), "owner").get("/incidents").text
    assert Visitor(application(empty), "root").post(f"{page}/correct", {}, csrf="forged").status_code == 409
    assert Visitor(application(empty), "root").get("/incidents/nothing").status_code == 404


def test_what_cannot_be_dropped_is_refused(empty, stuck):
    _, page = stuck
    refused = Visitor(application(empty), "root").post(f"{page}/correct", {"reason": "不要了", "how": "resolve"})
    assert refused.status_code == 409
    assert "pause" in refused.text
    assert 'value="不要了"' in refused.text
