"""Days and times as form-js writes them; a time without zone is Shanghai's."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import regex

if TYPE_CHECKING:
    from forms.components import Component

ZONE = ZoneInfo("Asia/Shanghai")

_ZONE_MARK = r"(?:Z|[+-]\d{2}:\d{2})?"
_TIME = r"\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?" + _ZONE_MARK
_SHAPES = {
    "date": regex.compile(r"\d{4}-\d{2}-\d{2}", regex.ASCII),
    "time": regex.compile(_TIME, regex.ASCII),
    "datetime": regex.compile(r"\d{4}-\d{2}-\d{2}T" + _TIME, regex.ASCII),
}
_SOME_DAY = date(2000, 1, 1)


def read_time(component: Component, value: str) -> str | None:
    """The value as form-js would have written it; none if it is no such day or time."""
    subtype = component.raw.get("subtype", "date")
    if not _SHAPES[subtype].fullmatch(value):
        return None
    try:
        return _READERS[subtype](value, component.raw.get("timeSerializingFormat", "utc_offset"))
    except (ValueError, OverflowError):
        return None


def day_of(component: Component, value: str) -> date | None:
    """The day in Shanghai of a value that has been read; none for a mere time."""
    match component.raw.get("subtype", "date"):
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            return _aware(datetime.fromisoformat(value)).astimezone(ZONE).date()
        case _:
            return None


def wall_clock(component: Component, value: str) -> str:
    """The value as a browser's date or time input wants it: Shanghai's wall clock, no zone."""
    match component.raw.get("subtype", "date"):
        case "time":
            moment = datetime.combine(_SOME_DAY, time.fromisoformat(value))
            return _aware(moment).astimezone(ZONE).strftime("%H:%M")
        case "datetime":
            return _aware(datetime.fromisoformat(value)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
        case _:
            return value


def _read_day(value: str, _format: str) -> str:
    return date.fromisoformat(value).isoformat()


def _read_time(value: str, zone_format: str) -> str:
    moment = _aware(datetime.combine(_SOME_DAY, time.fromisoformat(value)))
    return _written(moment, zone_format).partition("T")[2]


def _read_moment(value: str, zone_format: str) -> str:
    return _written(_aware(datetime.fromisoformat(value)), zone_format)


_READERS = {"date": _read_day, "time": _read_time, "datetime": _read_moment}


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _written(moment: datetime, zone_format: str) -> str:
    if zone_format == "utc_normalized":
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    local = moment.astimezone(ZONE)
    if zone_format == "no_timezone":
        return local.strftime("%Y-%m-%dT%H:%M")
    return local.isoformat(timespec="minutes")
