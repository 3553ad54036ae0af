"""The verbs beside the diagram by the API: right use, others' tasks, nobody, wrong types, twice."""

import pytest

from tests.people import ADMIN, submitted

PLAN = {"values": submitted("plan")}


@pytest.fixture
def plan(world, play, caller):
    """S1's first task, claimed by hr; hr2 is a colleague, other of another employer."""
    world.engine.add_person(ADMIN, id="hr2", name="人事乙", roles=["hr"], employer_id="E1")
    world.engine.add_employer(ADMIN, id="E9", name="渤虚船厂", trades=[])
    world.engine.add_person(ADMIN, id="other", name="人事丁", roles=["hr"], employer_id="E9")
    found = caller("hr").find("plan", play("plan").instances["round"])
    caller("hr").post(f"/tasks/{found['id']}/claim")
    return found


def done(plan):
    return {"task": plan["id"], "instance": plan["instance_id"]}


def kinds(world, plan):
    return [event.kind for event in world.engine.instance(world.actor("hr"), plan["instance_id"]).events]


def test_a_task_is_given_back_handed_on_entrusted_and_withdrawn(plan, caller, world):
    task = f"/tasks/{plan['id']}"
    assert caller("hr").post(f"{task}/unclaim").get_json() == done(plan)
    caller("hr").post(f"{task}/claim")
    handed = caller("hr").post(f"{task}/reassign", {"person": "hr2", "reason": "出差"})
    assert (handed.status_code, handed.get_json()) == (200, done(plan))
    entrusted = caller("hr2").post(f"{task}/delegate", {"person": "hr", "reason": "请假"})
    assert (entrusted.status_code, entrusted.get_json()) == (200, done(plan))
    assert caller("hr").post(f"{task}/give-back").get_json() == done(plan)
    caller("hr2").post(f"{task}/delegate", {"person": "hr", "reason": "请假"})
    assert caller("hr").post(f"{task}/complete", PLAN).status_code == 200
    withdrawn = caller("hr").post(f"{task}/withdraw", {"reason": "填错了"})
    assert (withdrawn.status_code, withdrawn.get_json()) == (200, done(plan))
    assert caller("hr").find("plan", plan["instance_id"])["id"] == plan["id"]
    verbs = [kind for kind in kinds(world, plan) if kind not in {"started", "decided"}]
    assert verbs[:4] == ["claimed", "unclaimed", "claimed", "reassigned"]
    assert verbs[4:] == ["delegated", "given back", "delegated", "completed", "withdrawn"]


def test_an_opinion_is_asked_seen_given_and_shown(plan, caller):
    task = f"/tasks/{plan['id']}"
    asked = caller("hr").post(f"{task}/add-signer", {"person": "e1", "question": "是否可行?"}).get_json()
    assert asked.keys() == {"task", "instance", "opinion"}
    refused = caller("hr").post(f"{task}/complete", PLAN)
    assert refused.status_code == 409
    assert "加签" in refused.get_json()["detail_zh"]
    (item,) = caller("e1").get("/opinions").get_json()["items"]
    assert (item["id"], item["question"], item["status"]) == (asked["opinion"], "是否可行?", "asked")
    assert caller("e1").post(f"{task}/opinion", {"agrees": True, "text": "可行"}).get_json() == asked
    assert caller("e1").get("/opinions").get_json()["items"] == []
    (said,) = caller("hr").get(task).get_json()["opinions"]
    assert (said["agrees"], said["text"]) == (True, "可行")
    caller("hr").post(f"{task}/add-signer", {"person": "hr2", "question": "是否可行?"})
    assert caller("hr").post(f"{task}/cancel-signer", {"person": "hr2", "reason": "已口头答复"}).status_code == 200
    assert caller("hr").post(f"{task}/complete", PLAN).status_code == 200


HANDED = {"person": "hr2", "reason": "出差"}
ASKED = {"person": "e1", "question": "是否可行?"}
BODIES = {
    "unclaim": {},
    "give-back": {},
    "reassign": HANDED,
    "delegate": HANDED,
    "withdraw": {"reason": "填错了"},
    "add-signer": ASKED,
    "cancel-signer": {"person": "e1", "reason": "不必了"},
    "opinion": {"agrees": True, "text": "可行"},
}


@pytest.mark.parametrize("verb", BODIES)
def test_nobody_without_a_token_and_nobody_of_another_employer(plan, caller, written, verb):
    path = f"/tasks/{plan['id']}/{verb}"
    caller("other")
    before = written()
    assert caller(None).post(path, BODIES[verb]).status_code == 401
    answer = caller("other").post(path, BODIES[verb])
    assert answer.status_code == (404 if verb == "opinion" else 403)
    assert caller("hr").post(f"/tasks/nothing/{verb}", BODIES[verb]).status_code == 404
    assert written() == before


WRONG = [("unclaim", {"person": "hr2"}, "person"), ("give-back", {"person": "hr2"}, "person")] + [
    (verb, changed, place)
    for verb, body in BODIES.items()
    for place in body
    for changed in (
        {**body, place: None},
        {**body, place: [1]},
        {**body, place: ""},
        {**body, place: "长" * 1001},
        {name: value for name, value in body.items() if name != place},
        {**body, "mroe": 1},
    )
]


def test_wrong_types_are_named_and_change_nothing(plan, caller, written):
    caller("hr")
    before = written()
    for verb, body, place in WRONG:
        answer = caller("hr").post(f"/tasks/{plan['id']}/{verb}", body)
        assert answer.status_code == 422, (verb, body)
        assert {place, "mroe"} & answer.get_json()["fields"].keys(), (verb, body)
    for looks_like in (1, 0, "true", "yes"):
        assert caller("hr").post(f"/tasks/{plan['id']}/opinion", {"agrees": looks_like, "text": "x"}).status_code == 422
    assert written() == before


@pytest.mark.parametrize("verb", ["unclaim", "reassign", "delegate", "add-signer"])
def test_twice_is_once_with_a_key_and_a_conflict_or_a_refusal_without(plan, caller, written, verb):
    path, body = f"/tasks/{plan['id']}/{verb}", BODIES[verb]
    first = caller("hr").post(path, body, headers={"Idempotency-Key": "once"})
    after = written()
    again = caller("hr").post(path, body, headers={"Idempotency-Key": "once"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json() == again.get_json()
    assert caller("hr").post(path, body).status_code in {403, 409}
    assert written() == after


def test_withdrawing_twice_is_once_with_a_key_and_a_conflict_without(plan, caller, written):
    task = f"/tasks/{plan['id']}"
    caller("hr").post(f"{task}/complete", PLAN)
    first = caller("hr").post(f"{task}/withdraw", {"reason": "填错了"}, headers={"Idempotency-Key": "once"})
    after = written()
    again = caller("hr").post(f"{task}/withdraw", {"reason": "填错了"}, headers={"Idempotency-Key": "once"})
    assert (first.status_code, first.get_json()) == (200, again.get_json())
    assert caller("hr").post(f"{task}/withdraw", {"reason": "填错了"}).status_code == 409
    assert written() == after
