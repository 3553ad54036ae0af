"""The written form of days, times, moments and durations (ISO 8601 with FEEL's `@zone`), both ways."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import regex

from engine.feel import dates
from engine.feel.values import NANOSECONDS, Date, DateTime, DaysTime, FarDate, Time, YearsMonths

if TYPE_CHECKING:
    from collections.abc import Callable

DATE = r"(?P<year>-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
TIME = (
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z][A-Za-z0-9_+/-]*)?"
)
DATE_ONLY, TIME_ONLY, BOTH = (regex.compile(text) for text in (DATE, TIME, f"{DATE}T{TIME}"))
MONTHS = regex.compile(r"(?P<sign>-?)P(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?")
DAYS = regex.compile(
    r"(?P<sign>-?)P(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+)(?:\.(?P<fraction>[0-9]+))?S)?)?"
)
MAX_DURATION_TEXT = 60
MAX_MONTHS = 12 * 2_147_483_647
MAX_DAYS = 2**63 // 86_400
DAY_MAX_HOUR, HOUR_MAX = 23, 59


def parse_date(text: str) -> Date | None:
    match = DATE_ONLY.fullmatch(text)
    return _date(match) if match else None


def parse_time(text: str) -> Time | None:
    match = TIME_ONLY.fullmatch(text.removeprefix("T"))
    return _time(match) if match else None


def parse_date_time(text: str) -> DateTime | None:
    """A moment; a day alone is its local midnight."""
    match = BOTH.fullmatch(text)
    if match is None:
        day = parse_date(text)
        return None if day is None else DateTime(day, dates.MIDNIGHT)
    day, time = _date(match), _time(match)
    if day is not None and _is_midnight_24(match):
        day, time = dates.from_ordinal(dates.ordinal(day) + 1), _time(match, hour=0)
    return None if day is None or time is None else DateTime(day, time)


def parse_duration(text: str) -> YearsMonths | DaysTime | None:
    if len(text) > MAX_DURATION_TEXT:
        return None
    match = MONTHS.fullmatch(text)
    if match and text[-1] != "P":
        months = 12 * int(match["years"] or 0) + int(match["months"] or 0)
        return YearsMonths(_signed(match, months)) if months <= MAX_MONTHS else None
    match = DAYS.fullmatch(text)
    return None if match is None or text[-1] in "PT" else _days_time(match)


def _days_time(match: regex.Match[str]) -> DaysTime | None:
    hours = int(match["days"] or 0) * 24 + int(match["hours"] or 0)
    seconds = (hours * 60 + int(match["minutes"] or 0)) * 60 + int(match["seconds"] or 0)
    if seconds > MAX_DAYS * 86_400:
        return None
    return DaysTime(_signed(match, seconds * NANOSECONDS + _nanoseconds(match["fraction"])))


def _signed(match: regex.Match[str], value: int) -> int:
    return -value if match["sign"] else value


def parse_temporal(text: str) -> Date | Time | DateTime | YearsMonths | DaysTime | None:
    """What `@"..."` means; None if it is none of the five."""
    if "P" in text[:2]:
        return parse_duration(text)
    if "T" in text[1:]:
        return parse_date_time(text)
    return parse_time(text) if ":" in text else parse_date(text)


def _date(match: regex.Match[str]) -> Date | None:
    if match["year"] == "-0000":
        return None
    return dates.make_date(int(match["year"]), int(match["month"]), int(match["day"]))


def _is_midnight_24(match: regex.Match[str]) -> bool:
    return bool(
        match["hour"] == "24" and match["minute"] == match["second"] == "00" and not _nanoseconds(match["fraction"])
    )


def _time(match: regex.Match[str], hour: int | None = None) -> Time | None:
    hour = int(match["hour"]) if hour is None else hour
    minute, second = int(match["minute"]), int(match["second"])
    if hour > DAY_MAX_HOUR or minute > HOUR_MAX or second > HOUR_MAX:
        return None
    name = match["zone"]
    if name and name[0] == "@":
        known = dates.zone(name[1:])
        return None if known is None else Time(hour, minute, second, _nanoseconds(match["fraction"]), None, name[1:])
    offset = parse_offset(name) if name else None
    if name and (offset is None or abs(offset) > dates.MAX_OFFSET):
        return None
    return Time(hour, minute, second, _nanoseconds(match["fraction"]), offset)


def parse_offset(text: str) -> int | None:
    """Seconds east of UTC of `Z` or `+08:00`."""
    if text in ("Z", "z"):
        return 0
    hours, minutes, seconds = ([int(part) for part in text[1:].split(":")] + [0])[:3]
    if minutes > HOUR_MAX or seconds > HOUR_MAX:
        return None
    total = (hours * 60 + minutes) * 60 + seconds
    return -total if text[0] == "-" else total


def _nanoseconds(fraction: str | None) -> int:
    return int((fraction or "0")[:9].ljust(9, "0"))


def format_date(day: Date) -> str:
    sign = "-" if day.year < 0 else ""
    return f"{sign}{abs(day.year):04}-{day.month:02}-{day.day:02}"


def format_time(time: Time) -> str:
    text = f"{time.hour:02}:{time.minute:02}:{time.second:02}{_fraction(time.nanosecond)}"
    if time.zone is not None:
        return f"{text}@{time.zone}"
    return text + ("" if time.offset is None else format_offset(time.offset))


def format_offset(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    minutes, second = divmod(abs(seconds), 60)
    text = f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{second:02}" if second else text


def format_date_time(moment: DateTime) -> str:
    return f"{format_date(moment.date)}T{format_time(moment.time)}"


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09}".rstrip("0") if nanoseconds else ""


def format_months(duration: YearsMonths) -> str:
    years, months = divmod(abs(duration.months), 12)
    parts = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return ("-" if duration.months < 0 else "") + "P" + (parts or "0M")


def format_days_time(duration: DaysTime) -> str:
    seconds, fraction = divmod(abs(duration.nanoseconds), NANOSECONDS)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    clock = (f"{hour}H" if hour else "") + (f"{minute}M" if minute else "")
    if second or fraction:
        clock += f"{second}{_fraction(fraction)}S"
    parts = (f"{day}D" if day else "") + (f"T{clock}" if clock else "")
    return ("-" if duration.nanoseconds < 0 else "") + "P" + (parts or "T0S")


def format_temporal(value: object) -> str | None:
    """The written form; None if the value is none of these kinds."""
    if isinstance(value, (dt.date, FarDate)):
        return format_date(value)
    write = WRITERS.get(type(value))
    return None if write is None else write(value)


WRITERS: dict[type, Callable[[Any], str]] = {
    Time: format_time,
    DateTime: format_date_time,
    YearsMonths: format_months,
    DaysTime: format_days_time,
}
