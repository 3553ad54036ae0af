"""What a submission can never do: bring what the form does not ask for, or change what it does not let change."""

import pytest

from forms import FormError
from tests.forms.samples import field, form, group, hidden_when, load, options, refused, rows


def test_an_unknown_field_is_refused_by_name():
    assert set(refused(form(field("textfield", "a")), {"a": "x", "role": "admin"})) == {"role"}


def test_unknown_fields_are_named_inside_groups_and_rows_too():
    made = form(group(field("textfield", "a"), path="g"), rows("l", field("textfield", "b")))
    found = refused(made, {"g": {"z": 1}, "l": [{}, {"y": 1}], "_schema": 1})
    assert {"g.z", "l.1.y"} <= set(found)


def test_a_read_only_field_holds_what_the_context_says_whatever_is_submitted():
    made = form(field("textfield", "employer", readonly=True))
    for submitted in ({}, {"employer": "别的厂"}, {"employer": {"not": "text"}}):
        assert load(made, submitted, {"employer": "天津一厂"}) == {"employer": "天津一厂"}


def test_a_read_only_field_without_anything_in_the_context_holds_its_default():
    assert load(form(field("number", "n", readonly=True, defaultValue=3)), {"n": 9}) == {"n": 3}
    assert load(form(field("number", "n", readonly=True)), {"n": 9}) == {"n": None}


def test_whether_a_field_is_read_only_is_computed_from_the_context_never_from_the_submission():
    made = form(field("textfield", "a", readonly="=closed"), field("checkbox", "closed"))
    assert load(made, {"a": "new", "closed": False}, {"a": "old", "closed": True})["a"] == "old"
    assert load(made, {"a": "new", "closed": True}, {"a": "old", "closed": False})["a"] == "new"


def test_a_disabled_field_is_never_taken():
    assert load(form(field("textfield", "a", disabled=True), field("textfield", "b")), {"a": "x", "b": "y"}) == {
        "b": "y"
    }


def test_a_hidden_field_is_dropped_with_whatever_is_wrong_in_it():
    made = form(
        field("select", "kind", values=options("a", "b")), field("number", "n", conditional=hidden_when('kind = "a"'))
    )
    assert load(made, {"kind": "a", "n": "nonsense"}) == {"kind": "a"}
    assert load(made, {"kind": "b", "n": 3}) == {"kind": "b", "n": 3}
    assert refused(made, {"kind": "b", "n": "nonsense"})


def test_a_hidden_field_is_not_required():
    why = field("textfield", "why", validate={"required": True}, conditional=hidden_when('kind = "a"'))
    made = form(field("textfield", "kind"), why)
    assert load(made, {"kind": "a"}) == {"kind": "a"}
    assert set(refused(made, {"kind": "b"})) == {"why"}


@pytest.mark.parametrize(("answer", "hides"), [(True, True), (None, True), (False, False), ("true", False), (1, False)])
def test_true_and_null_hide_and_nothing_else(answer, hides):
    made = form(field("textfield", "a", conditional=hidden_when("flag")))
    assert load(made, {"a": "x"}, {"flag": answer}) == ({} if hides else {"a": "x"})


def test_a_hidden_field_counts_as_blank_for_the_conditions_of_others():
    made = form(
        field("checkbox", "off"),
        field("textfield", "b", conditional=hidden_when("off")),
        field("textfield", "c", conditional=hidden_when('b = "x"')),
    )
    assert load(made, {"off": False, "b": "x", "c": "y"}) == {"off": False, "b": "x"}
    assert load(made, {"off": True, "b": "x", "c": "y"}) == {"off": True, "c": "y"}


def test_a_hidden_field_does_not_show_the_context_s_value_to_conditions():
    made = form(
        field("textfield", "b", conditional=hidden_when("off")),
        field("textfield", "c", conditional=hidden_when('b = "x"')),
    )
    assert load(made, {"b": "x", "c": "y"}, {"off": True, "b": "x"}) == {"c": "y"}


def test_conditions_that_turn_in_a_circle_come_to_an_end():
    made = form(
        field("textfield", "a", conditional=hidden_when('b = "x"')),
        field("textfield", "b", conditional=hidden_when('a = "x"')),
    )
    assert load(made, {"a": "x", "b": "x"}) in ({}, {"a": "x"}, {"b": "x"}, {"a": "x", "b": "x"})


def test_a_hidden_group_or_list_takes_everything_in_it_along():
    made = form(
        group(field("textfield", "a", validate={"required": True}), conditional=hidden_when("off")),
        rows("l", field("textfield", "b", validate={"required": True}), conditional=hidden_when("off")),
    )
    assert load(made, {"a": 5, "l": [{}, {"zz": 1}, 7]}, {"off": True}) == {}
    assert set(refused(made, {"a": 5, "l": [7]}, {"off": False})) == {"a", "l.0"}


def test_limits_of_size_are_refused_before_anything_is_read():
    made = form(field("textfield", "a"))
    deep = value = {}
    for _ in range(2_000):
        value["x"] = value = {}
    for submitted in (deep, {"a": list(range(30_000))}, {str(n): 1 for n in range(30_000)}, [], "text", None):
        assert set(refused(made, submitted)) == {""}


def test_the_error_speaks_both_languages_and_lists_every_field():
    made = form(field("textfield", "a", validate={"required": True}), field("number", "b"))
    with pytest.raises(FormError) as caught:
        load(made, {"b": "x"})
    assert caught.value.text.zh == "有 2 处需要改正，改正后再提交。"
    assert list(caught.value.fields) == ["a", "b"]
    assert "a: " in str(caught.value)
    assert "b: " in str(caught.value)
