"""The register of working-day calendars: which years are known and why, what waits for a second person, what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.calendar import Difference, read_year
from engine.errors import NotFoundError
from engine.permissions import Act, require
from engine.tables import calendar_version, person, process_instance, timer, timer_recount
from forms.text import Text

if TYPE_CHECKING:
    from datetime import date, datetime

    from engine.calendar import Calendar, Year
    from engine.library import Library
    from engine.transaction import Transaction

SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Rest:
    """Days off in a row under one name."""

    name: Text
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Days:
    """What a year's notice says: the rests, and the weekend days that are worked."""

    rests: tuple[Rest, ...]
    make_up: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One file of one year. `status`: `shipped`, `confirmed`, `pending` or `replaced`; `counts`: it is the one that counts.

    `id` and the people are None for what travels with the product; `differences` are those from what counts now.
    `days` are for who confirms it to check.
    """

    id: int | None
    year: int
    version: str
    digest: str
    notice: str
    source: str
    issued_on: date
    status: str
    counts: bool
    number: int | None
    imported_by_id: str | None
    imported_by: str | None
    imported_at: datetime | None
    confirmed_by: str | None
    confirmed_at: datetime | None
    differences: tuple[Difference, ...]
    days: Days | None = None


@dataclass(frozen=True, slots=True)
class RecountLine:
    """A window whose new end a person has to decide about; `due_at` is None where there is none."""

    id: int
    instance_id: str
    instance_title: str
    element: str
    old_due_at: datetime | None
    due_at: datetime | None
    why: Text


@dataclass(frozen=True, slots=True)
class Register:
    """`missing` are the years between known ones that nobody has imported: no window ends there."""

    number: int
    lines: tuple[VersionLine, ...]
    missing: tuple[int, ...]
    asked: tuple[RecountLine, ...]


@dataclass(frozen=True, slots=True)
class YearDetail:
    """One year as it counts, and every file that there was of it."""

    line: VersionLine
    days: Days
    versions: tuple[VersionLine, ...]


def register(tx: Transaction, library: Library) -> Register:
    """Every file of every year, the newest year first, of one year the one that counts first."""
    require(tx.actor, Act.SEE_CALENDARS)
    library.renew(tx.session)
    years = [year.year for year in library.calendar.years]
    gaps = [year for before, after in pairwise(years) for year in range(before + 1, after)]
    return Register(library.number or 0, tuple(_lines(tx, library)), tuple(gaps), tuple(_asked(tx)))


def year_detail(tx: Transaction, library: Library, year: int) -> YearDetail:
    """Raises NotFoundError for a year that is not known."""
    require(tx.actor, Act.SEE_CALENDARS)
    library.renew(tx.session)
    found = next((known for known in library.calendar.years if known.year == year), None)
    if found is None:
        raise NotFoundError(
            f"没有{year}年的日历, 请待国务院办公厅通知公布后导入并确认。",
            f"there is no calendar of {year}; import and confirm it when its notice is published.",
        )
    versions = tuple(line for line in _lines(tx, library) if line.year == year)
    return YearDetail(next(line for line in versions if line.counts), _days(found), versions)


def _lines(tx: Transaction, library: Library) -> list[VersionLine]:
    importer, confirmer = person.alias("importer"), person.alias("confirmer")
    rows = tx.session.execute(
        select(calendar_version, importer.c.name.label("importer"), confirmer.c.name.label("confirmer"))
        .outerjoin(importer, importer.c.id == calendar_version.c.imported_by)
        .outerjoin(confirmer, confirmer.c.id == calendar_version.c.confirmed_by)
        .order_by(calendar_version.c.id.desc())
    ).all()
    newest = {year: max(row.number or 0 for row in rows if row.year == year) for year in {row.year for row in rows}}
    lines = [
        _imported(row, library.calendar, counts=row.number is not None and row.number == newest[row.year])
        for row in rows
    ]
    lines += [_shipped(year, counts=not newest.get(year.year)) for year in library.shipped.years]
    return sorted(lines, key=lambda line: (-line.year, not line.counts))


def _imported(row: object, calendar: Calendar, *, counts: bool) -> VersionLine:
    read = read_year(row.content)  # type: ignore[attr-defined]
    values = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001  the documented way to read a row by name
    is_pending = values["status"] == "pending"
    return VersionLine(
        id=values["id"],
        year=read.year,
        version=read.version,
        digest=read.sha256,
        notice=read.notice,
        source=read.source,
        issued_on=read.issued_on,
        status=values["status"],
        counts=counts,
        number=values["number"],
        imported_by_id=values["imported_by"],
        imported_by=values["importer"] or values["imported_by"],
        imported_at=values["imported_at"],
        confirmed_by=values["confirmer"] or values["confirmed_by"],
        confirmed_at=values["confirmed_at"],
        differences=calendar.differences(calendar.with_year(read)) if is_pending else (),
        days=_days(read) if is_pending else None,
    )


def _shipped(year: Year, *, counts: bool) -> VersionLine:
    return VersionLine(
        id=None,
        year=year.year,
        version=year.version,
        digest=year.sha256,
        notice=year.notice,
        source=year.source,
        issued_on=year.issued_on,
        status=SHIPPED,
        counts=counts,
        number=None,
        imported_by_id=None,
        imported_by=None,
        imported_at=None,
        confirmed_by=None,
        confirmed_at=None,
        differences=(),
    )


def _days(year: Year) -> Days:
    return Days(_rests(year), tuple(sorted(year.make_up)))


def _rests(year: Year) -> tuple[Rest, ...]:
    found: list[Rest] = []
    for day in sorted(year.holidays):
        name = year.holidays[day]
        if found and found[-1].name == name and (day - found[-1].last).days == 1:
            found[-1] = Rest(name, found[-1].first, day)
        else:
            found.append(Rest(name, day, day))
    return tuple(found)


def _asked(tx: Transaction) -> list[RecountLine]:
    rows = tx.session.execute(
        select(
            timer_recount.c.id,
            timer_recount.c.instance_id,
            timer_recount.c.due_at,
            timer_recount.c.why,
            timer.c.element,
            timer.c.due_at.label("old_due_at"),
            process_instance.c.title,
        )
        .join(timer, timer.c.id == timer_recount.c.timer_id)
        .join(process_instance, process_instance.c.id == timer_recount.c.instance_id)
        .where(timer_recount.c.status == "asked", timer.c.status == "open")
        .order_by(timer_recount.c.id)
    )
    return [
        RecountLine(
            row.id,
            row.instance_id,
            row.title,
            row.element,
            row.old_due_at,
            row.due_at,
            Text(row.why["zh"], row.why["en"]),
        )
        for row in rows
    ]
