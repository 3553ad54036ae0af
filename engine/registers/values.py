"""What is typed, imported or handed over by a diagram, as a register keeps it: JSON values, or a sentence what is wrong."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidError
from engine.registers.definition import SEPARATOR, Column, Kind, Register
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_YES = frozenset({"true", "yes", "y", "1", "是", "有", "√"})
_NO = frozenset({"false", "no", "n", "0", "否", "无", "×"})
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: 00:00(?::00)?|T00:00:00)?")
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_LARGEST = 999_999_999
# Beyond this a spreadsheet has rounded a number: an ID number typed as one has lost its last places.
_EXACT = 10**15
_ITEMS = re.compile(r"[;；\n]")
_WORDS = re.compile(r"[;；,，、\n]")
_MOST = 200
_BEGIN, _END, _SHORT = 3, 2, 6
# Nothing that a screen or a file cannot show; line breaks within long texts are fine.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class WrongValue(ValueError):  # noqa: N818  said of a cell, collected; the refusal is an InvalidError
    """What is wrong with one cell."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


def read_entry(register: Register, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Text]]:
    """The entry with every column (None where empty), and what is wrong by column."""
    entry: dict[str, Any] = {}
    wrong: dict[str, Text] = {}
    for name in raw.keys() - register.by_key.keys():
        known = ", ".join(register.by_key)
        wrong[str(name)] = Text(f"没有这一列。现有: {known}", f"there is no such column; there are {known}")
    for column in register.columns:
        try:
            entry[column.key] = read_value(column, raw.get(column.key))
        except WrongValue as error:
            wrong[column.key] = error.text
    for name in register.key_columns if len(register.key_columns) > 1 else ():
        if SEPARATOR in str(entry.get(name, "")):
            wrong[name] = Text(f"不能含有{SEPARATOR}", f"may not contain {SEPARATOR}")
    return entry, wrong


def entry_of(register: Register, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Raises InvalidError naming every column that is wrong."""
    entry, wrong = read_entry(register, raw)
    if wrong:
        names = {key: register.by_key[key].label if key in register.by_key else Text(key, key) for key in wrong}
        zh = "; ".join(f"{names[key].zh}: {text.zh}" for key, text in wrong.items())
        en = "; ".join(f"{names[key].en} ({key}): {text.en}" for key, text in wrong.items())
        raise InvalidError(f"{register.label.zh}台账: {zh}。", f"register {register.name}: {en}.")
    return entry


def key_of(register: Register, entry: Mapping[str, Any]) -> str:
    return SEPARATOR.join(str(entry[name]) for name in register.key_columns)


def read_value(column: Column, raw: Any) -> Any:
    """One cell; raises WrongValue. Empty text counts as nothing."""
    if isinstance(raw, str):
        raw = raw.strip()
    if raw is None or raw in ("", []):
        if column.required:
            raise WrongValue("必填", "is required")
        return None
    return _READ[column.kind](column, raw)


def mask(text: str) -> str:
    """First three and last two; what is too short to leave anything out shows nothing."""
    plain = re.sub(r"\s", "", text)
    return (
        "*" * len(plain) if len(plain) < _SHORT else plain[:_BEGIN] + "*" * (len(plain) - _BEGIN - _END) + plain[-_END:]
    )


def _text(column: Column, raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | date):
        raise WrongValue("应为文字", "expected text")
    if isinstance(raw, int | float) and abs(raw) >= _EXACT:
        zh = "长数字在表格中已被取整, 请把该列设为文本后重新填写"
        raise WrongValue(zh, "a spreadsheet has rounded this long number; make the column text and type it again")
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    text = raw.isoformat() if isinstance(raw, date) else str(raw)
    if len(text) > column.longest:
        raise WrongValue(
            f"不超过{column.longest}字, 现有{len(text)}字", f"at most {column.longest} characters, found {len(text)}"
        )
    if _CONTROL.search(text):
        raise WrongValue("含有不可见的控制字符", "contains control characters")
    if column.pattern and not re.fullmatch(column.pattern, text, re.ASCII):
        hint = column.hint or Text("不含空格和标点", "no spaces and no punctuation")
        raise WrongValue(f"格式应为: {hint.zh}, 现为{text!r}", f"expected: {hint.en}, found {text!r}")
    return next((value for value, label in column.options.items() if text in {label.zh, label.en}), text)


def _day(_column: Column, raw: Any) -> str:
    if isinstance(raw, datetime):
        raw = raw.date()
    if isinstance(raw, date):
        return raw.isoformat()
    match = _DAY.fullmatch(raw) if isinstance(raw, str) else None
    try:
        return date(*map(int, match.groups())).isoformat() if match else _no_day(raw)
    except ValueError:
        return _no_day(raw)


def _no_day(raw: Any) -> str:
    raise WrongValue(
        f"应为日期, 如2025-03-01, 现为{raw!r:.60}", f"expected a day such as 2025-03-01, found {raw!r:.60}"
    )


def _integer(_column: Column, raw: Any) -> int:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, str) and _INTEGER.fullmatch(raw):
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= _LARGEST:
        raise WrongValue(f"应为不小于0的整数, 现为{raw!r:.60}", f"expected a whole number from 0 on, found {raw!r:.60}")
    return raw


def _boolean(_column: Column, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    text = str(raw).lower()
    if text not in _YES | _NO:
        raise WrongValue(f"应为“是”或“否”, 现为{text!r:.60}", f"expected yes or no, found {text!r:.60}")
    return text in _YES


def _choice(column: Column, raw: Any) -> str:
    for value, label in column.options.items():
        if str(raw).lower() in {value, label.zh, label.en.lower()}:
            return value
    zh = "、".join(label.zh for label in column.options.values())
    raise WrongValue(
        f"应为{zh}之一, 现为{raw!r:.60}", f"expected one of {', '.join(column.options)}, found {raw!r:.60}"
    )


def _choices(column: Column, raw: Any) -> list[str]:
    chosen = {_choice(column, item) for item in _items(raw, _WORDS)}
    return [value for value in column.options if value in chosen]


def _texts(column: Column, raw: Any) -> list[str]:
    return [_text(column, item) for item in _items(raw, _WORDS)]


def _rows(column: Column, raw: Any) -> list[dict[str, Any]]:
    return [_row(column, item) for item in _items(raw, _ITEMS)]


def _row(column: Column, raw: Any) -> dict[str, Any]:
    names = [part.key for part in column.parts]
    if isinstance(raw, str):
        cells = [cell.strip() for cell in raw.split(SEPARATOR)]
        if len(cells) != len(names):
            form = SEPARATOR.join(part.label.zh for part in column.parts), SEPARATOR.join(names)
            raise WrongValue(f"应写作 {form[0]}, 现为{raw!r:.60}", f"expected {form[1]}, found {raw!r:.60}")
        raw = dict(zip(names, cells, strict=True))
    if not isinstance(raw, dict) or raw.keys() - set(names):
        raise WrongValue(f"每项应有: {', '.join(names)}", f"each item has {', '.join(names)}")
    row = {part.key: read_value(part, raw.get(part.key)) for part in column.parts}
    if any(re.search(r"[|;；\n]", str(value)) for value in row.values()):
        raise WrongValue("各项内不能含有 | 和分号", "the items themselves may contain no | and no semicolon")
    return row


def _items(raw: Any, separators: re.Pattern[str]) -> list[Any]:
    items = [item.strip() for item in separators.split(raw)] if isinstance(raw, str) else raw
    if not isinstance(items, list):
        raise WrongValue(
            f"应为若干项, 用分号分隔, 现为{raw!r:.60}", f"expected items with semicolons between, found {raw!r:.60}"
        )
    items = [item for item in items if item not in (None, "")]
    if len(items) > _MOST:
        raise WrongValue(f"最多{_MOST}项", f"at most {_MOST} items")
    return items


def _masked(column: Column, raw: Any) -> str:
    return mask(_text(column, raw))


_READ: Mapping[Kind, Callable[[Column, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.DAY: _day,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.TEXTS: _texts,
    Kind.ROWS: _rows,
    Kind.MASKED: _masked,
}


def shown(column: Column, value: Any, language: str) -> str:
    """A value as people read it, and as an import reads it back."""
    if value is None:
        return ""
    if column.kind is Kind.BOOLEAN:
        return {("zh", True): "是", ("zh", False): "否", ("en", True): "yes", ("en", False): "no"}[
            language, bool(value)
        ]
    if column.options and column.kind in {Kind.CHOICE, Kind.TEXT}:
        option = column.options.get(value)
        return option.pick(language) if option else str(value)  # type: ignore[arg-type]
    if column.kind is Kind.CHOICES:
        return "、".join(column.options[one].pick(language) for one in value)  # type: ignore[arg-type]
    if column.kind is Kind.TEXTS:
        return "; ".join(value)
    if column.kind is Kind.ROWS:
        return "; ".join(
            SEPARATOR.join(shown(part, row.get(part.key), language) for part in column.parts) for row in value
        )
    return str(value)
