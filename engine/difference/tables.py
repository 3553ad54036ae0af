"""Changed rules as rows of their table, changed settings as lines: what one reads cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from engine.difference.changes import How
from engine.difference.facts import CELL, EXISTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.difference.changes import Cell, Change
    from forms.text import Text


_COLUMNS = ("input", "output", "annotation")


@dataclass(frozen=True, slots=True)
class Row:
    """A rule, a setting or another part that differs; `cells` hold what did not change, too."""

    part: str
    name: Text
    how: How
    cells: tuple[Cell, ...]
    changes: tuple[Change, ...]

    def cell(self, what: str) -> Cell | None:
        return next((one for one in self.cells if one.what == what), None)


@dataclass(frozen=True, slots=True)
class RuleTable:
    """The rules of one decision that differ, under the table's columns; one that only one version has is among them."""

    holder: str
    name: Text
    columns: tuple[Cell, ...]
    rows: tuple[Row, ...]


def rule_tables(changes: Iterable[Change]) -> list[RuleTable]:
    """Of the changes of rules alone; in the order of the rules."""
    every = (rule for change in changes for rule in (change, *change.inside))
    ruled = sorted(filter(_is_rule, every), key=lambda one: one.place)
    return [_table(list(group)) for _, group in groupby(ruled, key=lambda one: one.place.holder)]


def others(changes: Iterable[Change]) -> list[Change]:
    """Those of tables that are about no rule."""
    return [one for one in changes if not _is_rule(one)]


def _is_rule(change: Change) -> bool:
    return any(cell.column is not None for cell in change.cells)


def _table(changes: Sequence[Change]) -> RuleTable:
    # Rule 12 comes after rule 3.
    found = sorted(rows(changes), key=lambda row: (len(row.name.zh), row.name.zh))
    columns = {cell.what: cell for row in found for cell in row.cells if cell.what.startswith(CELL)}
    ordered = sorted(columns.values(), key=lambda cell: _COLUMNS.index(cell.under))
    return RuleTable(changes[0].place.holder, changes[0].holder, tuple(ordered), tuple(found))


def rows(changes: Iterable[Change]) -> list[Row]:
    """The changes of each part together."""
    parts = groupby(sorted(changes, key=lambda one: one.place), key=lambda one: one.place.part_only)
    return [_row(tuple(group)) for _, group in parts]


def holders(changes: Iterable[Change]) -> list[Row]:
    """The changes of each holder together, a worked case for instance: whether it came or went, or what of it differs."""
    known = groupby(sorted(changes, key=lambda one: one.place), key=lambda one: one.place.holder)
    return [_of_holder(holder, tuple(group)) for holder, group in known]


def _of_holder(holder: str, changes: tuple[Change, ...]) -> Row:
    first = changes[0]
    is_whole = first.place.part == "" and first.place.what == EXISTS
    return Row(holder, first.holder, first.how if is_whole else How.CHANGED, (), changes)


def _row(changes: tuple[Change, ...]) -> Row:
    first = changes[0]
    how = first.how if first.place.what == EXISTS else How.CHANGED
    return Row(first.place.part, first.name, how, first.cells, changes)
