"""Correcting what was entered by mistake: choose the entry, see what would follow, and have another person sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.request import actor, check_csrf, engine, language
from forms import FormError
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from engine.queries.rectifications import EntryForm, Preview

pages = Blueprint("rectifying", __name__)


@pages.get("/instances/<instance_id>/corrections")
def of_matter(instance_id: str) -> str:
    door, detail = engine().rectifications, engine().instance(actor(), instance_id)
    return render_template(
        "corrections.html",
        detail=detail,
        entries=door.correctable(actor(), instance_id) if detail.may_rectify else [],
        asked=door.rectifications(actor(), instance_id),
        room="rounds",
    )


@pages.get("/instances/<instance_id>/corrections/<int:entry>")
def choose(instance_id: str, entry: int) -> str:
    return _form(engine().rectifications.entry_form(actor(), instance_id, entry), {})


@pages.post("/instances/<instance_id>/corrections/<int:entry>")
def ask(instance_id: str, entry: int) -> str | tuple[str, int] | Response:
    """First what would follow; with `ask` it is asked for."""
    check_csrf()
    found = engine().rectifications.entry_form(actor(), instance_id, entry)
    typed = {value.path: text for value in found.values if (text := request.form.get(value.path)) is not None}
    typed = {path: text for path, text in typed.items() if text != _shown(found, path)}
    reason = request.form.get("reason", "")
    try:
        if request.form.get("ask"):
            done = engine().rectifications.ask(actor(), instance_id, entry, typed, reason)
            flash(Text("已提交会签。", "It waits for a second signature now.").pick(language()), "done")
            return redirect(url_for("rectifying.one", rectification_id=done["rectification"]), 303)
        preview = engine().rectifications.preview(actor(), instance_id, entry, typed)
    except FormError as error:
        return _form(found, typed, reason, problems=error.fields), 422
    return _form(found, typed, reason, preview=preview)


@pages.get("/corrections")
def waiting() -> str:
    return render_template(
        "corrections_waiting.html", asked=engine().rectifications.rectifications(actor()), room="rounds"
    )


@pages.get("/corrections/<int:rectification_id>")
def one(rectification_id: int) -> str:
    found = engine().rectifications.rectification(actor(), rectification_id)
    return render_template("correction.html", found=found, room="rounds")


@pages.post("/corrections/<int:rectification_id>/<any(sign, refuse, withdraw):act>")
def settle(rectification_id: int, act: str) -> Response:
    check_csrf()
    door, answer = engine().rectifications, request.form.get("answer", "")
    if act == "sign":
        door.sign(actor(), rectification_id, answer)
    elif act == "refuse":
        door.refuse(actor(), rectification_id, answer)
    else:
        door.withdraw(actor(), rectification_id)
    said = {
        "sign": Text("已会签，更正生效。", "Signed: it is corrected."),
        "refuse": Text("未会签，不作更正。", "Refused: nothing is corrected."),
        "withdraw": Text("已撤回。", "Taken back."),
    }[act]
    flash(said.pick(language()), "done")
    return redirect(url_for("rectifying.one", rectification_id=rectification_id), 303)


def _shown(found: EntryForm, path: str) -> str:
    return next(value.shown for value in found.values if value.path == path)


def _form(
    found: EntryForm,
    typed: dict[str, str],
    reason: str = "",
    *,
    preview: Preview | None = None,
    problems: dict[str, Text] | None = None,
) -> str:
    wrong = {f"values.{path}": text for path, text in (problems or {}).items()}
    return render_template(
        "correction_form.html", found=found, typed=typed, reason=reason, preview=preview, problems=wrong, room="rounds"
    )
