"""What a case expects, compared with what there is; every difference is said with both sides."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.cases.reading import moment
from engine.queries import inspection, progress
from engine.registers import find, stores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine import Engine
    from engine.queries.instances import InstanceDetail


_WITHOUT_INSTANCE = {"registers", "notices"}


class Unmet(Exception):  # noqa: N818  an expectation that is not met is no error of the engine
    """An expectation that does not hold."""


def expect(engine: Engine, instances: Mapping[str, str], expected: Mapping[str, Any]) -> None:
    """Check every key of an expectation; raises Unmet for the first that does not hold."""
    check_registers(engine, instances, expected.get("registers") or {})
    check_notices(engine, expected.get("notices") or {})
    if expected.keys() <= _WITHOUT_INSTANCE:
        return
    name = expected["of"]
    if name not in instances:
        raise Unmet(f"no instance is called {name}; called so far: {', '.join(instances) or 'none'}")
    detail = engine.inspect(partial(inspection.whole, library=engine.library, instance_id=instances[name]))
    _check_due(engine, detail, expected.get("due") or {})
    for key, value in expected.items():
        if key not in {"of", "due"} | _WITHOUT_INSTANCE:
            if key not in _CHECKS:
                raise Unmet(f"unknown expectation {key}; known are registers, notices, due, {', '.join(_CHECKS)}")
            _CHECKS[key](detail, value)


def check_registers(engine: Engine, instances: Mapping[str, str], expected: Mapping[str, Mapping[str, Any]]) -> None:
    """Columns of entries by register and key; a name of the case stands for that instance's key; null: no such entry."""
    for name, entries in expected.items():
        for key, columns in entries.items():
            wanted = _business_key(engine, instances, str(key))
            row = engine.inspect(partial(stores.one, register=find(name), key=wanted))
            if row is None or columns is None:
                same(f"{name} {wanted}", row and dict(row.data), columns and plain(columns))
                continue
            for column, value in columns.items():
                same(f"{name} {wanted} {column}", plain(at(row.data, str(column))), plain(value))


def check_notices(engine: Engine, expected: Mapping[str, list[str]]) -> None:
    """All that a person was told so far, the oldest first: `which element` of a task, the key of an alarm."""
    for person_id, wanted in expected.items():
        same(f"notices of {person_id}", engine.inspect(partial(inspection.told, person_id=person_id)), wanted)


def _business_key(engine: Engine, instances: Mapping[str, str], key: str) -> str:
    if key not in instances:
        return key
    return engine.inspect(
        partial(inspection.whole, library=engine.library, instance_id=instances[key])
    ).line.business_key


def _open(detail: InstanceDetail, expected: Any) -> None:
    same("open", sorted(detail.active), sorted(expected))


def _ended(detail: InstanceDetail, expected: Any) -> None:
    same("ended", detail.line.end_element, expected)


def _variables(detail: InstanceDetail, expected: Mapping[str, Any]) -> None:
    for path, value in expected.items():
        same(path, plain(at(detail.variables, str(path))), plain(value))


def _findings(detail: InstanceDetail, expected: Mapping[str, Any]) -> None:
    check_findings(detail.findings, expected)


def check_findings(findings: Iterable[Mapping[str, Any]], expected: Mapping[str, Any]) -> None:
    """One finding of each row is as expected, each one of a list; null: there is none of that row."""
    for row, value in expected.items():
        found = [finding for finding in findings if finding["row"] == row]
        if value is None:
            same(f"findings of {row}", found, [])
        for one in [] if value is None else value if isinstance(value, list) else [value]:
            _check_finding(row, found, one if isinstance(one, dict) else {"verdict": one})


def _check_finding(row: str, found: list[Mapping[str, Any]], wanted: Mapping[str, Any]) -> None:
    if not any(all(plain(at(one, str(path))) == plain(part) for path, part in wanted.items()) for one in found):
        seen = [{path: at(one, str(path)) for path in wanted} for one in found]
        raise Unmet(f"{row}: expected {plain(wanted)}, found {seen}")


def _check_due(engine: Engine, detail: InstanceDetail, expected: Mapping[str, Any]) -> None:
    """An open task's last day, null where it has none, or a timer's end; one that awaits a calendar is `unknown`."""
    days = engine.inspect(partial(progress.due_on, instance_id=detail.line.id)) if expected else {}
    for element, value in expected.items():
        if element in days:
            same(f"due of {element}", plain(days[element]), plain(value))
            continue
        wanted = None if value == "unknown" else moment(value)
        same(f"due of {element}", _window(detail, element).due_at, wanted)


def _counted(detail: InstanceDetail, expected: Mapping[str, Any]) -> None:
    for element, days in expected.items():
        counts = _window(detail, element).counts
        same(f"counted days of {element}", counts[-1]["counted"] if counts else [], [plain(day) for day in days])


def _history(detail: InstanceDetail, expected: list[Any]) -> None:
    """These entries, in this order, others between them allowed: `kind` or `kind element`."""
    entries = iter(f"{event.kind} {event.element}" for event in detail.events)
    for wanted in expected:
        if not any(entry == wanted or entry.rsplit(" ", 1)[0] == wanted for entry in entries):
            raise Unmet(f"the history has no further {wanted}")


def _reminded(detail: InstanceDetail, expected: Mapping[str, list[Any]]) -> None:
    """Of each element all reminders so far: `before 1`, `on` (which YAML reads as true), `after 3`, `escalated 3`."""
    for element, wanted in expected.items():
        sent = [event.payload for event in detail.events if (event.kind, event.element) == ("reminded", element)]
        found = [f"{one['which']} {one['days']}" if one["days"] else one["which"] for one in sent]
        same(f"reminders of {element}", found, ["on" if one is True else one for one in wanted])


def _not_passed(detail: InstanceDetail, expected: list[str]) -> None:
    passed = sorted(set(expected) & detail.passed)
    if passed:
        raise Unmet(f"these should not have been passed: {passed}")


_CHECKS: Mapping[str, Callable[[InstanceDetail, Any], None]] = {
    "open": _open,
    "ended": _ended,
    "variables": _variables,
    "findings": _findings,
    "counted": _counted,
    "history": _history,
    "not_passed": _not_passed,
    "reminded": _reminded,
}


def _window(detail: InstanceDetail, element: str) -> Any:
    found = [window for window in detail.windows if window.element == element]
    if not found:
        raise Unmet(f"there is no window {element}; there are {[window.element for window in detail.windows]}")
    return found[-1]


def at(values: Any, path: str) -> Any:
    """`a.b.0.c`; null where there is nothing."""
    for part in path.split("."):
        if isinstance(values, list) and part.isdigit():
            values = values[int(part)] if int(part) < len(values) else None
        else:
            values = values.get(part) if isinstance(values, dict) else None
    return values


def plain(value: Any) -> Any:
    """YAML reads days as dates; variables keep them as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def same(what: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise Unmet(f"{what}: expected {expected!r}, found {found!r}")
