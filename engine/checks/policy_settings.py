"""The `settings` of policy.yaml: a key that expressions can read, a default of its type and within its range."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from engine.checks.policy_reminders import check_reminders
from engine.checks.policy_words import check_words
from engine.checks.suggestions import unknown
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.checks.policy_words import Problem

TYPES: Mapping[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "text": (str,),
    "choice": (str,),
    "list": (list,),
}
_KEYS = frozenset({"default", "type", "min", "max", "unit", "options", "label", "source", "nullable"})
_KEY = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def check_settings(settings: Any) -> Iterator[Problem]:
    if not isinstance(settings, dict):
        yield "settings", "shape", Text("应为设置的键值结构", "expected settings by their key")
        return
    yield from check_reminders(settings)
    for key, entry in settings.items():
        place = f"settings.{key}"
        if not _KEY.fullmatch(key):
            zh, en = "键应为字母、数字、下划线, 用点分组", "a key is letters, digits and underscores, grouped by dots"
            yield place, "setting-key", Text(zh, en)
        below = next((other for other in settings if other.startswith(f"{key}.")), None)
        if below is not None:
            zh = f"{key}和{below}不能并存: 一个是值, 一个以它为组"
            yield (
                place,
                "setting-key",
                Text(zh, f"{key} and {below} exclude each other: one is a value, one a group of it"),
            )
        if isinstance(entry, dict):
            yield from _check_entry(place, entry)
        else:
            yield place, "shape", Text("应有default、type和label", "expected default, type and label")


def _check_entry(place: str, entry: dict[str, Any]) -> Iterator[Problem]:
    for key in entry.keys() - _KEYS:
        yield f"{place}.{key}", "unknown-key", unknown(Text("键", "key"), key, _KEYS)
    yield from check_words(f"{place}.label", entry.get("label"))
    for key in ("unit", "source"):
        if not isinstance(entry.get(key, ""), str):
            yield f"{place}.{key}", "text", Text("应为一段文字", "expected a text")
    kind, value = entry.get("type"), entry.get("default")
    if not isinstance(kind, str) or kind not in TYPES:
        yield (
            place,
            "setting-type",
            Text(f"类型应为 {', '.join(TYPES)} 之一", f"type must be one of {', '.join(TYPES)}"),
        )
    elif value is None:
        if entry.get("nullable") is not True:
            zh = "缺少default; 若尚无定值, 请写 default: null 并加 nullable: true"
            en = "the default is missing; where nothing is decided, write default: null with nullable: true"
            yield place, "setting-value", Text(zh, en)
    elif not _is_a(value, kind):
        yield place, "setting-value", Text(f"{value!r} 不是{kind}", f"{value!r} is not of type {kind}")
    elif kind in {"integer", "number"}:
        yield from _check_range(place, value, entry)
    elif kind == "choice":
        yield from _check_choice(place, value, entry.get("options"))


def _is_a(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind]) and not (kind == "list" and _has_day(value))


def _has_day(value: Any) -> bool:
    """YAML reads 2024-01-01 as a day; expressions read a day's text, so it belongs in quotes."""
    if isinstance(value, list):
        return any(_has_day(entry) for entry in value)
    return any(_has_day(entry) for entry in value.values()) if isinstance(value, dict) else type(value) is date


def _check_range(place: str, value: float, entry: dict[str, Any]) -> Iterator[Problem]:
    low, high = entry.get("min"), entry.get("max")
    if not all(bound is None or _is_a(bound, "number") for bound in (low, high)):
        yield place, "setting-range", Text("min和max应为数", "min and max should be numbers")
    elif (low is not None and value < low) or (high is not None and value > high):
        zh, en = f"{value} 不在 {low}-{high} 之内", f"{value} is not within {low} to {high}"
        yield place, "setting-range", Text(zh, en)


def _check_choice(place: str, value: str, options: Any) -> Iterator[Problem]:
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        yield place, "setting-value", Text("options应为文字列表", "options should be a list of texts")
    elif value not in options:
        yield place, "setting-value", Text(f"{value!r} 不在选项之内", f"{value!r} is not among the options")
