"""Worked cases that import a calendar: a window of unknown end gets one, a day that is moved makes it later."""

from pathlib import Path

import pytest

from engine.cases import find_cases, read_case, run_case

CASES = find_cases([Path(__file__).parent / "calendars" / "cases"])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_case_comes_out_as_told(path, bundle):
    assert run_case(read_case(path), bundle).failure is None
