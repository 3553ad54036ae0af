"""Runs the DMN Technology Compatibility Kit: `python -m tests.conformance.dmn_tck DIR [--failures]`.

One count per result node; numbers compare with a relative tolerance of 1e-8; external Java is refused and so failed.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from engine.decisions import Model, load
from engine.feel import temporal
from engine.feel.operators import equals

CASES = "{http://www.omg.org/spec/DMN/20160719/testcase}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
TOLERANCE = Decimal("1e-8")
# A fixed clock: the kit asks only for the kinds of now() and today().
MOMENT = temporal.parse_date_time("2025-06-23T09:00:00@Asia/Shanghai")
CLOCK = {"now": lambda: MOMENT, "today": lambda: MOMENT.date}
NUMERIC = ("decimal", "double", "integer", "int", "long", "float", "short", "byte", "nonNegativeInteger")
READERS = {
    "boolean": lambda text: text.strip() in ("true", "1"),
    "date": temporal.parse_date,
    "time": temporal.parse_time,
    "dateTime": temporal.parse_date_time,
    "duration": temporal.parse_duration,
    "dayTimeDuration": temporal.parse_duration,
    "yearMonthDuration": temporal.parse_duration,
}


@dataclass(frozen=True)
class Result:
    suite: str
    case: str
    node: str
    expected: Any
    found: Any
    passed: bool


def read_value(element: etree._Element | None) -> Any:
    if element is None or element.get(f"{XSI}nil") == "true":
        return None
    items = element.find(f"{CASES}list")
    if items is not None:
        return (
            None if items.get(f"{XSI}nil") == "true" else [read_value(item) for item in items.findall(f"{CASES}item")]
        )
    parts = element.findall(f"{CASES}component")
    if parts:
        return {part.get("name"): read_value(part) for part in parts}
    return read_simple(element.find(f"{CASES}value"))


def read_simple(element: etree._Element | None) -> Any:
    if element is None or element.get(f"{XSI}nil") == "true":
        return None
    kind, text = element.get(f"{XSI}type", "string").rpartition(":")[2], element.text or ""
    if kind in NUMERIC:
        return None if text.strip() in ("NaN", "INF", "-INF") else Decimal(text.strip())
    return READERS[kind](text) if kind in READERS else text


def agree(expected: Any, found: Any) -> bool:
    if isinstance(expected, Decimal) and isinstance(found, Decimal):
        return abs(expected - found) <= TOLERANCE * max(abs(expected), abs(found))
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(agree, expected, found))
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(agree(expected[key], found[key]) for key in expected)
    return equals(expected, found) is True


def models(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.dmn"))}


def open_model(files: dict[str, bytes], name: str) -> Model:
    others = [xml for other, xml in files.items() if other != name]
    return load(files[name], source=name, imports=others, strict=False)


def decide(model: Model, case: etree._Element, node: str, context: dict[str, Any]) -> Any:
    name, kind = case.get("invocableName"), case.get("type", "decision")
    if kind == "decisionService" and name:
        value = model.evaluate_service(name, context, CLOCK).value
        return value[node] if isinstance(value, dict) and node in value else value
    if kind == "bkm" and name:
        return model.invoke(name, context, CLOCK).value
    return model.evaluate(node, context, CLOCK).value


def run_file(path: Path) -> list[Result]:
    """Every result of one test file; a model that cannot be loaded fails them all."""
    root = etree.parse(path).getroot()
    files = models(path.parent)
    name = root.findtext(f"{CASES}modelName", "").strip()
    try:
        model: Any = open_model(files, name if name in files else min(files))
    except Exception as error:  # noqa: BLE001 - counted as failed below
        model = error
    return [result for case in root.findall(f"{CASES}testCase") for result in run_case(path, model, case)]


def run_case(path: Path, model: Any, case: etree._Element) -> list[Result]:
    context = {node.get("name"): read_value(node) for node in case.findall(f"{CASES}inputNode")}
    found = []
    for node in case.findall(f"{CASES}resultNode"):
        expected = read_value(node.find(f"{CASES}expected"))
        try:
            value = decide(model, case, node.get("name"), context)
            passed = agree(expected, value)
        except Exception as error:  # noqa: BLE001 - a crash is a failed case, and the next one still runs
            value, passed = error, False
        found.append(Result(path.parent.name, case.get("id", ""), node.get("name"), expected, value, passed))
    return found


def run_all(folder: Path) -> list[Result]:
    return [result for path in sorted(folder.rglob("*-test-*.xml")) for result in run_file(path)]


def summary(results: list[Result]) -> str:
    told = [result for result in results if result.expected is not None]
    passed, passed_told = (sum(result.passed for result in part) for part in (results, told))
    return f"{passed}/{len(results)} passed, {passed_told}/{len(told)} non-null"


def main(arguments: list[str]) -> int:
    results = run_all(Path(arguments[0]))
    failed = [result for result in results if not result.passed]
    if "--failures" in arguments:
        for result in failed:
            print(f"{result.suite} {result.case} {result.node}: expected {result.expected!r}, found {result.found!r}")
    for suite, count in sorted(Counter(result.suite for result in failed).items()):
        print(f"{suite}: {count} failed")
    print(summary(results))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
