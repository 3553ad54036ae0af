"""Built-in functions that make and read days, times, moments and durations; the clock itself is the host's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.feel import dates, temporal
from engine.feel.functions import HostFunction, feel
from engine.feel.json import format_value
from engine.feel.numbers import parse_number
from engine.feel.values import NANOSECONDS, Date, DateTime, DaysTime, Time, YearsMonths

if TYPE_CHECKING:
    from decimal import Decimal

    from engine.feel.limits import Run

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAY_HOURS, HOUR_MINUTES = 24, 60


@feel("date(from: string)")
def date_from_text(_run: Run, text: str) -> Date | None:
    return temporal.parse_date(text)


@feel("date(from: day)")
def date_of(_run: Run, value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@feel("date(year: number, month: number, day: number)")
def date_from_parts(_run: Run, year: Decimal, month: Decimal, day: Decimal) -> Date | None:
    return dates.make_date(int(year), int(month), int(day))


@feel("time(from: string)")
def time_from_text(_run: Run, text: str) -> Time | None:
    return temporal.parse_time(text)


@feel("time(from: time)")
def time_of_time(_run: Run, value: Time) -> Time:
    return value


@feel("time(from: day)")
def time_of(_run: Run, value: Date | DateTime) -> Time:
    return value.time if isinstance(value, DateTime) else dates.MIDNIGHT_UTC


@feel("time(hour: number, minute: number, second: number, [offset: days and time duration?])")
def time_from_parts(
    _run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTime | None = None
) -> Time | None:
    return _time(hour, minute, second, None if offset is None else offset.nanoseconds // NANOSECONDS)


def _time(hour: Decimal, minute: Decimal, second: Decimal, offset: int | None) -> Time | None:
    full, fraction = int(second), int((second - int(second)) * NANOSECONDS)
    fits = 0 <= hour < DAY_HOURS and 0 <= minute < HOUR_MINUTES and 0 <= second < HOUR_MINUTES
    if not fits or (offset is not None and abs(offset) > dates.MAX_OFFSET):
        return None
    return Time(int(hour), int(minute), full, fraction, offset)


@feel("date and time(from: string)")
def moment_from_text(_run: Run, text: str) -> DateTime | None:
    return temporal.parse_date_time(text)


@feel("date and time(from: day)")
def moment_of(_run: Run, value: Date | DateTime) -> DateTime:
    return value if isinstance(value, DateTime) else dates.as_moment(value)


@feel("date and time(date: day, time: time)")
def moment_from_day_and_time(_run: Run, day: Date | DateTime, time: Time) -> DateTime:
    return DateTime(day.date if isinstance(day, DateTime) else day, time)


@feel("date and time(date: day, timezone: string)")
def moment_in_zone(_run: Run, day: Date | DateTime, timezone: str) -> DateTime | None:
    """The same instant read in another zone."""
    if dates.zone(timezone) is None or not isinstance(day, DateTime):
        return None
    return dates.at_instant(dates.instant(day), Time(0, 0, 0, zone=timezone))


PARTS = "year: number, month: number, day: number, hour: number, minute: number, second: number"


@feel(f"date and time({PARTS}, [offset: days and time duration?])")
def moment_from_parts(_run: Run, *parts: Any) -> DateTime | None:
    day = dates.make_date(int(parts[0]), int(parts[1]), int(parts[2]))
    offset = parts[6].nanoseconds // NANOSECONDS if len(parts) == 7 and parts[6] is not None else None  # noqa: PLR2004
    time = _time(parts[3], parts[4], parts[5], offset)
    return None if day is None or time is None else DateTime(day, time)


@feel(f"date and time({PARTS}, timezone: string)")
def moment_from_parts_in_zone(run: Run, *parts: Any) -> DateTime | None:
    local = moment_from_parts(run, *parts[:6])
    if local is None or dates.zone(parts[6]) is None:
        return None
    time = local.time
    return DateTime(local.date, Time(time.hour, time.minute, time.second, time.nanosecond, None, parts[6]))


@feel("duration(from: string)")
def duration(_run: Run, text: str) -> YearsMonths | DaysTime | None:
    return temporal.parse_duration(text)


@feel("duration(from: years and months duration)")
def duration_of_months(_run: Run, value: YearsMonths) -> YearsMonths:
    return value


@feel("duration(from: days and time duration)")
def duration_of_days(_run: Run, value: DaysTime) -> DaysTime:
    return value


@feel("years and months duration(from: day, to: day)")
def years_and_months(_run: Run, start: Date | DateTime, end: Date | DateTime) -> YearsMonths:
    """Whole months; days that do not fill one are dropped (A7.2b counts completed months)."""
    first, last = (value.date if isinstance(value, DateTime) else value for value in (start, end))
    return YearsMonths(dates.months_between(first, last))


@feel("day of year(date: day)")
def day_of_year(_run: Run, value: Date | DateTime) -> int:
    return dates.day_of_year(value.date if isinstance(value, DateTime) else value)


@feel("day of week(date: day)")
def day_of_week(_run: Run, value: Date | DateTime) -> str:
    return DAYS[dates.weekday(value.date if isinstance(value, DateTime) else value) - 1]


@feel("month of year(date: day)")
def month_of_year(_run: Run, value: Date | DateTime) -> str:
    return MONTHS[(value.date if isinstance(value, DateTime) else value).month - 1]


@feel("week of year(date: day)")
def week_of_year(_run: Run, value: Date | DateTime) -> int:
    return dates.week_of_year(value.date if isinstance(value, DateTime) else value)


@feel("last day of month(date: day)")
def last_day_of_month(_run: Run, value: Date | DateTime) -> Date | None:
    day = value.date if isinstance(value, DateTime) else value
    return dates.make_date(day.year, day.month, dates.month_days(day.year, day.month))


@feel("today()")
def today(run: Run) -> Any:
    return _from_clock(run, "today")


@feel("now()")
def now(run: Run) -> Any:
    return _from_clock(run, "now")


def _from_clock(run: Run, name: str) -> Any:
    """FEEL never reads a clock: the command's one moment comes with the host's functions."""
    body = run.functions.get(name)
    if body is None:
        return run.null(f"{name}() 未由系统提供", f"{name}() was not handed over by the host")
    return HostFunction(name, body).call(run, ())


@feel("string(from: any)")
def string(_run: Run, value: Any) -> str | None:
    return format_value(value)


@feel("number(from: number)")
def number_of_number(_run: Run, value: Decimal) -> Decimal:
    return value


@feel("number(from: string)")
def number_of_text(_run: Run, text: str) -> Decimal | None:
    return parse_number(text)


@feel("number(from: string, grouping separator: string?, [decimal separator: string?])")
def number(_run: Run, text: str, grouping: str | None, point: str | None = None) -> Decimal | None:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (point and grouping == point):
        return None
    if grouping:
        text = text.replace(grouping, "")
    return parse_number(text.replace(point, ".") if point else text)
