"""Counting what is tried too often, in the database: several processes count together, and a restart forgets nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, insert, select, update

from engine.signing_in import Patience, wait_after
from engine.tables.accounts import throttle
from engine.transaction import lock_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.transaction import Transaction

WINDOW = timedelta(minutes=1)
_LONG_AGO = timedelta(days=2)


def strike(tx: Transaction, patience_of: Mapping[str, Patience]) -> timedelta:
    """Count one try against each key before it is known to be right, so that many at once are counted too.

    Where one of them has to wait nothing is counted, and the longest wait is given back.
    """
    counts = {key: _count(tx, key, patience.forgets) for key, patience in sorted(patience_of.items())}
    waits = [until - tx.real for _, until in counts.values() if until is not None and until > tx.real]
    if waits:
        return max(waits)
    for key, (count, _) in counts.items():
        wait = wait_after(count + 1, patience_of[key])
        _write(tx, key, count + 1, tx.real, tx.real + wait if wait else None)
    return timedelta(0)


def forget(tx: Transaction, key: str) -> None:
    tx.session.execute(delete(throttle).where(throttle.c.key == key))


def forgive(tx: Transaction, key: str) -> None:
    """The last try was right after all; earlier ones stay counted."""
    tx.session.execute(update(throttle).where(throttle.c.key == key).values(count=throttle.c.count - 1, until=None))


def draw(tx: Transaction, key: str, most: int, portion: int) -> tuple[int, datetime]:
    """So many calls of this minute's, at most a portion of them, and when the minute is over."""
    found = _locked(tx, key)
    if found is None or tx.real >= found.since + WINDOW:
        granted = min(portion, most)
        _write(tx, key, granted, tx.real, None)
        return granted, tx.real + WINDOW
    granted = max(0, min(portion, most - found.tries))
    _write(tx, key, found.tries + granted, found.since, None)
    return granted, found.since + WINDOW


def clear(tx: Transaction) -> None:
    """Drop what nobody has counted on for days."""
    tx.session.execute(delete(throttle).where(throttle.c.since < tx.real - _LONG_AGO))


def _count(tx: Transaction, key: str, forgets: timedelta) -> tuple[int, datetime | None]:
    found = _locked(tx, key)
    if found is None or tx.real - found.since >= forgets:
        return 0, None
    return found.tries, found.until


def _locked(tx: Transaction, key: str) -> Row[Any, Any, Any] | None:
    lock_name(tx, f"throttle {key}")
    kept = select(throttle.c.count.label("tries"), throttle.c.since, throttle.c.until)
    return tx.session.execute(kept.where(throttle.c.key == key)).first()


def _write(tx: Transaction, key: str, count: int, since: datetime, until: datetime | None) -> None:
    values = {"count": count, "since": since, "until": until}
    done = tx.session.execute(update(throttle).where(throttle.c.key == key).values(**values))
    if not done.rowcount:  # type: ignore[attr-defined]
        tx.session.execute(insert(throttle).values(key=key, **values))
