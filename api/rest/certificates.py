"""The public check of a certificate: without a token, and without anything personal in the answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import text


class CertificateSchema(Schema):
    """What anybody may know of a certificate."""

    number = fields.String(required=True)
    level = text()
    employer_name = fields.String(required=True)
    issued_on = fields.Date(required=True)


@operation("GET", "/certificates/<number>", answer=CertificateSchema, public=True)
def certificate(_call: Call, number: str) -> Answer:
    """Whether a certificate was issued: its level, its employer and the day. 404 for any other number."""
    return Answer(engine().certificate(number))
