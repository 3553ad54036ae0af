"""Several tasks at once: which of them may be handed on and to whom, and which may be completed as they stand.

Completing many is for forms that ask for no decision: nothing has to be entered beside one tick. A choice is a decision
about one matter, and so is whatever the diagram keeps out (property `bulk`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import ConflictError, PingpinError
from engine.queries.tasks import form_view, task_detail
from engine.queries.verbs import verbs
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from engine.library import Library
    from engine.permissions import Actor
    from engine.queries.tasks import TaskDetail
    from engine.transaction import Transaction
    from forms.views import FieldView

MOST = 50
_PLAIN = frozenset({"textfield", "textarea", "number", "datetime"})


@dataclass(frozen=True, slots=True)
class Item:
    """A task of a selection; `submitted` is what completing it as it stands would send, None where `why` bars that.

    `tick` is the one box that has to be ticked.
    """

    id: str
    name: Text
    title: str
    receivers: tuple[Actor, ...] = ()
    submitted: Mapping[str, Any] | None = None
    tick: Text | None = None
    why: Text | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """`receivers`: to whom all of those that may be handed on may go."""

    items: tuple[Item, ...]
    receivers: tuple[Actor, ...]


def selection(tx: Transaction, library: Library, ids: Sequence[str]) -> Selection:
    """Each looked at by itself: one that is nobody's to see any more does not hide the others."""
    items = tuple(_item(tx, library, one) for one in list(dict.fromkeys(ids))[:MOST])
    circles = [{each.id: each for each in item.receivers} for item in items if item.receivers]
    common = set.intersection(*(set(circle) for circle in circles)) if circles else set()
    return Selection(items, tuple(circles[0][one] for one in sorted(common)))


def _item(tx: Transaction, library: Library, task_id: str) -> Item:
    try:
        detail = task_detail(tx, library, task_id)
        receivers = verbs(tx, task_id).reassign_to
    except PingpinError as error:
        return Item(task_id, Text("任务", "Task"), task_id[:8], why=error.text)
    line = detail.line
    try:
        submitted, tick = _as_it_stands(tx, library, detail)
    except PingpinError as error:
        return Item(task_id, line.name, line.instance_title, receivers, why=error.text)
    return Item(task_id, line.name, line.instance_title, receivers, submitted, tick)


def _as_it_stands(tx: Transaction, library: Library, detail: TaskDetail) -> tuple[dict[str, Any], Text | None]:
    """What its page would send if nothing were changed and the one tick made. Raises ConflictError where it asks for more."""
    shown = [field for field in _fields(form_view(tx, library, detail, {}).fields) if not field.readonly]
    ticks = [field for field in shown if field.kind == "checkbox" and field.required]
    asked = [field for field in shown if field not in ticks and (field.required or field.kind not in _PLAIN)]
    if _is_kept_out(tx, library, detail) or asked or len(ticks) > 1:
        label = asked[0].label if asked else Text("流程要求逐件办理", "the diagram wants each done by itself")
        raise ConflictError(f"须打开逐件办理: {label.zh}。", f"open it and do it by itself: {label.en}.")
    values = {field.name: field.value for field in shown if field not in ticks and field.value not in {None, ""}}
    return _nested({**values, **{field.name: True for field in ticks}}), ticks[0].label if ticks else None


def _is_kept_out(tx: Transaction, library: Library, detail: TaskDetail) -> bool:
    compiled = library.get(tx.session, detail.instance.line.deployment_id)
    return compiled.diagrams[detail.line.process].elements[detail.line.element].properties.get("bulk") == "no"


def _fields(fields: Iterable[FieldView]) -> Iterator[FieldView]:
    """Those with a value; groups are looked into."""
    for field in fields:
        if field.hidden or field.kind == "text":
            continue
        if field.kind == "group":
            yield from _fields(field.fields)
        else:
            yield field


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *around, last = name.split(".")
        node = tree
        for part in around:
            node = node.setdefault(part, {})
        node[last] = value
    return tree
