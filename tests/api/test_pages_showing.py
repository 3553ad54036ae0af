"""What pages draw and say of days, years and deadlines."""

import itertools
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from api import words
from api.inbox import showing
from engine import calendar
from engine.clock import SHANGHAI
from engine.queries.guide import Step
from forms.text import Text


def counted(day, n):
    count = calendar.load_shipped().working_days_after(date.fromisoformat(day), n)
    return {
        "counted": [day.isoformat() for day in count.counted],
        "skipped": [{"day": day.isoformat(), "why": why.as_json()} for day, why in count.skipped],
    }


def test_days_of_a_window_are_numbered_in_calendar_order_and_make_up_days_are_marked():
    days = showing.days(counted("2024-09-27", 5))
    assert [day.day for day in days] == sorted(day.day for day in days)
    assert [(day.day.isoformat(), day.number) for day in days if day.is_make_up] == [("2024-09-29", 1)]
    assert days[-1].number == 5
    assert {day.why.zh for day in days if day.why and day.day == date(2024, 10, 1)} == {"国庆节"}


def interval(start, end):
    return {"start": start, "end": end, "zh": f"{start}至{end}", "en": f"{start} to {end}"}


def test_years_fill_the_bar_and_leave_their_gaps_open():
    drawn = showing.stretches(
        [interval("2020-01-01", "2020-12-31"), interval("2018-01-01", "2018-12-31")], "2021-12-31"
    )
    assert [one.is_gap for one in drawn] == [False, True, False, True]
    assert drawn[1].text == Text("中断365天", "a gap of 365 days")
    for before, after in itertools.pairwise(drawn):
        assert after.x == pytest.approx(before.x + before.width, abs=0.2)
    assert drawn[-1].x + drawn[-1].width == pytest.approx(showing.WIDTH, abs=0.2)


def test_intervals_that_meet_or_overlap_have_no_gap():
    drawn = showing.stretches([interval("2020-01-01", "2020-06-30"), interval("2020-07-01", "2020-12-31")], None)
    assert not any(one.is_gap for one in drawn)
    same = [interval("2020-01-01", "2020-06-30")] * 2
    assert not any(one.is_gap for one in showing.stretches(same, None))
    assert showing.stretches([], "2020-01-01") == []


def decided(element, value, **payload):
    return SimpleNamespace(element=element, name=Text(element, element), payload={"value": value, **payload})


def test_only_the_last_conclusion_of_each_rule_is_shown():
    finding = {"row": "A10.1a", "verdict": "NOT_MET", "zh": "", "en": ""}
    met = {**finding, "verdict": "MET"}
    trace = {"decisions": [{"rules": []}, {"rules": [1]}]}
    shown = showing.checks(
        [
            decided("plan", [finding]),
            decided("quorum", {"findings": [met]}, trace=trace),
            decided("plan", [met]),
            decided("x", 3),
        ]
    )
    assert [(one.name.zh, one.findings[0]["verdict"]) for one in shown] == [("plan", "MET"), ("quorum", "MET")]
    assert [len(one.traces) for one in shown] == [0, 1]


def test_the_same_step_of_several_people_is_one_entry():
    def step(person, where):
        return Step(
            person, person, Text("评审", "review"), Text(where, where), f"/{person}", is_start=False, top_id="r"
        )

    found = showing.together([step("e2", "甲"), step("e1", "甲"), step("e1", "乙")])
    assert [[one.person_id for one in same] for same in found] == [["e1", "e2"], ["e1"]]


@pytest.mark.parametrize(
    ("left", "said", "state"),
    [
        (3, "6月30日 周一 · 剩3个工作日", ""),
        (1, "6月30日 周一 · 剩1个工作日", "soon"),
        (0, "6月30日 周一 · 不足1个工作日", "soon"),
        (-2, "6月30日 周一 · 逾期2个工作日", "late"),
        (None, "6月30日 周一", ""),
    ],
)
def test_due_reads_as_a_day_and_what_is_left(left, said, state):
    line = SimpleNamespace(due_at=datetime(2025, 6, 30, tzinfo=SHANGHAI), working_days_left=left)
    assert words.due(line).zh == said
    assert words.due_state(line) == state


def test_midnight_ends_the_day_before():
    assert words.end(datetime(2025, 7, 1, tzinfo=SHANGHAI)).zh == "2025年6月30日 周一 24:00"
    assert words.end(datetime(2025, 6, 30, 17, 30, tzinfo=SHANGHAI)).en == "Mon 30 Jun 2025 17:30"
    assert "国务院" in words.end(None).zh


def test_real_time_is_said_where_it_differs():
    at = datetime(2025, 6, 30, tzinfo=SHANGHAI)
    assert not words.differ(at, at + timedelta(seconds=2))
    assert words.differ(at, at + timedelta(hours=1))
    assert words.actor("系统").en == "system"


def test_every_kind_of_history_has_words():
    sources = (Path(words.__file__).parent.parent / "engine").rglob("*.py")
    kinds = {kind for path in sources for kind in re.findall(r'Event\(\s*"([a-z ]+)"', path.read_text())}
    assert kinds - {"clock moved"} <= set(words.EVENTS)
