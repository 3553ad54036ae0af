"""A case says when a person's task is due, and fails where it is due on another day."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from engine.bundle import read_folder
from engine.cases import read_case, run_case

BUNDLE = Path(__file__).parents[2] / "processes" / "tianjin-2024-9"
PUBLISHED = {"expect": {"of": "round", "due": {"publish_plan": date(2025, 5, 12)}}}


def _played(steps):
    case = read_case(BUNDLE / "cases" / "s1-normal.yaml")
    before = next(index for index, step in enumerate(case.steps) if step.get("complete") == "publish_plan") - 1
    return run_case(replace(case, steps=(*case.steps[:before], *steps)), read_folder(BUNDLE)).failure


def test_an_open_task_is_due_on_the_day_told():
    assert _played([PUBLISHED]) is None


def test_another_day_than_the_tasks_fails_the_case():
    failure = _played([{"expect": {"of": "round", "due": {"publish_plan": date(2025, 5, 13)}}}])
    assert "due of publish_plan" in failure
    assert "2025-05-12" in failure


def test_a_task_without_a_last_day_is_no_due_task():
    failure = _played([{"expect": {"of": "round", "due": {"committee": date(2025, 5, 13)}}}])
    assert "there is no window committee" in failure


def test_a_task_with_a_last_day_is_not_due_null():
    failure = _played([{"expect": {"of": "round", "due": {"publish_plan": None}}}])
    assert "due of publish_plan: expected None, found '2025-05-12'" in failure


def test_a_task_without_a_last_day_is_due_null():
    plan = {"start": "round", "by": "hr", "as": "second"}
    assert _played([plan, {"expect": {"of": "second", "due": {"plan": None}}}]) is None


def test_what_is_not_open_is_not_due_null():
    assert _played([{"expect": {"of": "round", "due": {"plan": None}}}]) is not None
