"""What the caller may start, and asking a decision without starting anything."""

from __future__ import annotations

from marshmallow import Schema, fields

from api.request import engine
from api.rest.components import FormSchema
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import TextSchema, text


class ParentSchema(Schema):
    """The instance that a child would belong to."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    business_key = fields.String(required=True)


class DefinitionSchema(Schema):
    """A process that can be started now."""

    process = fields.String(required=True)
    name = text()
    policy = text()
    parent = fields.Nested(ParentSchema, required=True, allow_none=True)


class DefinitionsSchema(Schema):
    """Everything that the caller may start now."""

    items = fields.List(fields.Nested(DefinitionSchema), required=True)


class ParentQuery(Schema):
    """The id of the instance to start under."""

    parent = fields.String(load_default=None)


class StartFormSchema(Schema):
    """What starting asks for; `form` is null where nothing is asked."""

    process = fields.String(required=True)
    name = text()
    parent_title = fields.String(required=True, allow_none=True)
    form = fields.Nested(FormSchema, required=True, allow_none=True)


class QuestionSchema(Schema):
    """The decision's input data by name; settings are those of the policy in force."""

    context = fields.Dict(keys=fields.String(), required=True)


class DecidedSchema(Schema):
    """The value, every decision, table, rule and cell that led to it, and the same in sentences.

    `trace.decisions[].nearMisses`: what is not met and the fewest cells whose change would meet it.
    """

    deployment_id = fields.Integer(required=True)
    result = fields.Raw(required=True, allow_none=True)
    trace = fields.Dict(keys=fields.String(), required=True)
    explanation = fields.List(fields.Nested(TextSchema), required=True)


@operation("GET", "/process-definitions", answer=DefinitionsSchema)
def process_definitions(call: Call) -> Answer:
    """What the caller may start at this moment; nothing outside a policy's term."""
    return Answer({"items": engine().startable(call.actor)})


@operation("GET", "/process-definitions/<process>", query=ParentQuery, answer=StartFormSchema)
def process_definition(call: Call, process: str) -> Answer:
    """The start form of a process; refused as starting it would be."""
    asked = engine().start_form(call.actor, process, call.query["parent"], {})
    form = {"id": asked.form.id, "components": asked.view.fields} if asked.form and asked.view else None
    return Answer(
        {"process": asked.process, "name": asked.name, "parent_title": asked.parent_title, "form": form},
    )


@operation("POST", "/decisions/<key>/evaluate", body=QuestionSchema, answer=DecidedSchema)
def evaluate(call: Call, key: str) -> Answer:
    """Ask a decision of the policy in force; nothing is written."""
    return Answer(engine().decide(call.actor, key, call.body["context"]))
