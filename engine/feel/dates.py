"""Calendar arithmetic on FEEL's days, times, moments and durations. No text, no clock, no working days."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.feel.values import NANOSECONDS, Date, DateTime, DaysTime, FarDate, Time, YearsMonths

DAY_SECONDS = 86_400
DAY = DAY_SECONDS * NANOSECONDS
MAX_YEAR = 999_999_999
MAX_OFFSET = 18 * 3600
CYCLE_YEARS, CYCLE_DAYS = 400, 146_097
MIDNIGHT_UTC = Time(0, 0, 0, offset=0)
MIDNIGHT = Time(0, 0, 0)


def make_date(year: int, month: int, day: int) -> Date | None:
    """The day, or None when the calendar has no such day."""
    if not 1 <= month <= 12 or abs(year) > MAX_YEAR or not 1 <= day <= month_days(year, month):  # noqa: PLR2004
        return None
    return dt.date(year, month, day) if dt.MINYEAR <= year <= dt.MAXYEAR else FarDate(year, month, day)


def month_days(year: int, month: int) -> int:
    return calendar.monthrange(2000 + year % CYCLE_YEARS, month)[1]


def ordinal(day: Date) -> int:
    """Days since 0001-01-01, which is 1; works for far years since the calendar repeats every 400 years."""
    if isinstance(day, dt.date):
        return day.toordinal()
    cycles, year = divmod(day.year - 1, CYCLE_YEARS)
    return cycles * CYCLE_DAYS + dt.date(year + 1, day.month, day.day).toordinal()


def from_ordinal(number: int) -> Date | None:
    cycles, rest = divmod(number - 1, CYCLE_DAYS)
    near = dt.date.fromordinal(rest + 1)
    return make_date(near.year + cycles * CYCLE_YEARS, near.month, near.day)


def weekday(day: Date) -> int:
    """1 is Monday, 7 is Sunday."""
    return (ordinal(day) - 1) % 7 + 1


def day_of_year(day: Date) -> int:
    return ordinal(day) - ordinal(_january_first(day)) + 1


def week_of_year(day: Date) -> int:
    """The week's number by ISO 8601."""
    near = day if isinstance(day, dt.date) else dt.date(2000 + day.year % CYCLE_YEARS, day.month, day.day)
    return near.isocalendar()[1]


def _january_first(day: Date) -> Date:
    first = make_date(day.year, 1, 1)
    assert first is not None
    return first


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo | None:
    """The named zone, or None if the tz database has none; zone data is the only file that FEEL reads."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def offset_of(moment: DateTime) -> int | None:
    """Seconds east of UTC at this moment; None for local time."""
    time = moment.time
    if time.zone is None:
        return time.offset
    found = zone(time.zone)
    year = moment.date.year
    near = year if dt.MINYEAR < year < dt.MAXYEAR else 9200 + year % CYCLE_YEARS if year > 1 else 2 + year % CYCLE_YEARS
    day = min(moment.date.day, month_days(near, moment.date.month))
    local = dt.datetime(near, moment.date.month, day, time.hour, time.minute, time.second)  # noqa: DTZ001
    offset = local.replace(tzinfo=found).utcoffset() if found else None
    return None if offset is None else int(offset.total_seconds())


def time_offset(time: Time) -> int | None:
    """The offset of a time without a day: a named zone counts as on 2000-01-01 (standard time in the north)."""
    return time.offset if time.zone is None else offset_of(DateTime(dt.date(2000, 1, 1), time))


def time_nanoseconds(time: Time) -> int:
    """Since local midnight."""
    return ((time.hour * 60 + time.minute) * 60 + time.second) * NANOSECONDS + time.nanosecond


def local_nanoseconds(moment: DateTime) -> int:
    return ordinal(moment.date) * DAY + time_nanoseconds(moment.time)


def instant(moment: DateTime) -> int:
    """Nanoseconds on one common axis; local time counts as UTC."""
    return local_nanoseconds(moment) - (offset_of(moment) or 0) * NANOSECONDS


def from_local(nanoseconds: int, like: Time) -> DateTime | None:
    """The moment at that local clock reading, with the offset or zone of `like`."""
    days, rest = divmod(nanoseconds, DAY)
    day = from_ordinal(days)
    return None if day is None else DateTime(day, make_time(rest, like))


def make_time(nanoseconds: int, like: Time) -> Time:
    seconds, fraction = divmod(nanoseconds % DAY, NANOSECONDS)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Time(hour, minute, second, fraction, like.offset, like.zone)


def add_months(day: Date, months: int) -> Date | None:
    """The same day so many months on; a day that the month lacks becomes its last (02-29 + P5Y = 02-28)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return make_date(year, month + 1, min(day.day, month_days(year, month + 1)))


def add(value: Date | DateTime, duration: YearsMonths | DaysTime) -> Date | DateTime | None:
    if isinstance(duration, YearsMonths):
        day = add_months(value.date if isinstance(value, DateTime) else value, duration.months)
        return DateTime(day, value.time) if isinstance(value, DateTime) and day is not None else day
    if isinstance(value, DateTime):
        return shift(value, duration.nanoseconds)
    return from_ordinal((ordinal(value) * DAY + duration.nanoseconds) // DAY)


def shift(moment: DateTime, nanoseconds: int) -> DateTime | None:
    """So much real time later; in a named zone the clock may read differently after a change to summer time."""
    if moment.time.zone is None:
        return from_local(local_nanoseconds(moment) + nanoseconds, moment.time)
    return at_instant(instant(moment) + nanoseconds, moment.time)


def at_instant(nanoseconds: int, like: Time) -> DateTime | None:
    """The moment at that instant as read in the named zone of `like`."""
    utc = from_local(nanoseconds, MIDNIGHT_UTC)
    found = zone(like.zone or "")
    if utc is None or found is None:
        return None
    aware = to_python(utc) if dt.MINYEAR < utc.date.year < dt.MAXYEAR else None
    offset = offset_of(DateTime(utc.date, replace(utc.time, zone=like.zone))) if aware is None else None
    if aware is not None:
        local = aware.astimezone(found).utcoffset()
        offset = None if local is None else int(local.total_seconds())
    return from_local(nanoseconds + (offset or 0) * NANOSECONDS, like)


def months_between(start: Date, end: Date) -> int:
    """Whole calendar months from start to end; days that do not fill a month are dropped."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        return months - 1
    if months < 0 and end.day > start.day:
        return months + 1
    return months


def as_moment(day: Date) -> DateTime:
    """A day where a moment is asked for: its midnight in UTC."""
    return DateTime(day, MIDNIGHT_UTC)


def to_python(moment: DateTime) -> dt.datetime | None:
    """For the host: aware where the moment has a zone or an offset; None for far years."""
    time, day = moment.time, moment.date
    if not isinstance(day, dt.date):
        return None
    tz = zone(time.zone) if time.zone else None if time.offset is None else _offset_zone(time.offset)
    return dt.datetime(
        day.year, day.month, day.day, time.hour, time.minute, time.second, time.nanosecond // 1000, tzinfo=tz
    )


def _offset_zone(seconds: int) -> dt.tzinfo:
    return dt.UTC if seconds == 0 else dt.timezone(dt.timedelta(seconds=seconds))


def from_python(value: dt.datetime | dt.time) -> DateTime | Time:
    """A FEEL value of the standard library's; a zone of `zoneinfo` keeps its name."""
    key = getattr(value.tzinfo, "key", None)
    offset = None if key else value.utcoffset()
    seconds = None if offset is None else int(offset.total_seconds())
    time = Time(value.hour, value.minute, value.second, value.microsecond * 1000, seconds, key)
    return DateTime(value.date(), time) if isinstance(value, dt.datetime) else time
