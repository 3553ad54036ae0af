"""Timers and the sandbox's clock by the API."""

from datetime import datetime, timedelta

import pytest

from api.app import create_app
from api.configuration import Configuration
from tests.api.rest.callers import Caller


@pytest.fixture
def posted(play, caller):
    """The list is posted: one publicity window, coming."""
    world = play("recheck")
    for step in ("recheck", "post"):
        _complete(world, step)
    (found,) = caller("root").items("/timers")
    return found


def _complete(world, element):
    from engine.cases import read_case
    from engine.cases.running import play_steps
    from tests.people import S1

    steps = [step for step in read_case(S1).steps if element == step.get("complete")]
    failure = play_steps(world, steps)
    assert failure is None, failure


def later(value, **much):
    return (datetime.fromisoformat(value) + timedelta(**much)).isoformat()


def test_a_window_is_seen_postponed_once_and_never_fired(posted, caller):
    path = f"/timers/{posted['id']}"
    assert (posted["window"], len(posted["counts"][0]["counted"])) == ("publicity", 5)
    seen = caller("root").get(path).get_json()
    assert (seen["no_postponing"], "重新公示" in seen["no_firing"]["zh"]) == (None, True)
    refused = caller("root").post(f"{path}/fire", {"reason": "急"})
    assert refused.status_code == 409
    assert "publish again" in refused.get_json()["detail"]
    body = {"to": later(posted["due_at"], days=1), "reason": "断电"}
    done = caller("root").post(f"{path}/postpone", body, headers={"Idempotency-Key": "k"})
    assert done.get_json() == {"timer": posted["id"], "instance": posted["instance_id"], "due_at": body["to"]}
    assert caller("root").post(f"{path}/postpone", body, headers={"Idempotency-Key": "k"}).get_json() == done.get_json()
    assert caller("root").post(f"{path}/postpone", body).status_code == 422
    assert caller("root").get(path).get_json()["due_at"] == body["to"]


def test_another_timer_is_fired(play, caller):
    world = play("candidacy")
    (waiting,) = caller("root").items("/timers")
    done = caller("root").post(f"/timers/{waiting['id']}/fire", {"reason": "提前截止报名"})
    assert done.get_json()["due_at"] == waiting["due_at"]
    assert caller("root").get(f"/timers/{waiting['id']}").get_json()["status"] == "fired"
    assert caller("root").post(f"/timers/{waiting['id']}/fire", {"reason": "再次"}).status_code == 409
    kinds = [
        event["kind"]
        for event in caller("hr").get(f"/process-instances/{world.instances['round']}/history").get_json()["items"]
    ]
    assert "timer fired early" in kinds


def test_nobody_else_and_nothing_wrong(posted, caller, written):
    path = f"/timers/{posted['id']}"
    fine = {"to": later(posted["due_at"], days=1), "reason": "x"}
    for person in ("hr", "jia", "e1", "centre", "root"):
        caller(person)
    before = written()
    for person, status in ((None, 401), ("hr", 403), ("jia", 403), ("e1", 403), ("centre", 403)):
        assert caller(person).get("/timers").status_code == status
        assert caller(person).get(path).status_code == status
        assert caller(person).post(f"{path}/fire", {"reason": "x"}).status_code == status
        assert caller(person).post(f"{path}/postpone", fine).status_code == status
    for wrong in (
        {},
        {"reason": "x"},
        {"to": fine["to"]},
        {**fine, "reason": ""},
        {**fine, "to": "soon"},
        {**fine, "to": None},
        {**fine, "to": 7},
        {**fine, "to": fine["to"][:19]},
        {**fine, "to": later(posted["due_at"], days=-1)},
        {**fine, "to": later(posted["due_at"], days=367)},
        {**fine, "to": "0001-01-01T00:00:00+14:00"},
        {**fine, "to": "9999-12-31T23:59:59-14:00"},
        {**fine, "until": "x"},
    ):
        assert caller("root").post(f"{path}/postpone", wrong).status_code == 422, wrong
    for wrong in ("state=x", "limit=0", "after=x", "process=", "x=1"):
        assert caller("root").get(f"/timers?{wrong}").status_code == 422, wrong
    assert caller("root").post("/timers/nothing/fire", {"reason": "x"}).status_code == 404
    assert caller("root").get("/timers/nothing").status_code == 404
    assert written() == before


def test_states_and_processes_are_filters(posted, caller):
    assert caller("root").items("/timers?process=round&limit=1") == [posted]
    assert caller("root").items("/timers?process=candidacy") == []
    for state in ("failed", "awaiting", "suspended"):
        assert caller("root").items(f"/timers?state={state}") == []


# --- the clock


def test_the_sandbox_clock_is_read_and_moved_and_timers_fire_on_the_way(posted, caller, world):
    assert caller("hr").get("/clock").get_json()["next_timer"] == posted["due_at"]
    to = later(posted["due_at"], hours=1)
    for _ in range(2):
        moved = caller("hr").post("/clock", {"to": to})
        assert moved.get_json()["now"] == to
    assert caller("root").get(f"/timers/{posted['id']}").get_json()["status"] == "fired"
    assert world.engine.clock.now() == datetime.fromisoformat(to)


def test_it_goes_forward_only_and_to_moments_alone(world, caller, written):
    now = caller("hr").get("/clock").get_json()["now"]
    before = written()
    for wrong in ({}, {"to": later(now, days=-1)}, {"to": now[:19]}, {"to": "x"}, {"to": "2100-01-01T00:00:00+08:00"}):
        assert caller("hr").post("/clock", wrong).status_code == 422, wrong
    assert caller(None).get("/clock").status_code == 401
    assert caller(None).post("/clock", {"to": later(now, days=1)}).status_code == 401
    assert written() == before


def test_in_production_there_is_none(world, caller):
    production = Configuration("", "s" * 32, "127.0.0.1", 0, https=False, tick_seconds=1)
    there = Caller(create_app(world.engine, production).test_client(use_cookies=False), caller("hr").token)
    now = world.engine.clock.now()
    assert there.get("/clock").status_code == 404
    assert there.post("/clock", {"to": later(now.isoformat(), days=1)}).status_code == 404
    assert world.engine.clock.now() == now
