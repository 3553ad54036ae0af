"""What hangs on a matter: files, comments, copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import Schema, fields, validate

from api.request import engine
from api.rest.operation import Answer, Call, operation
from api.rest.shapes import Moment
from api.rest.verbs import ReasonSchema, YesOrNo
from api.rest.wording import ABOUT_LENGTH, COMMENT_LENGTH, NOTE_LENGTH, RECEIVERS
from engine.files import Handed
from engine.places import of_matter, of_task
from engine.scopes import Scope

if TYPE_CHECKING:
    from engine.places import Place


class HandedSchema(Schema):
    """Beside the parts named `file`: which line of an application they prove; `for_staff` keeps them from experts."""

    about = fields.String(load_default="", validate=validate.Length(0, 200, error=ABOUT_LENGTH))
    for_staff = fields.Boolean(load_default=False)


class AttachedSchema(Schema):
    """The files' ids, in the order in which they were sent."""

    attachments = fields.List(fields.String(), required=True)


class AttachmentSchema(Schema):
    """A file without its content; `type` is what its content says, `struck` why it does not count any more."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    type = fields.String(required=True)
    size = fields.Integer(required=True)
    digest = fields.String(required=True)
    about = fields.String(required=True)
    for_staff = fields.Boolean(required=True)
    by_id = fields.String(required=True)
    by_name = fields.String(required=True)
    at = Moment(required=True)
    element = fields.String(required=True, allow_none=True)
    struck = fields.String(required=True, allow_none=True)


class AttachmentsSchema(Schema):
    """The files of a matter, as far as the caller may read them."""

    items = fields.List(fields.Nested(AttachmentSchema), required=True)


class StruckSchema(Schema):
    """The file that counts no more."""

    attachment = fields.String(required=True)


class SaidSchema(Schema):
    """What to say, up to 2,000 characters; `for_all`, by staff alone: everybody with a part in the matter reads it."""

    text = fields.String(required=True, validate=validate.Length(1, 2000, error=COMMENT_LENGTH))
    for_all = YesOrNo(load_default=False)


class CommentedSchema(Schema):
    """The comment and its instance."""

    comment = fields.String(required=True)
    instance = fields.String(required=True)


class CommentSchema(Schema):
    """A comment; `kind` is comment or correction, `struck` why its author took it back, with `text` empty."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    text = fields.String(required=True)
    for_all = fields.Boolean(required=True)
    by_id = fields.String(required=True)
    by_name = fields.String(required=True)
    at = Moment(required=True)
    struck = fields.String(required=True, allow_none=True)


class CommentsSchema(Schema):
    """The comments that the caller may read, the oldest first."""

    items = fields.List(fields.Nested(CommentSchema), required=True)


class SendingSchema(Schema):
    """To whom, by their ids, and a note."""

    people = fields.List(fields.String(required=True), required=True, validate=validate.Length(1, 20, error=RECEIVERS))
    note = fields.String(load_default="", validate=validate.Length(0, 1000, error=NOTE_LENGTH))


class SentSchema(Schema):
    """The instance and the copies' ids."""

    instance = fields.String(required=True)
    copies = fields.List(fields.String(), required=True)


class CopySchema(Schema):
    """Who sent it to whom, and when the receiver first opened it."""

    id = fields.String(required=True)
    receiver_id = fields.String(required=True)
    receiver_name = fields.String(required=True)
    by_name = fields.String(required=True)
    note = fields.String(required=True)
    at = Moment(required=True)
    read_at = Moment(required=True, allow_none=True)


class CopiesSchema(Schema):
    """All of them for staff, for others those that they were sent."""

    items = fields.List(fields.Nested(CopySchema), required=True)


@operation("GET", "/process-instances/<instance_id>/attachments", answer=AttachmentsSchema)
def attachments(call: Call, instance_id: str) -> Answer:
    """The files of an instance that the caller may read."""
    return Answer({"items": engine().papers.attachments(call.actor, instance_id)})


@operation(
    "POST",
    "/process-instances/<instance_id>/attachments",
    scope=Scope.TASKS,
    body=HandedSchema,
    takes_files=True,
    answer=AttachedSchema,
    statuses=(201,),
)
def attach(call: Call, instance_id: str) -> Answer:
    """Hand in files, all or none: PDF, PNG, JPEG, docx, xlsx, text or CSV by their content, 10 MB each, 50 an instance."""
    return _attach(call, of_matter(instance_id))


@operation(
    "POST",
    "/tasks/<task_id>/attachments",
    scope=Scope.TASKS,
    body=HandedSchema,
    takes_files=True,
    answer=AttachedSchema,
    statuses=(201,),
)
def attach_to_task(call: Call, task_id: str) -> Answer:
    """The same beside an open task that is the caller's to do."""
    return _attach(call, of_task(task_id))


def _attach(call: Call, place: Place) -> Answer:
    about, for_staff = call.body["about"], call.body["for_staff"]
    handed = [Handed(name, content, about, for_staff) for name, content in call.files]
    return Answer(engine().papers.attach(call.actor, place, handed, idempotency_key=call.key), status=201)


@operation("GET", "/attachments/<attachment_id>/content", gives_file=True)
def attachment_content(call: Call, attachment_id: str) -> Answer:
    """A file as it was handed in, to be saved. That somebody else's was read is noted for its owner."""
    return Answer(engine().papers.read_attachment(call.actor, attachment_id))


@operation("POST", "/attachments/<attachment_id>/strike", scope=Scope.TASKS, body=ReasonSchema, answer=StruckSchema)
def strike_attachment(call: Call, attachment_id: str) -> Answer:
    """A file that the caller handed in counts no more; staff can still read it."""
    reason = call.body["reason"]
    return Answer(engine().papers.strike_attachment(call.actor, attachment_id, reason, idempotency_key=call.key))


@operation("GET", "/process-instances/<instance_id>/comments", answer=CommentsSchema)
def comments(call: Call, instance_id: str) -> Answer:
    """What was said about an instance beside its steps."""
    return Answer({"items": engine().papers.beside(call.actor, instance_id).comments})


@operation(
    "POST",
    "/process-instances/<instance_id>/comments",
    scope=Scope.TASKS,
    body=SaidSchema,
    answer=CommentedSchema,
    statuses=(201,),
)
def comment(call: Call, instance_id: str) -> Answer:
    """Say something about an instance; it is never changed, only struck by its author."""
    text, for_all = call.body["text"], call.body["for_all"]
    said = engine().papers.comment(call.actor, instance_id, text, for_all=for_all, idempotency_key=call.key)
    return Answer(said, status=201)


@operation("POST", "/comments/<comment_id>/strike", scope=Scope.TASKS, body=ReasonSchema, answer=CommentedSchema)
def strike_comment(call: Call, comment_id: str) -> Answer:
    """Take back what one has said; the history keeps it."""
    reason = call.body["reason"]
    return Answer(engine().papers.strike_comment(call.actor, comment_id, reason, idempotency_key=call.key))


@operation("GET", "/process-instances/<instance_id>/copies", answer=CopiesSchema)
def copies(call: Call, instance_id: str) -> Answer:
    """Who was sent an instance to read."""
    return Answer({"items": engine().papers.beside(call.actor, instance_id).copies})


@operation(
    "POST",
    "/process-instances/<instance_id>/copies",
    scope=Scope.TASKS,
    body=SendingSchema,
    answer=SentSchema,
    statuses=(201,),
)
def send_copies(call: Call, instance_id: str) -> Answer:
    """Send an instance to people who may see it anyway; 422 names whoever may not, and nobody is sent it then."""
    people, note = call.body["people"], call.body["note"]
    sent = engine().papers.send_copies(call.actor, instance_id, people, note, idempotency_key=call.key)
    return Answer(sent, status=201)
