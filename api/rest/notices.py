"""What one was told: reminders, urgings, alarms; each person's own alone."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment, PageQuery, page, text
from api.rest.wording import NOTICE_NUMBER
from engine.scopes import Scope

_LARGEST = 2**31 - 1


class NoticeSchema(Schema):
    """A notice; `task_id` as long as that task is open and one's own to do, `read_at` is null until it is read.

    `kind` is before, on, after or escalated (reminders of a due date), urged, handed (a task), opinion (asked for), copied,
    correction (asked for), absence, account (password set by a link), calendar or policy (alarms), mail or hook (that cannot be
    delivered), suspended or resumed (an employer's exit and its reversal).
    """

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    text = text()
    instance_id = fields.String(required=True, allow_none=True)
    instance_title = fields.String(required=True, allow_none=True)
    task_id = fields.String(required=True, allow_none=True)
    created_at = Moment(required=True)
    read_at = Moment(required=True, allow_none=True)


class NoticePageSchema(Schema):
    """A page of notices."""

    items = fields.List(fields.Nested(NoticeSchema), required=True)


class ReadSchema(Schema):
    """Up to which one, by its id; all of them without it."""

    until = fields.Integer(strict=True, load_default=None, validate=validate.Range(1, _LARGEST, error=NOTICE_NUMBER))


class ReadAnswerSchema(Schema):
    """How many have been read by this, and how many are unread now."""

    read = fields.Integer(required=True)
    unread = fields.Integer(required=True)


@operation("GET", "/notices", query=PageQuery, answer=NoticePageSchema)
def notices(call: Call) -> Answer:
    """What one was told: the unread first, of each the newest first."""
    limit = call.query["limit"]
    data, headers = page(engine().notices(call.actor, limit=limit + 1, after=call.query["after"]), limit)
    return Answer(data, headers=headers)


@operation("POST", "/notices/read", scope=Scope.TASKS, body=ReadSchema, answer=ReadAnswerSchema)
def read_notices(call: Call) -> Answer:
    """Mark one's notices as read.

    Give the id of the newest that was shown, so that what came meanwhile stays unread.
    """
    return Answer(engine().read_notices(call.actor, call.body["until"], idempotency_key=call.key))
