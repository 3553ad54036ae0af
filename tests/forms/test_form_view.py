"""What a page is given to show."""

import datetime as dt
from decimal import Decimal

from forms import Text
from tests.forms.samples import field, form, group, hidden_when, options, refused, rows, view


def only(made, values=None, context=None, errors=None):
    (shown,) = view(made, values, context, errors).fields
    return shown


def test_a_field_brings_its_words_in_both_languages():
    english = {"en": "Name", "en.description": "As in the passport", "clause": "A10.3a"}
    shown = only(form(field("textfield", "n", label="姓名", description="同身份证", properties=english)))
    assert shown.label == Text("姓名", "Name")
    assert shown.description == Text("同身份证", "As in the passport")
    assert shown.clause == "A10.3a"
    assert (shown.name, shown.id, shown.kind) == ("n", "field-n", "textfield")


def test_chinese_stands_in_where_there_is_no_english():
    assert only(form(field("textfield", "n", label="姓名"))).label == Text("姓名", "姓名")


def test_words_may_be_computed():
    shown = only(form({"type": "text", "id": "t", "text": "=words"}), context={"words": "第三轮"})
    assert shown.label.zh == "第三轮"


def test_a_value_is_what_was_typed_else_the_context_s_else_the_default():
    made = form(field("textfield", "t", defaultValue="津"))
    assert only(made).value == "津"
    assert only(made, context={"t": "京"}).value == "京"
    assert only(made, {"t": "沪"}, {"t": "京"}).value == "沪"
    assert only(made, {"t": None}, {"t": "京"}).value == ""


def test_what_was_typed_is_kept_even_where_it_is_wrong():
    made = form(field("number", "n"), field("datetime", "d", subtype="date"))
    number, day = view(made, {"n": "很多", "d": "2025-02-30"}).fields
    assert (number.value, day.value) == ("很多", "2025-02-30")
    assert day.plain
    assert not view(made, {"d": "2025-02-28"}).fields[1].plain


def test_a_read_only_field_shows_the_context_s_value_and_no_other():
    made = form(field("datetime", "d", subtype="date", readonly=True))
    shown = only(made, {"d": "1999-01-01"}, {"d": dt.date(2025, 6, 30)})
    assert (shown.value, shown.readonly) == ("2025-06-30", True)
    assert shown.shown == Text("2025年6月30日", "30 June 2025")


def test_values_are_shown_as_people_read_them():
    made = form(
        field("checkbox", "a"),
        field("checklist", "b", values=options("x", "y")),
        field("number", "c"),
        field("datetime", "d", subtype="datetime"),
        field("datetime", "e", subtype="time"),
        field("textfield", "f"),
    )
    context = {"a": True, "b": ["x", "y"], "c": Decimal("2.50"), "d": "2025-06-29T21:00Z", "e": "01:30Z"}
    shown = [item.shown for item in view(made, context=context).fields]
    assert [text.zh for text in shown] == ["是", "选项x、选项y", "2.5", "2025年6月30日 05:00", "09:30", "未填写"]
    assert [text.en for text in shown] == ["yes", "选项x, 选项y", "2.5", "30 June 2025, 05:00", "09:30", "not given"]


def test_times_are_given_to_inputs_as_the_wall_clock_in_shanghai():
    made = form(field("datetime", "d", subtype="datetime"))
    assert only(made, context={"d": "2025-06-29T21:00Z"}).value == "2025-06-30T05:00"


def test_options_bring_labels_and_say_which_is_chosen():
    made = form(field("select", "s", values=options("a", "b"), properties={"en.a": "Option a"}))
    first, second = only(made, {"s": "b"}).options
    assert first.label == Text("选项a", "Option a")
    assert (first.chosen, second.chosen) == (False, True)


def test_options_of_the_context_may_bring_their_english():
    made = form(field("select", "s", valuesKey="people"))
    (option,) = only(made, context={"people": [{"value": 7, "label": "张三", "en": "Zhang San"}]}).options
    assert (option.label, option.name) == (Text("张三", "Zhang San"), "json:7")


def test_what_no_field_can_hold_is_no_option():
    made = form(field("select", "s", valuesKey="people"))
    assert only(made, context={"people": [{"value": [1]}, {"label": "x"}, None]}).options == ()


def test_hidden_fields_are_marked_and_bring_no_value():
    made = form(field("textfield", "a", conditional=hidden_when("off")))
    shown = only(made, {"a": "secret"}, {"off": True})
    assert (shown.hidden, shown.value) == (True, None)
    assert not only(made, {"a": "x"}, {"off": False}).hidden


def test_a_condition_follows_what_was_typed():
    made = form(field("textfield", "kind"), field("textfield", "why", conditional=hidden_when('kind = "a"')))
    assert view(made, {"kind": "a"}).fields[1].hidden
    assert not view(made, {"kind": "b"}, {"kind": "a"}).fields[1].hidden
    assert view(made, {}, {"kind": "a"}).fields[1].hidden


def test_a_list_begins_with_as_many_rows_as_the_form_says():
    made = form(rows("l", field("textfield", "a"), defaultRepetitions=2))
    shown = only(made)
    assert [(row.name, row.number, row.fields[0].name) for row in shown.rows] == [
        ("l.0", 1, "l.0.a"),
        ("l.1", 2, "l.1.a"),
    ]
    assert shown.extendable
    assert all(row.removable for row in shown.rows)
    assert only(made, {"l": []}).rows == ()
    assert len(only(made, context={"l": [{"a": "x"}]}).rows) == 1


def test_a_list_at_its_limits_offers_no_button():
    made = form(rows("l", field("textfield", "a"), properties={"minRows": "1", "maxRows": "1"}))
    shown = only(made)
    assert (shown.extendable, shown.rows[0].removable) == (False, False)
    fixed = only(form(rows("l", field("textfield", "a"), allowAddRemove=False)))
    assert (fixed.extendable, fixed.rows[0].removable) == (False, False)


def test_a_group_brings_its_fields():
    shown = only(form(group(field("textfield", "a"), path="g")), {"g": {"a": "x"}})
    assert (shown.kind, shown.fields[0].name, shown.fields[0].value) == ("group", "g.a", "x")


def test_errors_stand_at_their_fields_and_in_the_summary():
    made = form(rows("l", field("number", "n")), field("textfield", "a"))
    typed = {"l": [{"n": "x"}], "stranger": 1}
    shown = view(made, typed, errors=refused(made, typed))
    error = shown.fields[0].rows[0].fields[0].error
    assert error.zh.startswith("应为数字")
    assert error.en.startswith("This must be a number")
    assert shown.errors[0].text.zh.startswith("“列表l（第 1 行）标签n”应为数字")
    assert [error.id for error in shown.errors] == ["field-l-0-n", ""]
    assert shown.summary.zh == "有 2 处需要改正"
    assert view(made).summary is None


def test_the_rest_of_what_an_input_needs():
    appearance = {"prefixAdorner": "津", "suffixAdorner": "号"}
    validate = {"maxLength": 9, "required": True}
    words = {"en.suffix": "No"}
    made = form(
        field("textfield", "a", appearance=appearance, layout={"columns": 8}, validate=validate, properties=words)
    )
    shown = only(made)
    assert (shown.prefix, shown.suffix) == (Text("津", "津"), Text("号", "No"))
    assert (shown.columns, shown.longest, shown.required) == (8, 9, True)


def test_the_fields_that_others_hang_on_are_marked():
    made = form(
        field("textfield", "kind"),
        field("textfield", "why", conditional=hidden_when('kind = "a"')),
        rows("l", field("number", "n"), field("number", "m", validate={"max": "=this.n"})),
    )
    kind, why, listed = view(made, {"kind": "b"}).fields
    assert [kind.steers, why.steers, *(cell.steers for cell in listed.rows[0].fields)] == [True, False, True, False]


def test_the_form_s_own_words_stand_alone_beside_the_field():
    own = {"pattern": "^x", "patternErrorMessage": "应以 x 开头"}
    made = form(field("textfield", "t", validate=own, properties={"en.patternErrorMessage": "must begin with x"}))
    typed = {"t": "y"}
    assert only(made, typed, errors=refused(made, typed)).error == Text("应以 x 开头", "Must begin with x")
