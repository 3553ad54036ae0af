"""A version on its way into force: uploaded, compared, proposed, examined, rehearsed, approved by somebody else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, stream_with_context, url_for
from flask import Response as FlaskResponse

from api.operations.deployments import day_of
from api.request import actor, check_csrf, engine, language
from engine import difference
from engine.errors import InvalidError
from engine.gate import Wanted
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response

    from engine.queries.rehearsals import Affected, Report

pages = Blueprint("proposals", __name__, url_prefix="/deployments")


@pages.post("")
def upload() -> Response:
    """Keep an uploaded bundle, show its checks; nothing is proposed yet."""
    check_csrf()
    file = request.files.get("bundle")
    if file is None or not file.filename:
        raise InvalidError("没有选择文件。请选择政策包的zip文件。", "no file was chosen; choose the bundle's zip file.")
    digest = engine().redeployment.stage(actor(), file.stream.read())
    return redirect(url_for("proposals.staged", digest=digest), 303)


@pages.get("/staged/<digest>")
def staged(digest: str) -> str:
    found = engine().redeployment.staged(actor(), digest)
    return render_template("staged.html", staged=found, difference=difference, room="policy")


@pages.post("/staged/<digest>")
def propose(digest: str) -> Response:
    check_csrf()
    form = request.form
    day = day_of("from_on", Text("施行日", "the day it comes into force"))
    wanted = Wanted(digest, form.get("reason", ""), day, emergency=bool(form.get("emergency")))
    proposal_id = engine().redeployment.propose(actor(), wanted)["proposal"]
    flash(Text("已提交审批。", "It waits for approval now.").pick(language()), "done")
    return redirect(url_for("proposals.proposal", proposal_id=proposal_id), 303)


@pages.get("/proposals/<int(max=2147483647):proposal_id>")
def proposal(proposal_id: int) -> str:
    found = engine().redeployment.proposal(actor(), proposal_id)
    return render_template("proposal.html", detail=found, difference=difference, room="policy")


@pages.post("/proposals/<int(max=2147483647):proposal_id>/<any(approve, refuse, withdraw):act>")
def decide(proposal_id: int, act: str) -> Response:
    check_csrf()
    door = engine().redeployment
    command = {"approve": door.approve, "refuse": door.refuse, "withdraw": door.withdraw}[act]
    result = command(actor(), proposal_id, request.form.get("reason", ""))
    flash(_said(act, result).pick(language()), "done")
    return redirect(url_for("proposals.proposal", proposal_id=proposal_id), 303)


def _said(act: str, result: dict[str, Any]) -> Text:
    if act == "approve" and result["deployment"] is None:
        return Text("已批准，还需另一人批准。", "Approved; another person's approval is still needed.")
    return {
        "approve": Text("已批准并部署。", "Approved and deployed."),
        "refuse": Text("已退回，不予部署。", "Refused; it is not deployed."),
        "withdraw": Text("已撤回。", "Taken back."),
    }[act]


@pages.get("/proposals/<int(max=2147483647):proposal_id>/rehearsal")
def rehearsal(proposal_id: int) -> str:
    """Page by page; with `?all=1` the whole of it, to be printed."""
    is_whole = bool(request.args.get("all"))
    limit = {"limit": None} if is_whole else {}
    found = engine().redeployment.rehearsal(actor(), proposal_id, after=request.args.get("after") or None, **limit)
    return render_template("rehearsal.html", report=found, is_whole=is_whole, room="policy")


@pages.get("/proposals/<int(max=2147483647):proposal_id>/rehearsal.json")
def rehearsal_json(proposal_id: int) -> FlaskResponse:
    """The whole report with every trace, written page by page: it may be hundreds of megabytes."""
    first = engine().redeployment.rehearsal(actor(), proposal_id)
    content = stream_with_context(_written(first))
    named = {"Content-Disposition": f"attachment; filename=rehearsal-{proposal_id}.json"}
    return FlaskResponse(content, mimetype="application/json", headers=named)


def _written(page: Report) -> Iterator[str]:
    examined, result = page.examined, page.examined.result or {}
    head = {"proposal": page.proposal_id, "status": examined.status, "done": examined.done, "total": examined.total}
    head |= {name: result.get(name, {}) for name in ("played", "different", "kinds")}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "affected": ['
    separator = ""
    while True:
        for each in page.affected:
            yield separator + json.dumps(_as_json(each), ensure_ascii=False)
            separator = ",\n"
        if page.next is None:
            break
        page = engine().redeployment.rehearsal(actor(), page.proposal_id, after=page.next)
    yield "]}"


def _as_json(each: Affected) -> dict[str, Any]:
    """Every name in both languages."""
    names = ("kind", "element", "turn", "row", "what", "old", "new")
    return {
        "instance": each.instance_id,
        "process": each.process,
        "key": each.business_key,
        "title": each.title,
        "initiator": each.initiator,
        "employer": each.employer,
        "version": each.version,
        "running": each.is_running,
        "effects": [
            {**{name: getattr(one, name) for name in names}, "name": one.name.as_json()} for one in each.effects
        ],
        "traces": [{**one, "name": one["name"].as_json()} for one in each.traces],
    }
