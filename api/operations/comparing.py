"""Two versions of a policy beside each other: the page that is read, and printed, before anybody signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from api.inbox import diagrams
from api.request import actor, engine
from engine import difference
from engine.errors import InvalidError

if TYPE_CHECKING:
    from forms.text import Language

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


def drawn(drawing: difference.Drawing, language: Language) -> dict[str, Any]:
    """What static/compared.js draws: under `old` and `new`, where there is one, the file and its marks."""
    return {
        side: {"xml": diagrams.drawn(xml, language), "marks": _marks(drawing, side, language)}
        for side, xml in (("old", drawing.old), ("new", drawing.new))
        if xml is not None
    }


def _marks(drawing: difference.Drawing, side: str, language: Language) -> list[dict[str, Any]]:
    """`elements` are the ids of those that bear the mark on this side."""
    return [
        {
            "number": mark.number,
            "how": mark.how,
            "elements": elements,
            "words": f"{mark.number} {difference.HOWS[mark.how].pick(language)} {mark.name.pick(language)}",
        }
        for mark in drawing.marks
        if (elements := getattr(mark, side))
    ]
