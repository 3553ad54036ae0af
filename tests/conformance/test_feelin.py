"""Our FEEL beside feelin's on expressions made at random: every difference has a reason, and ours is the standard's."""

import json
from decimal import Decimal

import pytest

from engine.errors import FeelError
from engine.feel import format_value, parse
from tests.conformance.expressions import CONTEXT, Generator
from tests.conformance.feelin import Feelin

SEEDS = range(4)
EACH = 400
DEPTHS = (1, 2, 3)


def is_null(_ours, theirs):
    return theirs is None


def is_anything(_ours, _theirs):
    return True


def is_ours_null(ours, _theirs):
    return ours is None


# By the shape of the innermost expression that differs: what feelin answers there, and why it is not what DMN 1.5 says.
REASONS = {
    "({months} * 2)": (is_null, "10.3.2.3.7: a duration times a number is a duration; feelin has none"),
    "({days} * 2)": (is_null, "the same"),
    "(-{months})": (is_null, "10.3.2.3.8: the negative of a duration; feelin has none"),
    "({months} / {months})": (is_null, "10.3.2.3.7: the ratio of two durations is a number; feelin has none"),
    "({days} / {days})": (is_null, "the same"),
    "years and months duration({date}, {date})": (is_anything, "a years and months duration has no days; feelin keeps them"),
    "min([{date}, {date}])": (is_null, "min is for all values with an order; feelin's for numbers and strings alone"),
    "({date} + {days})": (is_anything, "a day plus a duration is a day; feelin makes it a moment"),
    "during({number}, [1..5])": (is_null, "during(point, range) is defined; feelin knows ranges alone"),
    "({list} = {list})": (is_null, "lists of different length are not equal; feelin says null"),
    "even({number})": (is_ours_null, "only whole numbers are odd or even"),
    "odd({number})": (is_ours_null, "the same"),
    "sublist({list}, 1, 1)": (is_ours_null, "a position outside the list has no meaning; feelin lets it pass"),
    "remove({list}, 1)": (is_ours_null, "the same"),
    "insert before({list}, 1, {number})": (is_ours_null, "the same"),
    "substring({string}, -1)": (is_ours_null, "a position outside the string has no meaning; feelin lets it pass"),
    "substring({string}, 2, 1)": (is_ours_null, "the same"),
    "({number} between {number} and {number})": (is_anything, "the lower end comes first; feelin turns the ends round"),
    "overlaps([1..{number}], [2..5])": (is_ours_null, "a range whose ends are not in order is null"),
    "before({number}, {number})": (is_ours_null, "an argument that is null has no place in an order"),
}  # fmt: skip


@pytest.fixture(scope="module")
def feelin():
    with Feelin() as engine:
        yield engine


def shown(value):
    """As feelin's values are shown: numbers as doubles, dates and such by their text."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return {"@": format_value(value)}


def same(ours, theirs):
    if isinstance(ours, float) and isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
        return abs(ours - theirs) <= 1e-9 * max(1, abs(ours), abs(theirs))
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    return type(ours) is type(theirs) and ours == theirs


def answers(made, feelin):
    """Both answers; a refusal of the text is the answer "refused"."""
    try:
        ours = shown(parse(made.text, names=CONTEXT).evaluate(CONTEXT))
    except FeelError:
        ours = "refused"
    theirs = feelin.evaluate(made.text, CONTEXT)
    return ours, theirs.get("value") if "error" not in theirs else "refused"


def difference(made, feelin):
    """The innermost expression on which the two differ, or None."""
    ours, theirs = answers(made, feelin)
    if same(ours, theirs):
        return None
    inner = next((found for part in made.parts if (found := difference(part, feelin)) is not None), None)
    return inner or (made, ours, theirs)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_the_two_agree_or_the_difference_has_a_reason(feelin, seed, depth):
    generator = Generator(f"{seed}/{depth}")
    unexplained, agreed = [], 0
    for made in (generator.expression(depth) for _ in range(EACH)):
        found = difference(made, feelin)
        if found is None:
            agreed += 1
            continue
        inner, ours, theirs = found
        explains, _ = REASONS.get(inner.shape, (lambda *_: False, ""))
        if not explains(ours, theirs):
            unexplained.append((inner.text, json.dumps(ours, ensure_ascii=False), theirs))
    assert unexplained == []
    assert agreed > EACH // 2


def test_every_reason_explains_something(feelin):
    """A reason that nothing needs any more is taken out."""
    shapes = set()
    for seed in SEEDS:
        for depth in DEPTHS:
            generator = Generator(f"{seed}/{depth}")
            for made in (generator.expression(depth) for _ in range(EACH)):
                found = difference(made, feelin)
                shapes |= {found[0].shape} if found else set()
    assert REASONS.keys() - shapes == set()


CELLS = [
    "-", "5", "-5", "< 5", "<= 5", "> 5", ">= 5", "= 5", "!= 5", "[1..5]", "(1..5)", "[1..5)", "]1..5[", "1, 3, 7", "< 1, > 7",
    "not(5)", "not(< 3)", "not(1, 3)", '"a"', '"b", "c"', 'not("a")', '["a".."c")', "true", "false", "not(true)", "null",
    "not(null)", "n", "> n", "[1..n]", "? > 3", "? + 1 = 6", "l", "not(n)", "1 + 4", 'starts with(?, "a")', 'contains(?, "b")',
    "? in [1, 5]", "string length(?) > 2", "count(l)", '"abc", 5', 'not("a", "b")',
]  # fmt: skip
TESTED = [-6, -5, 0, 1, 3, 4, 5, 5.5, 7, 8, "", "a", "abc", "b", "c", True, False, None]


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_says_the_same_or_that_the_two_cannot_be_compared(feelin, cell):
    """feelin knows true and false alone: a value of another kind fails, and with `not` passes. Ours is null then."""
    parsed, sure = parse(cell, unary=True, names=("n", "l")), 0
    for value in TESTED:
        context = {"?": value, "n": 4, "l": [1, 2, 3]}
        ours, theirs = parsed.evaluate(context), feelin.evaluate(cell, context, unary=True)["value"]
        assert ours is None or ours is theirs, (cell, value)
        sure += ours is not None
    assert sure > 1
