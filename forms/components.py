"""The one table of supported components, and the compiled component itself.

Whatever is not in `KINDS` is refused at deployment; a component carries only the keywords named here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from forms.text import Text

Evaluate = Callable[[str, Mapping[str, Any], bool], Any]
"""(expression without "=", context, whether it is a unary test) -> value; a form itself has plain expressions only."""

Path = tuple[str, ...]
"""Where a value stands in the data; the number of a row is a step of its own: ("intervals", "0", "start")."""

MOST_COMPONENTS = 300
MOST_NESTING = 8
MOST_ROWS = 200
MOST_CHARACTERS = 10_000


class Kind(StrEnum):
    """The components that a form may hold, by their form-js names."""

    TEXTFIELD = "textfield"
    TEXTAREA = "textarea"
    NUMBER = "number"
    DATETIME = "datetime"
    SELECT = "select"
    RADIO = "radio"
    CHECKBOX = "checkbox"
    CHECKLIST = "checklist"
    DYNAMICLIST = "dynamiclist"
    GROUP = "group"
    TEXT = "text"


CHOICES = frozenset({Kind.SELECT, Kind.RADIO, Kind.CHECKLIST})
"""Components whose value must be among their options."""

_ALWAYS = {"type", "id", "layout", "conditional", "properties"}
_VALUE = {"key", "label", "description", "validate", "readonly", "disabled", "defaultValue"}
_OPTIONS = {"values", "valuesKey", "valuesExpression"}
_HOLDER = {"path", "label", "description", "components", "showOutline", "verticalAlignment"}


@dataclass(frozen=True, slots=True)
class Traits:
    """What a kind of component may carry: its keywords, and the keywords of its `validate`."""

    keywords: frozenset[str]
    validate: frozenset[str] = frozenset()
    has_value: bool = True


def _value(*more: str, validate: tuple[str, ...] = ()) -> Traits:
    return Traits(frozenset(_ALWAYS | _VALUE | set(more)), frozenset({"required", *validate}))


_LENGTHS = ("minLength", "maxLength")

KINDS: Mapping[Kind, Traits] = {
    Kind.TEXTFIELD: _value("appearance", validate=(*_LENGTHS, "pattern", "patternErrorMessage", "validationType")),
    Kind.TEXTAREA: _value(validate=_LENGTHS),
    Kind.NUMBER: _value("decimalDigits", "increment", "serializeToString", "appearance", validate=("min", "max")),
    Kind.DATETIME: _value(
        "subtype", "dateLabel", "timeLabel", "use24h", "timeInterval", "timeSerializingFormat", "disallowPassedDates"
    ),
    Kind.SELECT: _value(*_OPTIONS, "searchable"),
    Kind.RADIO: _value(*_OPTIONS),
    Kind.CHECKBOX: _value(),
    Kind.CHECKLIST: _value(*_OPTIONS),
    Kind.DYNAMICLIST: Traits(
        frozenset(_ALWAYS | _HOLDER)
        | {"isRepeating", "allowAddRemove", "defaultRepetitions", "disableCollapse", "nonCollapsedItems"},
    ),
    Kind.GROUP: Traits(frozenset(_ALWAYS | _HOLDER), has_value=False),
    Kind.TEXT: Traits(frozenset(_ALWAYS | {"text"}), has_value=False),
}


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a checked form; `path` counts from the form or, inside a list, from its row."""

    id: str
    kind: Kind
    path: Path
    raw: Mapping[str, Any]
    children: tuple[Component, ...] = ()

    @property
    def has_value(self) -> bool:
        return KINDS[self.kind].has_value

    @property
    def validate(self) -> Mapping[str, Any]:
        return self.raw.get("validate") or {}

    @property
    def required(self) -> bool:
        return bool(self.validate.get("required"))

    @property
    def properties(self) -> Mapping[str, str]:
        return self.raw.get("properties") or {}

    @property
    def most_rows(self) -> int:
        """Rows of a list at most: `properties.maxRows`, never over 200."""
        return min(int(self.properties.get("maxRows", MOST_ROWS)), MOST_ROWS)

    @property
    def fewest_rows(self) -> int:
        """Rows of a list at least: `properties.minRows`."""
        return int(self.properties.get("minRows", 0))

    @property
    def label(self) -> str:
        """The label as the file has it, perhaps an expression; form-js gives a date its own."""
        return self.raw.get("label") or self.raw.get("dateLabel") or self.raw.get("timeLabel") or ""

    @property
    def name(self) -> Text:
        """What messages call it: its label, or its path where there is no literal label."""
        zh = self.label
        if not zh or zh.startswith("="):
            zh = ".".join(self.path) or self.id
        en = self.properties.get("en", zh)
        return Text(zh, zh if en.startswith("=") else en)


def expression_of(raw: Any) -> str | None:
    """The FEEL of a keyword that may hold an expression ("=..."), without its sign."""
    return raw[1:].strip() if isinstance(raw, str) and raw.startswith("=") else None
