"""The engine that a command line works on: the configured database, and the machine's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from api.configuration import ensure_folder
from engine import Engine, Outside
from engine.clock import SystemClock
from engine.transaction import make_sessions, open_database

if TYPE_CHECKING:
    from api.configuration import Configuration


def connect(configuration: Configuration) -> Engine:
    """The engine on the configured database, with the machine's clock; closed with the command."""
    ensure_folder(configuration.database_url)
    database = open_database(configuration.database_url)
    click.get_current_context().call_on_close(database.dispose)
    outside = Outside(
        configuration.smtp_url,
        configuration.mail_from,
        base_url=configuration.base_url,
        hook_hosts=configuration.webhook_hosts,
        https_only=configuration.https,
    )
    limits, keys = configuration.session_limits, configuration.keys
    sessions, days = make_sessions(database), configuration.days
    return Engine(sessions, SystemClock(), outside=outside, session_limits=limits, keys=keys, days=days)
