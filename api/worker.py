"""The tick, and the jobs beside it: APScheduler wakes, the database says what is due.

No job store: lose this process, lose nothing.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

from engine import mishaps
from engine.examining import examine

if TYPE_CHECKING:
    from collections.abc import Callable

    from apscheduler.schedulers.base import BaseScheduler

    from engine import Engine

_log = logging.getLogger("pingpin.worker")


def run(engine: Engine, seconds: float) -> None:
    """Tick until the process ends."""
    scheduler = BlockingScheduler(timezone="UTC")
    _add(scheduler, engine, seconds)
    scheduler.start()


def start_beside(engine: Engine, seconds: float) -> BackgroundScheduler:
    """Tick in a thread of the serving process; the caller shuts it down."""
    scheduler = BackgroundScheduler(timezone="UTC", daemon=True)
    _add(scheduler, engine, seconds)
    scheduler.start()
    return scheduler


def _add(scheduler: BaseScheduler, engine: Engine, seconds: float) -> None:
    # Threads of their own: what is done outside may take long, and timers and messages do not wait for it.
    for work in (engine.tick, engine.do_jobs, engine.send_letters, engine.call_hooks, partial(examine, engine)):
        scheduler.add_job(_try, "interval", [work], seconds=seconds, coalesce=True, max_instances=1)


def _try(work: Callable[[], int]) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001  whatever it was, the next time comes
        mishaps.record(_log, "a tick failed; the next one tries again", error)
