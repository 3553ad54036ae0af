"""Registers: which there are and their columns, their entries by pages; employers and appointments by their own names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import PageQuery, page, text
from engine.queries.registers import visible

if TYPE_CHECKING:
    from engine.registers.stores import Row


class ColumnSchema(Schema):
    """A column; `kind` is text, day, integer, boolean, choice, choices, texts, rows or masked (an ID number)."""

    key = fields.String(required=True)
    label = text()
    kind = fields.String(required=True, attribute="kind.value")
    required = fields.Boolean(required=True)
    readonly = fields.Boolean(required=True)
    source = fields.String(required=True)


class RegisterSchema(Schema):
    """A register; `source` is the row of the regulation that it serves."""

    name = fields.String(required=True)
    label = text()
    about = text()
    source = fields.String(required=True)
    columns = fields.List(fields.Nested(ColumnSchema), required=True)


class RegistersSchema(Schema):
    """The registers of which the caller may see anything."""

    items = fields.List(fields.Nested(RegisterSchema), required=True)


class EntrySchema(Schema):
    """An entry by its columns (`data`); `struck` is why it counts no more, null while it does."""

    key = fields.String(required=True)
    data = fields.Dict(keys=fields.String(), required=True)
    employer_id = fields.String(required=True, allow_none=True)
    person_id = fields.String(required=True, allow_none=True)
    struck = fields.String(required=True, allow_none=True)
    revision = fields.String(required=True)


class EntryPageSchema(Schema):
    """A page of entries, in the order of their keys."""

    items = fields.List(fields.Nested(EntrySchema), required=True)


class EntryQuery(PageQuery):
    """Only entries with all these words, only those of one employer."""

    q = fields.String(load_default="")
    employer = fields.String(load_default=None)


@operation("GET", "/registers", answer=RegistersSchema)
def registers(call: Call) -> Answer:
    """The registers that the caller may see, with their columns."""
    return Answer({"items": visible(call.actor)})


@operation("GET", "/registers/<name>", query=EntryQuery, answer=EntryPageSchema)
def register_entries(call: Call, name: str) -> Answer:
    """The entries of a register that the caller may see; ID numbers are masked."""
    return _entries(call, name)


@operation("GET", "/employers", query=EntryQuery, answer=EntryPageSchema)
def employers(call: Call) -> Answer:
    """The employers that the caller may see."""
    return _entries(call, "employers")


@operation("GET", "/appointments", query=EntryQuery, answer=EntryPageSchema)
def appointments(call: Call) -> Answer:
    """The appointments that the caller may see."""
    return _entries(call, "appointments")


def _entries(call: Call, name: str) -> Answer:
    asked, limit = call.query, call.query["limit"]
    listed = engine().register(
        call.actor, name, search=asked["q"], employer_id=asked["employer"], after=asked["after"], limit=limit + 1
    )
    data, headers = page(listed.rows, limit)
    return Answer({"items": [_entry(row) for row in data["items"]]}, headers=headers)


def _entry(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in EntrySchema().fields}
