"""The task page: to see, claim and complete one task."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.inbox import drafting
from api.inbox.papers import take_files
from api.request import actor, check_csrf, engine, language
from engine.errors import ConflictError
from engine.places import of_task
from forms import FormError, edit_rows, read_html
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from engine.queries.drafts import Kept
    from engine.queries.tasks import TaskDetail

pages = Blueprint("task", __name__)

_KEPT_BESIDE = Text(
    "您在另一个页面填写的内容与已提交的不同，已存入草稿箱。",
    "What you typed on another page differs from what was submitted; it is kept among your drafts.",
)


@dataclass(frozen=True, slots=True)
class Refused:
    """A verb that was not done: which (its name in the ids of its inputs), why, and what was typed for it."""

    verb: str
    why: Text
    said: Mapping[str, str]


@pages.get("/tasks/<task_id>")
def show(task_id: str) -> str | Response:
    try:
        shown = page(task_id)
    except ConflictError as error:
        return _already_done(task_id, error)
    engine().inboxes.see(actor(), task_id)
    return shown


@pages.post("/tasks/<task_id>/claim")
def claim(task_id: str) -> Response:
    check_csrf()
    engine().claim(actor(), task_id)
    flash(Text("已签收, 由您办理。", "Claimed: it is yours to do.").pick(language()), "done")
    return redirect(url_for("task.show", task_id=task_id), 303)


@pages.post("/tasks/<task_id>/refresh")
def refresh(task_id: str) -> str:
    """The form anew, with what was typed: conditions and rows without completing anything."""
    check_csrf()
    detail = engine().task(actor(), task_id)
    typed = read_html(request.form.items(multi=True), detail.form)
    for button in request.form:
        if button.startswith(("add:", "remove:")):
            typed = edit_rows(typed, button, detail.form)
    return _page(detail, typed, None)


@pages.post("/tasks/<task_id>/complete")
def complete(task_id: str) -> str | tuple[str, int] | Response:
    """Back to the inbox when done; the same page with its mistakes marked and everything typed when refused."""
    check_csrf()
    try:
        detail = engine().task(actor(), task_id)
    except ConflictError as error:
        return _already_done(task_id, error)
    typed = read_html(request.form.items(multi=True), detail.form)
    take_files(of_task(task_id))
    try:
        engine().complete(actor(), task_id, typed)
    except FormError as error:
        drafting.keep()
        return _page(detail, typed, error.fields), 422
    name, title = detail.line.name, detail.line.instance_title
    flash(Text(f"已办理: {name.zh}（{title}）", f"Done: {name.en} ({title})").pick(language()), "done")
    return redirect(url_for("inbox.show"), 303)


def _already_done(task_id: str, error: ConflictError) -> Response:
    """A second press, or an old link to what one did oneself: where the matter stands now; else `error` stands."""
    line = next((line for line in engine().inbox(actor(), "done") if line.id == task_id), None)
    if line is None:
        raise error
    if drafting.keep():
        flash(_KEPT_BESIDE.pick(language()), "error")
    said = Text(f"您已办结“{line.name.zh}”。", f"You have completed “{line.name.en}” already.")
    flash(said.pick(language()), "done")
    return redirect(url_for("instances.show", instance_id=line.instance_id), 303)


def page(task_id: str, refused: Refused | None = None) -> str:
    """The task as it stands, with what its author had typed before; `refused` is a verb beside it that was not done."""
    detail = engine().task(actor(), task_id)
    kept, typed = drafting.restored(of_task(task_id), detail.form)
    return _page(detail, typed, None, kept, refused)


def _page(
    detail: TaskDetail,
    typed: Mapping[str, Any],
    errors: Mapping[str, Text] | None,
    kept: Kept | None = None,
    refused: Refused | None = None,
) -> str:
    view = engine().task_form(actor(), detail, typed, errors)
    verbs, once = engine().verbs(actor(), detail.line.id), secrets.token_urlsafe(16)
    place = of_task(detail.line.id)
    return render_template(
        "task.html",
        detail=detail,
        view=view,
        verbs=verbs,
        once=once,
        kept=kept,
        refused=refused,
        place=place,
        draft_note=drafting.note_of(place, detail.instance.revision),
        room="inbox",
    )
