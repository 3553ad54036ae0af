"""docs/conformance.md says what is so."""

import re
from collections import Counter
from pathlib import Path

import pytest

from engine.decisions import coverage, near_miss, regions
from engine.feel import limits
from tests.conformance.dmn_tck import summary
from tests.conformance.test_dmn_tck import results  # noqa: F401 - the fixture that runs the kit once

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text()


def rows(heading):
    """The cells of the table below a heading."""
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.fixture(scope="module")
def half(results):  # noqa: F811
    """The results of the half that the page speaks of; of another part of the kit it says nothing."""
    if f"/{len(results)} passed" not in PAGE:
        pytest.skip("another part of the kit than the page's")
    return results


def test_the_page_states_the_kits_result(half):
    assert f"- {summary(half)}\n" in PAGE


def test_the_page_lists_every_group_with_failures_and_its_reason(half):
    failed = Counter(result.suite for result in half if not result.passed)
    every = Counter(result.suite for result in half)
    found = {group: (int(count), int(of)) for group, count, of, _ in rows("DMN Technology Compatibility Kit")}
    assert found == {group: (failed[group], every[group]) for group in failed}
    assert all(reason for *_, reason in rows("DMN Technology Compatibility Kit"))


def test_no_case_of_the_kit_is_named_in_the_engine(results):  # noqa: F811
    sources = "".join(
        path.read_text()
        for room in ("feel", "decisions")
        for path in (Path(limits.__file__).parents[1] / room).rglob("*.py")
    )
    assert [suite for suite in {result.suite for result in results} if suite in sources] == []


def test_the_limits_are_those_of_the_engine():
    for _, stated, name in rows("Limits"):
        assert float(re.match(r"[\d.]+", stated)[0]) == getattr(limits, name.strip("`"))


def test_the_limits_of_near_misses_and_table_checks_are_those_of_the_engine():
    said = " ".join(PAGE.split())
    assert f"stops at {regions.MAX_TESTS} tests of cells and {near_miss.MAX_TRIES} combinations" in said
    assert f"stop at {coverage.MAX_TESTS} tests and {coverage.MAX_STEPS} steps" in said
