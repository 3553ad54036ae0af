"""S1 from work plan to signed agreement, by nothing but the API."""

import pytest

from engine.cases import read_case
from engine.cases.expecting import plain
from engine.cases.reading import moment
from tests.people import ADMIN, S1

NUMBER = "Y00001200012325T000001"

pytestmark = pytest.mark.both  # the whole walk


def play(engine, caller):
    """Every step of S1 by the person who takes it; gives the instances by the names that the case gives them."""
    known = {}
    for step in read_case(S1).steps:
        if "at" in step:
            engine.move_clock(ADMIN, moment(step["at"]))
        elif "start" in step:
            known[step["as"]] = start(caller(step["by"]), step, known)
        elif "complete" in step:
            for person in step["by"] if isinstance(step["by"], list) else [step["by"]]:
                caller(person).complete(step["complete"], known[step["of"]], plain(step.get("with") or {}))
    return known


def start(somebody, step, known):
    parent = known.get(step.get("in"))
    offered = somebody.items("/process-definitions")
    assert (step["start"], parent) in [(one["process"], one["parent"] and one["parent"]["id"]) for one in offered]
    body = {"process": step["start"], "parent": parent, "values": plain(step.get("with") or {})}
    begun = somebody.post("/process-instances", body)
    assert begun.status_code == 201, begun.get_json()
    assert begun.headers["Location"] == f"/api/v1/process-instances/{begun.get_json()['instance']}"
    return begun.get_json()["instance"]


@pytest.fixture(scope="module")
def caller(shared_caller):
    return shared_caller


@pytest.fixture(scope="module")
def played(shared, caller):
    return play(shared.engine, caller)


def test_s1_ends_with_the_number_and_a_signed_agreement(played, caller):
    candidacy = caller("hr").get(f"/process-instances/{played['jia']}").get_json()
    assert candidacy["status"] == "completed"
    assert candidacy["end_element"] == "appointed"
    assert candidacy["variables"]["certificate_number"] == NUMBER
    assert candidacy["variables"]["signature"] == {"agree": True, "signed_on": "2025-07-10"}
    assert candidacy["variables"]["appointment"]["end_on"] == "2028-07-09"
    assert caller("hr").get(f"/process-instances/{played['round']}").get_json()["end_element"] == "round_done"


def test_the_history_names_each_step_once_with_moments_in_shanghai(played, caller):
    items = caller("hr").items(f"/process-instances/{played['jia']}/history")
    done = [(item["element"], item["actor_name"]) for item in items if item["kind"] == "completed"]
    reviews = {("review", f"专家{number}") for number in "一二三四五六七"}
    assert set(done) == {("screening", "人事甲"), ("agreement", "人事甲"), ("sign", "甲试一")} | reviews
    assert len(done) == len(set(done))
    assert all(item["at"].endswith("+08:00") and item["at_real"].endswith("+08:00") for item in items)


def test_the_window_is_shown_with_its_days_and_its_end(played, caller):
    windows = caller("hr").get(f"/process-instances/{played['round']}").get_json()["windows"]
    publicity = next(window for window in windows if window["element"] == "publicity")
    assert publicity["due_at"] == "2025-07-01T00:00:00+08:00"
    assert publicity["counts"][-1]["counted"] == ["2025-06-24", "2025-06-25", "2025-06-26", "2025-06-27", "2025-06-30"]


def test_anybody_may_check_the_certificate_and_learns_nothing_personal(played, caller):
    assert caller(None).get(f"/certificates/{NUMBER}").get_json() == {
        "number": NUMBER,
        "level": {"zh": "特级技师", "en": "special-grade technician"},
        "employer_name": "津虚重工",
        "issued_on": "2025-07-01",
    }
    assert caller(None).get(f"/certificates/{NUMBER[:-1]}2").status_code == 404


def test_the_diagram_state_says_what_was_passed(played, caller):
    state = caller("jia").get(f"/process-instances/{played['jia']}/diagram-state").get_json()
    assert state["active"] == []
    assert {"screening", "review", "sign", "appointed"} <= set(state["passed"])
    assert state["xml"].startswith("<?xml")


def test_a_candidate_sees_their_own_history_without_what_others_entered(played, caller):
    mine = caller("jia").get(f"/process-instances/{played['jia']}").get_json()
    assert mine["variables"] == {}
    reviews = [
        item
        for item in caller("jia").items(f"/process-instances/{played['jia']}/history")
        if item["element"] == "review"
    ]
    assert reviews
    assert not any("values" in item["payload"] for item in reviews)


def test_what_was_done_stands_in_the_list_of_those_who_did_it(played, caller):
    assert [task["element"] for task in caller("leader").items("/tasks?list=done")] == ["determine"]
