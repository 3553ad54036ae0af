"""What goes on without anybody pressing a button: messages are delivered, timers fire. One transaction each.

A failing one never holds up the others: it is noted, tried again after a pause, and in the end becomes an incident.
"""

from __future__ import annotations

import logging
import random
import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from engine import mishaps, services
from engine.clock import real_now
from engine.commands import incidents, jobs, messages, reminders, timers
from engine.errors import BpmnError, BusyError, ConflictError, PingpinError
from engine.permissions import SYSTEM
from engine.transaction import Transaction, begin, is_passing, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from engine.clock import Clock
    from engine.keys import Keys
    from engine.library import Library
    from engine.permissions import Actor
    from engine.services.outside import Outside
    from engine.transaction import Sessions
    from forms.text import Text

T = TypeVar("T")

# One command sets off a few messages; a chain longer than this is a diagram that never comes to rest.
_MAX_DELIVERIES = 5000
# A person does not wait for more than this; the tick delivers the rest.
_WITHIN_A_COMMAND = 300
_ATTEMPTS = 6

_log = logging.getLogger("pingpin.engine")


class Driver:
    """The engine's hands: how a command is run, and what it set off."""

    def __init__(self, sessions: Sessions, clock: Clock, library: Library, keys: Keys) -> None:
        self.sessions, self.clock, self.library, self.keys = sessions, clock, library, keys

    def write(self, actor: Actor, command: Callable[[Transaction], T], now: datetime | None = None) -> T:
        """Run a command, then deliver what it sent. A command that met a lock is simply run again: nothing was written.

        What goes wrong in delivering is never the caller's: their command is committed, the tick goes on with the rest.
        """
        result, announced = self._write(actor, command, now)
        if announced:
            try:
                self.deliver_all(_WITHIN_A_COMMAND)
            except (DBAPIError, BusyError) as error:
                mishaps.record(_log, "delivering stopped after a command; the next tick goes on", error)
        return result

    def read(self, actor: Actor, query: Callable[[Transaction], T]) -> T:
        with read(self.sessions, self.clock, actor, self.keys) as tx:
            return query(tx)

    def try_out(self, actor: Actor, command: Callable[[Transaction], T]) -> T:
        """What a command would say; nothing of it stays, and nothing is delivered."""
        with self.sessions() as session:
            try:
                return command(Transaction(session, actor, self.clock.now(), real_now(), self.keys))
            finally:
                session.rollback()

    def deliver_all(self, most: int = _MAX_DELIVERIES) -> None:
        """Deliver what is in the outbox, oldest first, each at the moment when it became ready."""
        for _ in range(most):
            found = self.read(SYSTEM, messages.next_pending)
            if found is None:
                return
            message_id, ready_at = found
            deliver = partial(messages.deliver, library=self.library, message_id=message_id)
            self._attempt(deliver, ready_at, self._failed("message", message_id))

    def do_jobs(self, outside: Outside, most: int = _MAX_DELIVERIES) -> int:
        """Do what is to be done outside, one after the other; says how many were tried."""
        for tried in range(most):
            job = self._write(SYSTEM, jobs.take_next, None)[0]
            if job is None:
                return tried
            self._do(outside, job)
            self.deliver_all()
        return most

    def _do(self, outside: Outside, job: jobs.Job) -> None:
        try:
            result = services.do(outside, job.type, job.wait_id, job.inputs)
        except BpmnError as error:
            told = partial(jobs.fail, library=self.library, job=job, error=error)
            self._attempt(told, None, partial(jobs.note_failure, job=job))
        except PingpinError as error:
            self._write(SYSTEM, partial(jobs.note_failure, job=job, cause=error.text), None)
        except Exception as error:  # noqa: BLE001  a mistake of ours must not hold up the others either
            mishaps.record(_log, f"job {job.id} failed", error)
            self._write(SYSTEM, partial(jobs.note_failure, job=job, cause=mishaps.cause(error)), None)
        else:
            told = partial(jobs.finish, library=self.library, job=job, result=result)
            self._attempt(told, None, partial(jobs.keep, job=job, result=result))

    def fire_until(self, until: datetime, reached: Callable[[datetime], None] | None = None) -> int:
        """Fire what is due by then in due order, each with its own due moment as now; says how many were tried.

        A message whose time is over before the next timer goes first: that timer may open a wait that came too late. With
        `reached`, which is told each moment first, there is one look for each; without it one for all until a message ends.
        """
        tried = 0
        while True:
            moment, expiry = self.read(SYSTEM, partial(_coming, until=until))
            if expiry is not None and (moment is None or expiry[1] <= moment):
                self._expire(*expiry, reached)
            elif moment is None:
                return tried
            else:
                limit = until if expiry is None else min(until, expiry[1])
                fired = self._fire_all(limit) if reached is None else self._fire_one(until, moment, reached)
                if not fired:
                    return tried  # what is left is in other workers' hands
                tried += fired

    def _fire_one(self, until: datetime, moment: datetime, reached: Callable[[datetime], None]) -> int:
        reached(moment)
        return int(self._fire_next(until))

    def _fire_all(self, until: datetime) -> int:
        fired = 0
        while self._fire_next(until):
            fired += 1
        return fired

    def _fire_next(self, until: datetime) -> bool:
        """Whether there was one to fire. It fires in its own transaction, and so is noted what went wrong with it."""
        taken: list[tuple[str, int]] = []

        def failed(tx: Transaction, cause: Text) -> None:
            for timer_id, attempts in taken:  # none where the database was busy before one was found
                incidents.note_failure(tx, "timer", timer_id, cause, attempts)

        if self._attempt(partial(timers.fire_next, library=self.library, until=until, taken=taken), None, failed):
            self.deliver_all()
        return bool(taken)

    def remind_until(self, until: datetime, reached: Callable[[datetime], None], most: int | None = None) -> None:
        """Remind of the tasks whose moment has come by then, the earliest first; each at the clock's own moment."""
        done = 0
        while (moment := self.read(SYSTEM, partial(reminders.next_look, until=until))) is not None and done != most:
            done += 1
            reached(moment)
            taken: list[str] = []
            remind = partial(reminders.remind_next, library=self.library, taken=taken)
            self._attempt(remind, None, partial(reminders.postpone, taken=taken))
            if not taken:
                return  # what is left is in other workers' hands

    def _expire(self, message_id: int, moment: datetime, reached: Callable[[datetime], None] | None) -> None:
        if reached is not None:
            reached(moment)
        expire = partial(messages.expire, message_id=message_id)
        self._attempt(expire, moment, self._failed("message", message_id))

    def attempt(self, command: Callable[[Transaction], None]) -> None:
        """Run what must hold up nothing else; that it failed is for the log alone."""
        self._attempt(command, None, lambda tx, cause: _log.error("%s", cause.en))  # noqa: ARG005

    def _attempt(
        self, command: Callable[[Transaction], None], now: datetime | None, failed: Callable[..., None]
    ) -> bool:
        """Run what nobody waits for, `failed(tx, cause=)` notes what went wrong; says whether it put out messages."""
        try:
            return self._write(SYSTEM, command, now)[1]
        except ConflictError as conflict:
            _log.info("%s", conflict)  # another worker was faster, or it is busy: looked at again
            self._write(SYSTEM, partial(failed, cause=conflict.text), None)
        except PingpinError as error:
            self._write(SYSTEM, partial(failed, cause=error.text), None)
        except (OperationalError, InterfaceError):
            raise  # the database itself is gone or full: nothing can be noted either
        except Exception as error:  # noqa: BLE001  a mistake of ours must not hold up the others either
            mishaps.record(_log, "an attempt failed", error)
            self._write(SYSTEM, partial(failed, cause=mishaps.cause(error)), None)
        return True  # an incident may have dropped what others waited for

    @staticmethod
    def _failed(kind: str, work_id: str | int) -> Callable[..., None]:
        return partial(incidents.note_failure, kind=kind, work_id=work_id)

    def _write(self, actor: Actor, command: Callable[[Transaction], T], now: datetime | None) -> tuple[T, bool]:
        for attempt in range(_ATTEMPTS):
            try:
                with begin(self.sessions, self.clock, actor, now, self.keys) as tx:
                    result = command(tx)
            except DBAPIError as error:
                if not is_passing(error):
                    raise
                time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311  spreads rivals, guards nothing
            else:
                return result, tx.has_announced
        raise BusyError


def _coming(tx: Transaction, until: datetime) -> tuple[datetime | None, tuple[int, datetime] | None]:
    """When the next timer is due and which message's time is over next, in one look."""
    return timers.next_due(tx, until), messages.next_expiry(tx, until)
