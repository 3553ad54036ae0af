"""Cells of decision tables: tests of one value."""

import pytest

from engine.feel import parse

VERDICTS = [
    ("-", None, True),
    ("", 1, True),
    (">= 60", 60, True),
    (">= 60", 59, False),
    (">= 60", None, None),
    (">= 60", "x", None),
    ("< limit", 5, True),
    ("[18..65)", 65, False),
    ("(18..65]", 65, True),
    ('"高级技师", "技师"', "技师", True),
    ('not("高级技师", "技师")', "技师", False),
    ("not(null)", None, False),
    ("null", None, True),
    ("true", True, True),
    ("true", False, False),
    ("true", None, False),
    ("? > 3 and ? < limit", 7, True),
    ("odd(?)", 4, False),
    ("allowed", 2, True),
    ("allowed", 9, False),
    ("limit > 5", 1, True),
    ("limit > 99", 1, False),
    ("x > 99", None, None),
    ("[1..3], [7..9]", 8, True),
    ("!= 3", 4, True),
    ('contains(?, "技师")', "特级技师", True),
]


@pytest.mark.parametrize(("cell", "value", "verdict"), VERDICTS)
def test_a_cell_gives_its_verdict(cell, value, verdict):
    assert parse(cell, unary=True).evaluate({"?": value, "limit": 10, "allowed": [1, 2]}) is verdict


def test_a_condition_over_null_passes_when_nothing_is_tested():
    # form-js hides a field by such a condition: `years < 5` with years null is true, so the field is hidden.
    hide = parse("years < 5", unary=True)
    assert [hide.evaluate({"years": years}) for years in (None, 3, 7)] == [True, True, False]


def test_the_question_mark_is_not_free():
    assert parse("? > x", unary=True).free_names == {"x"}
