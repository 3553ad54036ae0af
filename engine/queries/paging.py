"""A list page by page: the rows after one that the caller has, by the list's own order, however many come before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, and_, false, or_, select

from engine.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, Table

    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Key:
    """A column that a list is ordered by; rows without a value come last. The last key of an order is unique."""

    column: Column[Any]
    descending: bool = False

    def order(self) -> tuple[ColumnElement[Any], ...]:
        ordered = self.column.desc() if self.descending else self.column.asc()
        return (self.column.is_(None), ordered) if self.column.nullable else (ordered,)

    def further(self, value: Any) -> ColumnElement[bool]:
        """Whether a row comes later by this key alone."""
        if value is None:
            return false()
        later = self.column < value if self.descending else self.column > value
        return or_(later, self.column.is_(None)) if self.column.nullable else later


def ordered(keys: Sequence[Key]) -> list[ColumnElement[Any]]:
    return [column for key in keys for column in key.order()]


def beyond(tx: Transaction, table: Table, keys: Sequence[Key], last_id: str) -> ColumnElement[bool]:
    """The rows that follow the row with this id; raises InvalidError where there is none."""
    columns = [key.column for key in keys]
    row = tx.session.execute(select(*columns).where(table.c.id == last_id)).first()
    if row is None:
        raise InvalidError(
            "参数after无效: 请使用上一页Link中给出的值, 或去掉它从头读取。",
            "the parameter after is not one of ours: take it from the last page's Link, or begin again without it.",
        )
    return _after(keys, row)


def _after(keys: Sequence[Key], row: Row[Any]) -> ColumnElement[bool]:
    """Later by the first key, or level on it and later by the next, and so on."""
    steps = []
    for index, key in enumerate(keys):
        level = [before.column.is_not_distinct_from(row[place]) for place, before in enumerate(keys[:index])]
        steps.append(and_(*level, key.further(row[index])))
    return or_(*steps)
