"""One submitted JSON value -> the field's value, or a `Misfit` that says what should have come.

Types only; whether the value is allowed is for `rules`.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from forms.components import MOST_CHARACTERS, Component, Kind
from forms.data import MOST_DIGITS, canonical, plain_number
from forms.sentences import NOT_STORABLE, Misfit, expected, too_long
from forms.times import read_time

if TYPE_CHECKING:
    from collections.abc import Callable

_LAYOUT_CHARACTERS = {"\n", "\t"}
_UNSTORABLE = {"Cc", "Cs"}
_MOST_CHOICES = 500
_DIGITS_OF_A_DOUBLE = 17


def read(component: Component, value: Any) -> Any:
    """The value of a leaf (no list of rows); null stands for a field left blank."""
    return blank(component) if value is None else _READERS[component.kind](component, value)


def blank(component: Component) -> Any:
    """What a field holds that was left blank."""
    match component.kind:
        case Kind.CHECKBOX:
            return False
        case Kind.CHECKLIST | Kind.DYNAMICLIST:
            return []
        case _:
            return None


def utf16_length(text: str) -> int:
    """Length as browsers count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def tidy(text: str) -> str:
    """Line ends as one character, nothing but the text at both ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _read_line(_component: Component, value: Any) -> str | None:
    text = _text(value)
    if "\n" in text:
        raise expected("一行文字", "a single line of text", value)
    return text or None


def _read_lines(_component: Component, value: Any) -> str | None:
    return _text(value) or None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise expected("文字", "text", value)
    text = tidy(value)
    if (length := utf16_length(text)) > MOST_CHARACTERS:
        raise Misfit(too_long(MOST_CHARACTERS, length))
    if any(unicodedata.category(char) in _UNSTORABLE and char not in _LAYOUT_CHARACTERS for char in text):
        raise Misfit(NOT_STORABLE)
    return text


def _read_number(component: Component, value: Any) -> int | float | str | None:
    as_text = component.raw.get("serializeToString") is True
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | (str if as_text else int)):
        raise expected("数字，例如 12 或 12.5", "a number such as 12 or 12.5", value)
    if isinstance(value, str) and not value.strip():
        return None
    number = _decimal(value)
    if number is None:
        raise expected("数字，例如 12 或 12.5", "a number such as 12 or 12.5", value)
    return format(number, "f") if as_text else plain_number(number)


def _decimal(value: float | Decimal | str) -> Decimal | None:
    """The exact number where a double can hold it; none otherwise."""
    if isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
        return None  # before str(), which refuses very long numbers
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if number.is_zero():
        return Decimal(0)
    return number if number.is_finite() and _holds(number) else None


def _holds(number: Decimal) -> bool:
    return abs(number.adjusted()) < MOST_DIGITS and len(number.as_tuple().digits) <= _DIGITS_OF_A_DOUBLE


def _read_time(component: Component, value: Any) -> str | None:
    if value == "":
        return None
    read = read_time(component, value.strip()) if isinstance(value, str) else None
    if read is None:
        raise expected(*_TIMES[component.raw.get("subtype", "date")], value)
    return read


_TIMES = {
    "date": ("日期，例如 2025-06-30", "a date such as 2025-06-30"),
    "time": ("时间，例如 09:30", "a time such as 09:30"),
    "datetime": ("日期和时间，例如 2025-06-30T09:30", "a date and time such as 2025-06-30T09:30"),
}


def _read_choice(_component: Component, value: Any) -> Any:
    """Any scalar; membership is for the rules, as options may hang on other fields."""
    if value == "":
        return None
    if isinstance(value, list | dict) or not _fits(value):
        raise expected("选项之一", "one of the options", value)
    return value


def _read_choices(component: Component, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST_CHOICES:
        raise expected("由选项组成的列表", "a list of options", value)
    chosen = [_read_choice(component, item) for item in value]
    distinct = {canonical(item): item for item in chosen if item is not None}
    return list(distinct.values())


def _fits(value: Any) -> bool:
    if isinstance(value, str):
        _text(value)
        return True
    return isinstance(value, bool) or _decimal(value) is not None


def _read_tick(_component: Component, value: Any) -> bool:
    if not isinstance(value, bool):
        raise expected("是或否（true 或 false）", "yes or no (true or false)", value)
    return value


_READERS: dict[Kind, Callable[[Component, Any], Any]] = {
    Kind.TEXTFIELD: _read_line,
    Kind.TEXTAREA: _read_lines,
    Kind.NUMBER: _read_number,
    Kind.DATETIME: _read_time,
    Kind.SELECT: _read_choice,
    Kind.RADIO: _read_choice,
    Kind.CHECKBOX: _read_tick,
    Kind.CHECKLIST: _read_choices,
}
