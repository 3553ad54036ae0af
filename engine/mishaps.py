"""Errors that nobody expected, without data: a database quotes what was to be written, so of it only class and code are told."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from logging import Logger


def cause(error: BaseException) -> Text:
    """For an incident: the class, and where more is to be read."""
    return Text(
        f"意外错误（{_named(error)}），详见服务器的运行日志。", f"unexpected ({_named(error)}): see the server's log."
    )


def record(log: Logger, what: str, error: BaseException) -> None:
    """For the log: everything, but of what a database said its statement without parameters."""
    found = next((each for each in _chain(error) if isinstance(each, DBAPIError)), None)
    if found is None:
        log.error(what, exc_info=error)
        return
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s: %s %s\n%s\n%s", what, _named(found), _state_of(found), found.statement, places)


def _state_of(error: DBAPIError) -> str:
    """That a database is gone, full or busy is said without data, and whoever runs it has to know."""
    return str(error.orig).partition("\n")[0] if isinstance(error, OperationalError | InterfaceError) else ""


def _named(error: BaseException) -> str:
    """`IntegrityError 23505 unique_name`: the database's code, and which of its rules it was."""
    name, orig = type(error).__name__, getattr(error, "orig", None)
    code = getattr(orig, "sqlstate", None) or getattr(orig, "sqlite_errorname", None)
    rule = getattr(getattr(orig, "diag", None), "constraint_name", None)
    return " ".join(str(each) for each in (name, code, rule) if each)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
