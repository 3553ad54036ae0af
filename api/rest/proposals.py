"""Versions on their way into force: proposed with a zip, examined by the worker, decided by another person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, text, wanted_day
from api.rest.verbs import ReasonSchema
from api.rest.wording import WORDS_LENGTH
from engine.gate import EXAM_WORDS, Status, Wanted
from engine.scopes import Scope

if TYPE_CHECKING:
    from engine.queries.proposals import ProposalDetail

_LARGEST_ID = 2**31 - 1
_ONE = f"/proposals/<int(max={_LARGEST_ID}):proposal_id>"


class ProposalSchema(Schema):
    """One proposal; `deployment_id` once it is deployed."""

    id = fields.Integer(required=True)
    policy = fields.String(required=True)
    title = text()
    from_on = fields.Date(required=True)
    reason = fields.String(required=True)
    emergency = fields.Boolean(required=True)
    status = fields.String(required=True, validate=validate.OneOf(tuple(Status)))
    by = fields.String(required=True)
    at = Moment(required=True)
    deployment_id = fields.Integer(required=True, allow_none=True)


class ProposalsSchema(Schema):
    """Every proposal."""

    items = fields.List(fields.Nested(ProposalSchema), required=True)


class ExaminedSchema(Schema):
    """How far an examination is, and what came of it."""

    kind = fields.String(required=True, validate=validate.OneOf(tuple(EXAM_WORDS)))
    status = fields.String(required=True, validate=validate.OneOf(("waiting", "running", "done", "failed")))
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    result = fields.Dict(keys=fields.String(), required=True, allow_none=True)


class ApprovalSchema(Schema):
    """What somebody said."""

    by = fields.String(required=True)
    approves = fields.Boolean(required=True)
    reason = fields.String(required=True)
    at = Moment(required=True)


class ProposalDetailSchema(ProposalSchema):
    """One with its examinations and approvals; `lacking` is what keeps it from being approved, `needed` how many approvals."""

    digest = fields.String(required=True)
    against = fields.Integer(required=True, allow_none=True)
    examined = fields.List(fields.Nested(ExaminedSchema), required=True)
    approvals = fields.List(fields.Nested(ApprovalSchema), required=True)
    needed = fields.Integer(required=True)
    lacking = fields.List(text(), required=True)


class ProposeQuery(Schema):
    """Why, from which day on (the first possible one if left out), and whether it cannot wait for the examinations."""

    reason = fields.String(required=True, validate=validate.Length(1, 1000, error=WORDS_LENGTH))
    from_on = wanted_day()
    emergency = fields.Boolean(load_default=False)


class ProposedSchema(Schema):
    """Its number, and the digest of its files."""

    proposal = fields.Integer(required=True)
    digest = fields.String(required=True)


class SettledSchema(Schema):
    """`deployment`: null where it is not deployed (yet)."""

    proposal = fields.Integer(required=True)
    deployment = fields.Integer(required=True, allow_none=True)


@operation("GET", "/proposals", scope=Scope.POLICIES, answer=ProposalsSchema)
def proposals(call: Call) -> Answer:
    """Every proposal, the newest first."""
    return Answer({"items": engine().redeployment.proposals(call.actor)})


@operation(
    "POST",
    "/proposals",
    scope=Scope.POLICIES,
    takes_zip=True,
    query=ProposeQuery,
    answer=ProposedSchema,
    statuses=(201,),
)
def propose(call: Call) -> Answer:
    """Propose a bundle as the version in force from a day on.

    A bundle that does not pass its checks is refused with every finding: file, element, rule and what to do. Its worked cases
    and the rehearsal are the worker's; another person approves it then.
    """
    digest = engine().redeployment.stage(call.actor, call.content)
    asked = call.query
    wanted = Wanted(digest, asked["reason"], asked["from_on"], emergency=asked["emergency"])
    done = engine().redeployment.propose(call.actor, wanted, idempotency_key=call.key)
    there = url_for("rest.proposal", proposal_id=done["proposal"])
    return Answer({**done, "digest": digest}, 201, {"Location": there})


@operation("GET", _ONE, scope=Scope.POLICIES, answer=ProposalDetailSchema)
def proposal(call: Call, proposal_id: int) -> Answer:
    """One proposal with what the gate asks for and how far that is."""
    return Answer(_detail(engine().redeployment.proposal(call.actor, proposal_id)))


@operation("POST", f"{_ONE}/approve", scope=Scope.POLICIES, body=ReasonSchema, answer=SettledSchema)
def approve_proposal(call: Call, proposal_id: int) -> Answer:
    """Approve it, as another person than who proposed it; the last approval that is needed deploys it."""
    done = engine().redeployment.approve(call.actor, proposal_id, call.body["reason"], idempotency_key=call.key)
    return Answer(done)


@operation("POST", f"{_ONE}/refuse", scope=Scope.POLICIES, body=ReasonSchema, answer=SettledSchema)
def refuse_proposal(call: Call, proposal_id: int) -> Answer:
    """Refuse it: it is over."""
    done = engine().redeployment.refuse(call.actor, proposal_id, call.body["reason"], idempotency_key=call.key)
    return Answer(done)


@operation("POST", f"{_ONE}/withdraw", scope=Scope.POLICIES, body=ReasonSchema, answer=SettledSchema)
def withdraw_proposal(call: Call, proposal_id: int) -> Answer:
    """Take one's own proposal back."""
    done = engine().redeployment.withdraw(call.actor, proposal_id, call.body["reason"], idempotency_key=call.key)
    return Answer(done)


def _detail(found: ProposalDetail) -> dict[str, Any]:
    names = ("digest", "examined", "approvals", "needed", "lacking")
    line = {name: getattr(found.line, name) for name in found.line.__slots__}
    against = found.against.id if found.against else None
    return {**line, **{name: getattr(found, name) for name in names}, "against": against}
