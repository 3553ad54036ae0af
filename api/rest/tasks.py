"""Tasks: the inbox, one task with everything that decides it, claiming and completing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.components import FormSchema
from api.rest.operation import Answer, Call, operation
from api.rest.refusals import PreconditionError
from api.rest.shapes import Moment, NothingSchema, PageQuery, etag, next_link, text
from api.rest.verbs import OpinionSchema
from api.rest.wording import LIST_NAME
from engine.errors import StaleRevisionError
from engine.queries.filters import Box, Due, Sort, read
from engine.scopes import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.permissions import Actor

_LISTS = tuple(Box)
_ONES = {"claimed": ("yes", "no"), "reverse": ("yes", "no"), "due": tuple(Due), "sort": tuple(Sort)}


class TaskSchema(Schema):
    """A task in a list; `owner_id` has entrusted it to the assignee, `working_days_left` is negative when overdue."""

    id = fields.String(required=True)
    element = fields.String(required=True)
    name = text()
    instance_id = fields.String(required=True)
    instance_title = fields.String(required=True)
    business_key = fields.String(required=True)
    process = fields.String(required=True)
    process_name = text()
    employer_name = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    assignee_id = fields.String(required=True, allow_none=True)
    assignee_name = fields.String(required=True, allow_none=True)
    owner_id = fields.String(required=True, allow_none=True)
    opened_at = Moment(required=True)
    due_at = Moment(required=True, allow_none=True)
    closed_at = Moment(required=True, allow_none=True)
    working_days_left = fields.Integer(required=True, allow_none=True)
    is_unread = fields.Boolean(required=True)


class TaskPageSchema(Schema):
    """A page of tasks; `count` is how many the filters leave, on all pages together."""

    items = fields.List(fields.Nested(TaskSchema), required=True)
    count = fields.Integer(required=True)


class ClauseSchema(Schema):
    """A row of the regulation and its gist."""

    row = fields.String(required=True)
    gist = text()


class TaskDetailSchema(TaskSchema):
    """A task with its form and what a person decides by; `revision` is that of its instance, as in the ETag."""

    revision = fields.Integer(required=True)
    form = fields.Nested(FormSchema, required=True)
    findings = fields.List(fields.Dict(keys=fields.String()), required=True)
    clauses = fields.List(fields.Nested(ClauseSchema), required=True)
    next_steps = fields.List(text(), required=True)
    opinions = fields.List(fields.Nested(OpinionSchema), required=True)


def _one_of(name: str) -> fields.String:
    known = _ONES[name]
    return fields.String(metadata={"description": f"one of {', '.join(known)}", "enum": list(known)})


class TaskQuery(PageQuery):
    """Which list, filtered, searched and sorted as on the inbox's page.

    `mine`: assigned to me; `groups`: what my roles may claim; `substituted`: the same of those in whose place I stand;
    `sent`: what waits in matters that I began, handed on or entrusted; `entrusted`: of these what I may take back; `followed`;
    `done`: by me.
    """

    list = fields.String(load_default="mine", validate=validate.OneOf(_LISTS, error=LIST_NAME))
    q = fields.String(metadata={"description": "words, each found in step, matter, key, names or searchable variables"})
    process = fields.String()
    element = fields.String(metadata={"description": "the id of a user task in its diagram"})
    employer = fields.String(metadata={"description": "an employer's id"})
    instance = fields.String(metadata={"description": "the tasks of one matter"})
    due = _one_of("due")
    claimed = _one_of("claimed")
    since = fields.String(metadata={"description": "came on this day or later", "format": "date"})
    until = fields.String(metadata={"description": "came on this day or before", "format": "date"})
    sort = _one_of("sort")
    reverse = _one_of("reverse")


class CompletionSchema(Schema):
    """What the task's form asks for, nested as the dots in the names of its components say."""

    values = fields.Dict(keys=fields.String(), required=True)


class CompletedSchema(Schema):
    """The task that was completed and its instance."""

    task = fields.String(required=True)
    instance = fields.String(required=True)


@operation("GET", "/tasks", query=TaskQuery, answer=TaskPageSchema)
def tasks(call: Call) -> Answer:
    """A list of tasks, what is due first unless asked otherwise.

    What is asked for and is no such thing is refused (422) with those that there are.
    """
    limit, after = call.query["limit"], call.query["after"]
    wanted = read({name: value for name, value in call.query.items() if isinstance(value, str)})
    found = engine().inboxes.page(call.actor, wanted, limit=limit, after=after)
    further = {"Link": next_link(found.after)} if found.after else {}
    return Answer({"items": found.lines, "count": found.count}, headers=further)


@operation("GET", "/tasks/<task_id>", answer=TaskDetailSchema)
def task(call: Call, task_id: str) -> Answer:
    """One open task: its form with the present values, the findings, the clauses, what comes next.

    The ETag is the revision of the instance; give it back as If-Match to complete only what you have seen.
    """
    return _detail(call.actor, task_id)


@operation("POST", "/tasks/<task_id>/claim", scope=Scope.TASKS, body=NothingSchema, answer=TaskDetailSchema)
def claim(call: Call, task_id: str) -> Answer:
    """Make an open task one's own; claiming what is one's own already changes nothing."""
    engine().claim(call.actor, task_id)
    return _detail(call.actor, task_id)


@operation(
    "POST",
    "/tasks/<task_id>/complete",
    scope=Scope.TASKS,
    body=CompletionSchema,
    answer=CompletedSchema,
    conditional=True,
)
def complete(call: Call, task_id: str) -> Answer:
    """Complete a task with what its form asks for.

    With If-Match only while the instance is still at that revision, else 412. Only fields of the form are taken: an
    unknown one is refused, a hidden or read-only one is computed. Every field that is wrong is named.
    """
    values: Mapping[str, Any] = call.body["values"]
    try:
        done = engine().complete(call.actor, task_id, values, idempotency_key=call.key, revision=call.revision)
    except StaleRevisionError as error:
        raise PreconditionError(error.text.zh, error.text.en) from error
    return Answer(done)


def _detail(actor: Actor, task_id: str) -> Answer:
    detail = engine().task(actor, task_id)
    line = {name: getattr(detail.line, name) for name in detail.line.__slots__}
    data = {
        **line,
        "revision": detail.instance.revision,
        "form": {"id": detail.form.id, "components": engine().task_form(actor, detail, {}).fields},
        "findings": detail.instance.findings,
        "clauses": [{"row": row, "gist": gist} for row, gist in detail.clauses],
        "next_steps": [step.name for step in detail.next_steps],
        "opinions": detail.opinions,
    }
    return Answer(data, headers=etag(detail.instance.revision))
