"""The sandbox's clock: where it stands, and that it only goes forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from engine.audit import Event, append_to
from engine.clock import SHANGHAI
from engine.errors import InvalidError
from engine.permissions import Act, require
from engine.tables import virtual_clock

if TYPE_CHECKING:
    from datetime import datetime

    from engine.transaction import Transaction


# Far enough for every training, near enough that days after it can still be counted.
_LAST_YEAR = 2099


def keep(tx: Transaction, moment: datetime) -> None:
    """Remember the clock's moment across restarts."""
    tx.session.execute(delete(virtual_clock))
    tx.session.execute(insert(virtual_clock).values(id=1, moment=moment))


def note_move(tx: Transaction, moment: datetime) -> None:
    """The move is done: everything on the way has happened."""
    keep(tx, moment)
    append_to(tx, "clock", Event("clock moved", None, {"to": moment.isoformat()}))


def kept(tx: Transaction) -> datetime | None:
    return tx.session.scalar(select(virtual_clock.c.moment))


def require_forward(tx: Transaction, moment: datetime) -> None:
    require(tx.actor, Act.MOVE_CLOCK)
    if moment.tzinfo is None or moment.year > _LAST_YEAR:
        raise InvalidError(
            f"时刻应带时区且不晚于{_LAST_YEAR}年。", f"a moment has a zone and is not after {_LAST_YEAR}."
        )
    if moment < tx.now:
        now = tx.now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        raise InvalidError(f"沙盒时钟只能向前, 现在是{now}。", f"the sandbox clock only goes forward; it is {now} now.")
