"""The table of operations, and the blueprint that serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from api.rest import (
    calendars,
    certificates,
    clock,
    definitions,
    deployments,
    description,
    incidents,
    instances,
    messages,
    notices,
    numbers,
    papers,
    proposals,
    rectifications,
    registers,
    tasks,
    timers,
    verbs,
)

if TYPE_CHECKING:
    from flask import Response

OPERATIONS = (
    tasks.tasks,
    tasks.task,
    tasks.claim,
    tasks.complete,
    verbs.unclaim,
    verbs.give_back,
    verbs.reassign,
    verbs.delegate,
    verbs.withdraw,
    verbs.remind,
    verbs.add_signer,
    verbs.cancel_signer,
    verbs.give_opinion,
    verbs.opinions,
    papers.attachments,
    papers.attach,
    papers.attach_to_task,
    papers.attachment_content,
    papers.strike_attachment,
    papers.comments,
    papers.comment,
    papers.strike_comment,
    papers.copies,
    papers.send_copies,
    numbers.unmask,
    rectifications.corrections,
    rectifications.preview_correction,
    rectifications.ask_correction,
    rectifications.sign_correction,
    rectifications.refuse_correction,
    rectifications.withdraw_correction,
    notices.notices,
    notices.read_notices,
    instances.process_instances,
    instances.start,
    instances.process_instance,
    instances.history,
    instances.diagram_state,
    definitions.process_definitions,
    definitions.process_definition,
    definitions.evaluate,
    deployments.deployments,
    deployments.deployment,
    deployments.roll_back,
    deployments.cancel_activation,
    proposals.proposals,
    proposals.propose,
    proposals.proposal,
    proposals.approve_proposal,
    proposals.refuse_proposal,
    proposals.withdraw_proposal,
    calendars.calendars,
    calendars.calendar_year,
    calendars.import_calendar,
    calendars.confirm_calendar,
    calendars.accept_recount,
    calendars.keep_recount,
    incidents.incidents,
    incidents.incident,
    incidents.retry,
    incidents.resolve,
    timers.timers,
    timers.timer,
    timers.fire_timer,
    timers.postpone_timer,
    clock.clock,
    clock.move_clock,
    messages.send_message,
    registers.registers,
    registers.register_entries,
    registers.employers,
    registers.appointments,
    certificates.certificate,
    description.openapi,
)

api = Blueprint("rest", __name__, url_prefix=description.PREFIX)
for _operation in OPERATIONS:
    api.add_url_rule(_operation.path, _operation.name, _operation.serve, methods=[_operation.method])


@api.after_request
def _private(response: Response) -> Response:
    """Answers are about people: nothing between here and the caller may keep one."""
    response.headers["Cache-Control"] = "no-store"
    return response
