"""The register of working-day calendars: one imports a year's file, somebody else confirms it, then it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from engine.audit import Event, append_to
from engine.calendar_file import read_import
from engine.commands import recounts, reminders
from engine.errors import ConflictError, NotFoundError, NotPermittedError
from engine.permissions import Act, require
from engine.tables import calendar_version
from engine.transaction import lock_name

if TYPE_CHECKING:
    from engine.calendar import Year
    from engine.library import Library
    from engine.transaction import Transaction

PENDING, CONFIRMED, REPLACED = "pending", "confirmed", "replaced"


def import_year(tx: Transaction, library: Library, content: bytes) -> dict[str, Any]:
    """Keep a year's file until somebody confirms it: `{"id", "year", "version", "status", "new"}`.

    The same file as the one that counts, or that waits, is not kept twice; another one of that year replaces what waits.
    Raises InvalidError with everything that is wrong with the file.
    """
    require(tx.actor, Act.IMPORT_CALENDAR)
    year = read_import(content)
    lock_name(tx, "calendars")
    library.renew(tx.session)
    if year.version in library.calendar.version.split():
        return {"id": None, "year": year.year, "version": year.version, "status": CONFIRMED, "new": False}
    waiting = (calendar_version.c.year == year.year) & (calendar_version.c.status == PENDING)
    found = tx.session.execute(select(calendar_version.c.id, calendar_version.c.digest).where(waiting)).first()
    if found is not None and found.digest == year.sha256:
        return {"id": found.id, "year": year.year, "version": year.version, "status": PENDING, "new": False}
    tx.session.execute(update(calendar_version).where(waiting).values(status=REPLACED))
    version_id = _insert(tx, year, content.decode())
    told = {"year": year.year, "version": year.version, "sha256": year.sha256, "source": year.source}
    append_to(tx, f"calendar/{version_id}", Event("calendar imported", None, told))
    return {"id": version_id, "year": year.year, "version": year.version, "status": PENDING, "new": True}


def confirm(tx: Transaction, version_id: int) -> dict[str, Any]:
    """From now on it counts, and every open timer that counted working days is to be counted anew.

    Raises NotPermittedError for whoever imported it, ConflictError for what is confirmed or replaced already.
    """
    require(tx.actor, Act.CONFIRM_CALENDAR)
    lock_name(tx, "calendars")
    row = tx.session.execute(select(calendar_version).where(calendar_version.c.id == version_id)).first()
    if row is None:
        raise NotFoundError(f"没有编号为{version_id}的日历导入", f"there is no calendar import {version_id}")
    if row.status != PENDING:
        raise ConflictError(
            f"{row.year}年日历的这次导入已被确认或被新的导入取代, 未作任何更改。请刷新页面。",
            f"this import of {row.year} is confirmed already, or a later one replaced it; nothing was changed, reload the page.",
        )
    if row.imported_by == tx.actor.id:
        raise NotPermittedError(
            f"{row.year}年日历由您本人导入, 须由另一位管理员或主管部门人员确认。",
            f"you imported the calendar of {row.year} yourself; another administrator or the bureau has to confirm it.",
        )
    number = (tx.session.scalar(select(func.max(calendar_version.c.number))) or 0) + 1
    values = {"status": CONFIRMED, "number": number, "confirmed_by": tx.actor.id}
    moments = {"confirmed_at": tx.now, "confirmed_at_real": tx.real}
    tx.session.execute(update(calendar_version).where(calendar_version.c.id == version_id).values(**values, **moments))
    append_to(tx, f"calendar/{version_id}", Event("calendar confirmed", None, {"year": row.year, "number": number}))
    recounts.ask_all(tx, number)
    reminders.look_again(tx, at_all=True)
    return {"id": version_id, "year": row.year, "number": number, "status": CONFIRMED}


def _insert(tx: Transaction, year: Year, content: str) -> int:
    result = tx.session.execute(
        insert(calendar_version).values(
            year=year.year,
            digest=year.sha256,
            content=content,
            status=PENDING,
            imported_by=tx.actor.id,
            imported_at=tx.now,
            imported_at_real=tx.real,
        )
    )
    version_id: int = result.inserted_primary_key[0]  # type: ignore[attr-defined]
    return version_id
