"""What is looked up is what trying every cell says, for every kind of cell and value."""

import datetime as dt
import random
from decimal import Decimal

import pytest

from engine.decisions.index import indexed
from engine.feel import DateTime, YearsMonths, parse
from engine.feel.dates import MIDNIGHT
from engine.feel.limits import Run
from engine.feel.scope import Scope

CELLS = [
    "-", "5", "-5", "< 5", "<= 5", "> 5", ">= -5", "= 5", "!= 5", "[1..5]", "(1..5)", "[1..5)", "(5..5)", "[5..5]", "[5..1]",
    "1, 3, 7", "< 1, > 7", "not(5)", "not(< 3)", "not(1, 3)", 'not(1, "a")', '"a"', '"b", "c"', 'not("a")', '>= "b"',
    '["a".."c")', '"a", 5', "true", "false", "not(true)", "< true", "[false..true]", "null", "not(null)", "null, 5",
    '@"2025-07-01"', '> @"2025-07-01"', '[@"2025-01-01"..@"2025-07-01"]', 'not(@"2025-07-01")', '>= @"P5Y"', '@"P5Y"',
    "x", "> x", "[1..x]", "? > 3", "? = null", 'matches(?, "^a")', 'date("2025-07-01")', "5, x", "[1, 2]", "not(x)",
    "1 + 4", "-(5)", "count(?) > 1", "0.50", ".5",
]  # fmt: skip
VALUES = [
    *[Decimal(text) for text in ("-6", "-5", "-5.0", "0", "0.5", "1", "3", "4", "5", "5.5", "7", "8")],
    "", "a", "abc", "b", "c", "d", True, False, None, dt.date(2025, 1, 1), dt.date(2025, 7, 1), dt.date(2025, 7, 2),
    DateTime(dt.date(2025, 7, 1), MIDNIGHT), YearsMonths(60), YearsMonths(59), [Decimal(1), Decimal(2)], {"a": Decimal(1)},
]  # fmt: skip
SCOPE = Scope({"x": Decimal(4)}, Run())


def tried(cell, value):
    return cell.test(value, SCOPE.inner({"?": value})) is True


@pytest.mark.parametrize("seed", range(20))
def test_a_column_looks_up_what_trying_its_cells_says(seed):
    rng = random.Random(seed)
    cells = [parse(text, unary=True, names=("x",)) for text in rng.choices(CELLS, k=rng.randint(1, 40))]
    index = indexed(cells)
    for value in VALUES:
        rules = index.rules(value, SCOPE)
        for at, cell in enumerate(cells):
            if not index.open >> at & 1:
                assert bool(rules >> at & 1) == tried(cell, value), (cell.text, value)
            assert rules >> at & 1 or not tried(cell, value), (cell.text, value)


def test_every_cell_of_written_values_is_looked_up():
    plain = [
        "-",
        "5",
        "-5",
        "< 5",
        "[1..5)",
        "1, 3",
        "not(5)",
        '"a"',
        'not("a")',
        "true",
        '@"2025-07-01"',
        '> @"2025-07-01"',
    ]
    assert indexed([parse(text, unary=True) for text in plain]).open == 0
