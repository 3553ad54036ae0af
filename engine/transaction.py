"""One transaction a command: the session, who acts and when, and the only commit."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from engine.clock import Clock, real_now
from engine.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.exc import DBAPIError

    from engine.permissions import Actor

Sessions = sessionmaker[Session]
NO_KEYS = Keys()
_READ = "pingpin_read"
_ANNOUNCED = "pingpin_announced"


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a command needs of the world; `now` is business time and `real` the machine's, each read once."""

    session: Session
    actor: Actor
    now: datetime
    real: datetime
    keys: Keys = NO_KEYS

    def announce(self) -> None:
        """Something was put into the outbox: it is to be delivered once this is committed."""
        self.session.info[_ANNOUNCED] = True

    @property
    def has_announced(self) -> bool:
        return _ANNOUNCED in self.session.info


@contextmanager
def begin(
    sessions: Sessions, clock: Clock, actor: Actor, now: datetime | None = None, keys: Keys = NO_KEYS
) -> Iterator[Transaction]:
    """A writing transaction: committed when the block ends, gone when it raises.

    `now` is given for what happens at a moment of its own: a timer fires at its due moment, however late the worker is.
    """
    with sessions() as session:
        yield Transaction(session, actor, now or clock.now(), real_now(), keys)
        try:
            session.commit()
        except BaseException:
            # Nobody knows what a connection holds whose commit failed; the next command must not find it in the pool.
            session.invalidate()
            raise


@contextmanager
def read(sessions: Sessions, clock: Clock, actor: Actor, keys: Keys = NO_KEYS) -> Iterator[Transaction]:
    """A reading transaction: one consistent picture, never committed."""
    database = sessions.kw["bind"]
    with sessions(bind=database.execution_options(**_READING[database.dialect.name])) as session:
        yield Transaction(session, actor, clock.now(), real_now(), keys)


def open_database(url: str) -> Database:
    """SQLite with write-ahead log, full sync and real transactions (`sqlite://`: a private one in memory), or PostgreSQL."""
    if not url.startswith("sqlite"):
        return create_engine(
            url, json_serializer=_json, hide_parameters=True, pool_size=10, max_overflow=20, pool_pre_ping=True
        )
    memory = url in {"sqlite://", "sqlite:///:memory:"}
    options: dict[str, Any] = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}} if memory else {}
    # What a statement was given is in no error: votes and names would go into logs and incidents.
    database = create_engine(url, json_serializer=_json, hide_parameters=True, **options)
    event.listen(database, "connect", _configure)
    event.listen(database, "begin", _begin)
    return database


def make_sessions(database: Database) -> Sessions:
    return sessionmaker(bind=database, autoflush=False)


def lock_name(tx: Transaction, name: str) -> None:
    """Until the commit nobody else holds this name: for what has no row to lock yet. SQLite has one writer anyway."""
    if tx.session.get_bind().dialect.name == "postgresql":
        tx.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def is_passing(error: DBAPIError) -> bool:
    """Whether the same command may well succeed if it is tried again: a lock, a deadlock, a serialization failure."""
    code = getattr(error.orig, "sqlstate", None)
    return code in _PASSING or (code is None and "locked" in str(error.orig))


# PostgreSQL: serialization failure, deadlock, lock not available.
_PASSING = frozenset({"40001", "40P01", "55P03"})
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {_READ: True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions on its own, too late and deferred
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    # A writer takes the lock before it reads: what it decides on cannot change under it.
    reading = connection.get_execution_options().get(_READ)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
