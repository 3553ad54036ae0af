"""An identity number in full: asked for with a purpose, shown once, in no address and in nothing that a browser keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from api.request import actor, check_csrf, engine
from engine.errors import InvalidError

if TYPE_CHECKING:
    from forms.text import Text

pages = Blueprint("numbers", __name__)


@pages.post("/instances/<instance_id>/number")
def unmask(instance_id: str) -> str | tuple[str, int]:
    """The number; what is wrong with the purpose stands above the same form, with what was typed."""
    check_csrf()
    asked = {name: request.form.get(name, "") for name in ("path", "purpose", "words")}
    try:
        found = engine().papers.unmask(actor(), instance_id, **asked)
    except InvalidError as error:
        return _page(instance_id, asked, problem=error.text), 422
    return _page(instance_id, asked, found["number"])


def _page(instance_id: str, asked: dict[str, str], number: str | None = None, problem: Text | None = None) -> str:
    detail = engine().instance(actor(), instance_id)
    one = next((one for one in detail.numbers if one.path == asked["path"]), None)
    return render_template(
        "number.html", detail=detail, one=one, number=number, problem=problem, asked=asked, room="rounds"
    )
