"""Laws that hold for all values: round trips through text, arithmetic, truth, and the calendar of the standard library."""

import calendar
import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.feel import DateTime, DaysTime, Time, YearsMonths, format_value, parse, to_json
from engine.feel.dates import from_python, to_python
from tests.conformance.expressions import CONTEXT, Generator

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6)
integers = st.integers(-(10**15), 10**15).map(Decimal)
days = st.dates(dt.date(1600, 1, 1), dt.date(2400, 12, 31))
months = st.integers(-5000, 5000).map(YearsMonths)
lengths = st.integers(-(10**18), 10**18).map(DaysTime)
zones = st.sampled_from([None, "Asia/Shanghai", "Europe/Paris", "America/New_York", "Australia/Lord_Howe"])
offsets = st.none() | st.integers(-14 * 60, 14 * 60).map(lambda minutes: minutes * 60)
clocks = st.builds(
    Time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999_999_999), offsets
)
zoned = st.builds(
    lambda time, zone: Time(time.hour, time.minute, time.second, time.nanosecond, None if zone else time.offset, zone),
    clocks,
    zones,
)
moments = st.builds(DateTime, days, zoned)
texts = st.text(max_size=30)
truths = st.sampled_from([True, False, None])
simple = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    simple, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)


def ask(text, **context):
    return parse(text, names=context).evaluate(context)


# -- round trips


@pytest.mark.parametrize(
    ("kind", "function"),
    [
        (numbers, "number"),
        (days, "date"),
        (zoned, "time"),
        (moments, "date and time"),
        (months, "duration"),
        (lengths, "duration"),
    ],
)
def test_the_text_of_a_value_is_read_as_the_value(kind, function):
    @settings(max_examples=150, deadline=None)
    @given(kind)
    def holds(value):
        assert ask(f"{function}(string(x))", x=value) == value

    holds()


@settings(deadline=None)
@given(values)
def test_a_value_written_out_is_an_expression_for_it(value):
    assert to_json(parse(str(format_value([value]))).evaluate({})) == to_json([value])


@given(days | zoned | moments | months | lengths)
def test_the_at_sign_reads_what_string_writes(value):
    text = format_value(value)
    assert parse(f'@"{text}"').evaluate({}) == value


@given(moments)
def test_a_moment_goes_through_python_and_back_to_the_microsecond(moment):
    moment = replace(moment, time=replace(moment.time, nanosecond=moment.time.nanosecond // 1000 * 1000))
    assert from_python(to_python(moment)) == moment


# -- arithmetic


@settings(deadline=None)
@given(integers, integers, integers)
def test_whole_numbers_obey_the_laws_of_arithmetic(a, b, c):
    assert ask("a + b = b + a and (a + b) + c = a + (b + c) and a - b = a + -b and -(-a) = a", a=a, b=b, c=c) is True
    assert ask("a * b = b * a and a + 0 = a and a * 1 = a and a - a = 0", a=a, b=b) is True
    small = [value % 1000 for value in (a, b, c)]
    assert ask("a * (b + c) = a * b + a * c and (a * b) * c = a * (b * c)", a=small[0], b=small[1], c=small[2]) is True


@settings(deadline=None)
@given(numbers, numbers)
def test_sums_products_and_quotients_are_exact_to_34_digits(a, b):
    for sign, exact in (
        ("+", Fraction(a) + Fraction(b)),
        ("-", Fraction(a) - Fraction(b)),
        ("*", Fraction(a) * Fraction(b)),
    ):
        assert within(ask(f"a {sign} b", a=a, b=b), exact)
    quotient = ask("a / b", a=a, b=b)
    assert quotient is None if b == 0 else within(quotient, Fraction(a) / Fraction(b))


def within(found, exact):
    return abs(Fraction(found) - exact) <= abs(exact) / 10**33


@settings(deadline=None)
@given(integers, integers.filter(bool))
def test_modulo_and_floor_fit_together(a, b):
    assert ask("modulo(a, b)", a=a, b=b) == a - b * (int(a) // int(b))
    small, by = Decimal(int(a) % 10**6), Decimal(int(b) % 1000 + 1)
    assert ask("floor(a / b) * b + modulo(a, b) = a", a=small, b=by) is True


@settings(deadline=None)
@given(numbers, numbers, numbers)
def test_comparison_is_one_order(a, b, c):
    said = [ask(f"a {sign} b", a=a, b=b) for sign in ("<", "=", ">")]
    assert said.count(True) == 1
    assert ask("(a <= b) = not(a > b) and (if a <= b and b <= c then a <= c else true)", a=a, b=b, c=c) is True
    assert ask("sort([a, b, c])", a=a, b=b, c=c) == sorted([a, b, c])


@given(truths, truths, truths)
def test_and_and_or_are_those_of_three_values(a, b, c):
    def same(one, other):
        assert ask(one, a=a, b=b, c=c) is ask(other, a=a, b=b, c=c)

    same("not(a and b)", "not(a) or not(b)")
    same("not(a or b)", "not(a) and not(b)")
    same("a and b", "b and a")
    same("a and (b or c)", "(a and b) or (a and c)")
    same("all([a, b, c])", "a and b and c")
    same("any([a, b, c])", "a or b or c")


# -- the calendar


@settings(deadline=None)
@given(days, st.integers(-100_000, 100_000))
def test_days_are_added_as_the_standard_library_adds_them(day, count):
    later = day + dt.timedelta(days=count)
    assert ask("d + n", d=day, n=dt.timedelta(days=count)) == later
    assert ask("(l - d).days", d=day, l=later) == count
    assert ask("d < l", d=day, l=later) is (day < later)


@settings(deadline=None)
@given(days, st.integers(-2000, 2000))
def test_months_are_added_to_the_same_day_or_the_last_of_the_month(day, count):
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    expected = dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    assert ask("d + m", d=day, m=YearsMonths(count)) == expected


@settings(deadline=None)
@given(days, days)
def test_the_months_between_two_days_are_the_most_that_fit(first, last):
    assume(first <= last)
    found = ask("years and months duration(a, b)", a=first, b=last).months
    fits = [
        (first.year * 12 + first.month + count, first.day) <= (last.year * 12 + last.month, last.day)
        for count in (found, found + 1)
    ]
    assert fits == [True, False]
    assert ask("years and months duration(b, a)", a=first, b=last).months == -found


@settings(deadline=None)
@given(days)
def test_the_parts_of_a_day_are_the_standard_librarys(day):
    assert ask("[d.year, d.month, d.day, d.weekday]", d=day) == [day.year, day.month, day.day, day.isoweekday()]
    assert ask("day of year(d)", d=day) == day.timetuple().tm_yday
    assert ask("week of year(d)", d=day) == day.isocalendar()[1]
    assert ask("day of week(d)", d=day) == calendar.day_name[day.weekday()]
    assert ask("last day of month(d)", d=day).day == calendar.monthrange(day.year, day.month)[1]


@settings(deadline=None)
@given(days, clocks, zones.filter(bool), st.integers(-(10**7), 10**7))
def test_real_time_in_a_zone_passes_as_the_standard_library_says(day, clock, zone, seconds):
    start = dt.datetime(day.year, day.month, day.day, clock.hour, clock.minute, clock.second, tzinfo=ZoneInfo(zone))
    assume(start.astimezone(dt.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == start.replace(tzinfo=None))
    later = (start.astimezone(dt.UTC) + dt.timedelta(seconds=seconds)).astimezone(ZoneInfo(zone))
    assume(not later.fold)
    found = ask("m + n", m=start, n=dt.timedelta(seconds=seconds))
    assert to_python(found).replace(tzinfo=None) == later.replace(tzinfo=None)
    assert found.time.zone == zone


@settings(deadline=None)
@given(moments, moments)
def test_the_difference_of_two_moments_is_the_time_between_them(first, last):
    assume((first.time.zone or first.time.offset is not None) and (last.time.zone or last.time.offset is not None))
    first, last = (
        DateTime(one.date, Time(one.time.hour, one.time.minute, one.time.second, 0, one.time.offset, one.time.zone))
        for one in (first, last)
    )
    between = to_python(last).astimezone(dt.UTC) - to_python(first).astimezone(dt.UTC)
    assert ask("b - a", a=first, b=last) == DaysTime(int(between.total_seconds()) * 10**9)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 10**9), st.dictionaries(st.sampled_from(list(CONTEXT)), values | days | months | moments))
def test_any_expression_over_any_values_has_a_value_that_json_can_carry(seed, given_values):
    made = Generator(seed).expression(3)
    to_json(parse(made.text, names=CONTEXT).evaluate(CONTEXT | given_values))
