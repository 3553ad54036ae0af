"""Who may do what, and why: of oneself for everybody, of others for the security and the audit administrator."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from api.request import actor, engine
from engine.errors import NotFoundError
from engine.permissions import Act, may

pages = Blueprint("permissions", __name__, url_prefix="/permissions")


@pages.get("")
def show() -> str | tuple[str, int]:
    """The question stays in the address."""
    person, matter = request.args.get("person", "").strip(), request.args.get("matter", "").strip()
    asked = {"person": person or actor().id, "matter": matter}
    asks_all = may(actor(), Act.SEE_PERMISSIONS)
    try:
        found = engine().permissions(actor(), asked["person"], matter or None)
    except NotFoundError as error:
        return render_template(
            "permissions.html", asked=asked, asks_all=asks_all, problem=error.text, room="permissions"
        ), 404
    return render_template("permissions.html", asked=asked, asks_all=asks_all, found=found, room="permissions")
