"""What a form may be: every reason not to deploy one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import FormRefusedError, check_form, compile_form, expressions
from forms.components import KINDS, Kind
from tests.forms.samples import field, form, group, hidden_when, options, rows, schema


def rules(*components, **top):
    return [(problem.element, problem.rule) for problem in check_form(schema(*components, **top), "a.form")]


def test_every_supported_component_passes():
    everything = [
        field(
            "textfield",
            "a",
            appearance={"prefixAdorner": "津", "suffixAdorner": "号"},
            layout={"row": "r", "columns": 8},
        ),
        field("textarea", "b", description="说明", validate={"maxLength": "=limit"}),
        field("number", "c", increment="0.5", validate={"min": 0}),
        field("datetime", "d", subtype="time", timeInterval=15, use24h=True, timeSerializingFormat="no_timezone"),
        field("select", "e", values=options("x"), searchable=True, defaultValue="x"),
        field("radio", "f", valuesKey="people"),
        field("checkbox", "g", validate={"required": True}),
        field("checklist", "h", valuesExpression="=people"),
        rows("l", field("textfield", "k"), defaultRepetitions=2, disableCollapse=True, nonCollapsedItems=5),
        group(field("textfield", "j"), path="g2", showOutline=True),
        {"type": "text", "id": "t", "text": "请如实填写", "properties": {"en.text": "Fill in truthfully"}},
    ]
    assert rules(*everything, exporter={"name": "x"}, executionPlatform="y") == []
    assert {component["type"] for component in everything} == set(KINDS) == set(Kind)


@pytest.mark.parametrize(
    "kind", ["filepicker", "taglist", "button", "html", "iframe", "table", "expression", None, 5, []]
)
def test_every_other_component_is_refused_and_the_supported_ones_are_named(kind):
    (problem,) = check_form(schema({"type": kind, "id": "x"}), "a.form")
    assert (problem.element, problem.rule) == ("x", "form-component")
    assert "dynamiclist" in problem.text.en
    assert "dynamiclist" in problem.text.zh


@pytest.mark.parametrize(
    "component",
    [
        field("textfield", "a", appearanceX=1),
        field("textfield", "a", values=options("a")),
        field("textfield", "a", validate={"min": 1}),
        field("number", "a", validate={"pattern": "x"}),
        field("textfield", "a", conditional={"show": "=x"}),
        field("textfield", "a", conditional={"hide": "x"}),
        field("textfield", "a", label="{{name}}"),
        field("textfield", "a", label=5),
        field("textfield", "a", properties={"clause": 5}),
        field("textfield", "a", readonly="yes"),
        field("number", "a", decimalDigits=-1),
        field("number", "a", increment=0),
        field("datetime", "a", subtype="week"),
        field("datetime", "a", timeSerializingFormat="other"),
        field("select", "a", valuesExpression="people"),
        field("textfield", "a", layout={"columns": 99}),
        rows("a", isRepeating=False),
        {"type": "text", "id": "id_a", "text": "a", "key": "a"},
    ],
)
def test_an_unsupported_keyword_or_value_is_refused(component):
    assert rules(component) == [("id_a", "form-keyword")]


@pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}", "(?P<", 5, "a" * 501])
def test_a_pattern_that_does_not_compile_is_refused(pattern):
    assert rules(field("textfield", "a", validate={"pattern": pattern})) == [("id_a", "form-pattern")]


@pytest.mark.parametrize(
    "key", ["", "1a", "a b", "_a", "a..b", "姓名", "a.", "this", "parent", "settings.x", "i", None]
)
def test_a_key_is_a_name_that_expressions_and_pages_can_use(key):
    assert rules(field("textfield", key, id="x")) == [("x", "form-key")]


def test_a_missing_key_is_refused():
    assert rules({"type": "number", "id": "x"}) == [("x", "form-key")]
    assert ("x", "form-key") in rules({"type": "dynamiclist", "id": "x", "allowAddRemove": True, "components": []})


@pytest.mark.parametrize(
    "second",
    [
        field("number", "a", id="x"),
        field("number", "a.b", id="x"),
        rows("a", id="x"),
        group(field("number", "b", id="x"), path="a"),
    ],
)
def test_two_values_cannot_share_a_place(second):
    assert rules(field("textfield", "a"), second) == [("x", "form-duplicate")]


def test_groups_and_rows_have_places_of_their_own():
    assert rules(field("textfield", "a"), rows("l", field("number", "a", id="x"))) == []
    assert rules(group(field("number", "a"), path="g"), field("textfield", "a", id="x")) == []


def test_an_id_is_used_once():
    assert rules(field("textfield", "a", id="x"), field("textfield", "b", id="x")) == [("x", "form-duplicate")]


@pytest.mark.parametrize(
    ("component", "rule"),
    [
        (field("number", "a", defaultValue="x"), "form-default"),
        (field("select", "a", values=options("x"), defaultValue="y"), "form-default"),
        (field("checklist", "a", values=options("x"), defaultValue=["x", "y"]), "form-default"),
        (field("checkbox", "a", defaultValue="yes"), "form-default"),
        (field("datetime", "a", defaultValue="2025-02-30"), "form-default"),
        (field("select", "a"), "form-options"),
        (field("select", "a", values=options("x"), valuesKey="y"), "form-options"),
        (field("select", "a", values=options("x", "x")), "form-options"),
        (field("select", "a", values=[]), "form-options"),
        (field("select", "a", values=[{"label": "x", "value": 1}]), "form-options"),
    ],
)
def test_bad_defaults_and_options_are_refused(component, rule):
    assert rules(component) == [("id_a", rule)]


def test_a_list_says_whether_rows_can_be_added_and_how_many():
    silent = rows("l")
    del silent["allowAddRemove"]
    assert rules(silent) == [("id_l", "form-list")]
    assert rules(rows("l", properties={"maxRows": "many"})) == [("id_l", "form-list")]
    assert rules(rows("l", properties={"minRows": "201"})) == [("id_l", "form-list")]


def test_rows_that_move_cannot_hold_what_only_the_context_knows():
    cell = field("textfield", "a", readonly=True)
    assert rules(rows("l", cell)) == [("id_a", "form-list")]
    assert rules(rows("l", cell, allowAddRemove=False)) == []


@pytest.mark.parametrize("bad", [None, [], "x", 5, {}, {"type": "default"}, {"type": "x", "components": []}])
def test_what_is_no_form_is_refused(bad):
    problems = check_form(bad, "a.form")
    assert problems
    assert {problem.element for problem in problems} == {"a.form"}


def test_a_form_has_bounds():
    assert rules(*(field("textfield", f"a{n}") for n in range(301))) == [("sample", "form-size")]
    nested = []
    for number in range(2_000):
        nested = [group(*nested, id=f"g{number}")]
    assert rules(*nested) == [("sample", "form-size")]


def test_a_form_with_problems_is_not_compiled():
    with pytest.raises(FormRefusedError) as caught:
        compile_form(schema({"type": "button", "id": "x"}))
    assert caught.value.problems[0].element == "x"
    assert "x: form-component" in str(caught.value)


def test_every_expression_is_listed_none_of_them_a_unary_test():
    made = schema(
        field("textfield", "a", label="=title", conditional=hidden_when("years < 5"), readonly="=closed"),
        rows("l", field("number", "n", validate={"min": "= low", "max": 5}), conditional=hidden_when("x")),
        field("select", "s", valuesExpression="=people", properties={"en": "=english"}),
        {"type": "text", "id": "t", "text": "=words"},
    )
    assert expressions(made) == [
        ("id_a", "years < 5", False),
        ("id_a", "closed", False),
        ("id_a", "title", False),
        ("id_l", "x", False),
        ("id_n", "low", False),
        ("id_s", "people", False),
        ("id_s", "english", False),
        ("t", "words", False),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYWORDS = sorted(set().union(*(traits.keywords | traits.validate for traits in KINDS.values())))
COMPONENTS = st.recursive(
    st.dictionaries(st.sampled_from(KEYWORDS), JSON, max_size=5),
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from([*Kind]) | JSON},
        optional={
            "id": st.text(max_size=3),
            "key": st.sampled_from(["a", "b", "a.b"]) | JSON,
            "path": st.sampled_from(["a", "b", ""]) | JSON,
            "components": st.lists(inner | JSON, max_size=3),
            "validate": st.dictionaries(st.sampled_from(KEYWORDS), JSON, max_size=3) | JSON,
            "values": st.lists(st.fixed_dictionaries({"label": JSON, "value": JSON}), max_size=2) | JSON,
            "properties": st.dictionaries(st.sampled_from(["en", "maxRows"]), st.text(max_size=3)) | JSON,
            "allowAddRemove": st.booleans() | JSON,
            "defaultValue": JSON,
            "conditional": JSON,
        },
    ),
    max_leaves=6,
)


@given(st.fixed_dictionaries({"type": st.just("default"), "components": st.lists(COMPONENTS, max_size=4)}) | JSON)
def test_any_json_gives_problems_or_a_form_never_a_crash(anything):
    expressions(anything)
    problems = check_form(anything, "any.form")
    assert all(problem.text.zh and problem.text.en and isinstance(problem.element, str) for problem in problems)
    if not problems:
        compile_form(anything)


def test_a_form_survives_the_journey_through_json():
    made = schema(field("textfield", "a"))
    assert compile_form(json.loads(json.dumps(made))).keys == form(field("textfield", "a")).keys
