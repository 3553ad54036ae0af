"""An identity number in full."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.wording import ABOUT_LENGTH
from engine.scopes import Scope


class UnmaskingSchema(Schema):
    """Which (a path in the application) and what for: `identity`, `certificate`, `records`, `request`, or `other` with words.

    Of one's own number nothing but the path is asked.
    """

    path = fields.String(required=True, validate=validate.Length(0, 200, error=ABOUT_LENGTH))
    purpose = fields.String(load_default="")
    words = fields.String(load_default="", validate=validate.Length(0, 200, error=ABOUT_LENGTH))


class UnmaskedSchema(Schema):
    """The number in full."""

    instance = fields.String(required=True)
    path = fields.String(required=True)
    number = fields.String(required=True)


@operation(
    "POST", "/process-instances/<instance_id>/unmask", scope=Scope.IDENTITY, body=UnmaskingSchema, answer=UnmaskedSchema
)
def unmask(call: Call, instance_id: str) -> Answer:
    """Read an identity number in full, everywhere else masked. Who read it, when and what for is on record for its owner."""
    found = engine().papers.unmask(call.actor, instance_id, call.body["path"], call.body["purpose"], call.body["words"])
    return Answer(found)
