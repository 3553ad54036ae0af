"""What each component takes and what it refuses."""

import pytest

from tests.forms.samples import field, form, load, options, refused


def test_text_is_kept_without_the_blanks_around_it_and_with_plain_line_ends():
    made = form(field("textfield", "name"), field("textarea", "reason"))
    assert load(made, {"name": " 张三 ", "reason": "一\r\n二"}) == {"name": "张三", "reason": "一\n二"}


@pytest.mark.parametrize("submitted", [1, True, ["a"], {"a": 1}, 1.5])
def test_what_is_not_text_is_refused_with_the_path_the_expectation_and_the_remedy(submitted):
    sentence = refused(form(field("textfield", "name")), {"name": submitted})["name"]
    assert sentence.zh.startswith("“标签name”应为文字，收到的是")
    assert sentence.zh.endswith("请改正。")
    assert "must be text, not" in sentence.en


@pytest.mark.parametrize("submitted", ["a\x00b", "\ud800", "a\x1bb"])
def test_characters_that_cannot_be_kept_are_refused(submitted):
    assert "控制字符" in refused(form(field("textarea", "t")), {"t": submitted})["t"].zh


def test_a_text_field_holds_one_line():
    assert "一行文字" in refused(form(field("textfield", "t")), {"t": "a\nb"})["t"].zh


def test_no_text_is_longer_than_ten_thousand_characters():
    made = form(field("textarea", "t"))
    assert load(made, {"t": "字" * 10_000})["t"]
    assert "最多 10000 个字" in refused(made, {"t": "字" * 10_001})["t"].zh


def test_lengths_count_utf_16_units_of_the_text_without_the_blanks_around_it():
    made = form(field("textfield", "t", validate={"minLength": 2, "maxLength": 3}))
    assert load(made, {"t": " abc "})["t"] == "abc"
    assert load(made, {"t": "𠮷"})["t"] == "𠮷"
    assert "最多 3 个字，现在是 4 个" in refused(made, {"t": "𠮷𠮷"})["t"].zh
    assert "at least 2 characters and has 1" in refused(made, {"t": " a "})["t"].en


def test_a_pattern_is_sought_anywhere_in_the_text():
    made = form(field("textfield", "t", validate={"pattern": "[0-9]{4}"}))
    assert load(made, {"t": "津2024号"})["t"] == "津2024号"
    assert "格式不符合要求" in refused(made, {"t": "津24号"})["t"].zh


def test_the_form_s_own_words_about_a_pattern_are_used():
    own = {"pattern": "^x", "patternErrorMessage": "应以 x 开头"}
    made = form(field("textfield", "t", validate=own, properties={"en.patternErrorMessage": "must begin with x"}))
    sentence = refused(made, {"t": "y"})["t"]
    assert "应以 x 开头" in sentence.zh
    assert "must begin with x" in sentence.en


def test_a_catastrophic_pattern_is_given_up_and_the_field_refused():
    made = form(field("textfield", "t", validate={"pattern": r"^(?:(a+)+)+b\1$"}))
    assert "无法核对" in refused(made, {"t": "a" * 5_000 + "c"})["t"].zh


@pytest.mark.parametrize(("kind", "good", "bad"), [("email", "a.b@c.cn", "a@b"), ("phone", "022-12345678", "call me")])
def test_mail_addresses_and_telephone_numbers_are_recognised(kind, good, bad):
    made = form(field("textfield", "t", validate={"validationType": kind}))
    assert load(made, {"t": good})["t"] == good
    assert "例如" in refused(made, {"t": bad})["t"].zh


@pytest.mark.parametrize(("submitted", "kept"), [(3, 3), (3.0, 3), (2.5, 2.5), (-1, -1), (0, 0), (None, None)])
def test_numbers_are_numbers(submitted, kept):
    assert load(form(field("number", "n")), {"n": submitted}) == {"n": kept}


@pytest.mark.parametrize(
    "submitted",
    [True, "3", float("nan"), float("inf"), 10**15, pytest.param(10**5000, id="very long"), 1e300, [1], 1e-30],
)
def test_what_is_not_a_number_that_can_be_kept_exactly_is_refused(submitted):
    assert "应为数字" in refused(form(field("number", "n")), {"n": submitted})["n"].zh


@pytest.mark.parametrize(("submitted", "kept"), [("12.50", "12.50"), (12, "12"), (" 7 ", "7"), ("", None)])
def test_a_number_serialized_to_text_is_text(submitted, kept):
    assert load(form(field("number", "n", serializeToString=True)), {"n": submitted}) == {"n": kept}


def test_limits_decimal_places_and_increments_of_numbers():
    made = form(field("number", "n", validate={"min": 0, "max": 10}, decimalDigits=1, increment=0.5))
    assert load(made, {"n": 0})["n"] == 0
    assert load(made, {"n": 9.5})["n"] == 9.5
    assert "不能小于 0" in refused(made, {"n": -1})["n"].zh
    assert "不能大于 10" in refused(made, {"n": 10.5})["n"].zh
    assert "最多 1 位小数" in refused(made, {"n": 1.25})["n"].zh
    assert "0.5 的倍数" in refused(made, {"n": 1.1})["n"].zh


def test_decimal_places_are_counted_in_decimals_not_in_doubles():
    made = form(field("number", "n", decimalDigits=2, increment="0.01"))
    assert load(made, {"n": 0.29})["n"] == 0.29
    assert load(made, {"n": 1.10})["n"] == 1.1


def test_a_limit_may_be_an_expression_over_the_context_and_the_form():
    made = form(field("number", "n", validate={"max": "=quota"}), field("number", "m", validate={"min": "=n"}))
    assert load(made, {"n": 5, "m": 5}, {"quota": 5})
    assert "不能大于 5" in refused(made, {"n": 6, "m": 6}, {"quota": 5})["n"].zh
    assert "must be at least 4" in refused(made, {"n": 4, "m": 3}, {"quota": 5})["m"].en


def test_a_limit_that_computes_to_nothing_limits_nothing():
    assert load(form(field("number", "n", validate={"max": "=unknown"})), {"n": 5}) == {"n": 5}


@pytest.mark.parametrize(
    ("keywords", "submitted", "kept"),
    [
        ({"subtype": "date"}, "2024-02-29", "2024-02-29"),
        ({"subtype": "time"}, "09:30", "09:30+08:00"),
        ({"subtype": "time", "timeSerializingFormat": "no_timezone"}, "09:30", "09:30"),
        ({"subtype": "time", "timeSerializingFormat": "utc_normalized"}, "09:30", "01:30Z"),
        ({"subtype": "time", "timeSerializingFormat": "no_timezone"}, "01:30Z", "09:30"),
        ({"subtype": "datetime"}, "2025-06-30T09:30", "2025-06-30T09:30+08:00"),
        ({"subtype": "datetime", "timeSerializingFormat": "utc_normalized"}, "2025-06-30T05:00", "2025-06-29T21:00Z"),
        ({"subtype": "datetime", "timeSerializingFormat": "no_timezone"}, "2025-06-29T21:00Z", "2025-06-30T05:00"),
        ({}, "", None),
    ],
)
def test_days_and_times_are_written_as_the_form_says_and_are_shanghai_s(keywords, submitted, kept):
    assert load(form(field("datetime", "d", **keywords)), {"d": submitted}) == {"d": kept}


@pytest.mark.parametrize("subtype", ["date", "time", "datetime"])
@pytest.mark.parametrize(
    "submitted", ["2025-02-30", "20250101", "25:00", "9:30", "2025-01-01T24:61", "soon", 5, "9999-99"]
)
def test_what_is_no_such_day_or_time_is_refused(subtype, submitted):
    sentence = refused(form(field("datetime", "d", subtype=subtype)), {"d": submitted})["d"]
    assert "例如 " in sentence.zh


def test_moments_at_the_ends_of_the_calendar_are_refused_not_crashed_on():
    made = form(field("datetime", "d", subtype="datetime", timeSerializingFormat="utc_normalized"))
    assert refused(made, {"d": "0001-01-01T00:00"})


def test_passed_dates_are_refused_where_the_form_says_so():
    made = form(field("datetime", "d", subtype="date", disallowPassedDates=True))
    assert load(made, {"d": "2025-06-23"})
    assert "早于今天" in refused(made, {"d": "2025-06-22"})["d"].zh


@pytest.mark.parametrize("kind", ["select", "radio"])
def test_a_choice_must_be_among_the_options(kind):
    made = form(field(kind, "c", values=options("a", "b")))
    assert load(made, {"c": "a"}) == {"c": "a"}
    assert load(made, {"c": ""}) == {"c": None}
    assert "不在可选范围内" in refused(made, {"c": "z"})["c"].zh
    assert "选项之一" in refused(made, {"c": ["a"]})["c"].zh


def test_options_come_from_the_context_or_from_an_expression():
    by_key = form(field("select", "c", valuesKey="people"))
    by_expression = form(field("select", "c", valuesExpression="=people"))
    people = {"people": [{"label": "甲", "value": 1}, "乙"]}
    for made in (by_key, by_expression):
        assert load(made, {"c": 1}, people) == {"c": 1}
        assert load(made, {"c": "乙"}, people) == {"c": "乙"}
        assert refused(made, {"c": "1"}, people)
        assert refused(made, {"c": True}, people)
        assert refused(made, {"c": "甲"}, {"people": None})


def test_a_checklist_takes_each_option_once():
    made = form(field("checklist", "c", values=options("a", "b", "c")))
    assert load(made, {"c": ["b", "a", "b"]}) == {"c": ["b", "a"]}
    assert load(made, {"c": None}) == {"c": []}
    assert "不在可选范围内" in refused(made, {"c": ["a", "z"]})["c"].zh
    assert "列表" in refused(made, {"c": "a"})["c"].zh


def test_a_checkbox_is_true_or_false():
    made = form(field("checkbox", "c"))
    assert load(made, {}) == {"c": False}
    assert load(made, {"c": True}) == {"c": True}
    assert "是或否" in refused(made, {"c": "yes"})["c"].zh


@pytest.mark.parametrize(
    ("component", "blank"),
    [
        (field("textfield", "f", validate={"required": True}), "   "),
        (field("textarea", "f", validate={"required": True}), "\n"),
        (field("number", "f", validate={"required": True}), None),
        (field("datetime", "f", validate={"required": True}), ""),
        (field("select", "f", validate={"required": True}, values=options("a")), ""),
        (field("radio", "f", validate={"required": True}, values=options("a")), None),
        (field("checkbox", "f", validate={"required": True}), False),
        (field("checklist", "f", validate={"required": True}, values=options("a")), []),
    ],
)
def test_a_required_field_left_blank_or_left_out_is_refused(component, blank):
    made = form(component)
    for submitted in ({"f": blank}, {}, {"f": None}):
        sentence = refused(made, submitted)["f"]
        assert sentence.zh.startswith("“标签f”")
        assert "请" in sentence.zh or "需要" in sentence.zh


def test_a_field_that_was_not_submitted_takes_its_default_but_one_left_blank_stays_blank():
    made = form(field("textfield", "t", defaultValue="津"), field("checkbox", "c", defaultValue=True))
    assert load(made, {}) == {"t": "津", "c": True}
    assert load(made, {"t": None, "c": False}) == {"t": None, "c": False}
