"""Working days: the official calendar, checked against another's reading of the same notices."""

import datetime as dt
from decimal import Decimal

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import Calendar, Count, functions, load_shipped, read_year
from engine.errors import InvalidError

CALENDAR = load_shipped()
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2026, 12, 31)
EVERY_DAY = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
days = st.dates(dt.date(2023, 6, 1), dt.date(2027, 6, 30))

TEST_2027 = """
year: 2027
notice: 测试通知(虚构)
issued_on: 2026-11-05
source: fictional, for tests
holidays:
  - {name: 元旦, en: New Year's Day, from: 2026-12-31, until: 2027-01-02}
make_up: [2026-12-27, 2027-01-03]
"""


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def month_days(count: Count) -> list[str]:
    return [f"{each:%m-%d}" for each in count.counted]


def test_every_day_of_the_shipped_years_agrees_with_the_oracle() -> None:
    differing = [each for each in EVERY_DAY if CALENDAR.is_working_day(each) != chinese_calendar.is_workday(each)]
    assert differing == []


def test_every_posting_day_and_up_to_thirty_working_days_agree_with_the_oracle() -> None:
    working = [each for each in EVERY_DAY if chinese_calendar.is_workday(each)]
    position = 0
    for posted in EVERY_DAY:
        while position < len(working) and working[position] <= posted:
            position += 1
        for n in range(1, 31):
            expected = working[position + n - 1] if position + n <= len(working) else None
            assert CALENDAR.working_days_after(posted, n).end == expected, (posted, n)


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ("2024-09-30", "2024-10-12"),
        ("2024-09-27", "2024-10-10"),
        ("2026-02-13", "2026-02-27"),
        ("2026-09-28", "2026-10-10"),
    ],
)
def test_windows_that_other_engines_get_wrong_are_right(posted: str, expected: str) -> None:
    assert CALENDAR.working_days_after(day(posted), 5).end == day(expected)


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ("2025-06-23", ["06-24", "06-25", "06-26", "06-27", "06-30"]),
        ("2025-09-26", ["09-28", "09-29", "09-30", "10-09", "10-10"]),
        ("2024-09-30", ["10-08", "10-09", "10-10", "10-11", "10-12"]),
        ("2026-09-30", ["10-08", "10-09", "10-10", "10-12", "10-13"]),
        ("2026-02-11", ["02-12", "02-13", "02-14", "02-24", "02-25"]),
    ],
)
def test_a_window_counts_make_up_days_and_skips_holidays(posted: str, expected: list[str]) -> None:
    assert month_days(CALENDAR.working_days_after(day(posted), 5)) == expected


def test_a_skipped_day_says_why() -> None:
    reasons = dict(CALENDAR.working_days_after(day("2025-09-26"), 5).skipped)
    assert reasons[day("2025-09-27")].zh == "星期六"
    assert reasons[day("2025-10-05")].zh == "国庆节、中秋节"
    assert len(reasons) == 9


def test_an_unknown_year_is_never_guessed() -> None:
    count = CALENDAR.working_days_after(day("2026-12-25"), 5)
    assert (count.end, count.unknown_year) == (None, 2027)
    assert month_days(count) == ["12-28", "12-29", "12-30", "12-31"]
    assert CALENDAR.is_working_day(day("2027-01-01")) is None
    assert CALENDAR.working_days_between(day("2026-12-31"), day("2027-01-04")) is None
    assert CALENDAR.working_days_after(day("2023-12-20"), 1).end is None


def test_the_last_day_of_a_known_year_is_known() -> None:
    assert CALENDAR.is_working_day(day("2026-12-31")) is True
    assert CALENDAR.working_days_after(day("2026-12-24"), 5).end == day("2026-12-31")
    assert CALENDAR.working_days_after(day("2023-12-31"), 1).end == day("2024-01-02")


def test_an_imported_year_fixes_the_end_and_may_amend_the_december_before() -> None:
    calendar = CALENDAR.with_year(read_year(TEST_2027))
    count = calendar.working_days_after(day("2026-12-25"), 5)
    assert month_days(count) == ["12-27", "12-28", "12-29", "12-30", "01-03"]
    assert calendar.is_working_day(day("2026-12-31")) is False
    assert "2027@" in count.version


def test_a_year_imported_again_replaces_the_earlier_one() -> None:
    twice = CALENDAR.with_year(read_year(TEST_2027)).with_year(read_year(TEST_2027 + "\n"))
    assert [year.year for year in twice.years] == [2024, 2025, 2026, 2027]


def test_the_version_names_the_years_that_a_count_rests_on() -> None:
    assert CALENDAR.working_days_after(day("2025-06-23"), 5).version == CALENDAR.years[1].version
    assert CALENDAR.working_days_after(day("2025-12-30"), 5).version.count("@") == 2
    assert CALENDAR.version.count("@") == 3


def test_between_leaves_out_the_first_day_and_takes_the_last() -> None:
    assert CALENDAR.working_days_between(day("2025-06-23"), day("2025-06-30")) == 5
    assert CALENDAR.working_days_between(day("2025-06-30"), day("2025-06-23")) == -5
    assert CALENDAR.working_days_between(day("2025-06-23"), day("2025-06-23")) == 0
    assert CALENDAR.working_days_between(day("2030-01-01"), day("2030-01-01")) == 0


@given(days, st.integers(0, 30))
def test_one_day_more_never_ends_earlier(posted: dt.date, n: int) -> None:
    shorter, longer = CALENDAR.working_days_after(posted, n), CALENDAR.working_days_after(posted, n + 1)
    if longer.end is not None:
        assert shorter.end is not None
        assert shorter.end < longer.end
        assert longer.counted[:n] == shorter.counted


@given(days, days, st.integers(0, 30))
def test_posting_later_never_ends_earlier(one: dt.date, other: dt.date, n: int) -> None:
    early, late = sorted((one, other))
    ends = CALENDAR.working_days_after(early, n).end, CALENDAR.working_days_after(late, n).end
    if ends[0] is not None and ends[1] is not None:
        assert ends[0] <= ends[1]


@given(days, st.integers(0, 30))
def test_counting_and_counting_back_agree(posted: dt.date, n: int) -> None:
    count = CALENDAR.working_days_after(posted, n)
    if count.end is None:
        assert count.unknown_year not in {2024, 2025, 2026}
    else:
        assert CALENDAR.working_days_between(posted, count.end) == n


def test_a_negative_number_of_days_is_refused() -> None:
    with pytest.raises(InvalidError, match="negative"):
        CALENDAR.working_days_after(FIRST, -1)


def test_the_last_day_of_python_is_no_trap() -> None:
    assert Calendar(()).working_days_after(dt.date.max, 1).end is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("year: 2027", "year: 2031"), "2026-12-31"),
        (("2026-12-27, ", "2026-12-28, "), "2026-12-28"),
        (("from: 2026-12-31, until: 2027-01-02", "from: 2026-12-31, until: 2026-12-31"), "New Year"),
        (("2026-12-27", "soon"), "soon"),
        (("notice:", "note:"), "notice"),
        (("make_up: [", "make_up: [["), "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_by_name(change: tuple[str, str], named: str) -> None:
    with pytest.raises(InvalidError, match=named):
        read_year(TEST_2027.replace(*change))


def test_feel_sees_days_texts_and_nulls() -> None:
    counts: list[Count] = []
    host = functions(CALENDAR, counts.append)
    assert host["working days after"]("2025-06-23", Decimal(5)) == day("2025-06-30")
    assert host["working days after"](day("2026-12-25"), Decimal(5)) is None
    assert [count.end for count in counts] == [day("2025-06-30"), None]
    assert host["is working day"](day("2025-09-28")) is True
    assert host["is working day"]("2027-01-04") is None
    assert host["working days between"]("2025-06-23", day("2025-06-30")) == Decimal(5)


@pytest.mark.parametrize(
    "arguments",
    [
        (None, Decimal(5)),
        ("soon", Decimal(5)),
        (5, Decimal(5)),
        ("2025-06-23", None),
        ("2025-06-23", Decimal("1.5")),
        ("2025-06-23", Decimal(-1)),
    ],
)
def test_what_feel_cannot_read_is_null(arguments: tuple[object, object]) -> None:
    counts: list[Count] = []
    assert functions(CALENDAR, counts.append)["working days after"](*arguments) is None
    assert counts == []


def test_each_feel_function_names_its_parameters() -> None:
    host = functions(CALENDAR, lambda _: None)
    assert {name: function.parameters for name, function in host.items()} == {  # type: ignore[attr-defined]
        "working days after": ("date", "n"),
        "is working day": ("date",),
        "working days between": ("a", "b"),
    }
    assert host["working days after"](date="2025-06-23", n=Decimal(5)) == day("2025-06-30")
    assert host["is working day"]("x") is None
    assert host["working days between"]("x", "2025-06-30") is None
    assert host["working days between"]("2026-12-30", "2027-01-30") is None
