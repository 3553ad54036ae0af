"""What is said about a field that cannot be taken: expectation, what was found, remedy; in both languages.

Each is the second half of a sentence; `about` puts the field's name before it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from forms.text import Text

if TYPE_CHECKING:
    from decimal import Decimal

_SHOWN_CHARACTERS = 40
_LONGEST_NUMBER = 10**_SHOWN_CHARACTERS


class Misfit(ValueError):  # noqa: N818 -- not an error of ours: a half sentence on its way to a field
    """A value that cannot be one of the field's; `text` is the half sentence."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def about(name: Text, rest: Text) -> Text:
    return Text(f"“{name.zh}”{rest.zh}", f"“{name.en}” {rest.en}")


def beside(name: Text, sentence: Text) -> Text:
    """The sentence where the field's name stands above it anyway."""
    zh, en = sentence.zh.removeprefix(f"“{name.zh}”"), sentence.en.removeprefix(f"“{name.en}” ")
    return Text(zh.removeprefix("："), sentence.en if en == sentence.en else _this(en))


def _this(rest: str) -> str:
    return rest[2:3].upper() + rest[3:] if rest.startswith(": ") else f"This {rest}"


def found(value: Any) -> Text:
    """What was submitted, shortened."""
    match value:
        case None:
            return Text("空值", "null")
        case bool():
            return Text("是/否值", "a yes/no value")
        case int() if abs(value) >= _LONGEST_NUMBER:
            return Text("一个过长的数字", "a number that is too long")
        case str() | int() | float():
            shown = value if isinstance(value, str) else json.dumps(value)
            shown = "".join(char for char in shown if char.isprintable())
            shown = shown if len(shown) <= _SHOWN_CHARACTERS else shown[:_SHOWN_CHARACTERS] + "…"
            return Text(f"“{shown}”", f"“{shown}”")
        case list() | tuple():
            return Text("一个列表", "a list")
        case _:
            return Text("一组字段", "an object")


def expected(zh: str, en: str, value: Any) -> Misfit:
    """`zh` and `en` name what should have come."""
    got = found(value)
    return Misfit(Text(f"应为{zh}，收到的是{got.zh}。请改正。", f"must be {en}, not {got.en}. Correct it."))


UNKNOWN = Text(
    "不是本表的字段，不能提交。请去掉它。", "is not a field of this form and cannot be submitted. Leave it out."
)
TOO_LARGE = Text(
    "提交的内容过多或嵌套过深。请减少行数或分次提交。",
    "holds too much or is nested too deeply. Submit fewer rows, or in parts.",
)
NOT_STORABLE = Text(
    "含有不能保存的控制字符。请重新输入。", "holds control characters that cannot be kept. Type it again."
)
MISSING = Text("还没有填写。请填写。", "is missing. Fill it in.")
NOT_CHOSEN = Text("还没有选择。请选择一项。", "has no choice. Choose one.")
NONE_CHOSEN = Text("还没有选择。请至少选择一项。", "has no choice. Choose at least one.")
NOT_TICKED = Text("需要勾选后才能提交。", "must be ticked before this can be submitted.")
NO_OPTION = Text("所选的不在可选范围内。请从列表中选择。", "is not among the options. Choose from the list.")
PASSED_DATE = Text("早于今天。请填写今天或以后的日期。", "lies in the past. Enter today or a later day.")
EMAIL = Text(
    "不是电子邮箱地址，例如 name@example.com。请改正。",
    "is not an e-mail address such as name@example.com. Correct it.",
)
PHONE = Text(
    "不是电话号码，例如 13800000000 或 022-12345678。请改正。",
    "is not a telephone number such as 13800000000 or 022-12345678. Correct it.",
)
PATTERN = Text("格式不符合要求。请按说明填写。", "does not have the form that is asked for. See the note at the field.")
PATTERN_TOO_SLOW = Text("的格式无法核对。请缩短或简化后再提交。", "could not be checked. Shorten or simplify it.")


def pattern_message(component_message: str | None, english: str | None) -> Text:
    """The form's own words where it has some."""
    if not component_message:
        return PATTERN
    return Text(f"：{component_message}", f": {english or component_message}")


def at_least(limit: Decimal) -> Text:
    return Text(f"不能小于 {limit}。请改正。", f"must be at least {limit}. Correct it.")


def at_most(limit: Decimal) -> Text:
    return Text(f"不能大于 {limit}。请改正。", f"must be at most {limit}. Correct it.")


def too_short(limit: int, length: int) -> Text:
    return Text(
        f"至少 {limit} 个字，现在是 {length} 个。请补充。",
        f"must have at least {limit} characters and has {length}. Add to it.",
    )


def too_long(limit: int, length: int) -> Text:
    return Text(
        f"最多 {limit} 个字，现在是 {length} 个。请删减。",
        f"must have at most {limit} characters and has {length}. Shorten it.",
    )


def too_many_decimals(digits: int) -> Text:
    if digits == 0:
        return Text("应为整数。请改正。", "must be a whole number. Correct it.")
    return Text(f"最多 {digits} 位小数。请改正。", f"may have {digits} decimal places at most. Correct it.")


def off_increment(increment: Decimal) -> Text:
    return Text(f"应为 {increment} 的倍数。请改正。", f"must be a multiple of {increment}. Correct it.")


def too_many_rows(limit: int, count: int) -> Text:
    return Text(f"最多 {limit} 行，现在是 {count} 行。请删减。", f"may have {limit} rows and has {count}. Remove some.")


def too_few_rows(limit: int, count: int) -> Text:
    return Text(f"至少 {limit} 行，现在是 {count} 行。请添加。", f"needs {limit} rows and has {count}. Add some.")
