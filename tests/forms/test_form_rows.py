"""Lists of rows, groups, and where their values stand."""

import pytest

from tests.forms.samples import field, form, group, hidden_when, load, refused, rows

START = field("datetime", "start", subtype="date", validate={"required": True})


def test_rows_are_a_list_of_objects():
    made = form(rows("intervals", START, field("checkbox", "main")))
    assert load(made, {"intervals": [{"start": "2020-01-01"}]}) == {
        "intervals": [{"start": "2020-01-01", "main": False}]
    }


def test_an_error_names_list_row_and_field():
    made = form(rows("intervals", START))
    found = refused(made, {"intervals": [{"start": "2020-01-01"}, {"start": "soon"}, {}]})
    assert list(found) == ["intervals.1.start", "intervals.2.start"]
    assert found["intervals.1.start"].zh.startswith("“列表intervals（第 2 行）标签start”应为日期")
    assert found["intervals.2.start"].en.startswith("“列表intervals, row 3, 标签start” is missing")


@pytest.mark.parametrize("submitted", ["x", {"0": {}}, 5, True])
def test_what_is_not_a_list_is_refused(submitted):
    assert set(refused(form(rows("l", START)), {"l": submitted})) == {"l"}


def test_what_is_not_an_object_is_refused_as_a_row_with_one_sentence():
    assert list(refused(form(rows("l", START)), {"l": [{"start": "2020-01-01"}, 5]})) == ["l.1"]


def test_there_are_never_more_than_two_hundred_rows():
    made = form(rows("l", field("textfield", "a")))
    assert len(load(made, {"l": [{}] * 200})["l"]) == 200
    assert "最多 200 行" in refused(made, {"l": [{}] * 201})["l"].zh


def test_a_form_may_set_fewest_and_most_rows():
    made = form(rows("l", field("textfield", "a"), properties={"minRows": "1", "maxRows": "2"}))
    assert "至少 1 行" in refused(made, {"l": []})["l"].zh
    assert "at least" not in refused(made, {"l": [{}] * 3})["l"].en
    assert load(made, {"l": [{}]})


def test_a_list_without_adding_and_removing_has_the_rows_of_the_context():
    score = field("number", "score", validate={"required": True})
    made = form(rows("people", field("textfield", "name", readonly=True), score, allowAddRemove=False))
    context = {"people": [{"name": "甲"}, {"name": "乙"}]}
    submitted = {"people": [{"name": "乙", "score": 1}, {"score": 2}]}
    assert load(made, submitted, context) == {"people": [{"name": "甲", "score": 1}, {"name": "乙", "score": 2}]}
    assert list(refused(made, {"people": [{"score": 1}]}, context)) == ["people.1.score"]
    assert "people" in refused(made, {"people": [{"score": 1}] * 3}, context)


def test_an_expression_in_a_row_sees_this_row_its_parent_and_the_form():
    hide = hidden_when('this.kind = "a"')
    by_parent = hidden_when('parent.kind = "p"')
    made = form(
        field("textfield", "kind"),
        rows(
            "l",
            field("textfield", "kind", id="inner"),
            field("textfield", "x", conditional=hide),
            field("textfield", "y", conditional=by_parent),
        ),
    )
    rows_ = [{"kind": "a", "x": "1", "y": "1"}, {"kind": "b", "x": "1", "y": "1"}]
    assert load(made, {"kind": "p", "l": rows_})["l"] == [{"kind": "a"}, {"kind": "b", "x": "1"}]
    assert load(made, {"kind": "q", "l": rows_})["l"] == [{"kind": "a", "y": "1"}, {"kind": "b", "x": "1", "y": "1"}]


def test_lists_stand_in_lists():
    made = form(rows("a", rows("b", field("number", "n"))))
    assert load(made, {"a": [{"b": [{"n": 1}]}, {}]}) == {"a": [{"b": [{"n": 1}]}, {"b": []}]}
    assert list(refused(made, {"a": [{"b": [{"n": "x"}]}]})) == ["a.0.b.0.n"]


def test_a_group_with_a_path_is_an_object_and_one_without_is_only_a_frame():
    made = form(group(field("textfield", "a"), path="g"), group(field("textfield", "b"), id="id_2"))
    assert load(made, {"g": {"a": "1"}, "b": "2"}) == {"g": {"a": "1"}, "b": "2"}
    assert list(refused(made, {"g": "text"})) == ["g"]
    assert load(made, {"g": None}) == {"g": {"a": None}, "b": None}


def test_a_key_with_dots_is_a_path():
    made = form(field("textfield", "p.name"), field("number", "p.age"))
    assert load(made, {"p": {"name": "甲"}}) == {"p": {"name": "甲", "age": None}}
    assert made.keys == ("p",)


def test_fields_may_bear_the_names_that_python_libraries_use():
    names = ("fields", "Meta", "load", "context", "opts", "validate", "dump")
    made = form(*(field("textfield", name) for name in names))
    assert load(made, dict.fromkeys(names, "x")) == dict.fromkeys(names, "x")
