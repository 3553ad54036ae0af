"""The API over a real engine, and people with tokens."""

import pytest
from sqlalchemy import select

from engine.tables import metadata
from tests.api.rest.callers import callers


@pytest.fixture
def caller(world):
    return callers(world.engine)


@pytest.fixture
def written(database):
    """Says everything that stands in the database now: what a refusal must leave as it was."""

    def everything():
        with database.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(select(table)).all()))
                for table in metadata.sorted_tables
            }

    return everything
