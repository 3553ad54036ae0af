"""The registers' pages: who sees what, an import that is looked at first, entries written and struck, exports."""

import io

import pytest
from openpyxl import load_workbook

from tests.api.visiting import Visitor, application, words
from tests.engine.commands.office import open_office
from tests.people import ADMIN

AWARDS = "人员编号,奖项,名称,年份\n"
JIA = AWARDS + "worker,海河工匠,第三届,2023\n"
SOME = ("employers", "trades", "occupations", "posts", "awards", "experts", "certificates", "letters", "appointments")
POST = {"person": "worker", "start": "2019-03-01", "employer": "津虚重工", "post": "焊工高级技师"}


@pytest.fixture
def people(empty):
    found = open_office(empty)
    for person, roles in (("root", ["admin"]), ("bureau", ["bureau"])):
        empty.add_person(ADMIN, id=person, name=f"某{person}", roles=roles)
    empty.add_person(ADMIN, id="away", name="船厂工人", employer_id="E2", roles=["candidate"])
    return found


@pytest.fixture
def app(empty, people):
    return application(empty)


def upload(visitor, register, text, name="a.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return visitor.post(f"/registers/{register}/import", {"file": (io.BytesIO(content), name)})


def keys(engine, register):
    return [row.key for row in engine.register(ADMIN, register, limit=100).rows]


def test_a_file_is_looked_at_before_anything_is_written(empty, app):
    hr = Visitor(app, "hr")
    staged = upload(hr, "awards", JIA)
    assert staged.status_code == 303
    assert keys(empty, "awards") == []
    page = hr.page(staged.location)
    assert "新增1条" in words(page)
    assert hr.post(staged.location).status_code == 303
    assert keys(empty, "awards") == ["worker|haihe|2023|第三届"]
    assert hr.post(staged.location).status_code == 404
    again = hr.page(upload(hr, "awards", JIA).location)
    assert "未变1条" in words(again)


def test_every_mistake_is_shown_by_row_and_column_and_nothing_is_written(empty, app):
    hr = Visitor(app, "hr")
    staged = upload(hr, "awards", JIA + "worker,劳模,x,二\nnobody,海河工匠,y,2022\n")
    shown = hr.get(staged.location)
    assert shown.status_code == 422
    for said in ("第3行", "奖项", "年份", "第4行", "nobody"):
        assert said in shown.text
    assert hr.post(staged.location).status_code == 422
    assert keys(empty, "awards") == []


def test_a_file_that_is_none_is_refused_on_the_page_in_both_languages(app):
    for language, said in (("zh", "无法读取"), ("en", "cannot be read")):
        refused = upload(Visitor(app, "hr", language), "awards", b"PK\x03\x04")
        assert (refused.status_code, said in refused.text) == (422, True)
    assert Visitor(app, "hr").post("/registers/awards/import").status_code == 422


def test_nobody_writes_about_another_employers_people(empty, app):
    hr, other = Visitor(app, "hr"), Visitor(app, "other")
    empty.save_entry(ADMIN, "posts", POST)
    (key,) = keys(empty, "posts")
    theirs = upload(other, "awards", JIA)
    assert "worker" in other.get(theirs.location).text
    assert other.post(theirs.location).status_code == 422
    assert other.get(f"/registers/posts/entry?key={key}").status_code == 404
    assert other.post(f"/registers/posts/edit?key={key}", POST | {"post": "改"}).status_code == 404
    assert other.post(f"/registers/posts/strike?key={key}", {"reason": "x"}).status_code == 404
    assert "焊工高级技师" not in other.get("/registers/posts").text
    assert "焊工高级技师" not in other.get("/registers/posts?employer=E1").text
    assert "焊工高级技师" not in other.get("/registers/posts/export.csv").get_data(as_text=True)
    mine = upload(hr, "awards", JIA)
    assert other.get(mine.location).status_code == 404
    assert other.post(mine.location).status_code == 404
    assert keys(empty, "awards") == []


def test_what_the_own_employers_register_does_not_show_cannot_be_guessed(app):
    other = Visitor(app, "other")
    for one in ("worker", "nobody"):
        staged = upload(other, "awards", JIA.replace("worker", one))
        assert f"没有登记{one}" in other.get(staged.location).text


@pytest.mark.parametrize(
    ("who", "sees", "writes"),
    [
        (
            "hr",
            {"employers", "trades", "posts", "awards", "experts", "certificates", "occupations"},
            {"posts", "awards"},
        ),
        ("boss", {"employers", "posts"}, set()),
        ("centre", {"employers", "posts", "experts"}, {"employers", "trades", "occupations", "experts"}),
        ("bureau", {"employers", "posts", "experts"}, set()),
        ("root", set(SOME), set(SOME)),
        ("x", set(), set()),
        ("worker", set(), set()),
    ],
)
def test_each_sees_and_writes_what_is_theirs(app, who, sees, writes):
    visitor = Visitor(app, who)
    assert ("/registers" in visitor.get("/inbox").text) == bool(sees)
    assert visitor.get("/registers").status_code == (200 if sees else 403)
    for name in SOME:
        shown = visitor.get(f"/registers/{name}")
        assert shown.status_code == (200 if sees else 403)
        if name in sees | writes or not sees:
            assert (f"/registers/{name}/edit" in shown.text) == (name in writes)
        if name not in writes:
            assert visitor.get(f"/registers/{name}/edit").status_code == 403
            assert visitor.get(f"/registers/{name}/import").status_code == 403
            assert visitor.post(f"/registers/{name}/edit", {}).status_code == 403
            assert upload(visitor, name, "x").status_code == 403


def test_nobody_writes_their_own_records(empty, app):
    empty.add_person(ADMIN, id="both", name="人事兼申报", employer_id="E1", roles=["hr", "candidate"])
    both = Visitor(app, "both")
    assert both.post("/registers/posts/edit", POST | {"person": "both"}).status_code == 403
    assert both.post(upload(both, "awards", JIA.replace("worker", "both")).location).status_code == 422
    assert both.post("/registers/posts/edit", POST).status_code == 303


def test_an_entry_is_changed_struck_and_its_history_shown(empty, app):
    hr = Visitor(app, "hr")
    there = hr.post("/registers/posts/edit", POST).location
    edit = there.replace("/entry", "/edit")
    assert hr.post("/registers/posts/edit", POST).status_code == 409
    (form,) = hr.page(edit).xpath("//main//form")
    stale = form.xpath(".//input[@name='_revision']")[0].get("value")
    assert hr.post(edit, POST | {"end": "2024-02-29", "_revision": stale}).status_code == 303
    refused = hr.post(edit, POST | {"end": "2024-03-31", "_revision": stale})
    assert (refused.status_code, "2024-03-31" in refused.text) == (409, True)
    wrong = hr.post(edit, POST | {"end": "2024-02-30"})
    assert (wrong.status_code, "结束日期" in wrong.text, "2024-02-30" in wrong.text) == (422, True, True)
    assert hr.post(there.replace("/entry", "/strike"), {"reason": " "}).status_code == 422
    assert hr.post(there.replace("/entry", "/strike"), {"reason": "重复登记"}).status_code == 303
    shown = words(hr.page(there))
    for said in ("已作废", "重复登记", "2024-02-29", "人事甲"):
        assert said in shown
    assert "2019-03-01" not in hr.get("/registers/posts/export.csv").get_data(as_text=True)


def test_what_is_typed_is_text_and_nothing_else(empty, app):
    hr = Visitor(app, "hr")
    there = hr.post("/registers/posts/edit", POST | {"post": "<script>alert(1)</script>"}).location
    for path in (there, "/registers/posts", there.replace("/entry", "/edit")):
        assert "<script>alert" not in hr.get(path).text
    nul = hr.post("/registers/posts/edit", POST | {"post": "a\0b"})
    assert nul.status_code == 422
    for path in ("/registers/posts?q=%00", "/registers/posts?q=%25%5C_%27"):
        assert hr.get(path).status_code == 200
    assert hr.get("/registers/posts?after=%00").status_code == 404
    assert hr.get("/registers/posts/entry?key=%00").status_code == 404


def test_a_list_goes_on_page_by_page_and_is_searched(empty, app):
    empty.import_entries(
        ADMIN, "occupations",
        [{"code": f"6-18-02-{n:02d}", "edition": "2022", "name": f"职业{n}", "skilled": "是", "source": "大典"} for n in range(60)],
    )  # fmt: skip
    hr = Visitor(app, "hr")
    seen, path = [], "/registers/occupations"
    while path:
        page = hr.page(path)
        seen += page.xpath("//tbody/tr/td[1]/a/text()")
        path = next(iter(page.xpath("//a[contains(., '后面的')]/@href")), None)
    assert seen == [f"6-18-02-{n:02d}" for n in range(60)]
    assert hr.page("/registers/occupations?q=职业59").xpath("//tbody/tr/td[1]/a/text()") == ["6-18-02-59"]
    assert "没有符合条件的条目" in hr.get("/registers/occupations?q=职业99").text


def test_exports_are_files_without_formulas_and_with_masked_numbers(empty, app):
    hr = Visitor(app, "hr")
    hr.post("/registers/posts/edit", POST | {"post": "=HYPERLINK(1)"})
    csv = hr.get("/registers/posts/export.csv")
    assert csv.data.startswith(b"\xef\xbb\xbf")
    assert "'=HYPERLINK(1)" in csv.data.decode()
    assert "attachment" in csv.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(hr.get("/registers/posts/export.xlsx").data)).active
    assert {cell.data_type for row in sheet for cell in row if cell.value} == {"s"}
    assert hr.get("/registers/posts/export.exe").status_code == 404
    assert hr.get("/registers/posts/template.xlsx").status_code == 200


def test_the_register_of_experts_takes_over_nobodys_account(empty, app):
    centre = Visitor(app, "centre")
    for taken in ("root", "hr"):
        refused = centre.post("/registers/experts/edit", {"id": taken, "name": "某", "active": "false"})
        assert refused.status_code == 409
        assert empty.actor(taken) is not None
    empty.add_person(ADMIN, id="wise", name="兼职专家", roles=["expert", "admin"])
    changed = centre.post("/registers/experts/edit?key=wise", {"id": "wise", "name": "兼职专家", "active": "false"})
    assert changed.status_code == 409
    assert centre.post("/registers/experts/edit", {"id": "new", "name": "新专家", "field": "焊接"}).status_code == 303
    assert empty.actor("new").roles == {"expert"}


def test_two_employers_never_have_one_prefix(app):
    centre = Visitor(app, "centre")
    own = {"prefix": "Y000012000123", "prefix_source": "虚构"}
    assert centre.post("/registers/employers/edit?key=E1", own | {"id": "E1", "name": "津虚"}).status_code == 303
    refused = centre.post("/registers/employers/edit?key=E2", own | {"id": "E2", "name": "渤虚"})
    assert (refused.status_code, "AX.2" in refused.text) == (409, True)


def test_a_page_from_elsewhere_writes_nothing(empty, app):
    assert Visitor(app, "hr").post("/registers/posts/edit", POST, csrf="forged").status_code == 409
    assert keys(empty, "posts") == []
