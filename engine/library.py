"""Deployments made ready, kept in memory: they never change, so one reading serves every command."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from engine.announcing import Listeners
from engine.bundle import make_bundle
from engine.calendar import read_year
from engine.compiled import compile_parts, read_parts
from engine.expressions import Evaluator
from engine.tables import calendar_version, deployment_file

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.calendar import Calendar
    from engine.compiled import Compiled


class Library:
    """Compiled deployments by id, the calendar beside them. Threads share it.

    The calendar is the shipped one with every confirmed import over it, as of the register's `number`: 0 where none is
    confirmed, None while this process has not asked yet.
    """

    def __init__(self, calendar: Calendar, size: int = 16) -> None:
        self.shipped = self.calendar = calendar
        self.number: int | None = None
        self.listeners = Listeners()
        self._size = size
        self._compiled: OrderedDict[int, Compiled] = OrderedDict()
        self._lock = Lock()

    def get(self, session: Session, deployment_id: int) -> Compiled:
        if self.number is None:
            self.renew(session)
        with self._lock:
            if deployment_id in self._compiled:
                self._compiled.move_to_end(deployment_id)
                return self._compiled[deployment_id]
        compiled = self._read(session, deployment_id)
        with self._lock:
            self._compiled[deployment_id] = compiled
            if len(self._compiled) > self._size:
                self._compiled.popitem(last=False)
        return compiled

    def renew(self, session: Session) -> bool:
        """Read the calendars again if others were confirmed since, or this process has not asked yet; says whether."""
        number = session.scalar(select(func.max(calendar_version.c.number))) or 0
        if number == self.number:
            return False
        confirmed = select(calendar_version.c.content).where(calendar_version.c.number <= number)
        found = self.shipped
        for content in session.scalars(confirmed.order_by(calendar_version.c.number)):
            found = found.with_year(read_year(content))
        with self._lock:
            if self.number is None or self.number < number:
                self.calendar, self.number = found, number
        return True

    def evaluator(self, now: datetime) -> Evaluator:
        """FEEL as of a moment, by this library's calendar."""
        return Evaluator(now, self.calendar)

    def _read(self, session: Session, deployment_id: int) -> Compiled:
        rows = session.execute(
            select(deployment_file.c.path, deployment_file.c.content).where(
                deployment_file.c.deployment_id == deployment_id
            )
        )
        # Not checked again: a newer check must never make an older deployment unreadable to its running instances.
        # What runs is made anew by every library: a new engine shares nothing with the one before it but the database.
        return compile_parts(read_parts(make_bundle({row.path: row.content for row in rows})))
