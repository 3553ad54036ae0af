"""Two versions on a page: both drawings with their marks, each sentence at its number, a sheet to print and to sign."""

import json

import pytest

from engine.bundle import make_bundle
from tests import databases
from tests.api.visiting import Visitor, application, words
from tests.engine.bundles import POLICY, drawn, line, small, task
from tests.people import ADMIN

EVIL = "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
ENGLISH = '<zeebe:properties><zeebe:property name="en" value="Write it" /></zeebe:properties>'


@pytest.fixture
def address(tmp_path):
    """Which database it is makes no difference to what a page shows."""
    return databases.sqlite(tmp_path)


def bundle(*elements, policy=POLICY, name="write"):
    body = "".join(task(one, inside=ENGLISH if one == "write" else "") for one in elements)
    found = small(body + line("begin", *elements, "finish"), policy=policy)
    content = drawn(found.files["p.bpmn"], "begin", *elements, "finish")
    content = content.replace(b'id="write" name="write"', f'id="write" name="{name}"'.encode())
    return make_bundle({**found.files, "p.bpmn": content})


@pytest.fixture
def app(empty):
    """Three versions: `check` is gone in the second and `decide` new; the third calls its task as no page should say it."""
    longer = POLICY.replace("default: 5", "default: 7")
    for one in (
        bundle("write", "check"),
        bundle("write", "decide", policy=longer),
        bundle("write", "decide", name=EVIL),
    ):
        empty.deploy(ADMIN, one)
    empty.add_person(ADMIN, id="root", name="管理员", roles=["admin"])
    return application(empty)


def given(page):
    """What the script is given to draw."""
    (told,) = page.xpath("//*[@data-compared]/script[@type='application/json']")
    return json.loads(told.text)


def test_both_drawings_are_given_with_their_marks_and_each_mark_is_a_sentence_of_the_list(app):
    page = Visitor(app, "root").page("/deployments/compare?old=2&new=1")  # the older first whatever was chosen first
    old, new = given(page)["old"], given(page)["new"]
    by = [{one: mark["how"] for mark in side["marks"] for one in mark["elements"]} for side in (old, new)]
    assert by == [
        {"check": "removed", "check_to_finish": "removed", "write_to_check": "removed"},
        {"decide": "added", "decide_to_finish": "added", "write_to_decide": "added"},
    ]
    for side in (old, new):
        for mark in side["marks"]:
            (number,) = page.xpath(f"//*[@id='mark-{mark['number']}']")
            assert number.get("data-mark") == str(mark["number"])
            assert number.xpath("ancestor::tr")[0].get("data-mark") == str(mark["number"])
            assert len(page.xpath(f"//*[@id='drawing-{mark['number']}']")) == 1
    assert "extensionElements" not in old["xml"]
    (setting,) = page.xpath("//tr[contains(., 'publicity.days')]")
    assert [one.text for one in (setting.find(".//del"), setting.find(".//ins"))] == ["5", "7"]
    assert words(setting).endswith("日")


def test_names_are_the_readers_and_no_name_leaves_the_drawing_it_is_written_in(app):
    chinese = Visitor(app, "root").get("/deployments/compare?old=2&new=3")
    assert "<script>alert" not in chinese.text
    assert "</script><script>alert(1)</script>" in given(Visitor.tree(chinese))["new"]["xml"].replace(
        "&lt;", "<"
    ).replace("&gt;", ">")
    english = given(Visitor(app, "root", "en").page("/deployments/compare?old=1&new=2"))
    assert 'name="Write it"' in english["old"]["xml"]
    assert not Visitor.tree(chinese).xpath(
        "//*[@style] | //style | //script[not(@src) and not(@type='application/json')]"
    )


def test_the_printed_sheet_says_what_is_compared_and_has_room_to_sign(app):
    engine = app.extensions["pingpin"]
    page = Visitor(app, "root").page("/deployments/compare?old=1&new=2")
    digests = {one.digest for one in engine.deployments(ADMIN) if one.id in (1, 2)}
    assert {one.text for one in page.find_class("digest")} == digests
    (sheet,) = page.find_class("signing")
    assert "打印日期：2025年5月" in words(sheet)
    assert [words(one) for one in sheet.findall(".//th")] == ["姓名、职务", "签名", "日期"]


@pytest.mark.parametrize(
    "asked", ["", "?old=1", "?old=1&new=1", "?old=1&new=x", "?old=1&new=99", f"?old=1&new={'9' * 30}"]
)
def test_versions_that_are_none_are_refused(app, asked):
    assert Visitor(app, "root").get(f"/deployments/compare{asked}").status_code in (404, 422)
