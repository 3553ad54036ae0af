"""Deployments: immutable versions of a policy's bundle."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, text, wanted_day
from api.rest.verbs import ReasonSchema
from api.rest.wording import WORDS_LENGTH
from engine.errors import NotFoundError
from engine.scopes import Scope

_LARGEST_ID = 2**31 - 1


class DeploymentSchema(Schema):
    """One version; `is_current`: new instances start on it today; `from_on`: it is to come into force then."""

    id = fields.Integer(required=True)
    policy = fields.String(required=True)
    version = fields.Integer(required=True)
    digest = fields.String(required=True)
    title = text()
    in_force_from = fields.Date(required=True)
    in_force_until = fields.Date(required=True, allow_none=True)
    deployed_by = fields.String(required=True)
    deployed_at = Moment(required=True)
    deployed_at_real = Moment(required=True)
    is_in_force = fields.Boolean(required=True)
    is_current = fields.Boolean(required=True)
    running = fields.Integer(required=True)
    gate = fields.String(required=True, validate=validate.OneOf(("approved", "emergency", "installed")))
    from_on = fields.Date(required=True, allow_none=True)


class DeploymentsSchema(Schema):
    """Every version."""

    items = fields.List(fields.Nested(DeploymentSchema), required=True)


class DeploymentDetailSchema(DeploymentSchema):
    """One version with the paths of its files."""

    files = fields.List(fields.String(), required=True)


@operation("GET", "/deployments", scope=Scope.POLICIES, answer=DeploymentsSchema)
def deployments(call: Call) -> Answer:
    """Every deployment, the newest first."""
    return Answer({"items": engine().deployments(call.actor)})


@operation(
    "GET", f"/deployments/<int(max={_LARGEST_ID}):deployment_id>", scope=Scope.POLICIES, answer=DeploymentDetailSchema
)
def deployment(call: Call, deployment_id: int) -> Answer:
    """One deployment with the paths of its files."""
    line = next((line for line in engine().deployments(call.actor) if line.id == deployment_id), None)
    if line is None:
        raise NotFoundError(f"没有编号为{deployment_id}的部署", f"there is no deployment {deployment_id}")
    files = sorted(engine().deployment_files(call.actor, deployment_id))
    return Answer({**{name: getattr(line, name) for name in line.__slots__}, "files": files})


class RollbackSchema(Schema):
    """From which day on, today if it is left out, and why."""

    from_on = wanted_day()
    reason = fields.String(required=True, validate=validate.Length(1, 1000, error=WORDS_LENGTH))


class ActivationSchema(Schema):
    """What was recorded."""

    deployment = fields.Integer(required=True)
    activation = fields.Integer(required=True)


@operation(
    "POST",
    f"/deployments/<int(max={_LARGEST_ID}):deployment_id>/rollback",
    scope=Scope.POLICIES,
    body=RollbackSchema,
    answer=ActivationSchema,
)
def roll_back(call: Call, deployment_id: int) -> Answer:
    """Put an earlier version in force again; what is under way keeps its own."""
    body = call.body
    done = engine().redeployment.roll_back(
        call.actor, deployment_id, body["reason"], body["from_on"], idempotency_key=call.key
    )
    return Answer(done)


@operation(
    "POST",
    f"/activations/<int(max={_LARGEST_ID}):activation_id>/cancel",
    scope=Scope.POLICIES,
    body=ReasonSchema,
    answer=ActivationSchema,
)
def cancel_activation(call: Call, activation_id: int) -> Answer:
    """Take back what has not come into force yet; it stays on record."""
    done = engine().redeployment.cancel(call.actor, activation_id, call.body["reason"], idempotency_key=call.key)
    return Answer(done)
