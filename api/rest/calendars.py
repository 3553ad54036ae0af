"""Working-day calendars: which years are known, a file to import, a second person's confirmation, ends to decide about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, text
from api.rest.verbs import ReasonSchema
from engine.scopes import Scope

if TYPE_CHECKING:
    from engine.queries.calendars import VersionLine

_LARGEST_ID = 2**31 - 1


class DifferenceSchema(Schema):
    """A day that is worked by one of two calendars only; null where it is worked, else the rest's name."""

    day = fields.Date(required=True)
    before = text(allow_none=True)
    after = text(allow_none=True)


class CalendarVersionSchema(Schema):
    """One file of one year. `counts`: it is the one in use; `id` is null for what travels with the product."""

    id = fields.Integer(required=True, allow_none=True)
    year = fields.Integer(required=True)
    version = fields.String(required=True)
    digest = fields.String(required=True)
    notice = fields.String(required=True)
    source = fields.String(required=True)
    issued_on = fields.Date(required=True)
    status = fields.String(required=True, validate=validate.OneOf(("shipped", "confirmed", "pending", "replaced")))
    counts = fields.Boolean(required=True)
    number = fields.Integer(required=True, allow_none=True)
    imported_by = fields.String(required=True, allow_none=True)
    imported_at = Moment(required=True, allow_none=True)
    confirmed_by = fields.String(required=True, allow_none=True)
    confirmed_at = Moment(required=True, allow_none=True)
    differences = fields.List(fields.Nested(DifferenceSchema), required=True)


class RecountSchema(Schema):
    """A window whose new end an administrator decides about; `due_at` is null where there is none to accept."""

    id = fields.Integer(required=True)
    instance_id = fields.String(required=True)
    instance_title = fields.String(required=True)
    element = fields.String(required=True)
    old_due_at = Moment(required=True, allow_none=True)
    due_at = Moment(required=True, allow_none=True)
    why = text()


class CalendarsSchema(Schema):
    """`number` counts the confirmations; `missing` are the years between known ones that are not."""

    number = fields.Integer(required=True)
    items = fields.List(fields.Nested(CalendarVersionSchema), required=True)
    missing = fields.List(fields.Integer(), required=True)
    asked = fields.List(fields.Nested(RecountSchema), required=True)


class RestSchema(Schema):
    """Days off in a row."""

    name = text()
    first = fields.Date(required=True)
    last = fields.Date(required=True)


class CalendarYearSchema(CalendarVersionSchema):
    """The file that counts for a year, with its days."""

    rests = fields.List(fields.Nested(RestSchema), required=True)
    make_up = fields.List(fields.Date(), required=True)


class CalendarFileSchema(Schema):
    """`file` is the YAML text, one year as those that travel with the product."""

    file = fields.String(required=True)


class ImportedSchema(Schema):
    """What was imported; `new` is false where that very file counts or waits already, `id` null where it counts."""

    id = fields.Integer(required=True, allow_none=True)
    year = fields.Integer(required=True)
    version = fields.String(required=True)
    status = fields.String(required=True)
    new = fields.Boolean(required=True)


class ConfirmedSchema(Schema):
    """The version that counts from now on."""

    id = fields.Integer(required=True)
    year = fields.Integer(required=True)
    number = fields.Integer(required=True)
    status = fields.String(required=True)


class RecountDecidedSchema(Schema):
    """`status` is `accepted` or `kept`."""

    recount = fields.Integer(required=True)
    instance = fields.String(required=True)
    status = fields.String(required=True)


@operation("GET", "/calendars", scope=Scope.OPERATIONS, answer=CalendarsSchema)
def calendars(call: Call) -> Answer:
    """Every calendar file, the newest year first, and the windows whose earlier end waits for a decision."""
    found = engine().calendars(call.actor)
    return Answer({"number": found.number, "items": found.lines, "missing": found.missing, "asked": found.asked})


@operation("GET", "/calendars/<int(max=9999):year>", scope=Scope.OPERATIONS, answer=CalendarYearSchema)
def calendar_year(call: Call, year: int) -> Answer:
    """A year's days off and make-up days, as they count."""
    found = engine().calendar_year(call.actor, year)
    return Answer({**_as_dict(found.line), "rests": found.days.rests, "make_up": found.days.make_up})


@operation(
    "POST", "/calendars", scope=Scope.OPERATIONS, body=CalendarFileSchema, answer=ImportedSchema, statuses=(201, 200)
)
def import_calendar(call: Call) -> Answer:
    """Import a year's file: 201 for a new version that waits for confirmation, 200 where it is there already.

    A file that is wrong is refused with every line and what to do.
    """
    done = engine().import_calendar(call.actor, call.body["file"].encode())
    return Answer(done, 201 if done["new"] else 200)


@operation(
    "POST",
    f"/calendars/imports/<int(max={_LARGEST_ID}):version_id>/confirm",
    scope=Scope.OPERATIONS,
    answer=ConfirmedSchema,
)
def confirm_calendar(call: Call, version_id: int) -> Answer:
    """Confirm somebody else's import; open windows are counted anew."""
    return Answer(engine().confirm_calendar(call.actor, version_id))


@operation(
    "POST",
    f"/calendars/recounts/<int(max={_LARGEST_ID}):recount_id>/accept",
    scope=Scope.OPERATIONS,
    body=ReasonSchema,
    answer=RecountDecidedSchema,
)
def accept_recount(call: Call, recount_id: int) -> Answer:
    """Let a window end earlier, as the newer calendar has it."""
    return Answer(engine().decide_recount(call.actor, recount_id, call.body["reason"], accepts=True))


@operation(
    "POST",
    f"/calendars/recounts/<int(max={_LARGEST_ID}):recount_id>/keep",
    scope=Scope.OPERATIONS,
    body=ReasonSchema,
    answer=RecountDecidedSchema,
)
def keep_recount(call: Call, recount_id: int) -> Answer:
    """Keep the end that was announced."""
    return Answer(engine().decide_recount(call.actor, recount_id, call.body["reason"], accepts=False))


def _as_dict(line: VersionLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in line.__slots__}
