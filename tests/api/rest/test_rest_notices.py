"""Urging and notices by the API: right use, others' business, nobody, wrong types, twice."""

import pytest

from engine.permissions import SYSTEM
from tests.people import ADMIN


@pytest.fixture
def plan(world, play, caller):
    """S1's first task, claimed by hr2; hr began the matter. `other` is of another employer."""
    world.engine.add_person(ADMIN, id="hr2", name="人事乙", roles=["hr"], employer_id="E1")
    world.engine.add_employer(ADMIN, id="E9", name="渤虚船厂", trades=[])
    world.engine.add_person(ADMIN, id="other", name="人事丁", roles=["hr"], employer_id="E9")
    found = caller("hr").find("plan", play("plan").instances["round"])
    caller("hr2").post(f"/tasks/{found['id']}/claim")
    return found


def test_a_task_is_urged_and_whoever_has_it_reads_of_it(plan, caller):
    path = f"/tasks/{plan['id']}/remind"
    done = caller("hr").post(path, {"words": "材料急等上报"})
    assert (done.status_code, done.get_json()) == (
        200,
        {"task": plan["id"], "instance": plan["instance_id"], "number": 1},
    )
    (item,) = caller("hr2").get("/notices").get_json()["items"]
    assert (item["kind"], item["task_id"], item["instance_id"]) == ("urged", plan["id"], plan["instance_id"])
    assert item["instance_title"] == plan["instance_title"]
    assert item["read_at"] is None
    assert "材料急等上报" not in str(item)
    for person in ("hr", "other", "root"):
        assert caller(person).get("/notices").get_json()["items"] == []
    again = caller("hr").post(path)
    assert again.status_code == 409
    assert "今日" in again.get_json()["detail_zh"]


def test_twice_is_once_with_a_key(plan, caller, written):
    path, key = f"/tasks/{plan['id']}/remind", {"Idempotency-Key": "once"}
    caller("hr2")
    first = caller("hr").post(path, {}, headers=key)
    after = written()
    assert caller("hr").post(path, {}, headers=key).get_json() == first.get_json()
    assert caller("hr").post(path, {"words": "另一句"}, headers=key).status_code == 409
    assert written() == after


def test_who_may_not_urge_changes_nothing(plan, caller, written):
    path = f"/tasks/{plan['id']}/remind"
    for person in ("other", "hr2", "e1", "jia", "root"):
        caller(person)
    before = written()
    assert caller(None).post(path).status_code == 401
    for person, status in (("other", 403), ("e1", 403), ("jia", 403), ("root", 403), ("hr2", 409)):
        assert caller(person).post(path).status_code == status, person
    assert caller("hr2").post("/tasks/nothing/remind").status_code == 404
    for body in ({"words": None}, {"words": 5}, {"words": "长" * 1001}, {"word": "x"}):
        assert caller("hr2").post(path, body).status_code == 422
    assert written() == before


def tell_some(world, person, count):
    from engine.telling import tell
    from engine.transaction import begin
    from forms.text import Text

    for number in range(count):
        with begin(world.engine.sessions, world.clock, SYSTEM) as tx:
            tell(tx, [person], f"some {number}", "on", Text(f"第{number}条", f"no. {number}"))


@pytest.mark.parametrize("limit", [1, 2, 5, 200])
def test_notices_come_page_by_page(world, caller, limit):
    tell_some(world, "hr", 5)
    whole = caller("hr").items("/notices?limit=200")
    pages = list(caller("hr").pages(f"/notices?limit={limit}"))
    assert [item for page in pages for item in page] == whole
    assert [item["text"]["zh"] for item in whole] == [f"第{number}条" for number in (4, 3, 2, 1, 0)]
    assert (limit < 5) is bool("Link" in caller("hr").get(f"/notices?limit={limit}").headers)


def test_they_are_read_up_to_where_one_has_seen(world, caller):
    tell_some(world, "hr", 3)
    items = caller("hr").items("/notices")
    assert caller("hr").post("/notices/read", {"until": items[1]["id"]}).get_json() == {"read": 2, "unread": 1}
    assert [item["read_at"] is None for item in caller("hr").items("/notices")] == [True, False, False]
    assert caller("leader").post("/notices/read").get_json() == {"read": 0, "unread": 0}
    key = {"Idempotency-Key": "once"}
    answers = [caller("hr").post("/notices/read", {}, headers=key).get_json() for _ in range(2)]
    assert answers == [{"read": 1, "unread": 0}] * 2


def test_what_is_no_place_and_no_number_is_named(world, caller, written):
    tell_some(world, "leader", 1)
    theirs = caller("leader").items("/notices")[0]["id"]
    caller("hr")
    before = written()
    for after in (theirs, "x", "0", "%00", "9" * 40):
        assert caller("hr").get(f"/notices?after={after}").status_code == 422
    for until in ("1", 0, -1, 2**31, 1.5, True, [1]):
        refused = caller("hr").post("/notices/read", {"until": until})
        assert refused.status_code == 422, until
        assert "until" in refused.get_json()["fields"]
    assert caller(None).get("/notices").status_code == caller(None).post("/notices/read").status_code == 401
    assert written() == before
