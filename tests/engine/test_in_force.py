"""Which of several activations counts on a day: what begins last; and what was replaced stays replaced."""

from datetime import date
from itertools import count

import pytest

from engine.in_force import LAST_DAY, Activation, Kind, Range, current, end_of_term, holding, last_day, line, replaced
from forms.text import Text

NEXT = count(1)


def activation(deployment_id, from_on, until_on=None, kind=Kind.DEPLOYED, processes=("p",), *, is_cancelled=False):
    number = next(NEXT)
    days = (day_of(from_on), last_day(day_of(until_on)) if until_on else None)
    title = Text("办法", "measures")
    return Activation(number, deployment_id, "m", deployment_id, title, frozenset(processes), kind, *days, is_cancelled)


def day_of(text):
    return date.fromisoformat(text)


def known(*decided):
    """As they are read: the one decided last first."""
    return list(reversed(decided))


def versions(decided, process="p"):
    return [
        (each.from_on.isoformat(), each.current.version if each.current else None)
        for each in line(known(*decided), process)
    ]


OLD = activation(1, "2025-01-01", "2025-12-31")
STORIES = {
    "an extension into a gap before a later version": (
        [OLD, activation(2, "2026-07-01"), activation(1, "2026-01-01", "2026-06-30", Kind.EXTENSION)],
        [("2025-01-01", 1), ("2026-01-01", 1), ("2026-07-01", 2)],
    ),
    "a hotfix of the old one does not override the revision that begins later": (
        [OLD, activation(2, "2025-10-01", "2026-12-31"), activation(3, "2025-03-01", "2025-12-31")],
        [("2025-01-01", 1), ("2025-03-01", 3), ("2025-10-01", 2), ("2026-01-01", 2), ("2027-01-01", None)],
    ),
    "of two on the same day the one decided last": (
        [activation(1, "2025-01-01", "2026-12-31"), activation(2, "2025-01-01", "2025-12-31")],
        [("2025-01-01", 2), ("2026-01-01", None)],
    ),
    "a version that was rolled back does not revive when the rollback ends": (
        [OLD, activation(2, "2025-06-01", "2028-12-31"), activation(1, "2025-06-10", "2025-12-31", Kind.ROLLBACK)],
        [("2025-01-01", 1), ("2025-06-01", 2), ("2025-06-10", 1), ("2026-01-01", None)],
    ),
    "nor by an extension that was recorded before it was taken back": (
        [
            OLD,
            activation(2, "2025-06-01", "2025-12-31"),
            activation(2, "2026-01-01", "2028-12-31", Kind.EXTENSION),
            activation(1, "2025-06-10", "2026-06-30", Kind.ROLLBACK),
        ],
        [("2025-01-01", 1), ("2025-06-01", 2), ("2025-06-10", 1), ("2026-01-01", 1), ("2026-07-01", None)],
    ),
    "a cancelled one ends nothing": (
        [OLD, activation(2, "2025-06-01", "2025-08-31", is_cancelled=True)],
        [("2025-01-01", 1), ("2026-01-01", None)],
    ),
    "one of other processes ends nothing here": (
        [OLD, activation(2, "2025-06-01", processes=("q",))],
        [("2025-01-01", 1), ("2026-01-01", None)],
    ),
    "a last day of no meaning is none": ([activation(1, "2025-01-01", "9999-12-31")], [("2025-01-01", 1)]),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_is_in_force_on_which_day(story):
    decided, expected = STORIES[story]
    assert versions(decided) == expected
    for each in line(known(*decided), "p"):
        assert current(known(*decided), "p", each.from_on) == each.current
        assert current(known(*decided), "p", each.until_on or LAST_DAY) == each.current


def test_it_is_said_in_whose_place_a_version_is_and_what_the_next_would_replace():
    old, new, cancelled = OLD, activation(2, "2025-06-01"), activation(3, "2025-07-01", is_cancelled=True)
    decided = known(old, new, cancelled)
    assert line(decided, "p")[1] == Range(day_of("2025-06-01"), day_of("2025-12-31"), new, (old,))
    assert holding(decided, day_of("2025-08-01")) == [new]
    assert replaced(decided, frozenset("p"), day_of("2025-05-31")) == 1
    assert replaced(decided, frozenset("p"), day_of("2024-01-01")) == 2, "the last that was decided and stands"
    assert replaced([cancelled], frozenset("p"), day_of("2025-08-01")) is None


def test_a_term_goes_on_without_a_break_and_by_a_rollback_across_one():
    first = activation(1, "2025-01-01", "2025-06-30")
    next_, after = (
        activation(1, *days, Kind.EXTENSION) for days in (("2025-07-01", "2025-09-30"), ("2025-10-01", "2025-12-31"))
    )
    again = activation(1, "2026-02-01", "2026-03-31", Kind.ROLLBACK)
    assert end_of_term([after, next_, first]) == day_of("2025-12-31")
    assert end_of_term([after, first]) == day_of("2025-06-30"), "the one between is cancelled"
    assert end_of_term([first, again]) == day_of("2026-03-31")
    assert end_of_term([activation(1, "2025-01-01", "9999-12-31"), again]) is None
