"""Corrections of what staff entered by mistake: what would follow, asked for by one, signed by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, text
from api.rest.verbs import ReasonSchema
from api.rest.wording import WORDS_LENGTH
from engine.scopes import Scope

if TYPE_CHECKING:
    from engine.queries.rectifications import RectificationDetail, Told

_LARGEST_ID = 2**31 - 1
_ONE = f"/corrections/<int(max={_LARGEST_ID}):rectification_id>"
_OF_MATTER = "/process-instances/<instance_id>/corrections"


class WantedSchema(Schema):
    """The entry of the history that has it wrong, and what should be there, each value as text by its path."""

    entry = fields.Integer(required=True)
    values = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    reason = fields.String(load_default="", validate=validate.Length(0, 1000, error=WORDS_LENGTH))


class ToldSchema(Schema):
    """What it does to one matter: `changes`, `effects`, the posting that is `void`, and the same for `related` matters."""

    instance_id = fields.String(required=True)
    title = fields.String(required=True)
    changes = fields.List(fields.Dict(keys=fields.String()), required=True)
    effects = fields.List(fields.Dict(keys=fields.String()), required=True)
    void = text(allow_none=True)
    window_ends = fields.String(required=True, allow_none=True)
    related = fields.List(fields.Dict(keys=fields.String()), required=True)


class ConsequencesSchema(Schema):
    """What would follow; with `obstacles` it cannot be corrected so."""

    told = fields.Nested(ToldSchema, required=True)
    obstacles = fields.List(text(), required=True)


class RectificationSchema(Schema):
    """One that was asked for."""

    id = fields.Integer(required=True)
    entry = fields.Integer(required=True)
    reason = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(("asked", "done", "refused", "withdrawn")))
    asked_by = fields.String(required=True)
    asked_at = Moment(required=True)
    settled_by = fields.String(required=True, allow_none=True)
    settled_at = Moment(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True)
    told = fields.Nested(ToldSchema, required=True)


class RectificationsSchema(Schema):
    """The newest first."""

    items = fields.List(fields.Nested(RectificationSchema), required=True)


class AskedSchema(Schema):
    """Its number."""

    rectification = fields.Integer(required=True)


class RectifiedSchema(Schema):
    """The correction and its matter."""

    rectification = fields.Integer(required=True)
    instance = fields.String(required=True)


@operation("GET", _OF_MATTER, scope=Scope.READ, answer=RectificationsSchema)
def corrections(call: Call, instance_id: str) -> Answer:
    """What was asked to be corrected in a matter."""
    found = engine().rectifications.rectifications(call.actor, instance_id)
    return Answer({"items": [_detail(one) for one in found]})


@operation("POST", f"{_OF_MATTER}/preview", scope=Scope.TASKS, body=WantedSchema, answer=ConsequencesSchema)
def preview_correction(call: Call, instance_id: str) -> Answer:
    """What would follow from a correction; nothing is written."""
    body = call.body
    found = engine().rectifications.preview(call.actor, instance_id, body["entry"], body["values"])
    return Answer({"told": _told(found.told), "obstacles": list(found.obstacles)})


@operation("POST", _OF_MATTER, scope=Scope.TASKS, body=WantedSchema, answer=AskedSchema, statuses=(201,))
def ask_correction(call: Call, instance_id: str) -> Answer:
    """Ask for a correction; another person signs it."""
    body = call.body
    done = engine().rectifications.ask(
        call.actor, instance_id, body["entry"], body["values"], body["reason"], idempotency_key=call.key
    )
    return Answer(done, 201)


@operation("POST", f"{_ONE}/sign", scope=Scope.TASKS, body=ReasonSchema, answer=RectifiedSchema)
def sign_correction(call: Call, rectification_id: int) -> Answer:
    """Sign it, as another person than who asked: it is corrected."""
    return Answer(
        engine().rectifications.sign(call.actor, rectification_id, call.body["reason"], idempotency_key=call.key)
    )


@operation("POST", f"{_ONE}/refuse", scope=Scope.TASKS, body=ReasonSchema, answer=RectifiedSchema)
def refuse_correction(call: Call, rectification_id: int) -> Answer:
    """Refuse to sign it: it is over."""
    return Answer(
        engine().rectifications.refuse(call.actor, rectification_id, call.body["reason"], idempotency_key=call.key)
    )


@operation("POST", f"{_ONE}/withdraw", scope=Scope.TASKS, answer=RectifiedSchema)
def withdraw_correction(call: Call, rectification_id: int) -> Answer:
    """Take one's own back."""
    return Answer(engine().rectifications.withdraw(call.actor, rectification_id, idempotency_key=call.key))


def _detail(found: RectificationDetail) -> dict[str, Any]:
    names = ("id", "entry", "reason", "status", "asked_by", "asked_at", "settled_by", "settled_at", "answer")
    return {**{name: getattr(found, name) for name in names}, "told": _told(found.told)}


def _told(told: Told) -> dict[str, Any]:
    return {
        "instance_id": told.instance_id,
        "title": told.title,
        "changes": [
            {"path": one.what, "name": one.name.as_json(), "old": one.old, "new": one.new} for one in told.changes
        ],
        "effects": [
            {"kind": one.kind, "name": one.name.as_json(), "row": one.row, "old": one.old, "new": one.new}
            for one in told.effects
        ],
        "void": told.void,
        "window_ends": told.window_ends,
        "related": [{**_told(one), "void": one.void.as_json() if one.void else None} for one in told.related],
    }
