"""Corrections on their pages: fields of their kind, what follows before anything is asked, wrong values back with words."""

import pytest

from tests.api.visiting import Visitor, application, words

PATH = "values.application."


@pytest.fixture
def matter(play):
    """S1 before its candidacy is examined: the address of the form that corrects the application."""
    return f"/instances/{play('screening').instances['jia']}/corrections"


@pytest.fixture
def visit(world, matter):
    app = application(world.engine)
    return lambda person="hr", language="zh": Visitor(app, person, language)


@pytest.fixture
def form(visit, matter):
    (link,) = visit().page(matter).xpath("//main//ul//a[text()='申报']/@href")
    return link


def said(response):
    return response.status_code, words(Visitor.tree(response).xpath("//main")[0])


def field(page, name):
    (found,) = page.xpath(f"//*[@name='{PATH}{name}']")
    return found


def test_each_value_is_a_field_of_its_kind_under_its_heading(visit, form):
    page = visit().page(form)
    assert field(page, "certificate_date").get("type") == "date"
    sexes = field(page, "sex")
    assert (sexes.tag, [one.text for one in sexes], sexes.xpath("./option[@selected]/@value")) == (
        "select",
        ["女", "男"],
        ["male"],
    )
    own = field(page, "posts.0.own")
    assert [one.get("value") for one in own] == ["true", "false"]
    assert field(page, "discipline").tag == "textarea"
    assert page.xpath(f"//*[@name='{PATH}id_number']") == []
    assert "三、高级技师资格" in words(page)
    assert "See what follows" in words(visit(language="en").page(form))


def test_what_is_changed_stands_first_with_what_follows_and_is_done_when_another_has_signed(visit, form, matter):
    change = {f"{PATH}posts.0.start": "2021-03-01"}
    page = Visitor.tree(visit().post(form, change))
    first = page.xpath("//form//section")[0]
    assert "改动的内容" in words(first)
    assert "原值：2019-03-01" in words(first)
    assert "A7.2b" in words(page)
    status, text = said(visit().post(form, {**change, "ask": "1", "reason": " "}))
    assert (status, "更正理由" in text) == (422, True)
    address = visit().post(form, {**change, "ask": "1", "reason": "登记时写错了"}).location
    assert visit().page(address).xpath("//main//form[contains(@action, '/sign')]") == []
    assert visit().post(f"{address}/sign", {"answer": "属实"}).status_code == 403, "one's own"
    assert address in visit("leader").get("/corrections").text
    assert visit("leader").post(f"{address}/withdraw").status_code == 403, "somebody else's"
    assert visit("leader").post(f"{address}/refuse", {"answer": " "}).status_code == 422
    assert visit("leader").post(f"{address}/sign", {"answer": "属实"}).location == address
    status, text = said(visit("leader").post(f"{address}/sign", {"answer": "属实"}))
    assert (status, "已经办结" in text) == (409, True)
    assert "已更正" in words(visit().page(matter))
    assert "没有待会签的更正" in words(visit("leader").page("/corrections"))


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ({}, "没有改动任何一项"),
        ({f"{PATH}certificate_date": "2018-02-30"}, "高级技师证书发证日期"),
        ({f"{PATH}certificate_date": ""}, "高级技师证书发证日期"),
        ({f"{PATH}posts.0.own": "perhaps"}, "应为true或false"),
        ({f"{PATH}sex": "none"}, "性别"),
        ({f"{PATH}id_number": "120101199001011234"}, "证件号码"),
    ],
)
def test_a_wrong_value_comes_back_with_words_and_what_was_typed(visit, form, typed, what):
    for more in ({}, {"ask": "1", "reason": "写错了"}):
        response = visit().post(form, {**typed, **more})
        status, text = said(response)
        assert (status, what in text) == (422, True), text[:300]
        page = Visitor.tree(response)
        for name, value in typed.items():
            assert page.xpath("//*[@name=$n][@value=$v] | //select[@name=$n]", n=name, v=value) or "id_number" in name
    assert "没有待会签的更正" in words(visit("leader").page("/corrections"))


def test_only_staff_correct_and_nobody_what_is_none(visit, form, matter):
    for person in ("leader", "jia", "e1"):
        assert visit(person).get(form).status_code in (403, 404), person
        assert visit(person).post(form, {f"{PATH}unit": "x"}).status_code in (403, 404), person
    assert visit().get(f"{matter}/9999").status_code == 404
    assert visit().get("/corrections/99").status_code == 404
    assert visit().post("/corrections/99/sign").status_code == 404
    assert visit().post(form, {f"{PATH}unit": "x"}, csrf="forged").status_code == 409
