"""The committee's meeting: an expert's roster of all candidates, the agenda, the sheet to sign and the minutes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from api.errors import status_of
from api.request import actor, check_csrf, engine, language
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.places import of_task
from engine.queries.roster import Entered
from forms import FormError, edit_rows, read_html
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from werkzeug.wrappers import Response

    from engine.queries.meeting import Meeting
    from engine.queries.roster import RosterLine
    from forms import FieldView

pages = Blueprint("meeting", __name__, url_prefix="/meetings")

_SEPARATOR = ":"
_BUTTONS = ("add:", "remove:")


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate on the roster: `cells` by the field's name, the `vote`, and `rest`, what a cell cannot hold."""

    line: RosterLine
    cells: Mapping[str, FieldView]
    vote: FieldView | None
    rest: tuple[FieldView, ...]
    errors: tuple[Text, ...]


@pages.get("")
def listed() -> str:
    return render_template("meetings.html", lines=engine().meetings(actor()), room="meetings")


@pages.get("/<instance_id>/<element>")
def show(instance_id: str, element: str) -> str:
    return _page(engine().meeting(actor(), instance_id, element))


@pages.post("/<instance_id>/<element>")
def enter(instance_id: str, element: str) -> str | tuple[str, int] | Response:
    """Every row is kept as a draft first; then those that were asked for are submitted, each for itself."""
    check_csrf()
    found = engine().meeting(actor(), instance_id, element)
    typed = {line.task_id: _pairs(line.task_id) for line in found.roster if line.is_open}
    for task_id, pairs in typed.items():
        if pairs:
            engine().papers.save_draft(actor(), of_task(task_id), pairs)
    wanted = _wanted(found, typed)
    entered = {line.task_id: Entered(_values(line, typed[line.task_id])) for line in found.roster if line.is_open}
    done, refused = _submit([line for line in found.roster if line.task_id in wanted], entered)
    if not refused and not _has_button():
        _say(len(done))
        return redirect(url_for("meeting.show", instance_id=instance_id, element=element), 303)
    if done:
        _say(len(done))
    return _page(engine().meeting(actor(), instance_id, element, entered | refused)), 422 if refused else 200


@pages.post("/<instance_id>/<element>/keep")
def keep(instance_id: str, element: str) -> str:  # noqa: ARG001  the address is the page's
    """A cell was changed: its row is kept, and the row says how much of it is missing."""
    check_csrf()
    task_id = request.headers.get("HX-Trigger", "").removeprefix("row_")
    engine().papers.save_draft(actor(), of_task(engine().roster_line(actor(), task_id).task_id), _pairs(task_id))
    return render_template("parts/roster_state.html", line=engine().roster_line(actor(), task_id), kept=True)


@pages.post("/<instance_id>/<element>/signatures")
def sign(instance_id: str, element: str) -> Response | tuple[str, int]:
    check_csrf()
    form = request.form
    try:
        engine().record_signatures(
            actor(),
            instance_id,
            element,
            form.getlist("signed"),
            form.get("remark", ""),
            idempotency_key=form.get("_once") or None,
        )
    except (InvalidError, ConflictError) as error:
        return _page(engine().meeting(actor(), instance_id, element), error.text), status_of(error)[0]
    flash(Text("签名情况已登记。", "The signatures are recorded.").pick(language()), "done")
    return redirect(url_for("meeting.show", instance_id=instance_id, element=element), 303)


@pages.get("/<instance_id>/<element>/<any(sheet, minutes):which>")
def printed(instance_id: str, element: str, which: str) -> str:
    """For those who see the counts; both are made to be printed."""
    found = engine().meeting(actor(), instance_id, element)
    if not found.sees_counts:
        raise NotPermittedError(
            "签名表和会议记录由工作人员和主任委员查看。", "the sheet and the minutes are for staff and the chair."
        )
    return render_template("meeting_printed.html", meeting=found, which=which, room="meetings")


# --- what was sent


def _pairs(task_id: str) -> list[tuple[str, str]]:
    prefix = task_id + _SEPARATOR
    return [
        (name.removeprefix(prefix), value) for name, value in request.form.items(multi=True) if name.startswith(prefix)
    ]


def _values(line: RosterLine, pairs: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
    """As the form reads it, with a row more or less where such a button was pressed."""
    values = read_html(pairs, line.form)
    for button in request.form:
        verb, _, name = button.partition(_SEPARATOR)
        if f"{verb}:" in _BUTTONS and name.startswith(line.task_id + _SEPARATOR):
            values = edit_rows(values, f"{verb}:{name.removeprefix(line.task_id + _SEPARATOR)}", line.form)
    return values


def _has_button() -> bool:
    return any(name.startswith(_BUTTONS) for name in request.form)


def _wanted(found: Meeting, typed: Mapping[str, Sequence[tuple[str, str]]]) -> set[str]:
    """One row, or every row in which a vote was chosen: without one a row is not finished."""
    if one := request.form.get("_submit"):
        return {one}
    if "_submit_all" not in request.form:
        return set()
    return {
        line.task_id
        for line in found.roster
        if line.is_open
        and (line.form.ballot is None or line.form.ballot.vote(read_html(typed[line.task_id], line.form)))
    }


def _submit(lines: Sequence[RosterLine], entered: Mapping[str, Entered]) -> tuple[list[str], dict[str, Entered]]:
    done: list[str] = []
    refused: dict[str, Entered] = {}
    for line in lines:
        if line.task_id not in entered:
            continue  # done already, perhaps by the first of two presses
        values = entered[line.task_id].values
        try:
            engine().complete(actor(), line.task_id, values)
        except FormError as error:
            refused[line.task_id] = Entered(values, error.fields)
        except (ConflictError, InvalidError, NotFoundError, NotPermittedError) as error:
            refused[line.task_id] = Entered(values, {"": error.text})
        else:
            done.append(line.task_id)
    return done, refused


def _say(done: int) -> None:
    said = (
        Text(f"已提交{done}人的评审。", f"The review of {done} candidate(s) is submitted.")
        if done
        else Text("已保存，尚未提交。", "Saved, not submitted yet.")
    )
    flash(said.pick(language()), "done")


# --- the page


def _page(found: Meeting, problem: Text | None = None) -> str:
    rows = [_row(line) for line in found.roster if line.is_open]
    columns = {name: cell.label for row in rows for name, cell in row.cells.items()}
    return render_template(
        "meeting.html",
        meeting=found,
        rows=rows,
        columns=columns,
        done=[line for line in found.roster if not line.is_open],
        problem=problem,
        once=secrets.token_urlsafe(16),
        room="meetings",
    )


def _row(line: RosterLine) -> Row:
    assert line.view is not None
    vote_name = ".".join(line.form.ballot.path) if line.form.ballot else None
    leaves = {one.name: one for one in _leaves(line.view.fields)}
    cells = {
        name: _of_row(one, line.task_id) for name, one in leaves.items() if one.kind == "number" and not one.hidden
    }
    vote = leaves.get(vote_name or "")
    rest = _without(line.view.fields, {*cells, vote_name})
    return Row(
        line,
        cells,
        _of_row(vote, line.task_id) if vote is not None and not vote.hidden else None,
        tuple(_of_row(one, line.task_id) for one in rest),
        tuple(error.text for error in line.view.errors if not error.id),
    )


def _leaves(fields: Sequence[FieldView]) -> Iterator[FieldView]:
    """Not those in the rows of lists."""
    for one in fields:
        if one.kind == "group":
            yield from _leaves(one.fields)
        else:
            yield one


def _without(fields: Sequence[FieldView], names: set[str | None]) -> tuple[FieldView, ...]:
    kept = (
        replace(one, fields=_without(one.fields, names))
        for one in fields
        if one.name not in names or one.kind == "group"
    )
    return tuple(one for one in kept if one.kind != "group" or one.fields)


def _of_row(one: FieldView, task_id: str) -> FieldView:
    """The same field under a name of its row's; nothing on the roster is brought up to date while somebody types."""
    return replace(
        one,
        name=f"{task_id}{_SEPARATOR}{one.name}",
        id=f"{task_id}-{one.id}",
        steers=False,
        fields=tuple(_of_row(each, task_id) for each in one.fields),
        rows=tuple(
            replace(
                row,
                name=f"{task_id}{_SEPARATOR}{row.name}",
                fields=tuple(_of_row(each, task_id) for each in row.fields),
            )
            for row in one.rows
        ),
    )
