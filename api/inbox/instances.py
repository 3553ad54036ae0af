"""Lists of process instances and the page of one: where it stands, windows, findings, diagram, history."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, render_template

from api.inbox import diagrams, showing
from api.inbox.inbox import WAITING
from api.request import actor, engine, language
from engine.places import of_matter
from engine.queries.filters import Box, Filters

if TYPE_CHECKING:
    from engine.queries.inbox import TaskLine

pages = Blueprint("instances", __name__)

_STANDING = ("open", "incident")


@pages.get("/instances")
def rounds() -> str:
    lines = [line for line in engine().instances(actor()) if line.parent_id is None]
    startable, withheld = engine().startable(actor()), engine().withheld(actor())
    to_sign = [one for one in engine().rectifications.rectifications(actor()) if one.may_sign]
    return render_template(
        "instances.html", lines=lines, startable=startable, withheld=withheld, to_sign=to_sign, room="rounds"
    )


@pages.get("/started")
def started() -> str:
    lines = engine().instances(actor(), mine=True)
    return render_template("instances.html", lines=lines, startable=engine().startable(actor()), room="started")


@pages.get("/instances/<instance_id>")
def show(instance_id: str) -> str:
    progress = engine().progress(actor(), instance_id)
    beside = engine().papers.beside(actor(), instance_id)
    if beside.has_unread:
        engine().papers.mark_copies_read(actor(), instance_id)
    return render_template(
        "instance.html",
        progress=progress,
        detail=progress.detail,
        checks=showing.checks(progress.detail.decisions),
        withdrawable=engine().withdrawable(actor(), instance_id),
        urgeable=engine().urgeable(actor(), instance_id),
        beside=beside,
        appeals=engine().papers.appeals(actor(), instance_id),
        place=of_matter(instance_id),
        once=secrets.token_urlsafe(16),
        tasks=[line for box in WAITING for line in _waiting(box, instance_id)],
        is_followed=engine().inboxes.follows(actor(), instance_id),
        notice=next((one.id for one in progress.detail.windows if one.window and one.status in _STANDING), None),
        room="rounds",
    )


def _waiting(box: Box, instance_id: str) -> tuple[TaskLine, ...]:
    return engine().inboxes.page(actor(), Filters(box, instance=instance_id)).lines


@pages.get("/instances/<instance_id>/notice")
def notice(instance_id: str) -> str:
    """The notice of the open publicity window, made to be printed."""
    return render_template("notice.html", posted=engine().posted(actor(), instance_id), room="rounds")


@pages.get("/instances/<instance_id>/diagram")
def diagram(instance_id: str) -> Response:
    """For the live view; the page itself says the same in words."""
    return jsonify(diagrams.live(engine().progress(actor(), instance_id), language()))
