"""Deployments: immutable versions of a policy's bundle."""

from __future__ import annotations

from flask import url_for
from marshmallow import Schema, fields

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, text
from engine.errors import NotFoundError
from engine.scopes import Scope

_LARGEST_ID = 2**31 - 1


class DeploymentSchema(Schema):
    """One version; `is_current`: new instances start on it today."""

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


class DeploymentsSchema(Schema):
    """Every version."""

    items = fields.List(fields.Nested(DeploymentSchema), required=True)


class DeploymentDetailSchema(DeploymentSchema):
    """One version with the paths of its files."""

    files = fields.List(fields.String(), required=True)


class DeployedSchema(Schema):
    """The version that these files are; `new` is false where they were deployed before."""

    id = fields.Integer(required=True)
    policy = fields.String(required=True)
    version = fields.Integer(required=True)
    digest = fields.String(required=True)
    new = fields.Boolean(required=True)


@operation("GET", "/deployments", scope=Scope.POLICIES, answer=DeploymentsSchema)
def deployments(call: Call) -> Answer:
    """Every deployment, the newest first."""
    return Answer({"items": engine().deployments(call.actor)})


@operation("POST", "/deployments", scope=Scope.POLICIES, takes_zip=True, answer=DeployedSchema, statuses=(201, 200))
def deploy(call: Call) -> Answer:
    """Deploy a bundle: 201 for a new version, 200 where the same files are one already.

    A bundle that does not pass its checks is refused with every finding: file, element, rule and what to do.
    """
    done = engine().deploy_zip(call.actor, call.content)
    there = url_for("rest.deployment", deployment_id=done["id"])
    return Answer(done, 201 if done["new"] else 200, {"Location": there})


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
