"""Names with blanks, signs and Chinese characters, and what a text needs from outside."""

import pytest

from engine.feel import parse


def test_chinese_names_are_names():
    assert parse("高级技师年限 >= 5").evaluate({"高级技师年限": 5}) is True


@pytest.mark.parametrize(
    "name", ["满5年", "5年以上", "岗位（特级）", "A7.2b", "Pre-bureau risk", "pay/grade", "years in post"]
)
def test_a_known_name_may_hold_what_it_likes(name):
    assert parse(f"{name} + 1", names=(name,)).evaluate({name: 1}) == 2


def test_the_longest_known_name_wins():
    context = {"a": 5, "b": 3, "a-b": 100}
    assert parse("a-b", names=("a", "b")).evaluate(context) == 2
    assert parse("a-b", names=("a", "b", "a-b")).evaluate(context) == 100


def test_blanks_inside_a_name_do_not_matter():
    assert parse("years   in\n post", names=("years in post",)).evaluate({"years in post": 6}) == 6


def test_words_side_by_side_are_one_name_even_when_unknown():
    expression = parse("first day worked > 3")
    assert expression.free_names == {"first day worked"}


def test_a_built_in_name_in_front_does_not_break_an_unknown_one():
    assert parse("list[date joined = 1]").evaluate({"list": [{"date joined": 1}]}) == [{"date joined": 1}]


def test_free_names_leave_out_what_the_text_binds_itself():
    expression = parse("for x in xs return x + y + count(z) + {k: 1, m: k}.m + (function(p) p)(1)")
    assert expression.free_names == {"xs", "y", "z"}


def test_names_in_a_filter_may_be_entries_of_the_items():
    assert parse("staff[level = 3]", names=("staff",)).free_names == {"staff"}
    assert parse("staff[level = wanted]", names=("staff", "wanted")).free_names == {"staff", "wanted"}


def test_host_functions_are_not_free_but_unknown_functions_are():
    text = "working days after(posted, 5)"
    assert parse(text, functions=("working days after",)).free_names == {"posted"}
    assert parse(text).free_names == {"working days after", "posted"}


def test_a_variable_hides_a_built_in_function():
    assert parse("count + 1", names=("count",)).evaluate({"count": 1}) == 2


def test_special_characters_of_keys_can_be_read_back():
    assert parse('{"a+b": 1}.a+b').evaluate({}) == 1


def test_emoji_are_names_and_one_character():
    assert parse('{🐎: string length("🐎")}.🐎').evaluate({}) == 1
    assert parse(r'string length("\uD83D\uDC0E")').evaluate({}) == 1


def test_a_name_that_no_text_can_hold_does_no_harm():
    assert parse("1 + a", names=('a"b', "", "a")).evaluate({"a": 1}) == 2
    assert parse(r'{"a\"b": 1, c: 2}.c').evaluate({}) == 2
