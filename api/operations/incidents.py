"""Incidents: what could not be done by itself, with its cause, the button that tries again and the form that corrects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.errors import status_of
from api.request import actor, check_csrf, engine, language
from engine.correction import Correction
from engine.errors import ConflictError, InvalidError
from engine.permissions import Act, may
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from engine.queries.incidents import IncidentDetail

pages = Blueprint("incidents", __name__, url_prefix="/incidents")


@pages.get("")
def show() -> str:
    may_correct = may(actor(), Act.RETRY)
    return render_template(
        "incidents.html", lines=engine().incidents(actor()), may_correct=may_correct, room="incidents"
    )


@pages.get("/<incident_id>")
def one(incident_id: str) -> str:
    detail = engine().incident(actor(), incident_id)
    return _page(detail, _as_typed(detail))


@pages.post("/<incident_id>/retry")
def retry(incident_id: str) -> Response:
    check_csrf()
    engine().retry(actor(), incident_id)
    return _back()


@pages.post("/<incident_id>/correct")
def correct(incident_id: str) -> Response | tuple[str, int]:
    """Back to the list when done; the same page with everything typed and what is wrong with it when refused."""
    check_csrf()
    detail = engine().incident(actor(), incident_id)
    typed = {name: request.form.get(name, "") for name in ("payload", "correlation_key", "variables", "reason")}
    try:
        if request.form.get("how") == "resolve":
            engine().resolve(actor(), incident_id, typed["reason"])
        else:
            engine().retry(actor(), incident_id, _correction(detail, typed))
    except (InvalidError, ConflictError) as error:
        return _page(detail, typed, error.text), status_of(error)[0]
    return _back()


def _back() -> Response:
    said = Text("已处理。如仍不成功, 会再次列在这里。", "Done. If it fails once more, it will be listed here.")
    flash(said.pick(language()), "done")
    return redirect(url_for("incidents.show"), 303)


def _page(detail: IncidentDetail, typed: Mapping[str, str], problem: Text | None = None) -> str:
    variables = _shown(detail.variables)
    return render_template(
        "incident.html", detail=detail, typed=typed, variables=variables, problem=problem, room="incidents"
    )


def _as_typed(detail: IncidentDetail) -> dict[str, str]:
    return {
        "payload": _shown(detail.payload or {}),
        "correlation_key": detail.correlation_key or "",
        "variables": "{}",
        "reason": "",
    }


def _shown(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, indent=2)


def _correction(detail: IncidentDetail, typed: Mapping[str, str]) -> Correction:
    """What differs from what was shown; what was left as it was is no correction."""
    payload = _object(typed["payload"], "消息内容", "what the message says")
    key = typed["correlation_key"]
    return Correction(
        payload=None if detail.payload is None or payload == detail.payload else payload,
        correlation_key=None if detail.correlation_key is None or key == detail.correlation_key else key,
        variables=_object(typed["variables"], "变量", "the variables"),
        reason=typed["reason"],
    )


def _object(text: str, zh: str, en: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise InvalidError(f"{zh}不是有效的JSON: {error}", f"{en}: no valid JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidError(f"{zh}应为JSON对象, 如{{}}。", f"{en}: a JSON object is wanted, such as {{}}.")
    return found
