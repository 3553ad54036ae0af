"""Deployments made ready, kept in memory: they never change, so one reading serves every command."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.bundle import make_bundle
from engine.compiled import compile_parts, read_parts
from engine.expressions import Evaluator
from engine.tables import deployment_file

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.calendar import Calendar
    from engine.compiled import Compiled


class Library:
    """Compiled deployments by id, the calendar beside them. Threads share it."""

    def __init__(self, calendar: Calendar, size: int = 16) -> None:
        self.calendar = calendar
        self._size = size
        self._compiled: OrderedDict[int, Compiled] = OrderedDict()
        self._lock = Lock()

    def get(self, session: Session, deployment_id: int) -> Compiled:
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
        return compile_parts(read_parts(make_bundle({row.path: row.content for row in rows})))
