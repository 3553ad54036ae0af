"""Registers by the API: what may be seen, page by page, as it is described."""

import pytest

from tests.api.rest.callers import callers
from tests.engine.commands.office import open_office
from tests.people import ADMIN


@pytest.fixture
def people(empty):
    return open_office(empty)


@pytest.fixture
def ask(empty, people):
    return callers(empty)


def test_registers_and_their_columns_are_told_to_who_may_see_them(ask):
    items = {one["name"]: one for one in ask("hr").get("/registers").get_json()["items"]}
    assert "posts" in items
    assert items["posts"]["source"] == "A7.2b"
    (start,) = [one for one in items["posts"]["columns"] if one["key"] == "start"]
    assert (start["kind"], start["required"], start["label"]["zh"]) == ("day", True, "开始日期")
    assert ask("worker").get("/registers").get_json()["items"] == []


def test_employers_go_on_page_by_page(ask):
    centre = ask("centre")
    first = centre.get("/employers?limit=1")
    assert [one["key"] for one in first.get_json()["items"]] == ["E1"]
    assert 'rel="next"' in first.headers["Link"]
    second = centre.get("/employers?limit=1&after=E1")
    assert [one["data"]["name"] for one in second.get_json()["items"]] == ["渤虚船厂"]
    assert "Link" not in second.headers
    assert [one["key"] for one in centre.get("/employers?q=船厂").get_json()["items"]] == ["E2"]


def test_an_employers_people_see_their_own(empty, ask):
    for number, employer in enumerate(("E1", "E2")):
        entry = {
            "key": f"A-{number}",
            "employer_id": employer,
            "level": "special",
            "start_on": "2025-07-10",
            "status": "在聘",
        }
        empty.save_entry(ADMIN, "appointments", entry)
    assert [one["key"] for one in ask("hr").get("/appointments").get_json()["items"]] == ["A-0"]
    assert [one["key"] for one in ask("hr").get("/appointments?employer=E2").get_json()["items"]] == []
    assert len(ask("centre").get("/registers/appointments").get_json()["items"]) == 2


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("worker", "/employers", 403),
        ("x", "/registers/experts", 403),
        (None, "/employers", 401),
        ("hr", "/registers/cars", 404),
        ("hr", "/employers?limit=0", 422),
        ("hr", "/employers?colour=red", 422),
        ("hr", "/employers?q=%00", 422),
    ],
)
def test_what_may_not_be_seen_is_refused(ask, who, path, status):
    assert ask(who).get(path).status_code == status
