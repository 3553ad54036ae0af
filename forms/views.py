"""What a page needs to show a form: plain data, made by `viewing`, read by templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class OptionView:
    """One choice; `name` is its value as HTML sends it, `chosen` whether it is the present one."""

    value: Any
    name: str
    label: Text
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of a list; `name` is its path ("intervals.0"), `number` counts from 1."""

    name: str
    number: int
    fields: tuple[FieldView, ...]
    removable: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One component as a page shows it.

    `name` is the path and the HTML name; `kind` the component's type; `value` what the input holds (for a date or time
    as HTML wants it); `shown` the same for reading; `rows` those of a list; `fields` those of a group. `steers` says that
    what other fields show may hang on this one; `plain` that only a plain text input can hold what was typed; `error` leaves out
    the field's name, which stands above it.
    """

    kind: str
    name: str
    id: str
    label: Text
    description: Text | None = None
    value: Any = None
    shown: Text | None = None
    options: tuple[OptionView, ...] = ()
    required: bool = False
    readonly: bool = False
    hidden: bool = False
    error: Text | None = None
    clause: str = ""
    steers: bool = False
    plain: bool = False
    subtype: str = ""
    prefix: Text | None = None
    suffix: Text | None = None
    longest: int | None = None
    columns: int | None = None
    fields: tuple[FieldView, ...] = ()
    rows: tuple[RowView, ...] = ()
    extendable: bool = False


@dataclass(frozen=True, slots=True)
class ErrorView:
    """A line of the summary: `id` is the field's element to jump to, empty where it is not on the page."""

    id: str
    text: Text


@dataclass(frozen=True, slots=True)
class FormView:
    """A form as a page shows it; `summary` is none where there is nothing to correct."""

    fields: tuple[FieldView, ...]
    summary: Text | None = None
    errors: tuple[ErrorView, ...] = ()
