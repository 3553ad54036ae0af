"""The same request several times at once: one does the work, all are answered the same."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.api.rest.callers import Caller
from tests.people import submitted

MANY = 6

pytestmark = pytest.mark.both  # what two do at once


@pytest.fixture
def at_once(caller):
    """Sends a request of HR's many times at the same moment, under one key or none; gives status and answer of each."""
    hr, ready = caller("hr"), Barrier(MANY)

    def send(path, body, headers):
        somebody = Caller(hr.client.application.test_client(), hr.token)
        ready.wait()
        response = somebody.post(path, body, headers=headers)
        return response.status_code, response.get_json()

    def sent(path, body, key=None):
        headers = {"Idempotency-Key": key} if key else {}
        with ThreadPoolExecutor(MANY) as threads:
            return list(threads.map(lambda _: send(path, body, headers), range(MANY)))

    return sent


def test_starting_under_one_key_starts_one(at_once, caller):
    answers = at_once("/process-instances", {"process": "round"}, "once")
    assert answers == [(201, answers[0][1])] * MANY
    assert len(caller("hr").items("/process-instances")) == 1


def test_starting_without_a_key_starts_as_many_as_were_asked_for(at_once, caller):
    answers = at_once("/process-instances", {"process": "round"})
    assert {status for status, _ in answers} == {201}
    keys = {item["business_key"] for item in caller("hr").items("/process-instances")}
    assert keys == {f"E1-2025-{number}" for number in range(1, MANY + 1)}


@pytest.fixture
def plan(play, caller):
    return caller("hr").find("plan", play("plan").instances["round"])


def test_completing_under_one_key_is_one_completion(at_once, plan, caller):
    answers = at_once(f"/tasks/{plan['id']}/complete", {"values": submitted("plan")}, "once")
    assert answers == [(200, {"task": plan["id"], "instance": plan["instance_id"]})] * MANY
    history = caller("hr").items(f"/process-instances/{plan['instance_id']}/history")
    assert [event["kind"] for event in history].count("completed") == 1


def test_completing_without_a_key_is_done_by_one_and_refused_to_the_others(at_once, plan):
    answers = at_once(f"/tasks/{plan['id']}/complete", {"values": submitted("plan")})
    assert sorted(status for status, _ in answers) == [200] + [409] * (MANY - 1)
