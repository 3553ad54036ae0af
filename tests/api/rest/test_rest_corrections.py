"""Corrections by the API: what would follow, two signatures."""


def test_a_correction_is_previewed_asked_for_and_signed(caller, play):
    world = play("screening")
    hr, there = caller("hr"), f"/process-instances/{world.instances['round']}/corrections"
    wanted = {"entry": 2, "values": {"values.plan.applications_until": "2025-06-03"}}
    found = hr.post(f"{there}/preview", json=wanted).get_json()
    assert [(one["path"], one["new"]) for one in found["told"]["changes"]] == [
        ("values.plan.applications_until", "2025-06-03")
    ]
    assert [one["kind"] for one in found["told"]["effects"]] == ["window"]
    assert (len(found["told"]["related"]), found["obstacles"]) == (1, [])
    asked = hr.post(there, json={**wanted, "reason": "写错"})
    number = asked.get_json()["rectification"]
    assert asked.status_code == 201
    assert hr.post(f"/corrections/{number}/sign", json={"reason": "属实"}).status_code == 403
    assert caller("leader").post(f"/corrections/{number}/sign", json={"reason": "属实"}).status_code == 200
    (one,) = hr.items(there)
    assert (one["status"], one["answer"]) == ("done", "属实")
    assert hr.post(f"/corrections/{number}/withdraw").status_code == 409
    assert caller("leader").post(f"/corrections/{number}/refuse", json={"reason": "晚了"}).status_code == 409
    wrong = {"entry": 2, "values": {"values.plan.applications_until": "昨天"}, "reason": "x"}
    assert hr.post(there, json=wanted | {"values": {}}).status_code == 422
    assert "plan.applications_until" in str(hr.post(there, json=wrong).get_json())
