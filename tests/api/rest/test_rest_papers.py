"""Files, comments and copies over the API: as described, once for each key, and by whom they concern alone."""

import io

import pytest

from tests.api.rest.callers import callers
from tests.engine.bundles import line, small, task
from tests.engine.commands.office import WITH_CENTRE, open_office, task_at
from tests.engine.test_files import PDF
from tests.people import ADMIN


@pytest.fixture
def matter(empty):
    people = open_office(empty)
    empty.deploy(ADMIN, small(task("work") + line("begin", "work", "finish"), policy=WITH_CENTRE))
    return empty.start(people["hr"], "p", {})["instance"]


@pytest.fixture
def caller(empty, matter):
    return callers(empty)


def files(*named, **fields):
    return {"data": {"file": [(io.BytesIO(content), name) for name, content in named], **fields}}


def test_files_are_handed_in_listed_read_and_struck(empty, caller, matter):
    hr, place, key = caller("hr"), f"/process-instances/{matter}/attachments", {"Idempotency-Key": "k"}
    sent = hr.post(place, headers=key, **files(("证书.pdf", PDF), about="证书", for_staff="true"))
    again = hr.post(place, headers=key, **files(("证书.pdf", PDF), about="证书", for_staff="true"))
    assert (sent.status_code, again.get_json()) == (201, sent.get_json())
    assert hr.post(place, headers=key, **files(("别的.pdf", PDF))).status_code == 409
    (one,) = hr.get(place).get_json()["items"]
    assert (one["name"], one["type"], one["for_staff"], one["about"]) == ("证书.pdf", "application/pdf", True, "证书")
    answer = caller("boss").get(f"/attachments/{one['id']}/content")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    beside = hr.post(f"/tasks/{task_at(empty, matter, 'work')}/attachments", **files(("b.pdf", PDF)))
    assert beside.status_code == 201
    for stranger in ("other", "worker", "root"):
        assert caller(stranger).get(f"/attachments/{one['id']}/content").status_code == 404
        assert caller(stranger).get(place).status_code == 404
        assert caller(stranger).post(place, **files(("c.pdf", PDF))).status_code in {403, 404}
    assert caller("boss").post(f"/attachments/{one['id']}/strike", {"reason": "x"}).status_code == 403
    assert hr.post(f"/attachments/{one['id']}/strike", {"reason": "传错"}).status_code == 200
    assert hr.get(place).get_json()["items"][0]["struck"] == "传错"


def test_what_is_no_file_or_no_form_is_refused_in_words(caller, matter):
    hr, place = caller("hr"), f"/process-instances/{matter}/attachments"
    assert hr.post(place, {"file": "x"}).status_code == 415
    assert hr.post(place, **files(), content_type="multipart/form-data").status_code == 422
    for name, content in (("a.pdf", b""), ("a.pdf", b"<html>"), ("a.exe", b"MZ"), ("\0", PDF)):
        assert hr.post(place, **files((name, content))).status_code == 422
    assert hr.post(place, **files(("a.pdf", PDF), about="长" * 201)).status_code == 422
    assert hr.post(place, **files(("a.pdf", PDF), more="x")).status_code == 422
    form = {"content_type": "multipart/form-data; boundary=x"}
    assert hr.post(place, data=b"--x\r\n" + b" " * 26_000_000, **form).status_code == 413
    assert hr.get(place).get_json()["items"] == []


def test_comments_and_copies_are_made_listed_and_refused_to_strangers(caller, matter):
    hr, said, sent = caller("hr"), f"/process-instances/{matter}/comments", f"/process-instances/{matter}/copies"
    made = hr.post(said, {"text": "请核对", "for_all": True})
    assert made.status_code == 201
    assert [one["text"] for one in hr.get(said).get_json()["items"]] == ["请核对"]
    assert hr.post(f"/comments/{made.get_json()['comment']}/strike", {"reason": "多余"}).status_code == 200
    assert hr.post(said, {"text": "长" * 2001}).status_code == 422
    assert hr.post(sent, {"people": ["boss", "centre"], "note": "请阅"}).status_code == 201
    refused = hr.post(sent, {"people": ["boss", "other"]})
    assert (refused.status_code, "人事丁" in refused.get_json()["detail_zh"]) == (422, True)
    assert hr.post(sent, {"people": []}).status_code == 422
    assert [one["receiver_id"] for one in hr.get(sent).get_json()["items"]] == ["boss", "centre"]
    for place in (said, sent):
        assert caller("other").get(place).status_code == 404
    assert caller("other").post(said, {"text": "x"}).status_code == 404
