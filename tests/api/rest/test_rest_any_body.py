"""Whatever is sent to start or complete something: an answer that the description knows, never an error of ours."""

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.people import submitted

PLAN, APPLICATION = submitted("plan"), submitted("candidacy")
WORDS = st.text(max_size=20) | st.sampled_from(
    ["", "焊工", "yes", "2025-05-12", "0000-00-00", "9999-12-31", "\0", "\ud800", "=1/0", "${x}", "<b>", "1e9999", "-P1D"]
)  # fmt: skip
NUMBERS = st.integers() | st.sampled_from([10**14, 10**15, 10**16, 2**63, 10**400, -(10**30)]) | st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
MANY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def places(value, path=()):
    """Every place in a body, from the whole to the leaves."""
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def disturbed(body):
    """The body with one to three places put wrong: another value, nothing, or a member more."""

    def put(changes):
        made = {"": copy.deepcopy(body)}
        for path, value, kind in changes:
            _put(made, ("", *path), value, kind)
        return made[""]

    change = st.tuples(st.sampled_from(list(places(body))), VALUES, st.sampled_from(["value", "gone", "more"]))
    return st.lists(change, min_size=1, max_size=3).map(put)


def _put(made, path, value, kind):
    for step in path[:-1]:
        made = made[step] if _holds(made, step) else {}
    if not _holds(made, path[-1]):
        return
    if kind == "value":
        made[path[-1]] = value
    elif kind == "gone" and path[-1] != "":
        del made[path[-1]]
    elif kind == "more" and isinstance(made[path[-1]], dict):
        made[path[-1]]["more"] = value


def _holds(made, step):
    return (
        step in made
        if isinstance(made, dict)
        else isinstance(made, list) and isinstance(step, int) and step < len(made)
    )


@pytest.fixture
def plans(world, caller):
    """Gives an open task to make a plan: the same until it is done."""
    kept = []

    def task():
        if not kept or caller("hr").get(f"/tasks/{kept[0]}").status_code != 200:
            begun = caller("hr").post("/process-instances", {"process": "round"}).get_json()["instance"]
            kept[:] = [caller("hr").find("plan", begun)["id"]]
        return kept[0]

    return task


@MANY
@given(body=disturbed({"values": PLAN}) | VALUES)
def test_any_body_completes_or_is_refused(plans, caller, body):
    response = caller("hr").post(
        f"/tasks/{plans()}/complete", data=_json(body), headers={"Content-Type": "application/json"}
    )
    assert response.status_code in {200, 400, 422}, response.get_json()


@MANY
@given(body=disturbed({"process": "candidacy", "parent": "{round}", "values": APPLICATION}) | VALUES)
def test_any_body_starts_or_is_refused(candidates_round, caller, body):
    sent = _json(body).replace("{round}", candidates_round)
    response = caller("jia").post("/process-instances", data=sent, headers={"Content-Type": "application/json"})
    assert response.status_code in {201, 400, 403, 404, 409, 422}, response.get_json()


@MANY
@given(
    key=st.sampled_from(["count_votes", "check_eligibility", "check_plan", "check_quorum", "years_in_post"]),
    context=disturbed(
        {
            **APPLICATION,
            **PLAN,
            "reviews": [{"score": 9}],
            "votes": {"yes": 1},
            "committee": {"experts": ["e1"]},
            "meeting": {"present": ["e1"]},
            "process": {"started_on": "2025-05-09"},
        }
    ),
)
def test_any_context_is_decided_or_refused(world, caller, key, context):
    body = _json({"context": context})
    response = caller("jia").post(f"/decisions/{key}/evaluate", data=body, headers={"Content-Type": "application/json"})
    assert response.status_code in {200, 400, 422}, response.get_json()


@pytest.fixture
def candidates_round(play):
    return play("candidacy").instances["round"]


def _json(body):
    return json.dumps(body)
