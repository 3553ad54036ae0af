"""On which working days a task is reminded of: holidays, make-up days, an unknown year, what was missed."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine.calendar import Calendar, load_shipped
from engine.clock import SHANGHAI
from engine.reminding import AFTER, ALL_BEHIND, BEFORE, ESCALATED, ON, Reminder, Rules, rules, schedule, standing

CALENDAR = load_shipped()
ALL = Rules(before=(1,), on=True, after=(1, 3), escalate=3)


def at(day, hour=0):
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), SHANGHAI)


def days(rules_, due, opened="2024-01-02", calendar=CALENDAR):
    found = schedule(rules_, calendar, at(due), at(opened))
    return [(one.which, one.days, one.at and one.at.date().isoformat()) for one in found]


def test_around_the_national_day_of_2025():
    assert days(ALL, "2025-10-10") == [
        (BEFORE, 1, "2025-10-09"),
        (ON, 0, "2025-10-10"),
        (AFTER, 1, "2025-10-11"),  # a Saturday that is worked
        (AFTER, 3, "2025-10-14"),
        (ESCALATED, 3, "2025-10-14"),
    ]
    assert days(ALL, "2025-10-09")[0] == (BEFORE, 1, "2025-09-30")


def test_around_the_spring_festival_of_2026():
    """The working day before Tuesday the 24th is Saturday the 14th, which is worked."""
    assert days(Rules(before=(1, 2)), "2026-02-24") == [(BEFORE, 2, "2026-02-13"), (BEFORE, 1, "2026-02-14")]
    assert days(Rules(after=(1, 4)), "2026-02-14") == [(AFTER, 1, "2026-02-24"), (AFTER, 4, "2026-02-27")]
    assert days(Rules(after=(5,)), "2026-02-14") == [(AFTER, 5, "2026-02-28")]


def test_a_due_day_that_nobody_works_is_reminded_of_on_the_last_working_day_before_it():
    assert days(Rules(before=(1,), on=True), "2025-10-05") == [(BEFORE, 1, "2025-09-30"), (ON, 0, "2025-09-30")]


def test_nine_in_the_morning_in_shanghai():
    assert schedule(ALL, CALENDAR, at("2025-10-10", 17), at("2025-09-01"))[1].at == at("2025-10-10", 9)


def test_a_day_of_an_unknown_year_is_never_guessed():
    assert days(ALL, "2026-12-31") == [
        (BEFORE, 1, "2026-12-30"),
        (ON, 0, "2026-12-31"),
        (AFTER, 1, None),
        (AFTER, 3, None),
        (ESCALATED, 3, None),
    ]
    assert {day for _, _, day in days(ALL, "2027-01-05")} == {None}
    assert {day for _, _, day in days(ALL, "2025-06-03", calendar=Calendar(()))} == {None}


def test_who_got_it_late_is_not_late_from_the_first_day_on():
    assert days(ALL, "2025-06-03", opened="2025-06-20")[2:] == [
        (AFTER, 1, "2025-06-23"),
        (AFTER, 3, "2025-06-25"),
        (ESCALATED, 3, "2025-06-25"),
    ]


def test_without_a_due_date_or_settings_nobody_is_reminded():
    assert schedule(ALL, CALENDAR, None, at("2025-06-03")) == ()
    for settings in ({}, {"reminders": 3}, {"reminders": {}}, {"reminders": {"before": "x", "on": 1, "after": [None]}}):
        assert rules(settings) == Rules()
        assert schedule(rules(settings), CALENDAR, at("2025-06-03"), at("2025-06-01")) == ()


def test_the_settings_are_read_as_the_policy_has_them():
    given_ = {"before": [3, 1], "on": True, "after": [1], "escalate": None, "urge_limit": 2, "more": 1}
    assert rules({"reminders": given_}) == Rules((1, 3), on=True, after=(1,), escalate=None, urge_limit=2)


def test_what_has_passed_when_it_is_opened_is_behind():
    opened = at("2025-10-10", 10)
    assert standing(schedule(ALL, CALENDAR, at("2025-10-10"), opened), 0, opened).behind == 2
    assert standing(schedule(ALL, CALENDAR, at("2025-10-10"), opened), 0, opened).next_at == at("2025-10-11", 9)


@pytest.mark.parametrize(
    ("now", "numbers", "next_day"),
    [
        (at("2025-10-09", 8), [], "2025-10-09"),
        (at("2025-10-09", 9), [1], "2025-10-10"),
        (at("2025-10-11", 8), [2], "2025-10-11"),
        (at("2025-10-11", 9), [3], "2025-10-14"),
        (at("2025-10-14", 9), [4, 5], None),
        (at("2026-01-01", 9), [4, 5], None),
    ],
)
def test_of_those_missed_only_the_latest_and_the_escalation_are_due(now, numbers, next_day):
    found = standing(schedule(ALL, CALENDAR, at("2025-10-10"), at("2025-09-01")), 0, now)
    assert [number for _, number in found.due] == numbers
    assert (found.next_at and found.next_at.date().isoformat()) == next_day
    assert standing(schedule(ALL, CALENDAR, at("2025-10-10"), at("2025-09-01")), found.behind, now).due == ()


def test_one_whose_day_is_unknown_waits_and_keeps_nobody_else_waiting():
    found = (Reminder(BEFORE, 2, None), Reminder(ON, 0, at("2025-06-03", 9)), Reminder(AFTER, 1, None))
    assert standing(found, 0, at("2025-06-01")).next_at == at("2025-06-03", 9)
    later = standing(found, 0, at("2025-06-03", 9))
    assert ([number for _, number in later.due], later.behind, later.next_at) == ([2], 2, None)


_day_of_2025 = some.dates(dt.date(2025, 1, 1), dt.date(2025, 12, 1))
_some_rules = some.builds(
    Rules,
    before=some.sets(some.integers(1, 20), max_size=3).map(lambda found: tuple(sorted(found))),
    on=some.booleans(),
    after=some.sets(some.integers(1, 20), max_size=3).map(lambda found: tuple(sorted(found))),
    escalate=some.none() | some.integers(1, 20),
)


@given(_some_rules, _day_of_2025, _day_of_2025)
def test_they_come_in_order_on_working_days_and_each_once_however_often_one_looks(some_rules, due, opened):
    start = dt.datetime.combine(opened, dt.time(8), SHANGHAI)
    due_at = dt.datetime.combine(due, dt.time(), SHANGHAI)
    found = schedule(some_rules, CALENDAR, due_at, start)
    moments = [one.at for one in found]
    assert moments == sorted(moments)
    assert all(CALENDAR.is_working_day(moment.date()) for moment in moments)
    at_first = standing(found, 0, start)
    behind, moment, sent = at_first.behind, at_first.next_at, []
    while moment is not None:
        now = standing(found, behind, moment)
        assert now.due
        assert now.behind > behind
        sent += [number for _, number in now.due]
        behind, moment = now.behind, now.next_at
    assert sent == sorted(set(sent))
    assert behind == ALL_BEHIND
    seen = {moments[number - 1] for number in sent}
    assert seen == {moment for moment in moments if moment > start}
