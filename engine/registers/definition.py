"""What a register and its columns are. The registers themselves stand in engine.registers.table."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.permissions import Act

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forms.text import Text

SEPARATOR = "|"


class Kind(StrEnum):
    """What a cell may hold."""

    TEXT = "text"
    DAY = "day"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXTS = "texts"
    ROWS = "rows"
    # An ID number: only its first three and last two places are ever kept.
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class Column:
    """`options` are those of a choice, and the known words of a text; `parts` the columns of rows; `pattern` is a regular expression for the whole text.

    `refers`: the id of an `employer` or a `person` that must be there. `readonly`: services write it, people do not.
    """

    key: str
    label: Text
    kind: Kind = Kind.TEXT
    required: bool = False
    source: str = ""
    options: Mapping[str, Text] = field(default_factory=dict)
    parts: tuple[Column, ...] = ()
    refers: str = ""
    pattern: str = ""
    longest: int = 500
    readonly: bool = False
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """`key_columns` together make an entry's key; `shown` are the columns of the list; `source` the row it serves.

    `store` names where it is kept where that is not the table `register_entry`. `adds_only`: an import refuses what is
    there already instead of changing it.
    """

    name: str
    label: Text
    about: Text
    columns: tuple[Column, ...]
    key_columns: tuple[str, ...]
    shown: tuple[str, ...]
    source: str
    see: Act = Act.SEE_REGISTER
    write: Act = Act.KEEP_REGISTER
    store: str = "entries"
    adds_only: bool = False

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    @property
    def by_key(self) -> dict[str, Column]:
        return {column.key: column for column in self.columns}
