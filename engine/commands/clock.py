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


def require_never_moved(tx: Transaction) -> None:
    """Raise InvalidError for a sandbox's database: what happened there at moments that are still to come is no record."""
    moment = kept(tx)
    if moment is not None:
        stood = moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        raise InvalidError(
            f"这是沙盒的数据库, 其虚拟时钟停在{stood}, 不能用于正式运行。请用PINGPIN_DATABASE_URL指定另一个数据库。",
            f"this is a sandbox's database, its virtual clock stands at {stood}; production does not run on it. Name another one "
            "in PINGPIN_DATABASE_URL.",
        )


def require_forward(tx: Transaction, moment: datetime) -> None:
    require(tx.actor, Act.MOVE_CLOCK)
    if moment.tzinfo is None or moment.year > _LAST_YEAR:
        raise InvalidError(
            f"时刻应带时区且不晚于{_LAST_YEAR}年。", f"a moment has a zone and is not after {_LAST_YEAR}."
        )
    if moment < tx.now:
        now = tx.now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        raise InvalidError(f"沙盒时钟只能向前, 现在是{now}。", f"the sandbox clock only goes forward; it is {now} now.")
