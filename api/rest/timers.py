"""Timers of all matters, for administrators: what comes next, fired early or postponed."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, PageQuery, page, text, wanted_moment
from api.rest.verbs import ReasonSchema
from api.rest.wording import NAME_LENGTH, TIMER_STATE, WORDS_LENGTH
from engine.queries.timers import COMING, STATES
from engine.scopes import Scope


class TimerSchema(Schema):
    """A timer; `due_at` null: its end awaits the official notice. `counts` are the working days behind it."""

    id = fields.String(required=True)
    element = fields.String(required=True)
    name = text()
    instance_id = fields.String(required=True)
    instance_title = fields.String(required=True)
    business_key = fields.String(required=True)
    process = fields.String(required=True)
    process_name = text()
    employer_name = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    due_at = Moment(required=True, allow_none=True)
    window = fields.String(required=True, allow_none=True)
    counts = fields.List(fields.Dict(keys=fields.String()), required=True)
    opened_at = Moment(required=True)
    suspended = text(allow_none=True)


class TimerPageSchema(Schema):
    """A page of timers."""

    items = fields.List(fields.Nested(TimerSchema), required=True)


class TimerDetailSchema(TimerSchema):
    """One with why the caller cannot fire it now, or postpone it; null: they can."""

    no_firing = text(allow_none=True)
    no_postponing = text(allow_none=True)


class TimerQuery(PageQuery):
    """Only those of one process, or of another state than `coming`."""

    state = fields.String(load_default=COMING, validate=validate.OneOf(STATES, error=TIMER_STATE))
    process = fields.String(load_default=None, validate=validate.Length(1, 100, error=NAME_LENGTH))


class PostponeSchema(Schema):
    """Until when, later than now has it, and why."""

    to = wanted_moment()
    reason = fields.String(required=True, validate=validate.Length(1, 1000, error=WORDS_LENGTH))


class MovedSchema(Schema):
    """The timer, its instance, and the moment: the new one, or the one at which it would have fired."""

    timer = fields.String(required=True)
    instance = fields.String(required=True)
    due_at = fields.String(required=True)


@operation("GET", "/timers", scope=Scope.OPERATIONS, query=TimerQuery, answer=TimerPageSchema)
def timers(call: Call) -> Answer:
    """The timers of all matters, next first; `failed`, `awaiting` the notice or `suspended` ones by `state`."""
    limit, asked = call.query["limit"], call.query
    found = engine().timers(
        call.actor, state=asked["state"], process=asked["process"], limit=limit + 1, after=asked["after"]
    )
    data, headers = page(found, limit)
    return Answer(data, headers=headers)


@operation("GET", "/timers/<timer_id>", scope=Scope.OPERATIONS, answer=TimerDetailSchema)
def timer(call: Call, timer_id: str) -> Answer:
    """One timer, and whether the caller may move it."""
    detail = engine().timer(call.actor, timer_id)
    line: dict[str, Any] = {name: getattr(detail.line, name) for name in detail.line.__slots__}
    return Answer({**line, "no_firing": detail.no_firing, "no_postponing": detail.no_postponing})


@operation("POST", "/timers/<timer_id>/fire", scope=Scope.OPERATIONS, body=ReasonSchema, answer=MovedSchema)
def fire_timer(call: Call, timer_id: str) -> Answer:
    """Fire a timer before its moment, as of now. 409 for a publicity window and for one that awaits the notice."""
    return Answer(engine().fire_timer(call.actor, timer_id, call.body["reason"], idempotency_key=call.key))


@operation("POST", "/timers/<timer_id>/postpone", scope=Scope.OPERATIONS, body=PostponeSchema, answer=MovedSchema)
def postpone_timer(call: Call, timer_id: str) -> Answer:
    """Put a timer's moment off, by at most 366 days; never to an earlier one."""
    asked = call.body
    return Answer(engine().postpone_timer(call.actor, timer_id, asked["to"], asked["reason"], idempotency_key=call.key))
