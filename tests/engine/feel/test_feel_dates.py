"""Days, moments and durations: the arithmetic that the five years of A7.2b rest on."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import DateTime, DaysTime, FarDate, Time, YearsMonths, from_json, parse, to_json
from engine.feel.dates import from_ordinal, make_date, months_between, ordinal, to_python
from engine.feel.temporal import format_temporal, parse_temporal


def value(text, **context):
    return parse(text).evaluate(context)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2019-03-01", "2025-05-30", 74),  # 甲试一: 6 years 2 months, days dropped
        ("2020-07-01", "2025-04-01", 57),  # 乙试二: 4 years 9 months
        ("2020-07-01", "2025-06-30", 59),
        ("2020-07-01", "2025-07-01", 60),
        ("2025-07-01", "2020-07-01", -60),
        ("2025-01-31", "2025-02-28", 0),
        ("2025-02-28", "2025-01-31", 0),
        ("2025-01-01", "2025-01-01", 0),
    ],
)
def test_years_and_months_between_two_days_drop_the_days(start, end, months):
    assert value("years and months duration(date(s), date(e))", s=start, e=end) == YearsMonths(months)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2020-02-29", "P5Y", "2025-02-28"),
        ("2020-02-29", "P4Y", "2024-02-29"),
        ("2025-01-31", "P1M", "2025-02-28"),
        ("2025-03-31", "-P1M", "2025-02-28"),
        ("2025-12-31", "P1D", "2026-01-01"),
        ("2025-01-01", "PT36H", "2025-01-02"),
    ],
)
def test_a_day_plus_a_duration_ends_on_a_day_that_exists(start, duration, end):
    assert value("date(d) + duration(p)", d=start, p=duration) == dt.date.fromisoformat(end)


def test_five_years_are_reached_on_the_anniversary_and_not_before():
    text = 'date(cutoff) >= date(start) + duration("P5Y")'
    assert value(text, start="2020-07-01", cutoff="2025-06-30") is False
    assert value(text, start="2020-07-01", cutoff="2025-07-01") is True
    assert value(text, start="2020-02-29", cutoff="2025-02-28") is True


def test_a_named_zone_survives():
    moment = value('date and time("2025-06-23T09:00:00@Asia/Shanghai")')
    assert format_temporal(moment) == "2025-06-23T09:00:00@Asia/Shanghai"
    assert value("m.timezone", m=moment) == "Asia/Shanghai"
    assert value("string(m.time offset)", m=moment) == "PT8H"
    assert value('m = date and time("2025-06-23T01:00:00Z")', m=moment) is True
    assert to_python(moment).isoformat() == "2025-06-23T09:00:00+08:00"


def test_real_time_passes_over_a_change_of_the_clock():
    moment = value('date and time("2025-03-30T01:30:00@Europe/Paris") + duration("PT1H")')
    assert format_temporal(moment) == "2025-03-30T03:30:00@Europe/Paris"


def test_local_and_zoned_moments_have_no_order():
    assert value('@"2025-01-01T00:00:00" < @"2025-01-02T00:00:00Z"') is None


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29",
        "2025-13-01",
        "25:00:00",
        "2025-01-01T24:00:01",
        "P1Y1D",
        "P",
        "PT",
        "2025-1-1",
        "",
        "2025-01-01T00:00:00@No/Zone",
    ],
)
def test_what_is_no_date_is_null(text):
    assert parse_temporal(text) is None


def test_nanoseconds_and_far_years_are_kept():
    assert format_temporal(parse_temporal("11:22:33.123456789")) == "11:22:33.123456789"
    assert parse_temporal("-99999-12-31") == FarDate(-99999, 12, 31)
    assert value('string(@"99999-12-31" + @"P1D")') == "100000-01-01"


def test_python_moments_come_in_and_iso_texts_go_out():
    zone = dt.timezone(dt.timedelta(hours=8))
    context = {
        "at": dt.datetime(2025, 6, 23, 9, tzinfo=zone),
        "on": dt.date(2025, 6, 23),
        "lasting": dt.timedelta(days=1),
    }
    assert to_json(from_json(context)) == {"at": "2025-06-23T09:00:00+08:00", "on": "2025-06-23", "lasting": "P1D"}


def test_the_clock_is_the_hosts():
    warnings = []
    assert parse("today()").evaluate({}, warnings=warnings) is None
    assert "not handed over" in str(warnings[0])
    assert parse('today() + @"P1D"').evaluate({}, {"today": lambda: dt.date(2025, 1, 1)}) == dt.date(2025, 1, 2)


@given(st.integers(-400_000, 400_000), st.integers(1, 12), st.integers(1, 28))
def test_a_day_and_its_number_are_one_to_one(year, month, day):
    made = make_date(year, month, day)
    assert from_ordinal(ordinal(made)) == made
    assert ordinal(from_ordinal(ordinal(made) + 1)) == ordinal(made) + 1


@given(st.dates(), st.dates())
def test_months_between_never_overshoot(start, end):
    first, last = min(start, end), max(start, end)
    months = months_between(first, last)
    reached = parse('d + @"P1M" * n').evaluate({"d": first, "n": months})
    assert reached <= last or reached.day > last.day
    assert months_between(last, first) in (-months, -months + 0)


@given(
    st.one_of(
        st.dates(),
        st.integers(-(10**9), 10**9).map(YearsMonths),
        st.integers(-(10**20), 10**20).map(DaysTime),
        st.builds(Time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999_999_999)),
        st.builds(
            DateTime,
            st.dates(),
            st.builds(
                Time,
                st.integers(0, 23),
                st.integers(0, 59),
                st.integers(0, 59),
                st.just(0),
                st.integers(-17, 17).map(lambda hours: hours * 3600),
            ),
        ),
    )
)
def test_written_and_read_again_it_is_the_same(made):
    assert parse_temporal(format_temporal(made)) == made


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_number_written_and_read_again_is_the_same(number):
    assert parse("number(string(n))").evaluate({"n": number}) == Decimal(number)
