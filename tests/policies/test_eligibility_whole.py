"""The eligibility rules as whole tables: every combination around every boundary, against what the clauses say in Python.

What is expected is written down here from the rows A7.2a-c and the decisions Q15 and Q16 alone; nothing of the bundle is
used to find it, and the arithmetic walks the calendar day by day.
"""

import calendar
import datetime as dt
from itertools import product

import pytest

from engine.decisions import load
from engine.feel import to_json
from tests.policies.test_tianjin_tables import BUNDLE, ELIGIBILITY, SETTINGS, post

ONE_DAY = dt.timedelta(days=1)
YEARS = {"required": 5, "cutoff": "application_deadline", "any_employer": True}


def decided(application, until, settings=None, review=None):
    """The findings by row, as a candidate with this application gets them."""
    context = {
        "application": application,
        "plan": {"applications_until": str(until), "review_on": str(review or until)},
        "settings": SETTINGS | {"years": YEARS | (settings or {})},
    }
    found = to_json(ELIGIBILITY.evaluate("check_eligibility", context).value)
    return {one["row"]: one for one in found}


def application(posts=(), **more):
    return {
        "trade": "焊工",
        "current_trade": "焊工",
        "certificate_number": "1802000000112345",
        "certificate_date": "2018-11-20",
        "posts": [post(str(start), str(end) if end else None, own=own) for start, end, own in posts],
        **more,
    }


def years(posts, until, **settings):
    return decided(application([(*one, True)[:3] for one in posts]), until, settings)["A7.2b"]


# -- Q15 in Python: days walked one by one


def month_later(day, months):
    """The same day of a later month; one that the month lacks is its last."""
    total = day.year * 12 + day.month - 1 + months
    last = calendar.monthrange(total // 12, total % 12 + 1)[1]
    return dt.date(total // 12, total % 12 + 1, min(day.day, last))


def covered(posts, until):
    """Every day in a post up to the last that counts, as stretches without a break."""
    days = set()
    for start, end in posts:
        day = start
        while day <= min(end or until, until):
            days.add(day)
            day += ONE_DAY
    stretches = []
    for day in sorted(days):
        if stretches and stretches[-1][1] + ONE_DAY == day:
            stretches[-1][1] = day
        else:
            stretches.append([day, day])
    return stretches


def held(posts, until):
    """Whole months and days: by stretch from its first day on, thirty days of the sum for a month."""
    months = days = 0
    stretches = covered(posts, until)
    for first, last in stretches:
        whole = 0
        while month_later(first, whole + 1) <= last:
            whole += 1
        months += whole
        days += (last - month_later(first, whole)).days
    return (months + days // 30, days % 30) if len(stretches) > 1 else (months, days)


def expected(posts, until, needed=60):
    months, days = held(posts, until)
    return ("MET" if months >= needed else "NOT_MET", months, days)


def found_years(posts, until, **settings):
    finding = years(posts, until, **settings)
    return finding["verdict"], finding["held_months"], finding["held_days"]


# -- Q15: one post, every start whose anniversary is delicate

MONTH_ENDS = [
    dt.date(year, month, calendar.monthrange(year, month)[1]) for year in (2018, 2019, 2020) for month in range(1, 13)
]
STARTS = sorted(
    {day + ONE_DAY * step for day in MONTH_ENDS for step in (-1, 0, 1)}
    | {dt.date(2020, 2, 28), dt.date(2020, 2, 29), dt.date(2016, 2, 29), dt.date(2019, 2, 28)}
)


@pytest.mark.parametrize("start", STARTS, ids=str)
def test_one_post_is_met_on_the_fifth_anniversary_and_not_a_day_earlier(start):
    anniversary = dt.date(
        start.year + 5, start.month, min(start.day, calendar.monthrange(start.year + 5, start.month)[1])
    )
    for step in (-2, -1, 0, 1, 2):
        until = anniversary + step * ONE_DAY
        finding = years([(start, None)], until)
        assert finding["verdict"] == ("MET" if until >= anniversary else "NOT_MET"), until
        assert (finding["held_months"], finding["held_days"]) == held([(start, None)], until)
        assert finding["first_date"] == str(anniversary)


@pytest.mark.parametrize("required", [1, 2, 3, 4, 5, 6, 10])
@pytest.mark.parametrize(
    "start", [dt.date(2019, 12, 31), dt.date(2020, 1, 31), dt.date(2020, 2, 29), dt.date(2020, 3, 1)], ids=str
)
def test_the_years_required_are_a_setting(start, required):
    anniversary = month_later(start, 12 * required)
    verdicts = [years([(start, None)], anniversary + step * ONE_DAY, required=required)["verdict"] for step in (-1, 0)]
    assert verdicts == ["NOT_MET", "MET"]


# -- Q15, Q16: two posts that overlap, touch or leave a gap, open or closed

FIRST_ENDS = [
    dt.date(2019, 2, 28),
    dt.date(2020, 2, 28),
    dt.date(2020, 2, 29),
    dt.date(2020, 3, 31),
    dt.date(2020, 6, 30),
]
GAPS = [-400, -31, -1, 0, 1, 2, 29, 30, 31, 365]


@pytest.mark.parametrize("end", FIRST_ENDS, ids=str)
@pytest.mark.parametrize("gap", GAPS)
def test_two_posts_are_one_where_they_overlap_or_touch_and_a_sum_where_they_do_not(end, gap):
    """`gap` is the number of days from the end of the first post to the start of the second."""
    posts = [(dt.date(2016, 2, 29), end), (end + gap * ONE_DAY, None)]
    met = next(day for day in every_day(dt.date(2020, 12, 1), 900) if held(posts, day)[0] >= 60)
    for until in (met - 40 * ONE_DAY, met - ONE_DAY, met, met + ONE_DAY):
        assert found_years(posts, until) == expected(posts, until), until
    assert years(posts[::-1], met - ONE_DAY)["first_date"] == str(met)


@pytest.mark.parametrize(("months", "days"), [*product([58, 59], [0, 1, 28, 29, 30, 31])])
def test_thirty_days_of_a_sum_are_a_month_and_twenty_nine_are_not(months, days):
    """A long post and a short one after a gap, with so many days over in all."""
    start, again = dt.date(2010, 1, 10), dt.date(2021, 5, 3)
    posts = [(start, month_later(start, months)), (again, again + days * ONE_DAY)]
    until = dt.date(2022, 1, 1)
    assert found_years(posts, until) == expected(posts, until)
    assert years(posts, until)["verdict"] == ("MET" if months + days // 30 >= 60 else "NOT_MET")


def test_days_of_one_post_alone_never_become_a_month():
    start = dt.date(2020, 1, 31)
    assert found_years([(start, None)], dt.date(2020, 2, 28)) == ("NOT_MET", 0, 28)
    assert found_years([(start, None)], dt.date(2020, 2, 29)) == ("NOT_MET", 1, 0)
    assert found_years([(start, None)], dt.date(2020, 3, 30)) == ("NOT_MET", 1, 30)


@pytest.mark.parametrize("seed", range(40))
def test_three_posts_in_any_order_count_every_day_once(seed):
    starts = [dt.date(2014, 1, 1) + (seed * 37 + at * 613) * ONE_DAY for at in range(3)]
    lengths = [(seed * 91 + at * 211) % 900 for at in range(3)]
    posts = [(start, start + length * ONE_DAY) for start, length in zip(starts, lengths, strict=True)]
    if seed % 3 == 0:
        posts[2] = (posts[2][0], None)
    for until in (dt.date(2018, 2, 28), dt.date(2020, 2, 29), dt.date(2021, 7, 31)):
        assert found_years(posts, until) == expected(posts, until)
        assert found_years(posts[::-1], until) == expected(posts, until)


def every_day(start, count):
    return (start + step * ONE_DAY for step in range(count))


# -- Q15, Q16: which day and which posts count


@pytest.mark.parametrize(("which", "verdict"), [("application_deadline", "NOT_MET"), ("review_day", "MET")])
def test_the_day_up_to_which_years_count_is_a_setting(which, verdict):
    asked = application([(dt.date(2020, 7, 1), None, True)])
    found = decided(asked, "2025-06-30", {"cutoff": which}, review="2025-07-01")["A7.2b"]
    assert (found["verdict"], found["cutoff"]) == (verdict, "2025-06-30" if verdict == "NOT_MET" else "2025-07-01")


@pytest.mark.parametrize(("first", "second", "anywhere"), [*product([True, False], [True, False], [True, False])])
def test_posts_elsewhere_count_as_the_setting_says(first, second, anywhere):
    posts = [(dt.date(2014, 1, 1), dt.date(2016, 12, 31), first), (dt.date(2018, 1, 1), dt.date(2020, 12, 31), second)]
    counted = [(start, end) for start, end, own in posts if own or anywhere]
    found = decided(application(posts), "2024-01-01", {"any_employer": anywhere})["A7.2b"]
    months, days = held(counted, dt.date(2024, 1, 1))
    assert (found["held_months"], found["held_days"]) == (months, days)
    assert found["verdict"] == ("MET" if months >= 60 else "NOT_MET")


POSTS = [
    None,
    [],
    [("2018-01-01", None)],
    [("2024-01-01", None)],
    [("2018-01-01", "2017-12-31")],
    [(None, None)],
    [("2018-01-01", "2018-01-01")],
]


@pytest.mark.parametrize("posts", [*POSTS, [("2018-01-01", None), ("2018-01-01", "2017-12-31")]], ids=str)
def test_posts_that_cannot_be_counted_are_asked_about_before_anything_is_counted(posts):
    rows = None if posts is None else [post(start, end) for start, end in posts]
    found = decided(application() | {"posts": rows}, "2025-01-01")["A7.2b"]["verdict"]
    assert found == verdict_on(posts)


def verdict_on(posts):
    if not posts:
        return "MISSING"
    if any(start is None or (end is not None and end < start) for start, end in posts):
        return "NEEDS_JUDGEMENT"
    return "MET" if any(start == "2018-01-01" and end is None for start, end in posts) else "NOT_MET"


# -- A7.2a: what a certificate's number and day say

DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NATIONAL = [f"{kind}00001200012318{place}000045" for kind in "YS" for place in DIGITS + LETTERS + "t高"]
FORMER = [f"1802000000{place}12345" for place in DIGITS + "A"]
REGIONAL = [
    "R1200A00000000000001",
    "R12000000000000000011",
    "R120000000000000000",
    "R1200a00000000000001",
    "Q1200A00000000000001",
]
THIRTEEN = [
    "1234567890123",
    "0001234567890123",
    "1234567890923000",
    "1234567890123000",
    "123456789012",
    "12345678901234",
]
BROKEN = [
    "",
    " ",
    "-",
    "高级技师",
    "Y0000120001231810000451",
    "Y00001200012318100004",
    "y000012000123181000045",
    "1802000000１12345",
]
SPACED = ["1802 0000-0011-2345", " Y0000 1200 0123 18 1 000045 ", "1802-0000-0021-2345"]
DAYS = {None: "missing", "2025-05-31": "late", "2025-05-30": "in time", "2018-01-01": "in time"}


def said_by(number):
    """senior, lower, unclear or missing: by length and the one place that tells the level."""
    text = (number or "").replace(" ", "").replace("-", "").upper()
    plain = text.isascii() and text.isdigit()
    if not text:
        return "missing"
    if (
        len(text) == 22
        and text[0] in LETTERS
        and (text[1:15] + text[16:]).isascii()
        and (text[1:15] + text[16:]).isdigit()
    ):
        return {"1": "senior"}.get(text[15], "lower" if text[15] in "2345" else "unclear")
    if plain and len(text) == 16 and not text.startswith("000"):
        return {"1": "senior"}.get(text[10], "lower" if text[10] in "2345" else "unclear")
    return "unclear"


@pytest.mark.parametrize("number", [None, *NATIONAL, *FORMER, *REGIONAL, *THIRTEEN, *BROKEN, *SPACED], ids=repr)
def test_every_shape_of_number_meets_every_day_of_issue(number):
    for issued, when in DAYS.items():
        found = decided(application(certificate_number=number, certificate_date=issued), "2025-05-30")["A7.2a"]
        assert found["verdict"] == certificate_verdict(said_by(number), when), (number, issued)
        assert found["zh"]
        assert found["en"]


def certificate_verdict(says, when):
    if says == "missing" or when == "missing":
        return "MISSING"
    if when == "late" or says == "lower":
        return "NOT_MET"
    return "MET" if says == "senior" else "NEEDS_JUDGEMENT"


# -- A7.2c


@pytest.mark.parametrize(("present", "wanted"), [*product([None, "焊工", "电工"], ["焊工", "电工"])])
def test_the_present_trade_is_the_one_applied_for(present, wanted):
    found = decided(application(current_trade=present, trade=wanted), "2025-05-30")["A7.2c"]["verdict"]
    assert found == ("MISSING" if present is None else "MET" if present == wanted else "NOT_MET")


# -- A10.2b, A10.2c: two thirds present, two thirds in favour, the mean

TALLY = load((BUNDLE / "tally.dmn").read_bytes())
QUORUM = load((BUNDLE / "quorum.dmn").read_bytes())


@pytest.mark.parametrize("members", range(1, 12))
def test_a_quorum_is_two_thirds_of_the_members(members):
    for present in range(members + 1):
        context = {
            "committee": {"experts": [f"e{n}" for n in range(members)]},
            "meeting": {"present": [f"e{n}" for n in range(present)]},
            "settings": SETTINGS,
        }
        found = QUORUM.evaluate("check_quorum", context).value
        assert found["ok"] is (present > 0 and 3 * present >= 2 * members), present


@pytest.mark.parametrize("members", [3, 5, 7, 9])
def test_a_title_needs_two_thirds_of_the_votes_and_the_mean(members):
    for present in range(members + 1):
        for yes, score in product(range(present + 1), (69, 70, 71)):
            reviews, votes = [{"score": score}] * present, {"yes": yes, "no": present - yes}
            context = {"reviews": reviews, "votes": votes, "members": members, "settings": SETTINGS}
            found = TALLY.evaluate("count_votes", context).value
            assert found["outcome"] == outcome(members, present, yes, score), (present, yes, score)


def outcome(members, present, yes, score):
    if present == 0 or 3 * present < 2 * members:
        return "no_quorum"
    if 3 * yes < 2 * present:
        return "votes"
    return "proposed" if score >= 70 else "score"
