"""A form as JSON: its components as they stand now, with labels, options and values."""

from __future__ import annotations

from marshmallow import Schema, fields

from api.rest.shapes import TextSchema, text


class OptionSchema(Schema):
    """One choice; `value` is what to submit."""

    value = fields.Raw(required=True, allow_none=True)
    label = text()
    chosen = fields.Boolean(required=True)


class RowSchema(Schema):
    """One row of a list; `name` is its path, `number` counts from 1."""

    name = fields.String(required=True)
    number = fields.Integer(required=True)
    fields_ = fields.List(
        fields.Nested(lambda: ComponentSchema()), required=True, attribute="fields", data_key="components"
    )


class ComponentSchema(Schema):
    """One component of a form; `name` is the path to submit its value under, empty for groups and texts."""

    kind = fields.String(required=True)
    name = fields.String(required=True)
    label = text()
    description = fields.Nested(TextSchema, required=True, allow_none=True)
    value = fields.Raw(required=True, allow_none=True)
    shown = fields.Nested(TextSchema, required=True, allow_none=True)
    options = fields.List(fields.Nested(OptionSchema), required=True)
    required = fields.Boolean(required=True)
    readonly = fields.Boolean(required=True)
    hidden = fields.Boolean(required=True)
    clause = fields.String(required=True)
    subtype = fields.String(required=True)
    longest = fields.Integer(required=True, allow_none=True)
    fields_ = fields.List(
        fields.Nested(lambda: ComponentSchema()), required=True, attribute="fields", data_key="components"
    )
    rows = fields.List(fields.Nested(RowSchema), required=True)
    extendable = fields.Boolean(required=True)


class FormSchema(Schema):
    """A form; conditions are settled, so hidden components are marked and read-only ones hold their value."""

    id = fields.String(required=True)
    components = fields.List(fields.Nested(ComponentSchema), required=True)
