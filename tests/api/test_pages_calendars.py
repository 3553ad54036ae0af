"""The calendars page: a file is imported, its differences are read by somebody else, earlier ends are decided about."""

import io

import pytest

from tests.api.visiting import Visitor, application, words
from tests.engine.commands.office import begin, open_office, whole
from tests.engine.commands.test_calendars import FILE, LONGER, WINDOW
from tests.people import ADMIN


@pytest.fixture
def people(empty):
    found = open_office(empty)
    for person, roles in (("root", ["admin"]), ("root2", ["admin"]), ("bureau", ["bureau"])):
        empty.add_person(ADMIN, id=person, name=f"某{person}", roles=roles)
    return found


def upload(visitor, text):
    return visitor.post("/calendars", {"calendar": (io.BytesIO(text.encode()), "2027.yaml")})


def test_one_imports_and_another_confirms_on_the_page(empty, people):
    app = application(empty)
    root, bureau = Visitor(app, "root"), Visitor(app, "bureau")
    assert upload(root, FILE).status_code == 303
    own = root.page("/calendars")
    assert "待确认：2027年" in words(own)
    assert own.xpath("//form[contains(@action, '/imports/')]") == []
    (form,) = bureau.page("/calendars").xpath("//form[contains(@action, '/imports/')]")
    assert bureau.post(form.get("action")).status_code == 303
    assert "调休上班日" in words(bureau.page("/calendars/2027"))
    assert root.post(form.get("action")).status_code == 409


def test_a_wrong_file_is_shown_with_its_lines_in_both_languages(empty, people):
    for language, said in (("zh", "第15行"), ("en", "line 15")):
        refused = upload(Visitor(application(empty), "root", language), FILE.replace("2027-02-14", "2027-02-15"))
        assert refused.status_code == 422
        assert said in refused.text
    assert Visitor(application(empty), "root").post("/calendars").status_code == 422


def test_an_earlier_end_is_decided_about_with_a_reason(empty, people):
    instance = begin(empty, people["hr"], WINDOW)
    app = application(empty)
    root, second = Visitor(app, "root"), Visitor(app, "root2")
    for text in (LONGER, FILE):
        upload(root, text)
        (form,) = second.page("/calendars").xpath("//form[contains(@action, '/imports/')]")
        second.post(form.get("action"))
    page = root.page("/calendars")
    assert "2027年1月7日 周四 24:00" in words(page)
    (form,) = page.xpath("//form[contains(@action, '/recounts/')]")
    assert root.post(form.get("action"), {"how": "accept", "reason": " "}).status_code == 422
    assert root.post(form.get("action"), {"how": "accept", "reason": "按通知"}).status_code == 303
    assert whole(empty, instance).windows[-1].due_at.isoformat()[:10] == "2027-01-06"
    assert "采用新截止日" in words(Visitor(app, "hr").page(f"/instances/{instance}"))


def test_a_page_from_elsewhere_confirms_nothing(empty, people):
    imported = empty.import_calendar(ADMIN, FILE.encode())
    refused = Visitor(application(empty), "bureau").post(f"/calendars/imports/{imported['id']}", csrf="forged")
    assert refused.status_code >= 400
    assert empty.calendars(ADMIN).number == 0


def test_whoever_has_no_part_in_it_is_not_led_there(empty, people):
    hr = Visitor(application(empty), "hr")
    assert "/calendars" not in hr.get("/inbox").text
    assert hr.get("/calendars").status_code == 403
