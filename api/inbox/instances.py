"""Lists of process instances and the page of one: facts, windows, diagram, history."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template

from api.request import actor, engine

pages = Blueprint("instances", __name__)


@pages.get("/instances")
def rounds() -> str:
    lines = [line for line in engine().instances(actor()) if line.parent_id is None]
    return render_template("instances.html", lines=lines, startable=engine().startable(actor()), room="rounds")


@pages.get("/started")
def started() -> str:
    lines = engine().instances(actor(), mine=True)
    return render_template("instances.html", lines=lines, startable=engine().startable(actor()), room="started")


@pages.get("/instances/<instance_id>")
def show(instance_id: str) -> str:
    return render_template("instance.html", detail=engine().instance(actor(), instance_id), room="rounds")


@pages.get("/instances/<instance_id>/diagram")
def diagram(instance_id: str) -> Response:
    """The BPMN file as it was deployed, with where the instance stands: for the live view."""
    detail = engine().instance(actor(), instance_id)
    state = {"passed": sorted(detail.passed - detail.active), "active": sorted(detail.active)}
    return jsonify({"xml": detail.diagram.decode(), **state})
