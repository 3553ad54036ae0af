"""Lists page by page: everything once, in order, also while things happen in between."""

import pytest

from tests.api.rest.callers import following
from tests.people import ADMIN

pytestmark = pytest.mark.both  # paging is SQL


@pytest.fixture
def rounds(world, caller):
    """Seven rounds, each with its plan to make, some of them begun at the same moment."""
    begun = []
    for number in range(7):
        if number % 3 == 0:
            world.engine.move_clock(ADMIN, world.clock.now().replace(minute=number + 1))
        begun.append(caller("hr").post("/process-instances", {"process": "round"}).get_json()["instance"])
    return begun


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 200])
def test_the_pages_together_are_the_list(rounds, caller, limit):
    for path in ("/process-instances?", "/tasks?list=groups&"):
        whole = [item["id"] for item in caller("hr").items(f"{path}limit=200")]
        pages = list(caller("hr").pages(f"{path}limit={limit}"))
        assert [item["id"] for page in pages for item in page] == whole
        assert len(whole) == 7
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        assert len(pages) == -(-7 // limit)


def test_the_newest_instances_come_first(rounds, caller):
    begun = [item["started_at"] for item in caller("hr").items("/process-instances")]
    assert begun == sorted(begun, reverse=True)


def test_a_page_keeps_what_was_asked_for(rounds, caller):
    response = caller("hr").get("/process-instances?process=round&mine=true&limit=3")
    assert {"process=round", "mine=true", "limit=3"} <= set(following(response).partition("?")[2].split("&"))


def test_what_was_done_meanwhile_shifts_nothing(rounds, caller):
    """The last task of a page is claimed before the next page is asked for: nothing is left out, nothing comes twice."""
    whole = [item["id"] for item in caller("hr").items("/tasks?list=groups")]
    first = caller("hr").get("/tasks?list=groups&limit=3")
    caller("hr").post(f"/tasks/{first.get_json()['items'][-1]['id']}/claim")
    rest = [item["id"] for page in caller("hr").pages(following(first)) for item in page]
    assert [item["id"] for item in first.get_json()["items"]] + rest == whole


def test_tasks_without_a_due_date_come_after_those_with_one(world, rounds, caller):
    """Whatever the page's size, the border between the two lies where it lies."""
    from sqlalchemy import update

    from engine.commands.offering import NO_DUE_DATE
    from engine.tables import task, task_candidate

    ids = [item["id"] for item in caller("hr").items("/tasks?list=groups")]
    with world.engine.sessions.begin() as session:
        for number, task_id in enumerate(ids):
            due = None if number % 2 else world.clock.now().replace(day=20 + number // 4)
            session.execute(update(task).where(task.c.id == task_id).values(due_at=due))
            offered = update(task_candidate).where(task_candidate.c.task_id == task_id)
            session.execute(offered.values(due_at=due or NO_DUE_DATE))
    whole = caller("hr").items("/tasks?list=groups")
    assert [item["due_at"] is None for item in whole] == [False] * 4 + [True] * 3
    for limit in range(1, 8):
        pages = caller("hr").pages(f"/tasks?list=groups&limit={limit}")
        assert [item["id"] for page in pages for item in page] == [item["id"] for item in whole]


def test_a_list_is_empty_for_somebody_without_a_part_in_it(rounds, caller):
    for path in ("/tasks?list=mine", "/tasks?list=groups", "/tasks?list=done", "/process-instances"):
        response = caller("e1").get(path)
        assert response.get_json()["items"] == []
        assert "Link" not in response.headers
