"""The settings that the engine itself reads: when people are reminded of a task, and how often one may be urged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.checks.suggestions import unknown
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.checks.policy_words import Problem

GROUP = "reminders"
TYPES: Mapping[str, str] = {
    "reminders.before": "list",
    "reminders.on": "boolean",
    "reminders.after": "list",
    "reminders.escalate": "integer",
    "reminders.urge_limit": "integer",
}
# Further from the due day than this it is a mistake; every count needs the calendar that far.
MOST = 250


def check_reminders(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for key, entry in settings.items():
        if key != GROUP and not key.startswith(f"{GROUP}."):
            continue
        place = f"settings.{key}"
        if key not in TYPES:
            yield place, "unknown-key", unknown(Text("参数", "setting"), key, TYPES)
        elif isinstance(entry, dict) and entry.get("type") != TYPES[key]:
            yield place, "setting-type", Text(f"类型应为{TYPES[key]}", f"its type should be {TYPES[key]}")
        elif isinstance(entry, dict):
            yield from _check_numbers(place, entry.get("default"))


def _check_numbers(place: str, value: Any) -> Iterator[Problem]:
    numbers = value if isinstance(value, list) else [] if value is None or isinstance(value, bool) else [value]
    least = 0 if place.endswith("urge_limit") else 1
    if not all(type(number) is int and least <= number <= MOST for number in numbers):
        zh, en = f"应为{least}至{MOST}的整数", f"expected whole numbers from {least} to {MOST}"
        yield place, "setting-value", Text(zh, en)
