"""The deployments page: what is in force when, one version with what was decided about it, and what is decided here."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for

from api.operations.timeline import drawn
from api.request import actor, check_csrf, engine, language
from engine.bundle import zipped
from engine.errors import InvalidError
from engine.files import Handed
from engine.gate import Extension
from engine.permissions import Act, may
from forms.text import Text

if TYPE_CHECKING:
    from flask import Response as FlaskResponse
    from werkzeug.wrappers import Response

pages = Blueprint("deployments", __name__, url_prefix="/deployments")


@pages.get("")
def show() -> str:
    force = engine().redeployment.in_force(actor())
    return render_template(
        "deployments.html",
        lines=engine().deployments(actor()),
        proposals=engine().redeployment.proposals(actor()),
        force=force,
        drawn=[drawn(line.ranges, force.today) for line in force.lines],
        may_propose=may(actor(), Act.PROPOSE),
        room="policy",
    )


@pages.get("/<int(max=2147483647):deployment_id>")
def version(deployment_id: int) -> str:
    found = engine().redeployment.version(actor(), deployment_id)
    return render_template("deployment.html", detail=found, room="policy")


@pages.post("/<int(max=2147483647):deployment_id>/extend")
def extend(deployment_id: int) -> Response:
    check_csrf()
    wanted = _longer()
    if wanted is None:
        raise InvalidError("until_on: 请填写新的截止日。", "until_on: say the new last day.")
    engine().redeployment.extend(actor(), deployment_id, wanted)
    flash(Text("已登记延期。", "The extension is recorded.").pick(language()), "done")
    return _back(deployment_id)


@pages.post("/<int(max=2147483647):deployment_id>/roll-back")
def roll_back(deployment_id: int) -> Response:
    check_csrf()
    day = day_of("from_on", Text("施行日", "the day"))
    engine().redeployment.roll_back(actor(), deployment_id, request.form.get("reason", ""), day, _longer())
    flash(Text("已恢复此版。", "This version is in force again from that day.").pick(language()), "done")
    return _back(deployment_id)


def _longer() -> Extension | None:
    """A new last day with what it rests on; None where no day was entered."""
    file, form = request.files.get("document"), request.form
    document = Handed(file.filename, file.stream.read()) if file is not None and file.filename else None
    until = day_of("until_on", Text("新的截止日", "the new last day"))
    return Extension(until, form.get("reason", ""), form.get("basis", ""), document) if until else None


@pages.post("/<int(max=2147483647):deployment_id>/activations/<int(max=2147483647):activation_id>/cancel")
def cancel(deployment_id: int, activation_id: int) -> Response:
    check_csrf()
    engine().redeployment.cancel(actor(), activation_id, request.form.get("reason", ""))
    flash(Text("已取消。", "Cancelled; it stays on record.").pick(language()), "done")
    return _back(deployment_id)


@pages.get("/activations/<int(max=2147483647):activation_id>/document")
def document(activation_id: int) -> FlaskResponse:
    """What an extension rests on; downloaded, never shown in the page."""
    file = engine().redeployment.document(actor(), activation_id)
    return send_file(io.BytesIO(file.content), file.type, as_attachment=True, download_name=file.name)


@pages.get("/<int(max=2147483647):deployment_id>/bundle.zip")
def download(deployment_id: int) -> FlaskResponse:
    """The files as they were deployed, to be edited and uploaded again."""
    files = engine().deployment_files(actor(), deployment_id)
    content = io.BytesIO(zipped(files))
    return send_file(content, "application/zip", as_attachment=True, download_name=f"deployment-{deployment_id}.zip")


def day_of(name: str, what: Text) -> date | None:
    """A day of the form; None where none was entered."""
    text = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidError(
            f"{name}: {what.zh}应为日期, 如2026-04-01。", f"{name}: {what.en} should be a date such as 2026-04-01."
        ) from None


def _back(deployment_id: int) -> Response:
    return redirect(url_for("deployments.version", deployment_id=deployment_id), 303)
