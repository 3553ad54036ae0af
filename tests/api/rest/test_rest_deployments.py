"""Proposing a bundle by the API: once a digest, decided by another person, and never a bundle with something wrong."""

import pytest

from tests.api.rest import zips

ZIP = {"Content-Type": "application/zip"}


def propose(somebody, content, headers=ZIP, query="reason=修订"):
    return somebody.post(f"/proposals?{query}", data=content, headers=headers)


def test_a_new_bundle_is_proposed_once_and_another_person_decides(caller, bundle):
    content = zips.zipped(zips.with_settings(bundle.files, 7))
    root, bureau = caller("root"), caller("bureau")
    first, again = propose(root, content, query="reason=修订&emergency=true"), propose(root, content)
    assert (first.status_code, again.status_code) == (201, 409)
    there = first.headers["Location"]
    number = first.get_json()["proposal"]
    assert there == f"/api/v1/proposals/{number}"
    found = root.get(f"/proposals/{number}").get_json()
    assert (found["status"], found["emergency"], found["needed"], found["against"]) == ("open", True, 2, 1)
    assert [each["status"] for each in found["examined"]] == ["done", "done", "waiting", "waiting"]
    assert root.post(f"/proposals/{number}/approve", json={"reason": "同意"}).status_code == 403
    assert bureau.post(f"/proposals/{number}/approve", json={"reason": "同意"}).get_json()["deployment"] is None
    done = caller("own").post(f"/proposals/{number}/approve", json={"reason": "同意"}).get_json()
    lines = root.items("/deployments")
    assert [(line["id"], line["gate"], line["is_current"]) for line in lines] == [
        (done["deployment"], "emergency", True),
        (1, "installed", False),
    ]
    back = bureau.post("/deployments/1/rollback", json={"reason": "有误"})
    assert back.get_json()["deployment"] == 1
    assert [line["is_current"] for line in root.items("/deployments")] == [False, True]
    assert root.post(f"/activations/{back.get_json()['activation']}/cancel", json={"reason": "x"}).status_code == 409
    assert [line["status"] for line in root.items("/proposals")] == ["deployed"]


@pytest.mark.parametrize(("act", "who", "status"), [("refuse", "bureau", "refused"), ("withdraw", "root", "withdrawn")])
def test_a_proposal_is_refused_or_taken_back(caller, bundle, act, who, status):
    number = propose(caller("root"), zips.zipped(zips.with_settings(bundle.files, 7))).get_json()["proposal"]
    assert caller(who).post(f"/proposals/{number}/{act}", json={"reason": "改期"}).get_json()["deployment"] is None
    assert caller("root").get(f"/proposals/{number}").get_json()["status"] == status


def test_a_deployment_is_read_with_its_files_and_its_term(caller, bundle):
    (line,) = caller("root").items("/deployments")
    found = caller("root").get(f"/deployments/{line['id']}").get_json()
    assert found["files"] == sorted(bundle.files)
    assert (found["in_force_from"], found["in_force_until"], found["is_current"]) == ("2024-04-01", "2026-03-31", True)


@pytest.mark.parametrize("deployment", ["99", "2147483647", "2147483648", str(10**30), "x", "-1"])
def test_there_is_no_other_deployment(caller, deployment):
    assert caller("root").get(f"/deployments/{deployment}").status_code == 404


@pytest.mark.parametrize("person", ["hr", "leader", "jia", "e1", "centre"])
def test_only_an_administrator_or_an_owner_proposes_and_lists(caller, person, bundle, written):
    before = (caller(person), written())[1]
    assert caller(person).get("/deployments").status_code == 403
    assert propose(caller(person), zips.zipped(bundle.files)).status_code == 403
    assert propose(caller(person), b"not even a zip").status_code == 403
    assert written() == before


def test_the_bundle_is_sent_as_a_zip(caller, bundle):
    response = propose(caller("root"), zips.zipped(bundle.files), {"Content-Type": "application/json"})
    assert response.status_code == 415
    assert "application/zip" in response.get_json()["detail_zh"]


# What is wrong with the bundle, how it comes to be, and the places that the answer names.
WRONG = {
    "no zip": (zips.no_zip, "zip"),
    "nothing": (lambda _files: b"", "zip"),
    "a zip cut short": (zips.cut_short, "zip"),
    "a path out of the bundle": (zips.climbing, "../policy.yaml"),
    "an absolute path": (zips.absolute, "/policy.yaml"),
    "a symbolic link": (zips.with_symlink, "notes.md"),
    "a program": (zips.with_program, "run.py"),
    "a file that unpacks to megabytes": (zips.swollen, "notes.md"),
    "no policy": (zips.without("policy.yaml"), "policy.yaml"),
    "a missing form": (zips.without("plan.form"), "round.bpmn:plan"),
    "a missing table": (zips.without("eligibility.dmn"), "candidacy.bpmn"),
    "entities that expand, in a diagram": (zips.bomb("round.bpmn"), "round.bpmn"),
    "entities that expand, in a table": (zips.bomb("eligibility.dmn"), "eligibility.dmn"),
    "an external entity in a diagram": (zips.external("round.bpmn"), "round.bpmn"),
    "an external entity in a table": (zips.external("eligibility.dmn"), "eligibility.dmn"),
    "broken XML in a diagram": (zips.changed("round.bpmn", b"</bpmn:process>", b""), "round.bpmn"),
    "broken XML in a table": (zips.changed("tally.dmn", b"</definitions>", b""), "tally.dmn"),
    "broken JSON in a form": (zips.changed("plan.form", b"{", b"{,"), "plan.form"),
    "a bad expression in a diagram": (zips.changed("round.bpmn", b"=settings.", b"=settings.+"), "round.bpmn:"),
    "a bad expression in a table": (zips.changed("tally.dmn", b"<text>", b"<text>]("), "tally.dmn:"),
    "broken YAML": (zips.changed("policy.yaml", b"settings:", b"settings: ["), "policy.yaml"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "place"), WRONG.values(), ids=WRONG)
def test_a_bundle_is_refused_that_has(make, place, shared_caller, bundle, shared_written):
    somebody, content = shared_caller("root"), make(bundle.files)
    before = shared_written()
    response = propose(somebody, content)
    problem = response.get_json()
    assert response.status_code == 422
    assert response.mimetype == "application/problem+json"
    assert place in problem["detail"]
    assert place in problem["detail_zh"]
    assert shared_written() == before
