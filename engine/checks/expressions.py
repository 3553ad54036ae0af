"""Every expression is parsed when a bundle is checked: a wrong one must never wait for the person who reaches it.

What uses no variable is even evaluated: it will never give anything else.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from engine.checks.suggestions import did_you_mean
from engine.errors import FeelError
from engine.expressions import HOST_FUNCTIONS, parse, read_time
from engine.feel import BUILTINS, DateTime, DaysTime, FarDate, YearsMonths, format_value, tree
from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from engine.feel import Expression

FIRST_YEAR, LAST_YEAR = 1900, 2200
_LONGEST_MONTHS = 12 * 100
_LONGEST_NANOSECONDS = 36525 * 86_400 * 10**9

# What an instance's facts are (docs/dialect.md); None stands for a value.
_PROCESS: Mapping[str, Any] = {
    "id": None,
    "key": None,
    "definition": None,
    "parent": None,
    "started_on": None,
    "initiator": {"id": None, "name": None},
    "employer": {"id": None, "name": None},
    "policy": {"id": None, "from": None, "until": None},
    "ballots": None,
}


def check_expression(
    expression: str,
    file: str,
    element: str,
    *,
    names: Collection[str] | None = None,
    must_be_feel: bool = False,
    settings: Mapping[str, Any] | None = None,
    kind: str = "",
) -> Iterator[Finding]:
    """Findings of one attribute; `names` are those that it may use, None where they cannot be known.

    `settings` is their tree, None where unknown; `kind` one of KINDS where only such a value is of use.
    """
    for rule, text in _problems(expression, names, settings, kind, must_be_feel=must_be_feel):
        yield Finding(file, element, rule, text)


def _problems(
    expression: str,
    names: Collection[str] | None,
    settings: Mapping[str, Any] | None,
    kind: str,
    *,
    must_be_feel: bool,
) -> Iterator[tuple[str, Text]]:
    if not expression.startswith("="):
        yield from _plain(expression, names, kind, must_be_feel=must_be_feel)
        return
    try:
        parsed = parse(expression[1:])
    except FeelError as error:
        place = f"{error.line}:{error.column}"
        yield "expression", Text(f"{expression} ({place}): {error.text.zh}", f"{expression} ({place}): {error.text.en}")
        return
    yield from unknown_names(parsed, expression, names, settings)
    yield from _constant(parsed, expression, kind)


def unknown_names(
    parsed: Expression, expression: str, names: Collection[str] | None, settings: Mapping[str, Any] | None
) -> Iterator[tuple[str, Text]]:
    """The names and the settings of an expression that do not exist; `names` is None where they cannot be known."""
    for name in sorted(parsed.free_names - set(names)) if names is not None else ():
        line, column = parsed.place_of(name)
        yield "unknown-name", _unknown(name, f"{expression} ({line}:{column})", names or ())
    for path, near in _unknown_paths(parsed, settings):
        zh, en = f"{expression}: 没有{path}{near.zh}", f"{expression}: there is no {path}{near.en}"
        yield "unknown-name", Text(zh, en)


def _plain(
    expression: str, names: Collection[str] | None, kind: str, *, must_be_feel: bool
) -> Iterator[tuple[str, Text]]:
    if must_be_feel:
        zh = f"表达式应以=开头: {expression or '(空)'}"
        yield "expression", Text(zh, f"an expression begins with =, found {expression or '(nothing)'}")
    elif kind:
        yield from _not_of_kind(expression, expression, kind)
    elif names and _is_forgotten(expression, names):
        zh = f"{expression}是变量名但没有=, 会被当作文字。请写成 ={expression}"
        yield "expression", Text(zh, f"{expression} names a variable but is plain text without =; write ={expression}")


def _is_forgotten(text: str, names: Collection[str]) -> bool:
    """A text that reads as an expression over known variables: the sign was left out."""
    try:
        free = parse(text).free_names
    except FeelError:
        return False
    return bool(free) and free <= set(names)


def _unknown(name: str, expression: str, names: Collection[str]) -> Text:
    hint = did_you_mean(name, {*names, *BUILTINS, *HOST_FUNCTIONS})
    return Text(f"{expression}: 没有名为{name}的变量{hint.zh}", f"{expression}: no variable is named {name}{hint.en}")


# --- settings.publicity.days


def _unknown_paths(parsed: Expression, settings: Mapping[str, Any] | None) -> Iterator[tuple[str, Text]]:
    """The path as far as it leads nowhere, and what was probably meant."""
    trees = {"process": _PROCESS} | ({} if settings is None else {"settings": settings})
    for path in sorted(set(_paths(parsed.node))):
        place: Any = trees.get(path[0]) if path[0] in parsed.free_names else None
        for number, name in enumerate(path[1:], 2):
            if not isinstance(place, dict):
                break
            if name not in place:
                near = did_you_mean(name, place.keys())
                yield ".".join(path[:number]), near if near.en else Text(", 请检查拼写", "; check its spelling")
                break
            place = place[name]


def _paths(root: object) -> Iterator[tuple[str, ...]]:
    """Every `a.b.c` that begins with a name."""
    for node in _nodes(root):
        if isinstance(node, tree.Path):
            names: list[str] = []
            base: tree.Node = node
            while isinstance(base, tree.Path):
                names.append(base.name)
                base = base.base
            if isinstance(base, tree.Name):
                yield (base.name, *reversed(names))


# --- values that are known already


def _constant(parsed: Expression, expression: str, kind: str) -> Iterator[tuple[str, Text]]:
    """What uses neither variables nor the calendar nor the clock has its value already; what takes long is not tried."""
    if not kind or not is_constant(parsed):
        return
    try:
        value = parsed.evaluate({})
    except FeelError as error:
        yield "expression", Text(f"{expression}: {error.text.zh}", f"{expression}: {error.text.en}")
        return
    yield from _not_of_kind(value, expression, kind)


def is_constant(parsed: Expression) -> bool:
    nodes = list(_nodes(parsed.node))
    uses = {node.name for node in nodes if isinstance(node, tree.Name)}
    takes_long = any(isinstance(node, tree.For | tree.Quantified | tree.FunctionOf) for node in nodes)
    return not parsed.free_names and not uses & set(HOST_FUNCTIONS) and not takes_long


def _nodes(root: object) -> Iterator[object]:
    """The whole tree of an expression."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, tuple):
            waiting.extend(node)
        elif is_dataclass(node) and not isinstance(node, type) and type(node).__module__ == tree.__name__:
            waiting.extend(getattr(node, field.name) for field in fields(node))


def _not_of_kind(value: Any, expression: str, kind: str) -> Iterator[tuple[str, Text]]:
    is_one, what = KINDS[kind]
    if not is_one(value):
        found = format_value(value) if expression.startswith("=") else ""
        but = (f", 实际为 {found}", f", but is {found}") if found else ("", "")
        zh = f"{expression or '(空)'} 应为{what.zh}{but[0]}"
        yield kind, Text(zh, f"{expression or '(nothing)'} should be {what.en}{but[1]}")


def is_time(value: Any) -> bool:
    """A day or moment of a sensible year, or a duration that is not negative and ends within a century."""
    if isinstance(value, str):
        try:
            value = read_time(value)
        except FeelError:
            return False
    match value:
        case DaysTime():
            return 0 <= value.nanoseconds <= _LONGEST_NANOSECONDS
        case YearsMonths():
            return 0 <= value.months <= _LONGEST_MONTHS
        case DateTime():
            return FIRST_YEAR <= value.date.year <= LAST_YEAR
        case dt.date() | FarDate():
            return FIRST_YEAR <= value.year <= LAST_YEAR
    return False


def is_cycle(value: Any) -> bool:
    """`R`, how often (empty for ever), perhaps a first moment, and an interval that is more than nothing."""
    parts = value.split("/") if isinstance(value, str) else []
    if len(parts) not in {2, 3} or not re.fullmatch(r"R([1-9]\d{0,5})?", parts[0]):
        return False
    if not all(is_time(part) for part in parts[1:]) or not parts[-1].startswith("P"):
        return False
    return bool(re.search(r"[1-9]", parts[-1])) and (len(parts) == 2 or not parts[1].startswith("P"))  # noqa: PLR2004


KINDS: Mapping[str, tuple[Callable[[Any], bool], Text]] = {
    "time": (
        is_time,
        Text(
            f"{FIRST_YEAR}至{LAST_YEAR}年间的日期(2025-06-23)、时刻(2025-06-23T17:00:00)或不为负的时长(P5D)",
            f"a day (2025-06-23) or moment (2025-06-23T17:00:00) of {FIRST_YEAR} to {LAST_YEAR}, or a duration (P5D) "
            "that is not negative",
        ),
    ),
    "cycle": (
        is_cycle,
        Text(
            "循环定时, 如 R3/PT1H 或 R/2025-07-01T09:00:00/P1D", "a cycle such as R3/PT1H or R/2025-07-01T09:00:00/P1D"
        ),
    ),
    "boolean": (lambda value: isinstance(value, bool), Text("真或假", "true or false")),
    "list": (lambda value: isinstance(value, list), Text("列表", "a list")),
}
