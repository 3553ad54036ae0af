"""Drafts, each for its author alone: what is kept, and what it is called once its form is out of reach."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from engine.errors import NotFoundError, PingpinError
from engine.keys import Sealed, UnreadableError
from engine.places import Place, place_of
from engine.registers.values import mask
from engine.starting import deployment_in_force
from engine.tables import history, process_instance, task
from engine.tables.papers import draft
from forms import read_html
from forms.data import ABSENT, pick
from forms.naming import name_at
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from engine.library import Library
    from engine.transaction import Transaction
    from forms import Form
    from forms.components import Path

LIMIT = 200


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft; `typed` are pairs as a page sends them, `is_open` whether its form can still be filled in by its author.

    `revision` is where the matter stood when the page was made.
    """

    id: str
    place: Place
    name: Text
    typed: tuple[tuple[str, str], ...]
    revision: int | None
    saved_at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as the page of its form wants it."""

    id: str
    typed: tuple[tuple[str, str], ...]
    revision: int | None
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class DraftDetail:
    """A draft to read: what the fields are called, and what was typed in them."""

    line: DraftLine
    fields: tuple[tuple[Text, str], ...]


def of_place(tx: Transaction, place: Place) -> Kept | None:
    """The actor's draft here."""
    mine = select(draft).where(draft.c.person_id == tx.actor.id, draft.c.place == str(place))
    row = tx.session.execute(mine).first()
    return Kept(row.id, _pairs(tx, row), row.revision, row.saved_at) if row else None


def of_places(tx: Transaction, places: Iterable[Place]) -> dict[str, Kept]:
    """The actor's drafts at these places, by the place's text."""
    mine = select(draft).where(draft.c.person_id == tx.actor.id, draft.c.place.in_([str(place) for place in places]))
    return {row.place: Kept(row.id, _pairs(tx, row), row.revision, row.saved_at) for row in tx.session.execute(mine)}


def sealed_pairs(tx: Transaction, place: Place, typed: Sequence[tuple[str, str]]) -> Sealed:
    """As they are kept: encrypted, for their author at this place alone."""
    content = zlib.compress(json.dumps(typed, ensure_ascii=False).encode())
    return tx.keys.seal(content, _bound(tx.actor.id, str(place)))


def bound(row: Row[Any]) -> str:
    """What a row's content is bound to."""
    return _bound(row.person_id, row.place)


def _bound(person_id: str, place: str) -> str:
    return f"draft {person_id} {place}"


def _pairs(tx: Transaction, row: Row[Any]) -> tuple[tuple[str, str], ...]:
    try:
        content = row.typed if row.key_id is None else tx.keys.open(Sealed(row.key_id, row.typed), bound(row))
    except UnreadableError as error:
        raise UnreadableError(
            f"您在这里存有草稿, 现在打不开。{error.text.zh}不再需要时, 可以在草稿箱中放弃它。",
            f"you have a draft here that does not open: {error.text.en} If you need it no more, discard it under Drafts.",
        ) from None
    return tuple((name, value) for name, value in json.loads(zlib.decompress(content)))


def _readable(tx: Transaction, row: Row[Any]) -> tuple[tuple[str, str], ...]:
    """Nothing where its key is missing: it stands in the list, to be discarded at least."""
    try:
        return _pairs(tx, row)
    except UnreadableError:
        return ()


def drafts(tx: Transaction, library: Library) -> list[DraftLine]:
    """The actor's, the newest first."""
    mine = select(draft).where(draft.c.person_id == tx.actor.id).order_by(draft.c.saved_at.desc(), draft.c.id)
    return [_line(tx, library, row) for row in tx.session.execute(mine.limit(LIMIT))]


def draft_detail(tx: Transaction, library: Library, draft_id: str) -> DraftDetail:
    """Raises NotFoundError for what is none of the actor's."""
    row = tx.session.execute(select(draft).where(draft.c.person_id == tx.actor.id, draft.c.id == draft_id)).first()
    if row is None:
        raise NotFoundError("没有这份草稿: 已提交、已放弃, 或不是您的。", "there is no such draft of yours.")
    line = _line(tx, library, row)
    form = _form(tx, library, line.place)[1]
    return DraftDetail(
        line, tuple((_called(form, name), value) for name, value in _pairs(tx, row) if value and name[:1] != "_")
    )


def is_done_with(tx: Transaction, library: Library, place: Place, typed: Sequence[tuple[str, str]]) -> bool:
    """Whether the actor has completed this task with just these values."""
    if place.kind != "task":
        return False
    closed = select(task.c.instance_id).where(task.c.id == place.first, task.c.closed_by == tx.actor.id)
    instance_id = tx.session.scalar(closed)
    form = _form(tx, library, place)[1] if instance_id else None
    if form is None:
        return False
    completed = select(history.c.payload).where(history.c.subject_id == instance_id, history.c.kind == "completed")
    values = next(
        (each["values"] for each in tx.session.scalars(completed) if each and each.get("task") == place.first), None
    )
    return values is not None and all(
        _same(pick(values, path), mask(value) if path in form.sealed and value else value)
        for path, value in _leaves(read_html(typed, form))
    )


def secret_name(tx: Transaction, library: Library, place: Place) -> str | None:
    """The field of the form that is a secret ballot."""
    form = _form(tx, library, place)[1]
    return ".".join(form.ballot.path) if form is not None and form.ballot is not None else None


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    inside: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = ((str(number), item) for number, item in enumerate(value))
    else:
        yield path, value
    for name, below in inside:
        yield from _leaves(below, (*path, name))


def _same(kept: Any, typed: Any) -> bool:
    """What a form hides or computes is not in what it kept, and was nobody's to enter."""
    return typed in (None, "", False) or kept is ABSENT or str(kept).strip() == str(typed).strip()


def _line(tx: Transaction, library: Library, row: Row[Any]) -> DraftLine:
    place = place_of(row.place)
    name = _form(tx, library, place)[0]
    return DraftLine(row.id, place, name, _readable(tx, row), row.revision, row.saved_at, _is_open(tx, place))


def _is_open(tx: Transaction, place: Place) -> bool:
    """A task that somebody else has, or that is closed, is not; of other forms their own page says it."""
    if place.kind != "task":
        return True
    row = tx.session.execute(select(task.c.status, task.c.assignee_id).where(task.c.id == place.first)).first()
    return row is not None and row.status == "open" and row.assignee_id in {None, tx.actor.id}


def _form(tx: Transaction, library: Library, place: Place) -> tuple[Text, Form | None]:
    """What it is called, and its form; neither says anything about a person."""
    found = _where(tx, place)
    compiled = library.get(tx.session, found[0]) if found else None
    diagram = compiled.diagrams.get(found[1]) if compiled and found else None
    if compiled is None or diagram is None or found is None:
        return Text("表单", "a form"), None
    element = diagram.start if place.kind == "start" else diagram.elements.get(found[2])
    if element is None:
        return Text(diagram.name, diagram.name_en), None
    name = Text(diagram.name, diagram.name_en) if place.kind == "start" else Text(element.name, element.name_en)
    return name, compiled.forms.get(element.form_id or "")


def _where(tx: Transaction, place: Place) -> tuple[int, str, str] | None:
    """Deployment, process and element."""
    matter = select(process_instance.c.deployment_id, process_instance.c.process)
    if place.kind == "task":
        joined = matter.add_columns(task.c.element).join(task, task.c.instance_id == process_instance.c.id)
        row = tx.session.execute(joined.where(task.c.id == place.first)).first()
        return (row.deployment_id, row.process, row.element) if row else None
    if place.kind == "start" and not place.second:
        try:
            return deployment_in_force(tx, place.first), place.first, ""
        except PingpinError:
            return None
    instance_id = place.second if place.kind == "start" else place.first
    row = tx.session.execute(matter.where(process_instance.c.id == instance_id)).first()
    if row is None:
        return None
    return (
        (row.deployment_id, place.first, "")
        if place.kind == "start"
        else (row.deployment_id, row.process, place.second)
    )


def _called(form: Form | None, name: str) -> Text:
    return Text(name, name) if form is None else name_at(form.tree, tuple(name.split(".")))
