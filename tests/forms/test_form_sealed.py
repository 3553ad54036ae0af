"""A form's identity numbers (property `sealed`): where one may stand, and what is taken out of the values."""

import pytest

from forms import check_form, compile_form
from forms.sealed import taken_out


def field(**more):
    return {"type": "textfield", "id": "n", "key": "number", "properties": {"sealed": "id"}, **more}


def form(*components):
    return {"type": "default", "id": "f", "components": list(components)}


def test_a_number_stands_on_a_line_of_its_own_or_in_groups():
    holder = {"type": "group", "id": "g", "path": "holder", "components": [field()]}
    schema = form(holder, field(id="m", key="other", properties={}))
    assert check_form(schema, "") == []
    assert compile_form(schema).sealed == (("holder", "number"),)


@pytest.mark.parametrize(
    "wrong",
    [
        field(properties={"sealed": "yes"}),
        field(type="textarea"),
        field(defaultValue="110101199003070011"),
        {"type": "dynamiclist", "id": "l", "path": "rows", "allowAddRemove": True, "components": [field()]},
    ],
)
def test_anywhere_else_the_form_is_refused(wrong):
    (problem,) = check_form(form(wrong), "")
    assert (problem.element, problem.rule) == ("n", "form-sealed")


def test_what_is_taken_out_leaves_everything_else_as_it_was():
    values = {"holder": {"number": "1234567", "name": "甲"}, "other": None}
    paths = [("holder", "number"), ("other",), ("absent", "number")]
    kept, found = taken_out(values, paths, lambda text: text[0] + "*" * (len(text) - 1))
    assert kept == {"holder": {"number": "1******", "name": "甲"}, "other": None}
    assert found == {("holder", "number"): "1234567"}
    assert values["holder"]["number"] == "1234567"
    assert taken_out(kept, paths, lambda text: text[0] + "*" * (len(text) - 1)) == (kept, {})
