"""Calendars by the API: imported by one, confirmed by another, seen by who may."""

from pathlib import Path

import pytest

from tests.people import ADMIN

FILE = (Path(__file__).parent.parent.parent / "engine" / "calendars" / "2027.yaml").read_text(encoding="utf-8")


@pytest.fixture
def second(world, caller):
    """Another administrator."""
    world.engine.add_person(ADMIN, id="root2", name="管理员乙", roles=["admin"])
    return caller("root2")


def test_a_calendar_is_imported_confirmed_by_another_and_shown(caller, second):
    root = caller("root")
    done = root.post("/calendars", {"file": FILE})
    assert (done.status_code, done.get_json()["status"]) == (201, "pending")
    assert root.post("/calendars", {"file": FILE}).status_code == 200
    confirm = f"/calendars/imports/{done.get_json()['id']}/confirm"
    assert root.get("/calendars/2027").status_code == 404
    assert root.post(confirm).status_code == 403
    assert second.post(confirm).get_json()["number"] == 1
    assert second.post(confirm).status_code == 409
    shown = root.get("/calendars/2027").get_json()
    assert (shown["confirmed_by"], shown["make_up"]) == ("管理员乙", ["2027-02-14", "2027-05-08"])
    assert (shown["rests"][0]["first"], shown["rests"][0]["last"]) == ("2027-01-01", "2027-01-03")
    assert {line["status"] for line in root.get("/calendars").get_json()["items"]} == {"shipped", "confirmed"}


@pytest.mark.parametrize("file", ["", "[]", "year: 2027", FILE.replace("2027-02-14", "2027-02-15"), "a: &a 1\nb: *a"])
def test_a_wrong_file_is_refused_and_nothing_is_written(caller, file, written):
    root = caller("root")
    root.get("/calendars")
    before = written()
    assert root.post("/calendars", {"file": file}).status_code == 422
    assert written() == before


@pytest.mark.parametrize("body", [{}, {"file": 1}, {"file": None}, {"file": FILE, "confirmed": True}])
def test_a_wrong_body_is_refused(caller, body):
    assert caller("root").post("/calendars", body).status_code == 422


def test_who_has_no_part_in_calendars_sees_and_does_nothing(caller):
    hr = caller("hr")
    assert hr.get("/calendars").status_code == 403
    assert hr.get("/calendars/2026").status_code == 403
    assert hr.post("/calendars", {"file": FILE}).status_code == 403
    assert hr.post("/calendars/imports/1/confirm").status_code == 403
    for word in ("accept", "keep"):
        assert hr.post(f"/calendars/recounts/1/{word}", {"reason": "x"}).status_code == 403


def test_what_is_not_there_is_said(caller):
    root = caller("root")
    assert root.post("/calendars/imports/99/confirm").status_code == 404
    assert root.post("/calendars/recounts/99/keep", {"reason": "x"}).status_code == 404
    assert root.get("/calendars/1999").status_code == 404
