"""Two versions of a policy beside each other: the page that is read, and printed, before anybody signs."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from api.request import actor, engine
from engine import difference
from engine.errors import InvalidError

pages = Blueprint("comparing", __name__, url_prefix="/deployments/compare")

# No database numbers its rows beyond that.
_DIGITS = 10


@pages.get("")
def show() -> str:
    """Two deployed versions, in the address; the older first whichever was chosen first."""
    chosen = sorted(
        int(one)
        for one in (request.args.get("old", ""), request.args.get("new", ""))
        if one.isdecimal() and len(one) < _DIGITS
    )
    if len(set(chosen)) != 2:  # noqa: PLR2004  two versions
        raise InvalidError("请选择两个不同的版本。", "choose two versions that are not the same.")
    found = engine().compared(actor(), *chosen)
    return render_template("compared.html", compared=found, difference=difference, room="policy")
