"""Process instances: starting one, lists, one with its facts, history, and where it stands in its diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for
from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.components import ComponentSchema
from api.rest.messages import MessageDeliveredSchema
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, PageQuery, TextSchema, etag, page, text
from api.rest.wording import NAME_LENGTH
from engine.scopes import Scope

if TYPE_CHECKING:
    from engine.queries.instances import InstanceDetail

_NAME = validate.Length(1, 100, error=NAME_LENGTH)


class InstanceSchema(Schema):
    """An instance in a list; `waiting` names what it waits for, `outcome` how it ended."""

    id = fields.String(required=True)
    process = fields.String(required=True)
    process_name = text()
    title = fields.String(required=True)
    business_key = fields.String(required=True)
    employer_name = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    end_element = fields.String(required=True, allow_none=True)
    outcome = text(allow_none=True)
    waiting = fields.List(fields.Nested(TextSchema), required=True)
    started_at = Moment(required=True)
    ended_at = Moment(required=True, allow_none=True)
    parent_id = fields.String(required=True, allow_none=True)
    deployment_id = fields.Integer(required=True)
    suspended = text(allow_none=True)


class InstancePageSchema(Schema):
    """A page of instances."""

    items = fields.List(fields.Nested(InstanceSchema), required=True)


class WindowSchema(Schema):
    """A wait with its arithmetic; `due_at` null: the end awaits the official notice of a year."""

    id = fields.String(required=True)
    element = fields.String(required=True)
    name = text()
    status = fields.String(required=True)
    due_at = Moment(required=True, allow_none=True)
    window = fields.String(required=True, allow_none=True)
    counts = fields.List(fields.Dict(keys=fields.String()), required=True)
    opened_at = Moment(required=True)


class OfferSchema(Schema):
    """What the caller may set off now."""

    element = fields.String(required=True)
    name = text()


class InstanceDetailSchema(InstanceSchema):
    """An instance with everything that the caller may know; `variables` is empty where that is not everything."""

    revision = fields.Integer(required=True)
    deployment = text()
    deployment_version = fields.Integer(required=True)
    children = fields.List(fields.Nested(InstanceSchema), required=True)
    variables = fields.Dict(keys=fields.String(), required=True)
    application = fields.List(fields.Nested(ComponentSchema), required=True, allow_none=True)
    findings = fields.List(fields.Dict(keys=fields.String()), required=True)
    windows = fields.List(fields.Nested(WindowSchema), required=True)
    offers = fields.List(fields.Nested(OfferSchema), required=True)


class EventSchema(Schema):
    """A history entry; `at` is business time, `at_real` the machine's."""

    number = fields.Integer(required=True)
    kind = fields.String(required=True)
    element = fields.String(required=True, allow_none=True)
    name = text(allow_none=True)
    actor_name = fields.String(required=True)
    at = Moment(required=True)
    at_real = Moment(required=True)
    payload = fields.Dict(keys=fields.String(), required=True)


class HistorySchema(Schema):
    """Every entry, the oldest first."""

    items = fields.List(fields.Nested(EventSchema), required=True)


class DiagramStateSchema(Schema):
    """The BPMN file as it was deployed, with the elements that were passed and those that are waited at."""

    process = fields.String(required=True)
    passed = fields.List(fields.String(), required=True)
    active = fields.List(fields.String(), required=True)
    xml = fields.String(required=True)


class InstanceQuery(PageQuery):
    """Only those of one process, only those that the caller began."""

    process = fields.String(load_default=None)
    mine = fields.Boolean(load_default=False)


class StartSchema(Schema):
    """What to start, under which instance if any, and what its start form asks for."""

    process = fields.String(required=True, validate=_NAME)
    parent = fields.String(load_default=None, allow_none=True, validate=_NAME)
    values = fields.Dict(keys=fields.String(), load_default=dict)


class SetOffSchema(Schema):
    """What to set off, one of the instance's `offers`, and what its form asks for."""

    element = fields.String(required=True, validate=_NAME)
    values = fields.Dict(keys=fields.String(), load_default=dict)


class StartedSchema(Schema):
    """The new instance and its business key."""

    instance = fields.String(required=True)
    key = fields.String(required=True)


@operation("GET", "/process-instances", query=InstanceQuery, answer=InstancePageSchema)
def process_instances(call: Call) -> Answer:
    """The instances that the caller may see, the newest first."""
    limit, asked = call.query["limit"], call.query
    found = engine().instances(
        call.actor, process=asked["process"], mine=asked["mine"], limit=limit + 1, after=asked["after"]
    )
    data, headers = page(found, limit)
    return Answer(data, headers=headers)


@operation("POST", "/process-instances", scope=Scope.START, body=StartSchema, answer=StartedSchema, statuses=(201,))
def start(call: Call) -> Answer:
    """Start a process: a root on the policy in force today, a child on its parent's.

    409 outside the policy's term (A15.1) and where the parent takes none now.
    """
    asked = call.body
    begun = engine().start(
        call.actor, asked["process"], asked["values"], parent_id=asked["parent"], idempotency_key=call.key
    )
    there = url_for("rest.process_instance", instance_id=begun["instance"])
    return Answer(begun, 201, {"Location": there})


@operation("GET", "/process-instances/<instance_id>", answer=InstanceDetailSchema)
def process_instance(call: Call, instance_id: str) -> Answer:
    """One instance with its facts; the ETag is its revision, raised by every step."""
    detail = engine().instance(call.actor, instance_id)
    line = {name: getattr(detail.line, name) for name in detail.line.__slots__}
    own = {name: getattr(detail, name) for name in InstanceDetailSchema().fields if name not in line}
    own["application"] = detail.application.fields if detail.application else None
    return Answer({**line, **own}, headers=etag(detail.revision))


@operation("GET", "/process-instances/<instance_id>/history", answer=HistorySchema)
def history(call: Call, instance_id: str) -> Answer:
    """Who did what when; what others entered only for those who may see it."""
    return Answer({"items": engine().instance(call.actor, instance_id).events})


@operation("GET", "/process-instances/<instance_id>/diagram-state", answer=DiagramStateSchema)
def diagram_state(call: Call, instance_id: str) -> Answer:
    """Where an instance stands in its diagram."""
    return Answer(_state(engine().instance(call.actor, instance_id)))


@operation(
    "POST",
    "/process-instances/<instance_id>/messages",
    scope=Scope.TASKS,
    body=SetOffSchema,
    answer=MessageDeliveredSchema,
)
def set_off(call: Call, instance_id: str) -> Answer:
    """Set off what the diagram lets the caller at any time (a withdrawal): the element of `offers`, its form's values."""
    asked = call.body
    return Answer(
        engine().set_off(call.actor, instance_id, asked["element"], asked["values"], idempotency_key=call.key)
    )


def _state(detail: InstanceDetail) -> dict[str, object]:
    under_way = detail.active | detail.entered
    return {
        "process": detail.line.process,
        "passed": sorted(detail.passed - under_way),
        "active": sorted(under_way),
        "xml": detail.diagram.decode(),
    }
