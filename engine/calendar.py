"""Working days by the official calendar: which days count, why others do not, and what is not known.

A year is known when its notice has been read (`calendars/*.yaml`, or imported later). A day of an unknown year is
neither a working day nor a day off: every answer that needs it is None, never a guess. No storage, clock or zone here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from engine.errors import InvalidError
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SHIPPED = Path(__file__).parent / "calendars"
ONE_DAY = dt.timedelta(days=1)
SATURDAY = 5
DECEMBER = 12
DIGEST_SHOWN = 8
REASONS = {5: Text("星期六", "Saturday"), 6: Text("星期日", "Sunday")}


@dataclass(frozen=True, slots=True)
class Year:
    """One year's notice; its days may amend the December before it, as the notice of 2019 did."""

    year: int
    holidays: Mapping[dt.date, Text]
    make_up: frozenset[dt.date]
    notice: str
    issued_on: dt.date
    source: str
    sha256: str

    @property
    def version(self) -> str:
        return f"{self.year}@{self.sha256[:DIGEST_SHOWN]}"


@dataclass(frozen=True, slots=True)
class Count:
    """The arithmetic of counting working days, kept so that a page can show it.

    `end` is None when the count ran into `unknown_year`; `skipped` holds the days passed over, with the reason.
    """

    end: dt.date | None
    counted: tuple[dt.date, ...]
    skipped: tuple[tuple[dt.date, Text], ...]
    version: str
    unknown_year: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A day that two calendars see otherwise. `before` and `after`: the rest's name, or None for a working day."""

    day: dt.date
    before: Text | None
    after: Text | None


@dataclass(frozen=True)
class Calendar:
    """The years whose notices are known, in order."""

    years: tuple[Year, ...]

    def with_year(self, year: Year) -> Calendar:
        """The calendar with this year added, or replaced where it was known."""
        others = [known for known in self.years if known.year != year.year]
        return Calendar(tuple(sorted([*others, year], key=lambda each: each.year)))

    @property
    def version(self) -> str:
        return " ".join(year.version for year in self.years)

    def is_working_day(self, day: dt.date) -> bool | None:
        """None when the day's year is not known."""
        if day.year not in self._known:
            return None
        return self._day_off(day) is None

    def rest(self, day: dt.date) -> Text | None:
        """The holiday or weekend that a day belongs to; None for a working day, and where the day's year is not known."""
        return self._day_off(day) if day.year in self._known else None

    def working_days_after(self, day: dt.date, n: int) -> Count:
        """The n-th working day after `day`, which itself is not counted; n = 0 is the day itself.

        Raises InvalidError for a negative n.
        """
        if n < 0:
            raise InvalidError(f"工作日天数不能为负: {n}", f"a number of working days cannot be negative: {n}")
        counted: list[dt.date] = []
        skipped: list[tuple[dt.date, Text]] = []
        end = day
        while len(counted) < n:
            if end == dt.date.max or (end + ONE_DAY).year not in self._known:
                return Count(None, tuple(counted), tuple(skipped), self._version_for(day, end), _year_after(end))
            end += ONE_DAY
            reason = self._day_off(end)
            if reason is None:
                counted.append(end)
            else:
                skipped.append((end, reason))
        return Count(end, tuple(counted), tuple(skipped), self._version_for(day, end))

    def working_days_between(self, a: dt.date, b: dt.date) -> int | None:
        """How many working days d have a < d <= b: the first day is not counted, the last is.

        Negative when b is before a; None when one of those days is in a year that is not known.
        """
        if b < a:
            backwards = self.working_days_between(b, a)
            return None if backwards is None else -backwards
        if a == b:
            return 0
        if any(year not in self._known for year in range((a + ONE_DAY).year, b.year + 1)):
            return None
        return sum(self._day_off(day) is None for day in _days(a + ONE_DAY, b))

    def differences(self, later: Calendar) -> tuple[Difference, ...]:
        """Every day that both know and that is worked by one of them only; a rest's other name is no difference."""
        shared = sorted(self._known & later._known)
        days = (day for year in shared for day in _days(dt.date(year, 1, 1), dt.date(year, DECEMBER, 31)))
        seen = ((day, self._day_off(day), later._day_off(day)) for day in days)
        return tuple(Difference(*one) for one in seen if (one[1] is None) != (one[2] is None))

    def has_counted(self, count: Mapping[str, Any]) -> bool:
        """Whether a kept count (`counted` of engine.expressions) is what this calendar would still give.

        By the versions of its years alone: whoever is told no has to count again to know. One that was kept all the same
        when this calendar was asked (`asked`) is not counted again.
        """
        if count.get("asked") == self.version:
            return True
        if count["unknown_year"] in self._known:
            return False
        days = [dt.date.fromisoformat(day) for day in days_of(count)]
        wanted = self._version_for(min(days), max(days)).split() if days else []
        used = count["calendar"].split()
        return set(wanted) <= set(used) <= set(self.version.split())

    @cached_property
    def _known(self) -> frozenset[int]:
        return frozenset(year.year for year in self.years)

    @cached_property
    def _special(self) -> dict[dt.date, Text | None]:
        """Every day that a notice names: None for a make-up working day, else the holiday. A later notice wins."""
        named: dict[dt.date, Text | None] = {}
        for year in self.years:
            named |= year.holidays
            named |= dict.fromkeys(year.make_up)
        return named

    def _day_off(self, day: dt.date) -> Text | None:
        """Why a day of a known year is no working day, or None."""
        if day in self._special:
            return self._special[day]
        return REASONS.get(day.weekday())

    def _version_for(self, first: dt.date, last: dt.date) -> str:
        """The versions that a count from `first` to `last` rests on; December also rests on the next year's notice."""
        until = last.year + (last.month == DECEMBER)
        return " ".join(year.version for year in self.years if first.year <= year.year <= until)


def days_of(count: Mapping[str, Any]) -> list[str]:
    """The days that a kept count went over, in order, as ISO texts."""
    return sorted([*count["counted"], *(skipped["day"] for skipped in count["skipped"])])


def read_year(text: str) -> Year:
    """A year's file as it is shipped or imported; raises InvalidError naming what is wrong."""
    try:
        data = yaml.safe_load(text)
        year = Year(
            year=int(data["year"]),
            holidays=_holidays(data["holidays"]),
            make_up=frozenset(_date(day) for day in data["make_up"]),
            notice=str(data["notice"]),
            issued_on=_date(data["issued_on"]),
            source=str(data["source"]),
            sha256=hashlib.sha256(text.encode()).hexdigest(),
        )
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise InvalidError(
            f"日历文件无法读取({error})；需要 year、notice、issued_on、source、holidays(name、en、from、until)、make_up",
            f"the calendar file cannot be read ({error}); it needs year, notice, issued_on, source, "
            "holidays (name, en, from, until) and make_up",
        ) from error
    _check(year)
    return year


@cache
def load_shipped() -> Calendar:
    """The years that travel with the product."""
    return Calendar(tuple(read_year(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.yaml"))))


def functions(calendar: Calendar, record: Callable[[Count], None]) -> dict[str, Callable[..., Any]]:
    """The calendar as FEEL functions by name, each with `.parameters`; `record` is told every count.

    They take days (or ISO texts) and decimals, and give null for what they cannot read or what is not known.
    """

    def working_days_after(date: Any, n: Any) -> dt.date | None:
        day = _feel_day(date)
        if day is None or not isinstance(n, Decimal | int) or n != int(n) or n < 0:
            return None
        count = calendar.working_days_after(day, int(n))
        record(count)
        return count.end

    def is_working_day(date: Any) -> bool | None:
        day = _feel_day(date)
        return None if day is None else calendar.is_working_day(day)

    def working_days_between(a: Any, b: Any) -> Decimal | None:
        first, last = _feel_day(a), _feel_day(b)
        if first is None or last is None:
            return None
        number = calendar.working_days_between(first, last)
        return None if number is None else Decimal(number)

    host: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
        "working days after": (working_days_after, ("date", "n")),
        "is working day": (is_working_day, ("date",)),
        "working days between": (working_days_between, ("a", "b")),
    }
    for function, parameters in host.values():
        function.parameters = parameters  # type: ignore[attr-defined]
    return {name: function for name, (function, _) in host.items()}


def _check(year: Year) -> None:
    """A notice names days of its year, or of the December before; make-up days are weekends and not holidays."""
    first, last = dt.date(year.year - 1, DECEMBER, 1), dt.date(year.year, DECEMBER, 31)
    for day in (*year.holidays, *year.make_up):
        if not first <= day <= last:
            raise InvalidError(f"{year.year}年日历: {day} 不在本年", f"calendar {year.year}: {day} is not of that year")
    for day in sorted(year.make_up):
        if day in year.holidays or day.weekday() < SATURDAY:
            raise InvalidError(
                f"{year.year}年日历: 调休上班日 {day} 应为未放假的周末",
                f"calendar {year.year}: the make-up day {day} must be a Saturday or Sunday that is no holiday",
            )
    if dt.date(year.year, 1, 1) not in year.holidays:
        raise InvalidError(
            f"{year.year}年日历: 缺元旦，请核对是否录入完整",
            f"calendar {year.year}: New Year's Day is missing; check that the notice was entered completely",
        )


def _holidays(rows: list[dict[str, Any]]) -> dict[dt.date, Text]:
    return {
        day: Text(str(row["name"]), str(row["en"]))
        for row in rows
        for day in _days(_date(row["from"]), _date(row["until"]))
    }


def _date(value: object) -> dt.date:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        message = f"{value!r} is not a day like 2025-10-01"
        raise TypeError(message)
    return value


def _feel_day(value: object) -> dt.date | None:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    return (first + ONE_DAY * n for n in range((last - first).days + 1))


def _year_after(day: dt.date) -> int:
    return day.year if day == dt.date.max else (day + ONE_DAY).year
