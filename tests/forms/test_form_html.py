"""HTML form fields become the JSON that a form loads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import edit_rows, read_html
from tests.forms.samples import field, form, group, load, options, refused, rows, view

MADE = form(
    field("textfield", "name"),
    field("number", "years"),
    field("number", "sum", serializeToString=True),
    field("datetime", "on", subtype="date"),
    field("checkbox", "agree"),
    field("checklist", "kinds", values=options("a", "b")),
    field("select", "level", valuesKey="levels"),
    group(field("textfield", "street"), path="address"),
    rows("intervals", field("textfield", "post"), field("checkbox", "main"), rows("breaks", field("number", "days"))),
)


def read(*pairs):
    return read_html(pairs, MADE)


def test_an_empty_text_is_null_and_what_was_not_on_the_page_is_absent():
    assert read(("name", ""), ("years", "  ")) == {"name": None, "years": None}
    assert read() == {}


@pytest.mark.parametrize(("typed", "number"), [("12", 12), ("１２．５", 12.5), ("1,200", 1200), ("-3", -3), ("+3", 3)])
def test_numbers_are_read_as_people_type_them(typed, number):
    assert read(("years", typed)) == {"years": number}


@pytest.mark.parametrize("typed", ["twelve", "1e5", "0x1", "9" * 40, "12岁", "--1"])
def test_what_is_no_number_stays_as_typed_so_that_load_refuses_it(typed):
    assert read(("years", typed)) == {"years": typed}


def test_a_number_kept_as_text_stays_text():
    assert read(("sum", "1,200.50")) == {"sum": "1200.50"}


def test_a_box_that_was_on_the_page_is_true_or_false():
    assert read(("agree", "")) == {"agree": False}
    assert read(("agree", ""), ("agree", "true")) == {"agree": True}


def test_a_checklist_is_a_repeated_name():
    assert read(("kinds", ""), ("kinds", "a"), ("kinds", "b")) == {"kinds": ["a", "b"]}
    assert read(("kinds", "")) == {"kinds": []}


def test_an_option_that_is_not_text_comes_back_as_what_it_was():
    levels = {"levels": [{"label": "三级", "value": 3}, {"label": "是", "value": True}, "json:x"]}
    names = [option.name for option in view(MADE, context=levels).fields[6].options]
    assert [read(("level", name))["level"] for name in names] == [3, True, "json:x"]
    assert load(MADE, read(("level", names[0])), levels)["level"] == 3
    assert read(("level", "json:{")) == {"level": "json:{"}
    assert read(("level", "json:[1]")) == {"level": "json:[1]"}


def test_dots_lead_into_groups_and_rows_and_removed_rows_leave_no_gap():
    assert read(("address.street", "x")) == {"address": {"street": "x"}}
    assert read(("intervals", "")) == {"intervals": []}
    pairs = [
        ("intervals.7.post", "乙"),
        ("intervals.2", ""),
        ("intervals.2.main", ""),
        ("intervals.7.breaks.3.days", "4"),
    ]
    assert read(*pairs) == {"intervals": [{"main": False}, {"post": "乙", "breaks": [{"days": 4}]}]}


@pytest.mark.parametrize(
    "name",
    [
        "zz",
        "name.0",
        "intervals.x.post",
        "intervals.0.zz",
        "intervals.99999.post",
        "address",
        "address.zz",
        "",
        ".",
        "a..b",
        "intervals.-1.post",
        "intervals.²",
    ],
)
def test_a_path_that_leads_nowhere_becomes_an_error_not_an_exception(name):
    read_ = read((name, "x"))
    assert read_[name] == "x"
    assert name in refused(MADE, read_)


def test_names_of_the_page_s_own_are_passed_over():
    assert read(("_csrf", "x"), ("add:intervals", ""), ("remove:intervals.0", "")) == {}


def test_a_row_is_added_at_the_end_and_removed_where_it_stands():
    values = {"intervals": [{"post": "甲"}, {"post": "乙"}], "name": "x"}
    assert edit_rows(values, "add:intervals", MADE)["intervals"][2] == {}
    assert edit_rows(values, "remove:intervals.0", MADE)["intervals"] == [{"post": "乙"}]
    nested = {"intervals": [{"breaks": []}]}
    assert edit_rows(nested, "add:intervals.0.breaks", MADE) == {"intervals": [{"breaks": [{}]}]}
    assert values["intervals"][0] == {"post": "甲"}


@pytest.mark.parametrize(
    "button",
    [
        "add:name",
        "add:",
        "remove:",
        "remove:intervals",
        "remove:intervals.9",
        "remove:intervals.x",
        "add:kinds",
        "add:intervals.0",
        "x",
        "add:intervals.5.breaks",
        "remove:intervals.²",
    ],
)
def test_a_button_of_no_list_changes_nothing(button):
    values = {"intervals": [{"post": "甲"}], "kinds": ["a"], "name": "x"}
    assert edit_rows(values, button, MADE) == values


def test_no_more_rows_are_added_than_a_list_may_have():
    values = {"intervals": [{}] * 200}
    assert edit_rows(values, "add:intervals", MADE) == values


NAMES = st.lists(
    st.sampled_from(
        [
            "name",
            "years",
            "agree",
            "kinds",
            "level",
            "address",
            "street",
            "intervals",
            "0",
            "1",
            "post",
            "breaks",
            "days",
            "",
            "x",
        ]
    ),
    min_size=1,
    max_size=5,
).map(".".join)


@given(st.lists(st.tuples(NAMES | st.text(max_size=6), st.text(max_size=6)), max_size=12), NAMES)
def test_any_fields_are_read_and_shown(pairs, name):
    typed = read_html(pairs, MADE)
    view(MADE, typed)
    for button in ("add:", "remove:"):
        view(MADE, edit_rows(typed, button + name, MADE))
