"""One expert's tasks of a meeting, one line a candidate, each with its form as far as it has been filled in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import sealing
from engine.errors import NotFoundError
from engine.instance import COLUMNS, JOINED, as_instance
from engine.places import of_task
from engine.queries import drafts
from engine.tables import process_instance, task
from forms import FormError, read_html

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

    from engine.compiled import Compiled
    from engine.library import Library
    from engine.transaction import Transaction
    from forms import Form, FormView
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One candidate for one expert. `view` and `missing` (how many fields are still wrong) only while it is to be done."""

    task_id: str
    instance_id: str
    title: str
    business_key: str
    is_open: bool
    view: FormView | None
    missing: int
    form: Form


@dataclass(frozen=True, slots=True)
class Entered:
    """What a page has just sent for one task, and what was wrong with it."""

    values: Mapping[str, Any]
    errors: Mapping[str, Text] = field(default_factory=dict)


def roster(
    tx: Transaction, library: Library, compiled: Compiled, rows: Sequence[Row[Any]], entered: Mapping[str, Entered]
) -> list[RosterLine]:
    """`rows` are tasks with their instances' columns."""
    kept = drafts.of_places(tx, [of_task(row.task_id) for row in rows])
    lines = []
    for row in rows:
        form = compiled.forms[compiled.diagrams[row.process].elements[row.element].form_id or ""]
        draft = kept.get(str(of_task(row.task_id)))
        typed = entered.get(row.task_id) or Entered(read_html(draft.typed, form) if draft else {})
        view, missing = _look(tx, library, compiled, row, form, typed) if row.task_status == "open" else (None, 0)
        is_open = view is not None
        lines.append(RosterLine(row.task_id, row.id, row.title, row.business_key, is_open, view, missing, form))
    return lines


def roster_line(tx: Transaction, library: Library, task_id: str) -> RosterLine:
    """The actor's own line of this task alone. Raises NotFoundError for what is none, or is done."""
    of_task = (task.c.id.label("task_id"), task.c.status.label("task_status"), task.c.element, task.c.local)
    own = (task.c.id == task_id, task.c.assignee_id == tx.actor.id, task.c.status == "open")
    query = select(*COLUMNS, *of_task).select_from(JOINED.join(task, task.c.instance_id == process_instance.c.id))
    row: Any = tx.session.execute(query.where(*own)).first()
    if row is None:
        raise NotFoundError(
            "这一行已经提交, 或不是您的。请刷新页面。", "this row is submitted, or not yours; reload the page."
        )
    return roster(tx, library, library.get(tx.session, row.deployment_id), [row], {})[0]


def _look(
    tx: Transaction, library: Library, compiled: Compiled, row: Row[Any], form: Form, typed: Entered
) -> tuple[FormView, int]:
    """The form, and how many fields would still be refused; not the vote, which is given with the submission."""
    context = {**as_instance(row).scope(compiled.settings), **json.loads(row.local)}
    evaluate = library.evaluator(tx.now).form_value
    view = form.view(typed.values, context, evaluate, errors=typed.errors)
    try:
        sealing.load(tx, library, form, typed.values, context, row.id)
    except FormError as error:
        vote = {".".join(form.ballot.path)} if form.ballot else set()
        return view, len(error.fields.keys() - vote)
    return view, 0
