"""Schema migrations, run by Alembic; `upgrade` brings a database to the newest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

if TYPE_CHECKING:
    from sqlalchemy import Engine as Database


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the schema to the newest version, or that of an older release; doing it twice changes nothing."""
    with database.connect() as connection:
        command.upgrade(config(connection), to)
        connection.commit()


def config(connection: object = None) -> Config:
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent))
    found.attributes["connection"] = connection
    return found
