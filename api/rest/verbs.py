"""What people do with a task beside completing it: give back, hand on, entrust, withdraw, ask and give an opinion."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, NothingSchema, text
from api.rest.wording import NAME_LENGTH, WORDS_LENGTH
from engine.scopes import Scope

_PERSON = validate.Length(1, 100, error=NAME_LENGTH)
_WORDS = validate.Length(1, 1000, error=WORDS_LENGTH)


class YesOrNo(fields.Boolean):
    """JSON's true and false, not what looks like them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **options)


class HandOverSchema(Schema):
    """To whom, by the person's id, and why."""

    person = fields.String(required=True, validate=_PERSON)
    reason = fields.String(required=True, validate=_WORDS)


class ReasonSchema(Schema):
    """Why."""

    reason = fields.String(required=True, validate=_WORDS)


class UrgingSchema(Schema):
    """What one wants to say, if anything."""

    words = fields.String(load_default="", validate=validate.Length(0, 1000, error=WORDS_LENGTH))


class UrgedSchema(Schema):
    """The task that was urged, its instance, and how often it has been urged by now."""

    task = fields.String(required=True)
    instance = fields.String(required=True)
    number = fields.Integer(required=True)


class SignerSchema(Schema):
    """Whom, by the person's id, and what is asked."""

    person = fields.String(required=True, validate=_PERSON)
    question = fields.String(required=True, validate=_WORDS)


class OpinionGivenSchema(Schema):
    """Whether one agrees, and what one has to say."""

    agrees = YesOrNo(required=True)
    text = fields.String(required=True, validate=_WORDS)


class HandledSchema(Schema):
    """The task that it was about and its instance."""

    task = fields.String(required=True)
    instance = fields.String(required=True)


class OpinionHandledSchema(HandledSchema):
    """The same with the request for an opinion."""

    opinion = fields.String(required=True)


class OpinionSchema(Schema):
    """A request for an opinion; `status` is asked, given or cancelled."""

    id = fields.String(required=True)
    task_id = fields.String(required=True)
    element = fields.String(required=True)
    name = text()
    instance_id = fields.String(required=True)
    instance_title = fields.String(required=True)
    asked_by_name = fields.String(required=True)
    person_id = fields.String(required=True)
    person_name = fields.String(required=True)
    question = fields.String(required=True)
    status = fields.String(required=True)
    agrees = fields.Boolean(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    asked_at = Moment(required=True)
    due_at = Moment(required=True, allow_none=True)


class OpinionsSchema(Schema):
    """What is still to be answered."""

    items = fields.List(fields.Nested(OpinionSchema), required=True)


@operation("POST", "/tasks/<task_id>/unclaim", scope=Scope.TASKS, body=NothingSchema, answer=HandledSchema)
def unclaim(call: Call, task_id: str) -> Answer:
    """Give a claimed task back to its candidate groups."""
    return Answer(engine().unclaim(call.actor, task_id, idempotency_key=call.key))


@operation("POST", "/tasks/<task_id>/give-back", scope=Scope.TASKS, body=NothingSchema, answer=HandledSchema)
def give_back(call: Call, task_id: str) -> Answer:
    """Give an entrusted task back to its owner, or take it back as its owner."""
    return Answer(engine().give_back(call.actor, task_id, idempotency_key=call.key))


@operation("POST", "/tasks/<task_id>/reassign", scope=Scope.TASKS, body=HandOverSchema, answer=HandledSchema)
def reassign(call: Call, task_id: str) -> Answer:
    """Hand a task to somebody else who may do it, for good.

    By its assignee, by a leader of its employer, or by an administrator.
    """
    to, reason = call.body["person"], call.body["reason"]
    return Answer(engine().reassign(call.actor, task_id, to, reason, idempotency_key=call.key))


@operation("POST", "/tasks/<task_id>/delegate", scope=Scope.TASKS, body=HandOverSchema, answer=HandledSchema)
def delegate(call: Call, task_id: str) -> Answer:
    """Entrust one's own task to somebody else who may do it.

    They complete it or give it back; the owner may take it back (`give-back` either way).
    """
    to, reason = call.body["person"], call.body["reason"]
    return Answer(engine().delegate(call.actor, task_id, to, reason, idempotency_key=call.key))


@operation("POST", "/tasks/<task_id>/withdraw", scope=Scope.TASKS, body=ReasonSchema, answer=HandledSchema)
def withdraw(call: Call, task_id: str) -> Answer:
    """Take back one's own completion: everything stands as before it.

    While nobody has claimed what it opened and nothing has been sent, issued, started or done since; otherwise 409
    names what stands in the way.
    """
    return Answer(engine().withdraw(call.actor, task_id, call.body["reason"], idempotency_key=call.key))


@operation("POST", "/tasks/<task_id>/remind", scope=Scope.TASKS, body=UrgingSchema, answer=UrgedSchema)
def remind(call: Call, task_id: str) -> Answer:
    """Urge an open task that is somebody else's: whoever has it, or could take it, is told.

    By who began the matter, HR and leaders of its employer, or the centre; once a day, and as often as the policy allows.
    """
    return Answer(engine().urge(call.actor, task_id, call.body["words"], idempotency_key=call.key))


@operation("POST", "/tasks/<task_id>/add-signer", scope=Scope.TASKS, body=SignerSchema, answer=OpinionHandledSchema)
def add_signer(call: Call, task_id: str) -> Answer:
    """Ask somebody's opinion on one's own task; it cannot be completed before they have answered."""
    person, question = call.body["person"], call.body["question"]
    return Answer(engine().add_signer(call.actor, task_id, person, question, idempotency_key=call.key))


@operation(
    "POST", "/tasks/<task_id>/cancel-signer", scope=Scope.TASKS, body=HandOverSchema, answer=OpinionHandledSchema
)
def cancel_signer(call: Call, task_id: str) -> Answer:
    """Ask somebody's opinion no longer."""
    person, reason = call.body["person"], call.body["reason"]
    return Answer(engine().cancel_signer(call.actor, task_id, person, reason, idempotency_key=call.key))


@operation("POST", "/tasks/<task_id>/opinion", scope=Scope.TASKS, body=OpinionGivenSchema, answer=OpinionHandledSchema)
def give_opinion(call: Call, task_id: str) -> Answer:
    """Answer what one was asked about a task."""
    agrees, said = call.body["agrees"], call.body["text"]
    return Answer(engine().give_opinion(call.actor, task_id, said, agrees=agrees, idempotency_key=call.key))


@operation("GET", "/opinions", answer=OpinionsSchema)
def opinions(call: Call) -> Answer:
    """What one is asked and has not answered, the oldest first."""
    return Answer({"items": engine().opinions(call.actor)})
