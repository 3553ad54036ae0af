"""Messages from other systems."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.wording import MESSAGE_NAME_LENGTH, PAYLOAD_KEY_LENGTH
from engine.scopes import Scope

_NAME = validate.Length(1, 200, error=MESSAGE_NAME_LENGTH)
_KEY = validate.Length(1, 200, error=PAYLOAD_KEY_LENGTH)


class MessageSchema(Schema):
    """A message that a diagram waits for and that none sends: its name, its correlation key and what it carries."""

    name = fields.String(required=True, validate=_NAME)
    correlation_key = fields.String(required=True, validate=_KEY)
    payload = fields.Dict(keys=fields.String(), load_default=dict)


class MessageDeliveredSchema(Schema):
    """Who got it, and where."""

    instance = fields.String(required=True)
    element = fields.String(required=True)


@operation("POST", "/messages", scope=Scope.MESSAGES, body=MessageSchema, answer=MessageDeliveredSchema)
def send_message(call: Call) -> Answer:
    """Tell the one instance that waits for this message; 409 where nobody does now."""
    sent = call.body["name"], call.body["correlation_key"], call.body["payload"]
    return Answer(engine().send_message(call.actor, *sent, idempotency_key=call.key))
