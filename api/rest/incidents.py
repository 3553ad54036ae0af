"""Incidents: what could not be done by itself, corrected and tried again, or dealt with."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, text
from api.rest.verbs import ReasonSchema
from api.rest.wording import PAYLOAD_KEY_LENGTH, WORDS_LENGTH
from engine.correction import Correction
from engine.scopes import Scope


class IncidentSchema(Schema):
    """An open incident; `kind` says what failed, `element` the message's name or the element."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    element = fields.String(required=True)
    instance_id = fields.String(required=True)
    instance_title = fields.String(required=True)
    cause = text()
    opened_at = Moment(required=True)


class IncidentsSchema(Schema):
    """The open incidents."""

    items = fields.List(fields.Nested(IncidentSchema), required=True)


class IncidentDetailSchema(IncidentSchema):
    """One with what may be corrected; `payload` is null where no message failed."""

    payload = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    correlation_key = fields.String(required=True, allow_none=True)
    variables = fields.Dict(keys=fields.String(), required=True)


class CorrectionSchema(Schema):
    """What is to be another; nothing of it: simply try again. With a correction goes its reason."""

    payload = fields.Dict(keys=fields.String(), load_default=None)
    correlation_key = fields.String(load_default=None, validate=validate.Length(1, 200, error=PAYLOAD_KEY_LENGTH))
    variables = fields.Dict(keys=fields.String(), load_default=dict)
    reason = fields.String(load_default=None, validate=validate.Length(1, 1000, error=WORDS_LENGTH))


class DealtWithSchema(Schema):
    """The incident and the instance that it was about."""

    incident = fields.String(required=True)
    instance = fields.String(required=True)


@operation("GET", "/incidents", scope=Scope.OPERATIONS, answer=IncidentsSchema)
def incidents(call: Call) -> Answer:
    """The open incidents, the oldest first."""
    return Answer({"items": engine().incidents(call.actor)})


@operation("GET", "/incidents/<incident_id>", scope=Scope.OPERATIONS, answer=IncidentDetailSchema)
def incident(call: Call, incident_id: str) -> Answer:
    """One with what may be corrected: its message and the variables of its instance."""
    detail = engine().incident(call.actor, incident_id)
    line = {name: getattr(detail.line, name) for name in detail.line.__slots__}
    corrigible = {"payload": detail.payload, "correlation_key": detail.correlation_key, "variables": detail.variables}
    return Answer({**line, **corrigible})


@operation(
    "POST", "/incidents/<incident_id>/retry", scope=Scope.OPERATIONS, body=CorrectionSchema, answer=DealtWithSchema
)
def retry(call: Call, incident_id: str) -> Answer:
    """Try again what failed, corrected if need be.

    `payload` replaces the message's, `variables` are set in the instance; the history keeps old and new, and the reason.
    """
    return Answer(engine().retry(call.actor, incident_id, Correction(**call.body), idempotency_key=call.key))


@operation(
    "POST", "/incidents/<incident_id>/resolve", scope=Scope.OPERATIONS, body=ReasonSchema, answer=DealtWithSchema
)
def resolve(call: Call, incident_id: str) -> Answer:
    """Deal with it without trying again: a message is dropped, a timer beside the work stands still."""
    return Answer(engine().resolve(call.actor, incident_id, call.body["reason"], idempotency_key=call.key))
