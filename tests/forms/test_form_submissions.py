"""Whatever is submitted: load returns the form's own keys or raises a FormError that speaks."""

import json

from hypothesis import given
from hypothesis import strategies as st

from forms import FormError, read_html
from tests.forms.samples import field, form, group, hidden_when, load, options, rows, view

REQUIRED = {"required": True}
MADE = form(
    field("textfield", "name", validate={**REQUIRED, "maxLength": 5, "pattern": "^[^0-9]*$"}),
    field("textarea", "reason", conditional=hidden_when('name = "a"'), validate={"minLength": "=years"}),
    field("number", "years", decimalDigits=1, increment=0.5, validate={"min": 0, "max": "=quota"}),
    field("number", "total", serializeToString=True),
    field("datetime", "on", subtype="date", disallowPassedDates=True),
    field("datetime", "at", subtype="time"),
    field("datetime", "since", subtype="datetime", timeSerializingFormat="utc_normalized"),
    field("select", "level", values=options("a", "b"), defaultValue="a"),
    field("radio", "who", valuesKey="people"),
    field("checkbox", "agree"),
    field("checklist", "kinds", valuesExpression="=people", conditional=hidden_when("agree")),
    field("textfield", "employer", readonly=True),
    field("textfield", "off", disabled=True),
    group(field("number", "inside"), path="g", conditional=hidden_when('level = "b"')),
    rows(
        "l",
        field("textfield", "a", id="a1", validate=REQUIRED),
        rows("m", field("number", "n")),
        properties={"maxRows": "3"},
    ),
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["a", "b", "2025-06-30", "2025-06-30T09:30", "09:30", "12.5", "json:1", 1, 2.5])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
ROW = st.dictionaries(
    st.sampled_from(["a", "m", "x"]), SCALARS | st.lists(st.dictionaries(st.just("n"), SCALARS), max_size=2)
)
SUBMITTED = st.dictionaries(st.sampled_from([*MADE.keys, "stranger"]), JSON) | st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "甲"]), "l": st.lists(ROW, max_size=4), "g": JSON, "level": SCALARS, "kinds": JSON}
)
CONTEXT = st.dictionaries(st.sampled_from([*MADE.keys, "quota", "people"]), JSON)


def outcome(submitted, context):
    try:
        return load(MADE, submitted, context), {}
    except FormError as error:
        return None, error.fields


@given(SUBMITTED | JSON, CONTEXT)
def test_load_returns_the_form_s_keys_in_json_or_says_what_is_wrong(submitted, context):
    taken, refused = outcome(submitted, context)
    assert bool(refused) == (taken is None)
    assert all(text.zh and text.en for text in refused.values())
    assert set(taken or {}) <= set(MADE.keys) - {"off"}
    json.dumps(taken)


PEOPLE = ["甲", 7, 2.5, True, "json:x"]
TAKEABLE = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "张三 "])},
    optional={
        "reason": st.text("甲\n ", max_size=3).map(lambda text: f"理由如下{text}。"),
        "years": st.sampled_from([None, 0, 0.5, 3]),
        "total": st.sampled_from(["", "12.50", 3]),
        "on": st.sampled_from([None, "2025-06-23", "2030-01-01"]),
        "at": st.sampled_from(["09:30", "01:30Z", None]),
        "since": st.sampled_from(["2025-06-30T09:30", "2025-06-29T21:00Z", ""]),
        "level": st.sampled_from(["a", "b", None]),
        "who": st.sampled_from([*PEOPLE, None]),
        "agree": st.booleans(),
        "kinds": st.lists(st.sampled_from(PEOPLE), max_size=3).map(lambda chosen: sorted(chosen, key=PEOPLE.index)),
        "g": st.sampled_from([None, {}, {"inside": 4}]),
        "l": st.lists(st.just({"a": "x", "m": [{"n": 1}, {}]}) | st.just({"a": "y"}), max_size=3),
    },
)
KNOWN = {"quota": 5, "people": PEOPLE, "employer": "天津一厂", "l": [{"a": "old"}]}


@given(TAKEABLE)
def test_what_was_taken_is_taken_again_unchanged(submitted):
    taken = load(MADE, submitted, KNOWN)
    assert load(MADE, taken, KNOWN) == taken


def _pairs(fields):
    for item in fields:
        if item.hidden or item.readonly:
            continue
        if item.kind == "dynamiclist":
            yield item.name, ""
            for row in item.rows:
                yield row.name, ""
                yield from _pairs(row.fields)
        elif item.kind == "group":
            yield from _pairs(item.fields)
        elif item.options:
            yield item.name, ""
            yield from ((item.name, option.name) for option in item.options if option.chosen)
        elif item.kind == "checkbox":
            yield item.name, "true" if item.value else ""
        elif item.name:
            yield item.name, item.value


@given(TAKEABLE)
def test_what_was_taken_survives_being_shown_in_a_page_and_sent_again(submitted):
    taken = load(MADE, submitted, KNOWN)
    again = read_html(_pairs(view(MADE, taken, KNOWN).fields), MADE)
    assert load(MADE, again, KNOWN) == taken
