"""The tables of the 2024 bundle, decided directly; years in post against an independent count."""

import calendar
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisions import load
from engine.feel import to_json
from engine.policy import read_policy

BUNDLE = Path(__file__).parents[2] / "processes" / "tianjin-2024-9"
POLICY, _ = read_policy((BUNDLE / "policy.yaml").read_bytes())
assert POLICY is not None
SETTINGS = POLICY.setting_values()
ELIGIBILITY = load((BUNDLE / "eligibility.dmn").read_bytes())
FAR = dt.date(9000, 1, 1)
ONE_DAY = dt.timedelta(days=1)


def findings(posts: Any, cutoff: str, changed: dict[str, Any] | None = None, **application: Any) -> dict[str, Any]:
    given_application = {
        "trade": "焊工", "current_trade": "焊工", "certificate_number": "1802000000112345",
        "certificate_date": "2018-11-20", "posts": posts, **application,
    }  # fmt: skip
    context = {
        "application": given_application,
        "plan": {"applications_until": cutoff, "review_on": cutoff},
        "settings": SETTINGS | (changed or {}),
    }
    found: Any = to_json(ELIGIBILITY.evaluate("check_eligibility", context).value)
    return {finding["row"]: finding for finding in found}


def post(start: str, end: str | None = None, *, own: bool = True) -> dict[str, Any]:
    return {"employer": "津虚重工", "own": own, "post": "焊工", "start": start, "end": end}


@pytest.mark.parametrize(
    ("posts", "cutoff", "verdict", "held", "first"),
    [
        ([post("2019-03-01")], "2025-05-30", "MET", "6年2个月", "2024-03-01"),
        ([post("2020-07-01")], "2025-04-01", "NOT_MET", "4年9个月", "2025-07-01"),
        ([post("2020-07-01")], "2025-06-30", "NOT_MET", "4年11个月", "2025-07-01"),
        ([post("2020-07-01")], "2025-07-01", "MET", "5年", "2025-07-01"),
        ([post("2020-02-29")], "2025-02-28", "MET", "5年", "2025-02-28"),
        ([post("2020-02-29")], "2025-02-27", "NOT_MET", "4年11个月", "2025-02-28"),
        ([post("2015-01-01", "2017-06-30"), post("2020-01-10")], "2022-07-10", "NOT_MET", "4年11个月", "2022-07-11"),
        (
            [post("2018-01-01", "2020-12-31"), post("2020-01-01", "2023-01-01")],
            "2025-01-01",
            "MET",
            "5年",
            "2023-01-01",
        ),
        ([post("2021-01-01"), post("2018-01-01", "2020-12-31")], "2023-01-01", "MET", "5年", "2023-01-01"),
        ([post("2018-01-01", "2020-12-31")], "2025-01-01", "NOT_MET", "2年11个月", None),
        ([post("2026-01-01")], "2025-01-01", "NOT_MET", "不足1个月", "2031-01-01"),
    ],
)
def test_years_in_post_are_counted_as_the_policy_says(
    posts: Any, cutoff: str, verdict: str, held: str, first: str | None
) -> None:
    finding = findings(posts, cutoff)["A7.2b"]
    assert (finding["verdict"], finding["held"]["zh"], finding["first_date"]) == (verdict, held, first)


def test_the_sentence_says_what_is_held_needed_and_when_it_is_met() -> None:
    finding = findings([post("2020-07-01")], "2025-04-01")["A7.2b"]
    assert finding["zh"] == "高级技师岗位任职4年9个月，需满5年，2025-07-01起满足"
    assert (
        finding["en"]
        == "held a senior-technician post for 4 years 9 months, required 5 years, satisfied from 2025-07-01 on"
    )


def test_posts_elsewhere_count_unless_a_setting_says_otherwise() -> None:
    posts = [post("2015-01-01", "2019-01-01", own=False), post("2019-01-01")]
    strict = {"years": {"required": 5, "cutoff": "application_deadline", "any_employer": False}}
    assert findings(posts, "2022-01-01")["A7.2b"]["verdict"] == "MET"
    assert findings(posts, "2022-01-01", strict)["A7.2b"]["verdict"] == "NOT_MET"


@pytest.mark.parametrize(
    ("posts", "verdict"), [([], "MISSING"), (None, "MISSING"), ([post("2020-01-01", "2019-01-01")], "NEEDS_JUDGEMENT")]
)
def test_posts_that_cannot_be_counted_are_said_so(posts: Any, verdict: str) -> None:
    assert findings(posts, "2025-01-01")["A7.2b"]["verdict"] == verdict


@pytest.mark.parametrize(
    ("application", "row", "verdict"),
    [
        ({"certificate_number": None}, "A7.2a", "MISSING"),
        ({"certificate_date": None}, "A7.2a", "MISSING"),
        ({"certificate_date": "2025-05-31"}, "A7.2a", "NOT_MET"),
        ({"certificate_number": "Y000012000123181000045"}, "A7.2a", "MET"),
        ({"certificate_number": "Y000012000123182000045"}, "A7.2a", "NOT_MET"),
        ({"certificate_number": "Y00001200012318T000045"}, "A7.2a", "NEEDS_JUDGEMENT"),
        ({"certificate_number": "R1200A00000000000001"}, "A7.2a", "NEEDS_JUDGEMENT"),
        ({"certificate_number": "0001234567890123"}, "A7.2a", "NEEDS_JUDGEMENT"),
        ({"certificate_number": "1234567890923000"}, "A7.2a", "NEEDS_JUDGEMENT"),
        ({"certificate_number": "1802 0000-0021-2345"}, "A7.2a", "NOT_MET"),
        ({"certificate_number": "高级技师证"}, "A7.2a", "NEEDS_JUDGEMENT"),
        ({"current_trade": "other"}, "A7.2c", "NOT_MET"),
        ({"current_trade": None}, "A7.2c", "MISSING"),
    ],
)
def test_certificate_and_trade_are_judged_by_what_was_declared(application: Any, row: str, verdict: str) -> None:
    assert findings([post("2019-03-01")], "2025-05-30", **application)[row]["verdict"] == verdict


Interval = tuple[dt.date, dt.date | None]
starts = st.dates(dt.date(2010, 1, 1), dt.date(2024, 12, 31))
intervals = st.builds(
    lambda start, days, is_open: (start, None if is_open else start + days * ONE_DAY),
    starts, st.one_of(st.sampled_from([0, 27, 28, 29, 30, 31, 364, 365]), st.integers(0, 2000)), st.booleans(),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(intervals, min_size=1, max_size=5), starts)
def test_any_posts_agree_with_an_independent_count(posts: list[Interval], cutoff: dt.date) -> None:
    merged = _merge([(start, end or FAR) for start, end in posts])
    months, days = _total(merged, cutoff)
    rows = [post(start.isoformat(), end.isoformat() if end else None) for start, end in posts]
    finding = findings(rows, cutoff.isoformat())["A7.2b"]
    first = _first(merged, 60)
    assert (finding["held_months"], finding["held_days"]) == (months, days)
    assert finding["verdict"] == ("MET" if months >= 60 else "NOT_MET")
    assert finding["first_date"] == (first.isoformat() if first else None)


def _plus(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _length(start: dt.date, end: dt.date) -> tuple[int, int]:
    months = 0
    while _plus(start, months + 1) <= end:
        months += 1
    return months, (end - _plus(start, months)).days


def _merge(posts: list[tuple[dt.date, dt.date]]) -> list[tuple[dt.date, dt.date]]:
    merged: list[tuple[dt.date, dt.date]] = []
    for start, end in sorted(posts):
        if merged and start <= merged[-1][1] + ONE_DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _total(merged: list[tuple[dt.date, dt.date]], day: dt.date) -> tuple[int, int]:
    parts = [_length(start, min(end, day)) for start, end in merged if start <= day]
    months, days = sum(part[0] for part in parts), sum(part[1] for part in parts)
    return (months + days // 30, days % 30) if len(parts) > 1 else (months, days)


def _first(merged: list[tuple[dt.date, dt.date]], needed: int) -> dt.date | None:
    """By trying day after day, month by month while it is far."""
    day, last = merged[0][0], min(merged[-1][1], dt.date(2040, 1, 1))
    while day <= last:
        held = _total(merged, day)[0]
        if held >= needed:
            return day
        day += ONE_DAY * max(1, 20 * (needed - held - 3))
    return None
