"""A form as HTML: the macros of the pages, read as assistive technology and the browser's policy read them."""

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import html

from forms import FormError, edit_rows, read_html
from tests.forms.samples import field, form, group, hidden_when, load, options, refused, rows, view

TEMPLATES = Path(__file__).parents[2] / "api" / "templates"
PAGE = """{% from "forms/field.html" import form, readout with context %}
{% call form(view, action="/submit", refresh="/refresh", submit="提交审核", hidden={"_csrf": "x"}) %}<i>extra</i>{% endcall %}
<section>{{ readout(view.fields) }}</section>"""
REQUIRED = {"required": True}
MADE = form(
    {"type": "text", "id": "t", "text": "# 说明\n第一段\n- 甲\n- 乙\n末段"},
    field("textfield", "name", validate=REQUIRED, description="同身份证", properties={"clause": "A9.1"}),
    field("textarea", "why", conditional=hidden_when('level = "a"')),
    field("number", "years", appearance={"suffixAdorner": "年"}),
    field("datetime", "on", subtype="date", validate=REQUIRED),
    field("datetime", "at", subtype="datetime"),
    field("select", "kind", values=options("a", "b")),
    field("radio", "level", values=options("a", "b"), validate=REQUIRED),
    field("checklist", "papers", values=options("a", "b"), validate=REQUIRED),
    field("textfield", "employer", readonly=True),
    group(field("checkbox", "agree", validate=REQUIRED), path="g"),
    rows(
        "l", field("textfield", "post", validate=REQUIRED), field("checkbox", "main"), rows("m", field("number", "n"))
    ),
)
TYPED = {"name": "<b>&\"'", "level": "b", "l": [{"m": [{}]}, {}], "years": "六", "on": "2025-02-30"}


def page(values=None, errors=None, language="zh"):
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.globals.update(
        t=lambda zh, en: zh if language == "zh" else en,
        tx=lambda text: text.pick(language) if text else "",
        url_for=lambda _endpoint, filename: f"/static/{filename}",
    )
    shown = view(MADE, values, {"employer": "天津一厂"}, errors)
    return html.fromstring(f"<body>{environment.from_string(PAGE).render(view=shown)}</body>")


def sent(tree):
    """What a browser would send: (name, value) of every successful control but the buttons."""
    for control in tree.xpath("//form//input | //form//select | //form//textarea"):
        kind = control.get("type", "")
        if control.tag == "select":
            yield control.name, control.value or ""
        elif control.tag == "textarea":
            yield control.name, (control.text or "").removeprefix("\n")
        elif kind not in {"checkbox", "radio"} or control.get("checked") is not None:
            yield control.get("name"), control.get("value", "")


@pytest.fixture(params=["empty", "typed", "wrong"])
def tree(request):
    return {
        "empty": page,
        "typed": lambda: page(TYPED),
        "wrong": lambda: page(TYPED, refused(MADE, TYPED)),
    }[request.param]()


def test_every_control_has_a_label_or_a_legend(tree):
    for control in tree.xpath("//form//input[not(@type='hidden')] | //form//select | //form//textarea"):
        (label,) = tree.xpath("//label[@for=$id]", id=control.get("id"))
        assert label.text_content().strip()
    for fieldset in tree.xpath("//fieldset"):
        assert fieldset[0].tag == "legend"


def test_ids_are_unique_and_what_is_pointed_at_is_there(tree):
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    pointed = [part for value in tree.xpath("//@aria-describedby") for part in value.split()]
    pointed += [link[1:] for link in tree.xpath("//a/@href") if link.startswith("#")]
    assert set(pointed) <= set(ids)


def test_nothing_stands_in_the_way_of_the_strict_policy(tree):
    assert not tree.xpath("//script | //style | //@style | //@*[starts-with(name(), 'on')]")


def test_there_is_one_primary_button_and_enter_never_submits(tree):
    primary = tree.xpath("//button[contains(@class, 'btn-primary')]")
    assert [button.text for button in primary] == ["提交审核"]
    assert tree.xpath("(//form//button)[1]/@formaction") == ["/refresh"]


def test_the_summary_leads_to_every_field_that_is_wrong():
    errors = refused(MADE, TYPED)
    tree = page(TYPED, errors)
    assert len(tree.xpath("//div[@id='errors']//li/a")) == len(errors)
    assert tree.xpath("//div[@id='errors']/@role") == ["alert"]
    assert tree.xpath("//*[@id='field-years']/@aria-invalid") == ["true"]
    assert "应为数字" in tree.xpath("//*[@id='field-years-error']")[0].text_content()


def test_what_was_typed_is_kept_and_escaped():
    tree = page(TYPED)
    assert tree.xpath("//*[@id='field-name']/@value") == [TYPED["name"]]
    assert tree.xpath("//*[@id='field-on']/@value") == ["2025-02-30"]
    assert tree.xpath("//*[@id='field-on']/@type") == ["text"]


def test_only_what_others_hang_on_asks_the_server_anew():
    assert set(page(TYPED).xpath("//input[@hx-trigger]/@name | //select[@hx-trigger]/@name")) == {"level"}


def test_a_hidden_field_is_not_on_the_page():
    assert not page({"level": "a"}).xpath("//*[@name='why']")
    assert page({"level": "b"}).xpath("//*[@name='why']")


def test_buttons_of_a_list_name_it():
    names = page(TYPED).xpath("//button/@name")
    assert {"add:l", "add:l.0.m", "remove:l.0", "remove:l.1", "remove:l.0.m.0"} <= set(names)


def test_a_read_only_value_is_text_not_an_input():
    tree = page()
    assert not tree.xpath("//*[@name='employer']")
    assert "天津一厂" in tree.xpath("//*[@id='field-employer']")[0].text_content()


def test_a_filled_page_sent_again_is_taken_unchanged():
    values = {
        "name": "张三",
        "level": "b",
        "why": "\n第一行\n第二行",
        "on": "2025-06-30",
        "at": "2025-06-30T09:30",
        "papers": ["a", "b"],
        "g": {"agree": True},
        "l": [{"post": "甲", "main": True, "m": [{"n": 2.5}]}, {"post": "乙"}],
    }
    context = {"employer": "天津一厂"}
    taken = load(MADE, values, context)
    again = read_html(sent(page(taken)), MADE)
    assert load(MADE, again, context) == taken
    assert len(edit_rows(again, "remove:l.0", MADE)["l"]) == 1


def test_an_empty_page_sent_as_it_is_names_what_is_missing():
    with pytest.raises(FormError) as caught:
        load(MADE, read_html(sent(page()), MADE))
    assert list(caught.value.fields) == ["name", "on", "level", "papers", "g.agree", "l.0.post"]


def test_a_page_speaks_english_too():
    words = page(TYPED, refused(MADE, TYPED), language="en").text_content()
    assert "places need correcting" in words
    assert "Remove row 1" in words
    assert "必填" not in words


def test_what_was_entered_can_be_read_without_a_form():
    words = page({"papers": ["a", "b"], "years": 3}).xpath("//section")[0].text_content()
    assert "选项a、选项b" in words
    assert "3 年" in words


def test_words_of_a_form_become_headings_points_and_paragraphs():
    (prose,) = page().xpath("//div[@class='prose']")
    assert [child.tag for child in prose] == ["h3", "p", "ul", "p"]
