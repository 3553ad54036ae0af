"""Incidents by the API: seen, corrected and tried again, or dealt with, by administrators alone."""

import pytest
from sqlalchemy import update

from engine.commands.incidents import PAUSES
from engine.tables import employer, outbox, timer


def again(engine):
    for _ in range(len(PAUSES) + 1):
        with engine.sessions() as session:
            session.execute(update(outbox).values(retry_at=None))
            session.execute(update(timer).values(retry_at=None))
            session.commit()
        engine.tick()


@pytest.fixture
def incident(play, caller):
    """The round's word to its candidacy fails: no prefix is registered, so no certificate can be issued."""
    world = play("receipt")
    with world.engine.sessions() as session:
        session.execute(update(employer).values(prefix=None))
        session.commit()
    task = world.engine.inbox(world.actor("centre"), "groups")[0]
    receipt = {"receipt": {"decision": "accepted", "receipt_no": "1", "received_on": "2025-07-04"}}
    world.engine.complete(world.actor("centre"), task.id, receipt)
    again(world.engine)
    (found,) = caller("root").get("/incidents").get_json()["items"]
    return found


def test_an_incident_is_seen_corrected_and_tried_again(incident, caller, world):
    path = f"/incidents/{incident['id']}"
    seen = caller("root").get(path).get_json()
    assert "AX.2" in seen["cause"]["zh"]
    with world.engine.sessions() as session:
        session.execute(update(employer).values(prefix="Y000012000123"))
        session.commit()
    body = {"payload": seen["payload"], "reason": "前13位已登记"}
    done = caller("root").post(f"{path}/retry", body, headers={"Idempotency-Key": "k"})
    assert done.get_json() == {"incident": incident["id"], "instance": incident["instance_id"]}
    assert caller("root").post(f"{path}/retry", body, headers={"Idempotency-Key": "k"}).get_json() == done.get_json()
    assert caller("root").post(f"{path}/retry", body).status_code == 409
    assert caller("root").get("/incidents").get_json()["items"] == []
    assert caller("root").get(path).status_code == 404


def test_an_incident_is_dealt_with(incident, caller):
    path = f"/incidents/{incident['id']}"
    assert caller("root").post(f"{path}/resolve", {"reason": "另行处理"}).status_code == 200
    assert caller("root").post(f"{path}/resolve", {"reason": "另行处理"}).status_code == 409
    assert caller("root").get("/incidents").get_json()["items"] == []


def test_nobody_else_and_nothing_wrong(incident, caller, written):
    path = f"/incidents/{incident['id']}"
    for person in ("hr", "jia", "centre", "root"):
        caller(person)
    before = written()
    for person, status in ((None, 401), ("hr", 403), ("jia", 403), ("centre", 403)):
        assert caller(person).get("/incidents").status_code == status
        assert caller(person).get(path).status_code == status
        assert caller(person).post(f"{path}/retry", {}).status_code == status
        assert caller(person).post(f"{path}/resolve", {"reason": "x"}).status_code == status
    for wrong in (
        {"payload": []},
        {"payload": {"settings": 1}, "reason": "x"},
        {"variables": {"nothing_like_it": 1}, "reason": "x"},
        {"variables": {"application": 1}},
        {"correlation_key": 7, "reason": "x"},
        {"reason": ""},
        {"resaon": "x"},
    ):
        assert caller("root").post(f"{path}/retry", wrong).status_code == 422, wrong
    assert caller("root").post(f"{path}/resolve", {}).status_code == 422
    assert caller("root").post("/incidents/nothing/retry", {}).status_code == 404
    assert written() == before


def test_what_goes_to_an_instance_has_no_correlation_key_to_mend(play, caller, written):
    """The word that the review begins comes once more, after its candidacy has ended."""
    world = play()
    with world.engine.sessions() as session:
        session.execute(update(outbox).where(outbox.c.message == "review_opened").values(status="pending"))
        session.commit()
    again(world.engine)
    (found,) = caller("root").get("/incidents").get_json()["items"]
    before = written()
    wrong = {"correlation_key": "k", "reason": "x"}
    assert caller("root").post(f"/incidents/{found['id']}/retry", wrong).status_code == 422
    assert written() == before
