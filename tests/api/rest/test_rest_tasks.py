"""Claiming and completing by the API: once, by the right person, at the revision that was seen."""

import pytest

from tests.engine.bundles import line, small, task
from tests.people import ADMIN, submitted

BIG = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
  <decision id="big" name="big"><variable name="big" /><literalExpression><text>10 ** 5000</text></literalExpression></decision>
</definitions>"""
PLAN = {"values": submitted("plan")}


@pytest.fixture
def plan(play, caller):
    """S1's first task, nobody's yet."""
    return caller("hr").find("plan", play("plan").instances["round"])


@pytest.fixture
def completions(world):
    """Says how often a task was completed, by the history."""

    def of(task):
        events = world.engine.instance(world.actor("hr"), task["instance_id"]).events
        return sum(event.kind == "completed" and event.payload["task"] == task["id"] for event in events)

    return of


def complete(somebody, task, body=PLAN, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return somebody.post(f"/tasks/{task['id']}/complete", body, headers=headers)


def test_the_same_key_twice_is_one_completion_and_one_answer(plan, caller, completions, written):
    first = complete(caller("hr"), plan, Idempotency_Key="once")
    after = written()
    again = complete(caller("hr"), plan, Idempotency_Key="once")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json() == again.get_json() == {"task": plan["id"], "instance": plan["instance_id"]}
    assert completions(plan) == 1
    assert written() == after


def test_a_key_answers_again_even_when_the_revision_has_moved_on(plan, caller):
    tag = caller("hr").get(f"/tasks/{plan['id']}").headers["ETag"]
    first = complete(caller("hr"), plan, Idempotency_Key="once", If_Match=tag)
    again = complete(caller("hr"), plan, Idempotency_Key="once", If_Match=tag)
    assert first.get_json() == again.get_json()


def test_a_key_used_with_another_body_is_refused(plan, caller, written):
    complete(caller("hr"), plan, Idempotency_Key="once")
    after = written()
    other = {"values": {"plan": {**PLAN["values"]["plan"], "title": "另一方案"}}}
    response = complete(caller("hr"), plan, other, Idempotency_Key="once")
    assert response.status_code == 409
    assert "once" in response.get_json()["detail"]
    assert "once" in response.get_json()["detail_zh"]
    assert written() == after


def test_a_key_belongs_to_the_person_who_used_it(plan, caller):
    complete(caller("hr"), plan, Idempotency_Key="once")
    assert complete(caller("jia"), plan, Idempotency_Key="once").status_code == 403


def test_a_refused_completion_leaves_its_key_free(plan, caller):
    assert complete(caller("hr"), plan, {"values": {}}, Idempotency_Key="once").status_code == 422
    assert complete(caller("hr"), plan, Idempotency_Key="once").status_code == 200


def test_a_second_completion_is_refused(plan, caller, written, completions):
    complete(caller("hr"), plan)
    after = written()
    response = complete(caller("hr"), plan)
    assert response.status_code == 409
    assert "办结" in response.get_json()["detail_zh"]
    assert caller("hr").get(f"/tasks/{plan['id']}").status_code == 409
    assert caller("hr").post(f"/tasks/{plan['id']}/claim").status_code == 409
    assert (written(), completions(plan)) == (after, 1)


def test_a_task_that_a_colleague_has_claimed_is_theirs(world, plan, caller, written):
    world.engine.add_person(ADMIN, id="hr2", name="人事乙", roles=["hr"], employer_id="E1")
    assert caller("hr2").post(f"/tasks/{plan['id']}/claim").get_json()["assignee_name"] == "人事乙"
    somebody, before = caller("hr"), written()
    for response in (somebody.post(f"/tasks/{plan['id']}/claim"), complete(somebody, plan)):
        assert response.status_code == 409
        assert "签收" in response.get_json()["detail_zh"]
    assert written() == before


def test_claiming_twice_is_claiming_once(plan, caller, written):
    first = caller("hr").post(f"/tasks/{plan['id']}/claim", headers={"Idempotency-Key": "once"})
    after = written()
    again = caller("hr").post(f"/tasks/{plan['id']}/claim", headers={"Idempotency-Key": "once"})
    assert (first.status_code, first.get_json()) == (again.status_code, again.get_json())
    assert written() == after


@pytest.mark.parametrize("tag", [None, "*"])
def test_without_a_revision_the_caller_does_not_mind(plan, caller, tag):
    assert complete(caller("hr"), plan, **({"If_Match": tag} if tag else {})).status_code == 200


def test_a_revision_that_was_left_behind_is_refused(play, caller, written):
    world = play("post")
    task = caller("hr").find("post", world.instances["round"])
    old = int(caller("hr").get(f"/tasks/{task['id']}").headers["ETag"].strip('"')) - 1
    before = written()
    response = complete(caller("hr"), task, {"values": submitted("post")}, If_Match=f'"{old}"')
    assert response.status_code == 412
    assert str(old) in response.get_json()["detail_zh"]
    assert written() == before


def test_starting_twice_under_one_key_starts_one(world, caller, written):
    first = caller("hr").post("/process-instances", {"process": "round"}, headers={"Idempotency-Key": "once"})
    after = written()
    again = caller("hr").post("/process-instances", {"process": "round"}, headers={"Idempotency-Key": "once"})
    assert (first.status_code, first.get_json()) == (again.status_code, again.get_json())
    assert first.headers["Location"] == again.headers["Location"]
    assert written() == after
    other = caller("jia").post("/process-instances", {"process": "round"}, headers={"Idempotency-Key": "once"})
    assert other.status_code == 403


def test_a_key_for_completing_is_not_one_for_starting(plan, caller):
    complete(caller("hr"), plan, Idempotency_Key="once")
    other = caller("hr").post("/process-instances", {"process": "round"}, headers={"Idempotency-Key": "once"})
    assert other.status_code == 409


def test_a_task_is_shown_with_its_form_its_findings_its_clauses_and_what_comes_next(play, caller):
    world = play("screening")
    task = caller("hr").find("screening", world.instances["jia"])
    shown = caller("hr").get(f"/tasks/{task['id']}").get_json()
    names = {name for component in shown["form"]["components"] for name in names_in(component)}
    assert {"screening.verified", "screening.decision", "screening.opinion"} <= names
    assert {finding["row"]: finding["verdict"] for finding in shown["findings"]} == {
        "A3.2": "MET",
        "A3.3": "MET",
        "A7.1": "NEEDS_JUDGEMENT",
        "A7.2a": "MET",
        "A7.2b": "MET",
        "A7.2c": "MET",
        "A7.4": "MET",
        "A7.5": "MET",
    }
    assert all(clause["gist"]["zh"] and clause["gist"]["en"] for clause in shown["clauses"])
    assert shown["next_steps"]
    assert shown["revision"] == int(caller("hr").get(f"/tasks/{task['id']}").headers["ETag"].strip('"'))


def names_in(component):
    yield component["name"]
    for below in component["components"]:
        yield from names_in(below)


def test_the_start_form_is_shown_before_starting(play, caller):
    world = play("candidacy")
    shown = caller("jia").get(f"/process-definitions/candidacy?parent={world.instances['round']}").get_json()
    names = {name for component in shown["form"]["components"] for name in names_in(component)}
    assert {"application.name", "application.trade", "application.posts"} <= names
    assert caller("hr").get("/process-definitions/round").get_json()["form"] is None


def test_a_decision_in_force_answers_with_its_trace_and_writes_nothing(world, caller, written):
    somebody, before = caller("jia"), written()
    asked = {"reviews": [{"score": 80}, {"score": 70}], "votes": {"yes": 1, "no": 1}}
    response = somebody.post("/decisions/count_votes/evaluate", {"context": asked})
    assert response.status_code == 200
    assert {decision["id"] for decision in response.get_json()["trace"]["decisions"]} >= {"tally_count"}
    assert written() == before


def test_a_decision_may_give_more_digits_than_json_has_numbers(world, caller):
    world.engine.deploy(ADMIN, small(task("t") + line("begin", "t", "finish"), files={"big.dmn": BIG}))
    answer = caller("jia").post("/decisions/big/evaluate", {"context": {}}).get_json()
    assert answer["result"] == "1" + "0" * 5000
