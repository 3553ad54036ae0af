"""Values and comparisons in words: what was held, what was needed. Sentences only; nothing is decided here."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel import DateTime, DaysTime, FarDate, Range, Time, YearsMonths, format_value, tree
from engine.feel.dates import DAY
from engine.feel.values import NANOSECONDS
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.decisions.foresight import Moved

    Known = Callable[[tree.Node], Any]

NOTHING = Text("空", "nothing")
AMOUNTS = (Decimal, YearsMonths, DaysTime)
MOMENTS = (dt.date, FarDate, DateTime, Time)
UNITS = (
    (DAY, "天", "day"),
    (3600 * NANOSECONDS, "小时", "hour"),
    (60 * NANOSECONDS, "分钟", "minute"),
    (NANOSECONDS, "秒", "second"),
)

# What a comparison asks for: of an amount, of a moment, of anything else.
NEEDS: dict[str, tuple[Text, Text]] = {
    ">=": (Text("需{0}", "{0} needed"), Text("需不早于{0}", "{0} or later needed")),
    ">": (Text("需超过{0}", "more than {0} needed"), Text("需晚于{0}", "later than {0} needed")),
    "<=": (Text("不得超过{0}", "at most {0} allowed"), Text("不得晚于{0}", "{0} or earlier needed")),
    "<": (Text("需少于{0}", "less than {0} needed"), Text("需早于{0}", "earlier than {0} needed")),
    "=": (Text("需为{0}", "exactly {0} needed"), Text("需为{0}", "{0} needed")),
    "!=": (Text("不得为{0}", "anything but {0} needed"), Text("不得为{0}", "anything but {0} needed")),
}
ORDERED = ("<", "<=", ">", ">=")


def amount(value: Any) -> Text:
    """A value as people say it: `4年9个月`, `4 years 9 months`."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, YearsMonths):
        return _signed(value.months, _months(abs(value.months)))
    if isinstance(value, DaysTime):
        return _signed(value.nanoseconds, _length(abs(value.nanoseconds)))
    text = str(format_value(value))
    return Text(text or "“”", text or "“”")


def _signed(size: int, text: Text) -> Text:
    return Text(f"负{text.zh}", f"minus {text.en}") if size < 0 else text


def _months(months: int) -> Text:
    return _parts([(months // 12, "年", "year"), (months % 12, "个月", "month")])


def _length(left: int) -> Text:
    parts = []
    for size, zh, en in UNITS:
        count: Any = left // size
        left %= size
        if size == NANOSECONDS and left:
            count = Decimal(count) + Decimal(left) / NANOSECONDS
        parts.append((count, zh, en))
    return _parts(parts) if any(count for count, _, _ in parts) else Text("0天", "0 days")


def _parts(parts: Sequence[tuple[Any, str, str]]) -> Text:
    told = [part for part in parts if part[0]] or [parts[-1]]
    zh = "".join(f"{count}{unit}" for count, unit, _ in told)
    return Text(zh, " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, _, unit in told))


def held(value: Any) -> Text:
    """What was there."""
    said = amount(value)
    if isinstance(value, AMOUNTS):
        return Text(f"已有{said.zh}", f"{said.en} held")
    return Text(f"实际为{said.zh}", f"{said.en} given")


def needed(test: tree.Node, known: Known, text: str) -> Text:
    """What a cell or the right side of a comparison asks for; `known` yields the value of a node, `text` is the cell."""
    items = test.items if isinstance(test, tree.Tests) else (test,)
    if isinstance(test, tree.Tests) and test.negated:
        return _unlike(items, known, text)
    said = [_needed(item, known) for item in items]
    if not said or any(one is None for one in said):
        return Text(f"需满足 {text}", f"{text} needed")
    return Text(*(separator.join(parts) for separator, parts in _either([one for one in said if one])))


def _either(said: Sequence[Text]) -> list[tuple[str, list[str]]]:
    return [("，或", [one.zh for one in said]), (" or ", [one.en for one in said])]


def _unlike(items: Sequence[tree.Node], known: Known, text: str) -> Text:
    if not all(isinstance(item, tree.Literal) for item in items):
        return Text(f"需满足 {text}", f"{text} needed")
    said = [amount(known(item)) for item in items]
    zh, en = "、".join(one.zh for one in said), " or ".join(one.en for one in said)
    return Text(f"不得为{zh}", f"anything but {en} needed")


def _needed(item: tree.Node, known: Known) -> Text | None:
    if isinstance(item, tree.UnaryRange):
        return compared(item.op, known(item.end))
    if "?" in tree.names_in(item):
        return None
    value = known(item)
    if isinstance(value, Range):
        return _within(value)
    return None if isinstance(value, (list, dict)) else compared("=", value)


def compared(op: str, end: Any) -> Text:
    """`>=` and 5 years: "5 years needed"."""
    kinds = NEEDS[op]
    pattern = kinds[0] if isinstance(end, AMOUNTS) else kinds[1]
    said = amount(end)
    return Text(pattern.zh.format(said.zh), pattern.en.format(said.en))


def _within(value: Range) -> Text:
    ends = [(">", value.low, value.low_included), ("<", value.high, value.high_included)]
    told = [(op + ("=" if included else ""), end) for op, end, included in ends if end is not None]
    if len(told) == 1 or not (value.low_included and value.high_included):
        said = [compared(op, end) for op, end in told]
        return Text("且".join(one.zh for one in said), " and ".join(one.en for one in said))
    low, high = amount(value.low), amount(value.high)
    return Text(f"需在{low.zh}至{high.zh}之间", f"{low.en} to {high.en} needed")


def speaks_for_itself(test: tree.Node, value: Any) -> bool:
    """Whether a comparison is understood without the name of what is compared: an amount against an order."""
    items = test.items if isinstance(test, tree.Tests) else (test,)
    ordered = all(isinstance(item, tree.UnaryRange) and item.op in ORDERED for item in items)
    return bool(items) and ordered and isinstance(value, AMOUNTS)


def sentence(label: str, was: Text, should: Text, moved: Moved | None) -> Text:
    """`4 years 9 months held, 5 years needed, met on 2025-07-01`; the label where it is not told by the amounts."""
    zh, en = f"{was.zh}，{should.zh}", f"{was.en}, {should.en}"
    if moved is not None:
        zh, en = f"{zh}，{moved.day.isoformat()}起满足", f"{en}, met on {moved.day.isoformat()}"
    return Text(f"{label}：{zh}", f"{label}: {en}") if label else Text(zh, en)
