"""One expert's tasks of a meeting, one line a candidate, each with its form as far as it has been filled in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.clock import SHANGHAI
from engine.instance import as_instance
from engine.places import of_task
from engine.queries import drafts
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


def _look(
    tx: Transaction, library: Library, compiled: Compiled, row: Row[Any], form: Form, typed: Entered
) -> tuple[FormView, int]:
    """The form, and how many fields would still be refused; not the vote, which is given with the submission."""
    context = {**as_instance(row).scope(compiled.settings), **json.loads(row.local)}
    evaluate = library.evaluator(tx.now).form_value
    view = form.view(typed.values, context, evaluate, errors=typed.errors)
    try:
        form.load(typed.values, context, evaluate, today=tx.now.astimezone(SHANGHAI).date())
    except FormError as error:
        vote = {".".join(form.ballot.path)} if form.ballot else set()
        return view, len(error.fields.keys() - vote)
    return view, 0
