"""The views of an inbox that somebody has saved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.tables import saved_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class View:
    """`query` are the names and values that filters.read reads."""

    id: int
    name: str
    query: Mapping[str, str]
    is_default: bool


def views(tx: Transaction) -> list[View]:
    """The actor's own, by name."""
    rows = tx.session.execute(select(saved_view).filter_by(person_id=tx.actor.id).order_by(saved_view.c.name))
    return [View(row.id, row.name, json.loads(row.query), row.is_default) for row in rows]
