"""What each keyword of a component may hold: one table, used by the deployment checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import regex

from forms.components import MOST_ROWS
from forms.rules import number_of
from forms.text import Text

_KEY = regex.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*")
_LONGEST_TEXT = 5_000
_LONGEST_PATTERN = 500
_MOST_OPTIONS = 500
_SMALLEST_INCREMENT = 1e-9
_LARGEST_NUMBER = 10**15


class Shape(NamedTuple):
    """A test of a keyword's value and the words for what it should be."""

    holds: Callable[[Any], bool]
    words: Text


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT


def _is_words(value: Any) -> bool:
    return _is_text(value) and "{{" not in value


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_expression(value: Any) -> bool:
    return _is_text(value) and value.startswith("=") and value[1:].strip() != ""


def _is_number(value: Any) -> bool:
    number = number_of(value)
    return number is not None and abs(number) < _LARGEST_NUMBER


def _is_increment(value: Any) -> bool:
    return _is_number(value) and float(value) >= _SMALLEST_INCREMENT


def _is_count(most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_limit(value: Any) -> bool:
    return _is_expression(value) or _is_number(value)


def _is_pattern(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST_PATTERN:
        return False
    try:
        regex.compile(value, regex.ASCII)
    except (regex.error, ValueError, OverflowError, RecursionError):
        return False
    return True


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_properties(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_text(key) and _is_text(item) for key, item in value.items())


def _is_options(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _MOST_OPTIONS and all(map(_is_option, value))


def _is_option(value: Any) -> bool:
    return isinstance(value, Mapping) and _is_text(value.get("value")) and _is_text(value.get("label", ""))


def _one_of(*words: str) -> Shape:
    named = "、".join(words)
    return Shape(lambda value: value in words, Text(f"{named} 之一", "one of " + ", ".join(words)))


def _count(most: int) -> Shape:
    return Shape(_is_count(most), Text(f"0 到 {most} 的整数", f"a whole number from 0 to {most}"))


_TEXT = Shape(_is_text, Text("一段文字", "a text"))
_WORDS = Shape(
    _is_words,
    Text(
        "文字或以 = 开头的表达式（不支持 {{ }} 模板）",
        "a text or an expression that begins with = (no {{ }} templates)",
    ),
)
_BOOL = Shape(_is_bool, Text("true 或 false", "true or false"))
_EXPRESSION = Shape(_is_expression, Text("以 = 开头的表达式", "an expression that begins with ="))
_LIMIT = Shape(_is_limit, Text("数字或以 = 开头的表达式", "a number or an expression that begins with ="))
_OBJECT = Shape(_is_object, Text("一个对象", "an object"))
_ANY = Shape(lambda _: True, Text("", ""))
_KEY_SHAPE = Shape(
    lambda value: isinstance(value, str) and _KEY.fullmatch(value) is not None,
    Text(
        "以字母开头、由字母数字和下划线组成的名称",
        "a name of letters, digits and underscores that begins with a letter",
    ),
)
_PATH_SHAPE = Shape(lambda value: value == "" or _KEY_SHAPE.holds(value), _KEY_SHAPE.words)

KEYWORDS: Mapping[str, Shape] = {
    "type": _TEXT,
    "id": _TEXT,
    "key": _KEY_SHAPE,
    "path": _PATH_SHAPE,
    "label": _WORDS,
    "description": _WORDS,
    "text": _WORDS,
    "dateLabel": _WORDS,
    "timeLabel": _WORDS,
    "layout": _OBJECT,
    "appearance": _OBJECT,
    "conditional": _OBJECT,
    "validate": _OBJECT,
    "properties": Shape(_is_properties, Text("名称和文字的对照", "names with texts")),
    "readonly": Shape(
        lambda value: _is_bool(value) or _is_expression(value),
        Text("true、false 或表达式", "true, false or an expression"),
    ),
    "disabled": _BOOL,
    "defaultValue": _ANY,
    "components": Shape(lambda value: isinstance(value, list), Text("组件列表", "a list of components")),
    "showOutline": _BOOL,
    "verticalAlignment": _TEXT,
    "searchable": _BOOL,
    "values": Shape(
        _is_options,
        Text("由 label 和 value（文字）组成的选项列表", "a list of options, each with label and value (texts)"),
    ),
    "valuesKey": _KEY_SHAPE,
    "valuesExpression": _EXPRESSION,
    "decimalDigits": _count(15),
    "increment": Shape(_is_increment, Text("大于 0 的数字", "a number above 0")),
    "serializeToString": _BOOL,
    "subtype": _one_of("date", "time", "datetime"),
    "use24h": _BOOL,
    "timeInterval": _count(60),
    "timeSerializingFormat": _one_of("utc_offset", "utc_normalized", "no_timezone"),
    "disallowPassedDates": _BOOL,
    "isRepeating": Shape(lambda value: value is True, Text("true", "true")),
    "allowAddRemove": _BOOL,
    "defaultRepetitions": _count(MOST_ROWS),
    "disableCollapse": _BOOL,
    "nonCollapsedItems": _count(MOST_ROWS),
}

VALIDATE: Mapping[str, Shape] = {
    "required": _BOOL,
    "min": _LIMIT,
    "max": _LIMIT,
    "minLength": _LIMIT,
    "maxLength": _LIMIT,
    "pattern": Shape(
        _is_pattern,
        Text("能编译的正则表达式（不超过 500 字）", "a regular expression that compiles (500 characters at most)"),
    ),
    "patternErrorMessage": _TEXT,
    "validationType": _one_of("custom", "email", "phone", ""),
}

CONDITIONAL: Mapping[str, Shape] = {"hide": _EXPRESSION}

LAYOUT: Mapping[str, Shape] = {
    "row": _ANY,
    "columns": Shape(
        lambda value: value is None or (_is_count(16)(value) and value > 0),
        Text("1 到 16 的整数或 null", "a whole number from 1 to 16, or null"),
    ),
}

APPEARANCE: Mapping[str, Shape] = {"prefixAdorner": _WORDS, "suffixAdorner": _WORDS}
