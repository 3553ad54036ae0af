"""One act for several tasks of a list: claimed, handed on or completed, each by itself and told by itself."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from api.request import actor, check_csrf, engine, local_address
from engine.errors import InvalidError, PingpinError
from engine.queries.bulk import MOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.queries.bulk import Item, Selection
    from forms.text import Text

pages = Blueprint("bulk", __name__)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one task; `refused` says why nothing did."""

    item: Item
    refused: Text | None


@pages.post("/inbox/bulk")
def act() -> str:
    """Claims at once; for the others asks first what they need, then does it. A second press finds its keys used."""
    check_csrf()
    ids = list(dict.fromkeys(request.form.getlist("task")))
    wanted = request.form.get("act", "")
    if not 0 < len(ids) <= MOST or wanted not in _ACTS:
        raise InvalidError(
            f"请先勾选1至{MOST}件任务, 再选择签收、转办或办理。本次选了{len(ids)}件。",
            f"tick 1 to {MOST} tasks, then claim, hand on or complete; {len(ids)} are ticked now.",
        )
    selection = engine().inboxes.bulk(actor(), ids)
    if wanted != "claim" and "confirmed" not in request.form:
        return _page(selection, wanted, ())
    return _page(selection, wanted, [_done(item, _ACTS[wanted]) for item in selection.items])


def _done(item: Item, do: Callable[[Item, str], None]) -> Result:
    """Each is a transaction of its own: what is refused holds up none of the others."""
    try:
        do(item, f"{request.form.get('_once', '')[:60]}-{item.id}")
    except PingpinError as error:
        return Result(item, error.text)
    return Result(item, None)


def _claim(item: Item, _key: str) -> None:
    engine().claim(actor(), item.id)


def _reassign(item: Item, key: str) -> None:
    person, reason = request.form.get("person", ""), request.form.get("reason", "")
    engine().reassign(actor(), item.id, person, reason, idempotency_key=key)


def _complete(item: Item, key: str) -> None:
    if item.submitted is None:
        raise InvalidError(*(item.why.zh, item.why.en) if item.why else ("不能成批办理。", "not in bulk."))
    if item.tick is not None and "tick" not in request.form:
        raise InvalidError(f"请勾选“{item.tick.zh}”。", f"tick “{item.tick.en}”.")
    engine().complete(actor(), item.id, item.submitted, idempotency_key=key)


_ACTS: dict[str, Callable[[Item, str], None]] = {"claim": _claim, "reassign": _reassign, "complete": _complete}


def _page(selection: Selection, wanted: str, results: list[Result] | tuple[()]) -> str:
    return render_template(
        "bulk.html",
        selection=selection,
        act=wanted,
        results=results,
        back=local_address(request.form.get("next", "/inbox")),
        once=request.form.get("_once") or secrets.token_urlsafe(16),
        room="inbox",
    )
