"""Correcting what was entered by mistake: choose the entry, see what would follow, and have another person sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.request import actor, check_csrf, engine, language
from engine.errors import InvalidError
from forms import FormError
from forms.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from engine.queries.entry_values import Value
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


@pages.get("/instances/<instance_id>/corrections/<int(max=2147483647):entry>")
def choose(instance_id: str, entry: int) -> str:
    return _form(engine().rectifications.entry_form(actor(), instance_id, entry), {})


@pages.post("/instances/<instance_id>/corrections/<int(max=2147483647):entry>")
def ask(instance_id: str, entry: int) -> str | tuple[str, int] | Response:
    """First what would follow; with `ask` it is asked for."""
    check_csrf()
    found = engine().rectifications.entry_form(actor(), instance_id, entry)
    typed, reason = _typed(found), request.form.get("reason", "")
    door, preview = engine().rectifications, None
    try:
        preview = door.preview(actor(), instance_id, entry, typed)
        if not request.form.get("ask"):
            return _form(found, typed, reason, preview=preview)
        done = door.ask(actor(), instance_id, entry, typed, reason)
    except FormError as error:
        return _form(found, typed, reason, problems=error.fields), 422
    except InvalidError as error:
        return _form(found, typed, reason, preview=preview, said=error.text), 422
    flash(Text("已提交会签。", "It waits for a second signature now.").pick(language()), "done")
    return redirect(url_for("rectifying.one", rectification_id=done["rectification"]), 303)


@pages.get("/corrections")
def waiting() -> str:
    return render_template(
        "corrections_waiting.html", asked=engine().rectifications.rectifications(actor()), room="rounds"
    )


@pages.get("/corrections/<int(max=2147483647):rectification_id>")
def one(rectification_id: int) -> str:
    found = engine().rectifications.rectification(actor(), rectification_id)
    return render_template("correction.html", found=found, room="rounds")


@pages.post("/corrections/<int(max=2147483647):rectification_id>/<any(sign, refuse, withdraw):act>")
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


def _typed(found: EntryForm) -> dict[str, str]:
    """What differs from what is there; a browser sends its own ends of lines."""
    sent = {each.path: request.form.get(each.path, each.shown).replace("\r\n", "\n") for each in found.values}
    return {each.path: sent[each.path] for each in found.values if sent[each.path] != each.shown.replace("\r\n", "\n")}


def _form(
    found: EntryForm,
    typed: dict[str, str],
    reason: str = "",
    *,
    preview: Preview | None = None,
    problems: dict[str, Text] | None = None,
    said: Text | None = None,
) -> str:
    wrong = {f"values.{path}": text for path, text in (problems or {}).items()}
    changed = [value for value in found.values if value.path in typed]
    others = [value for value in found.values if value.path not in typed]
    return render_template(
        "correction_form.html",
        found=found,
        typed=typed,
        reason=reason,
        preview=preview,
        problems=wrong,
        said=said,
        changed=changed,
        sections=_sections(others),
        room="rounds",
    )


def _sections(values: list[Value]) -> list[tuple[Text, list[Value]]]:
    """Those of one heading together."""
    found: dict[Text, list[Value]] = {}
    for value in values:
        found.setdefault(value.heading, []).append(value)
    return list(found.items())
