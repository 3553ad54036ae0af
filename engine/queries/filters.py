"""What somebody wants of their inbox: which box, filters, a search, an order. As an address has it, and as a value. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_LETTERS = 100


class Box(StrEnum):
    """The lists of an inbox."""

    MINE = "mine"
    GROUPS = "groups"
    SUBSTITUTED = "substituted"
    SENT = "sent"
    FOLLOWED = "followed"
    DONE = "done"
    # Part of `sent`, by itself: what the actor may take back.
    ENTRUSTED = "entrusted"


class Due(StrEnum):
    """How long there is, by the due day: `soon` is within three working days after today."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    LATER = "later"
    NONE = "none"
    AWAITING = "awaiting"


class Sort(StrEnum):
    """`due` of what is done is when it was done, the latest first."""

    DUE = "due"
    AGE = "age"
    TITLE = "title"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Filters:
    """`since` and `until` are days on which a task came; `reverse` turns the order of `sort` around."""

    list: Box = Box.MINE
    q: str = ""
    process: str | None = None
    element: str | None = None
    employer: str | None = None
    due: Due | None = None
    claimed: bool | None = None
    since: date | None = None
    until: date | None = None
    instance: str | None = None
    sort: Sort = Sort.DUE
    reverse: bool = False

    @property
    def narrows(self) -> bool:
        """Whether anything is left out of the box."""
        return any(getattr(self, name) not in {None, ""} for name in _NARROWING)

    def as_query(self) -> dict[str, str]:
        """What `read` reads again; what is as it always is, is left out."""
        told = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        return {name: _told(value) for name, (value, usual) in told.items() if value != usual}


_NARROWING = ("q", "process", "element", "employer", "due", "claimed", "since", "until", "instance")
_TRUTH = {"yes": True, "no": False}


def _told(value: Any) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def read(asked: Mapping[str, str]) -> Filters:
    """Of an address's names and values; others than those of Filters are passed over, and so is what is blank.

    Raises InvalidError naming the value and those that there are.
    """
    given = {name: value.strip() for name, value in asked.items() if name in _READ and value.strip()}
    return Filters(**{name: _READ[name](name, value) for name, value in given.items()})


def _one_of(values: Mapping[str, Any]) -> Callable[[str, str], Any]:
    def chosen(name: str, value: str) -> Any:
        if value not in values:
            raise InvalidError(
                f"筛选项{name}不能是“{_short(value)}”, 应为{'、'.join(values)}之一。请改正或去掉此项。",
                f"{name} cannot be “{_short(value)}”; it is one of {', '.join(values)}. Correct it or leave it out.",
            )
        return values[value]

    return chosen


def _day(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidError(
            f"筛选项{name}应为日期, 如2025-07-08, 实际为“{_short(value)}”。请改正或去掉此项。",
            f"{name} should be a day such as 2025-07-08, but is “{_short(value)}”. Correct it or leave it out.",
        ) from error


def _text(name: str, value: str) -> str:
    if len(value) > MOST_LETTERS or any("\ud800" <= one <= "\udfff" for one in value):
        raise InvalidError(
            f"{name}最多{MOST_LETTERS}个字符, 且须为文字; 实际{len(value)}个。请缩短。",
            f"{name} has at most {MOST_LETTERS} characters of text, found {len(value)}. Make it shorter.",
        )
    return value


def _id(name: str, value: str) -> str:
    """NUL is in no id of ours, and one database refuses to look for it."""
    return _text(name, value).replace("\0", "\ufffd")


def _short(value: str) -> str:
    return value[:40].encode(errors="replace").decode()


_READ: Mapping[str, Callable[[str, str], Any]] = {
    "list": _one_of({each.value: each for each in Box}),
    "q": _text,
    **dict.fromkeys(("process", "element", "employer", "instance"), _id),
    "due": _one_of({each.value: each for each in Due}),
    "claimed": _one_of(_TRUTH),
    "since": _day,
    "until": _day,
    "sort": _one_of({each.value: each for each in Sort}),
    "reverse": _one_of(_TRUTH),
}
