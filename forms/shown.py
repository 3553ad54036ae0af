"""A value as an input wants it, and as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forms.components import Component, Kind
from forms.reading import read
from forms.sentences import Misfit
from forms.text import Text
from forms.times import day_of, wall_clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from forms.views import OptionView

_NOTHING = Text("未填写", "not given")
_TICK = {True: Text("是", "yes"), False: Text("否", "no")}
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def wanted_by_html(component: Component, value: Any) -> Any:
    """Text for an input that holds text; true or false for a box to tick; none for lists and groups."""
    if component.kind is Kind.CHECKBOX:
        return value is True
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return wall_clock(component, str(value)) if _is_time(component, value) else str(value)


def is_plain(component: Component, value: Any) -> bool:
    """Whether it was typed for a day or time but is none, so that a date input would lose it."""
    return component.kind is Kind.DATETIME and bool(value) and not _is_time(component, value)


def shown(component: Component, value: Any, options: Sequence[OptionView]) -> Text:
    """The value for reading."""
    if component.kind is Kind.CHECKBOX:
        return _TICK[value is True]
    if chosen := [option.label for option in options if option.chosen]:
        return Text("、".join(label.zh for label in chosen), ", ".join(label.en for label in chosen))
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        return _NOTHING
    return _shown_time(component, str(value)) if _is_time(component, value) else Text(str(value), str(value))


def _is_time(component: Component, value: Any) -> bool:
    if component.kind is not Kind.DATETIME:
        return False
    try:
        return read(component, value) is not None
    except Misfit:
        return False


def _shown_time(component: Component, value: str) -> Text:
    day, clock = day_of(component, value), wall_clock(component, value).rpartition("T")[2]
    if day is None:
        return Text(clock, clock)
    words = _day(day)
    return (
        words if component.raw.get("subtype", "date") == "date" else Text(f"{words.zh} {clock}", f"{words.en}, {clock}")
    )


def _day(day: date) -> Text:
    return Text(f"{day.year}年{day.month}月{day.day}日", f"{day.day} {_MONTHS[day.month - 1]} {day.year}")
