"""What a caller may get wrong: each has its status, names the place and the remedy in both languages, changes nothing."""

import json
from dataclasses import dataclass, field

import pytest

from tests.people import submitted

PLAN = submitted("plan")
JSON = {"Content-Type": "application/json"}
DEEP = "[" * 40 + "]" * 40


@dataclass(frozen=True)
class Wrong:
    """A request by somebody: `says` must stand in the sentence or name a field, in both languages."""

    status: int
    path: str
    says: str
    body: object = None
    raw: str | bytes | None = None
    by: str | None = "hr"
    method: str = "post"
    headers: dict = field(default_factory=dict)


def complete(status, says, body=None, **more):
    return Wrong(status, "/tasks/{plan}/complete", says, body, **more)


def values(**changes):
    return {"values": {"plan": {**PLAN["plan"], **changes}}}


def start(status, says, body=None, **more):
    return Wrong(status, "/process-instances", says, body, **more)


def get(status, path, says, **more):
    return Wrong(status, path, says, method="get", **more)


WITHOUT_TITLE = {"values": {"plan": {key: value for key, value in PLAN["plan"].items() if key != "title"}}}

COMPLETING = {
    "a field the form does not have": complete(422, "plan.colour", values(colour="red")),
    "a field beside the form's": complete(422, "colour", {"values": {**PLAN, "colour": "red"}}),
    "a missing field": complete(422, "plan.title", WITHOUT_TITLE),
    "an empty field": complete(422, "plan.title", values(title="")),
    "a number for a text": complete(422, "plan.title", values(title=7)),
    "an object for a text": complete(422, "plan.title", values(title={"zh": "方案"})),
    "a text for a list": complete(422, "plan.trades", values(trades="焊工")),
    "a choice that is none": complete(422, "plan.trades", values(trades=["厨师"])),
    "no day": complete(422, "plan.review_on", values(review_on="2025-02-30")),
    "a text for the whole form": complete(422, "plan", {"values": {"plan": "焊工"}}),
    "a member the request does not have": complete(422, "valeus", {**values(), "valeus": {}}),
    "no values": complete(422, "values", {}),
    "values that are null": complete(422, "values", {"values": None}),
    "values that are a list": complete(422, "values", {"values": []}),
    "values that are a text": complete(422, "values", {"values": "{}"}),
    "a list for the body": complete(422, "body", [1]),
    "null for the body": complete(422, "body", raw="null"),
    "a number for the body": complete(422, "body", raw="7"),
    "no body": complete(422, "values"),
    "NUL in a text": complete(422, "values.plan.title", values(title="方\0案")),
    "NUL in a name": complete(422, "values.a\ufffd", {"values": {"a\0": 1}}),
    "half a surrogate pair": complete(422, "values.plan.title", raw='{"values": {"plan": {"title": "\\ud800"}}}'),
    "levels without end": complete(422, "values", raw='{"values": ' + DEEP.replace("[]", "[1]") + "}"),
    "levels beyond any reader": complete(400, "JSON", raw='{"values": ' + "[" * 200_000),
    "no JSON": complete(400, "JSON", raw="{'values': {}}"),
    "half of JSON": complete(400, "JSON", raw='{"values": {'),
    "bytes that are no text": complete(400, "JSON", raw=b'{"values": "\xff"}'),
    "NaN": complete(400, "NaN", raw='{"values": {"plan": {"title": NaN}}}'),
    "a number beyond numbers": complete(400, "1e999", raw='{"values": {"plan": {"title": 1e999}}}'),
    "digits beyond reading": complete(400, "JSON", raw='{"values": ' + "9" * 5000 + "}"),
    "another content type": complete(415, "application/json", raw="{}", headers={"Content-Type": "text/plain"}),
    "a page's form": complete(415, "application/json", raw="a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}),
    "no content type": complete(415, "application/json", raw="{}", headers={"Content-Type": ""}),
    "a megabyte too much": complete(413, "1000000", raw=json.dumps({"values": {"x": "x" * 1_000_001}})),
    "an old revision": complete(412, "0", values(), headers={"If-Match": '"0"'}),
    "a weak ETag": complete(412, "If-Match", values(), headers={"If-Match": 'W/"1"'}),
    "an ETag of somebody else": complete(412, "If-Match", values(), headers={"If-Match": '"abc"'}),
    "an empty key": complete(422, "Idempotency-Key", values(), headers={"Idempotency-Key": ""}),
    "a key too long": complete(422, "Idempotency-Key", values(), headers={"Idempotency-Key": "k" * 201}),
    "no token": complete(401, "", values(), by=None),
    "a token that is none": complete(401, "", values(), by=None, headers={"Authorization": "Bearer pp_none"}),
    "a name and a password": complete(401, "", values(), by=None, headers={"Authorization": "Basic aHI6aHI="}),
    "somebody else's task": complete(403, "", values(), by="jia"),
    "an expert": complete(403, "", values(), by="e1"),
    "an unknown task": Wrong(404, "/tasks/nothing/complete", "nothing", values()),
    "a task with a NUL": Wrong(404, "/tasks/%00/complete", "", values()),
    "a task in other letters": Wrong(404, "/tasks/%ff%fe/complete", "", values()),
}  # fmt: skip

OTHERS = {
    "starting what there is not": start(404, "nothing", {"process": "nothing"}),
    "starting without a process": start(422, "process", {"values": {}}),
    "starting a process without a name": start(422, "process", {"process": ""}),
    "starting a process of a thousand letters": start(422, "process", {"process": "p" * 1000}),
    "starting a number": start(422, "process", {"process": 1}),
    "starting with a member there is not": start(422, "parents", {"process": "round", "parents": "x"}),
    "starting with values for no form": start(422, "", {"process": "round", "values": {"a": 1}}),
    "starting under nothing": start(404, "nothing", {"process": "candidacy", "parent": "nothing"}, by="jia"),
    "starting a child at the top": start(422, "round", {"process": "candidacy"}, by="jia"),
    "starting before its time": start(409, "", {"process": "candidacy", "parent": "{round}"}, by="jia"),
    "starting another's process": start(403, "", {"process": "round"}, by="jia"),
    "starting without a token": start(401, "", {"process": "round"}, by=None),
    "claiming an unknown task": Wrong(404, "/tasks/nothing/claim", "nothing"),
    "claiming somebody else's": Wrong(403, "/tasks/{plan}/claim", "", by="jia"),
    "claiming with a body": Wrong(422, "/tasks/{plan}/claim", "person", {"person": "jia"}),
    "seeing somebody else's task": get(403, "/tasks/{plan}", "", by="jia"),
    "seeing an unknown task": get(404, "/tasks/nothing", "nothing"),
    "a list there is not": get(422, "/tasks?list=all", "list"),
    "a parameter there is not": get(422, "/tasks?lists=mine", "lists"),
    "a page of nothing": get(422, "/tasks?limit=0", "limit"),
    "a page too long": get(422, "/tasks?limit=201", "limit"),
    "a page of words": get(422, "/tasks?limit=many", "limit"),
    "a page after nothing": get(422, "/tasks?after=nothing", "after"),
    "a page of instances after nothing": get(422, "/process-instances?after=nothing", "after"),
    "a page with a NUL": get(422, "/process-instances?process=%00", "process"),
    "neither yes nor no": get(422, "/process-instances?mine=perhaps", "mine"),
    "an unknown instance": get(404, "/process-instances/nothing", "nothing"),
    "another's instance": get(404, "/process-instances/{round}", "{round}", by="jia"),
    "another's history": get(404, "/process-instances/{round}/history", "{round}", by="e1"),
    "another's diagram": get(404, "/process-instances/{round}/diagram-state", "{round}", by="jia"),
    "the form of what there is not": get(404, "/process-definitions/nothing", "nothing"),
    "an unknown decision": Wrong(404, "/decisions/nothing/evaluate", "nothing", {"context": {}}),
    "a decision without a context": Wrong(422, "/decisions/count_votes/evaluate", "context", {}),
    "a decision under other settings": Wrong(422, "/decisions/count_votes/evaluate", "settings", {"context": {"settings": {}}}),
    "a decision without a token": Wrong(401, "/decisions/count_votes/evaluate", "", {"context": {}}, by=None),
    "an unknown certificate": get(404, "/certificates/nothing", "nothing", by=None),
    "a certificate with a NUL": get(404, "/certificates/%00", "", by=None),
}  # fmt: skip


@pytest.fixture(scope="module")
def at_plan(shared, shared_caller):
    """S1 where the plan is to be made; gives the ids that paths and bodies name."""
    begun = shared_caller("hr").post("/process-instances", {"process": "round"}).get_json()["instance"]
    for person in ("jia", "e1"):
        shared_caller(person)  # who comes for a token later would be something written
    return {"round": begun, "plan": shared_caller("hr").find("plan", begun)["id"]}


@pytest.mark.parametrize("wrong", [*COMPLETING.values(), *OTHERS.values()], ids=[*COMPLETING, *OTHERS])
def test_refused_with_place_and_remedy(wrong, at_plan, shared_caller, shared_written):
    somebody, body = shared_caller(wrong.by), _named(wrong.body, at_plan)
    data = {} if wrong.raw is None else {"data": wrong.raw, "headers": {**JSON, **wrong.headers}}
    before = shared_written()
    response = somebody.ask(
        wrong.method,
        wrong.path.format(**at_plan),
        **({"json": body} if body is not None else {}),
        **(data or {"headers": wrong.headers}),
    )
    problem = response.get_json()
    assert response.status_code == problem["status"] == wrong.status, problem
    assert response.mimetype == "application/problem+json"
    for language in ("en", "zh"):
        assert wrong.says.format(**at_plan) in _said(problem, language)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problem["detail_zh"])
    assert shared_written() == before


def _named(body, ids):
    if isinstance(body, dict) and isinstance(body.get("parent"), str):
        return {**body, "parent": body["parent"].format(**ids)}
    return body


def _said(problem, language):
    """Everything that the problem says in one language."""
    fields = problem.get("fields", {})
    sentences = [f"{place}: {text[language]}" for place, text in fields.items()]
    assert all(text[language] for text in fields.values())
    return "\n".join([problem["detail" if language == "en" else "detail_zh"], *sentences])


def test_every_wrong_field_is_named_at_once(at_plan, shared_caller):
    answer = shared_caller("hr").post(
        f"/tasks/{at_plan['plan']}/complete", values(title="", review_on="soon", colour=1)
    )
    assert answer.get_json()["fields"].keys() >= {"plan.title", "plan.review_on", "plan.colour"}


def test_a_pages_session_is_no_token(at_plan, shared, shared_caller):
    browser = shared_caller(None).client.application.test_client()
    with browser.session_transaction() as session:
        session["session"] = shared.engine.accounts.begin_session("hr")
    assert browser.get("/inbox").status_code == 200
    assert browser.get("/api/v1/tasks").status_code == 401


def test_who_asks_without_a_token_is_told_how(at_plan, shared_caller):
    assert shared_caller(None).get("/tasks").headers["WWW-Authenticate"] == "Bearer"


def test_an_address_that_is_none_is_a_problem_too(caller):
    response = caller("hr").client.get("/api/v1/nothing")
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    response = caller("hr").client.delete("/api/v1/tasks")
    assert (response.status_code, response.mimetype) == (405, "application/problem+json")
    assert "GET" in response.headers["Allow"]


def test_outside_the_policys_term_nothing_starts_and_the_clause_is_named(world, caller, written):
    somebody = caller("hr")
    world.clock.move_to(world.clock.now().replace(year=2026, month=5))
    before = written()
    response = somebody.post("/process-instances", {"process": "round"})
    assert response.status_code == 409
    assert "A15.1" in response.get_json()["detail_zh"]
    assert written() == before
