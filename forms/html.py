"""HTML form fields -> the JSON shape that `Form.load` takes, and the two buttons of a list.

"" is null, a repeated name a checklist, "intervals.0.start" a field of a row. A field that was on the page is in the
result even if it was left blank, because the page sends an empty field of its name; one that was not is absent.
Names that begin with "_" belong to the page; anything else unknown is kept, so that `load` names it.
"""

from __future__ import annotations

import json
import unicodedata
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import regex

from forms.components import CHOICES, Component, Kind
from forms.data import ABSENT, MOST_DIGITS, pick
from forms.options import CODED
from forms.tree import Tree, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from forms.components import Path
    from forms.form import Form

ADD, REMOVE = "add:", "remove:"
_PAGE_OWN = ("_", ADD, REMOVE)
_NUMBER = regex.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_ROW_DIGITS = 4


def read_html(pairs: Iterable[tuple[str, str]], form: Form) -> dict[str, Any]:
    """Never fails; what it cannot place comes back under its own name."""
    named: dict[str, list[str]] = {}
    for name, value in pairs:
        if not name.startswith(_PAGE_OWN):
            named.setdefault(name, []).append(value)
    read: dict[str, Any] = {}
    strange = {
        name: values[-1] for name, values in named.items() if not _place(form.tree, name.split("."), values, read)
    }
    return {**strange, **_with_rows(form.tree, read)}


def _place(tree: Tree, steps: list[str], values: list[str], into: dict[Any, Any]) -> bool:
    """Put the values where the name says; false if the form has no such place. Rows are kept by number for now."""
    step, rest = steps[0], steps[1:]
    node = tree.get(step)
    if isinstance(node, dict):
        return bool(rest) and _place(node, rest, values, into.setdefault(step, {}))
    if node is None:
        return False
    if node.kind is Kind.DYNAMICLIST:
        return _place_in_rows(node, rest, values, into.setdefault(step, {}))
    if not rest:
        into[step] = _value(node, values)
    return not rest


def _place_in_rows(component: Component, steps: list[str], values: list[str], rows: dict[int, dict[str, Any]]) -> bool:
    """The list's own name, or that of a row, says only that it was on the page."""
    if not steps:
        return True
    if not (steps[0].isascii() and steps[0].isdecimal() and len(steps[0]) <= _ROW_DIGITS):
        return False
    row = rows.setdefault(int(steps[0]), {})
    return len(steps) == 1 or _place(tree_of(component.children), steps[1:], values, row)


def _with_rows(tree: Tree, read: dict[str, Any]) -> dict[str, Any]:
    """Rows by number -> a list, closing the gaps that removed rows left."""
    return {step: _closed(tree[step], value) for step, value in read.items()}


def _closed(node: Component | Tree, value: Any) -> Any:
    if isinstance(node, dict):
        return _with_rows(node, value)
    if node.kind is not Kind.DYNAMICLIST:
        return value
    tree = tree_of(node.children)
    return [_with_rows(tree, value[number]) for number in sorted(value)]


def _value(component: Component, values: list[str]) -> Any:
    if component.kind is Kind.CHECKLIST:
        return [_option(value) for value in values if value]
    last = values[-1]
    if component.kind is Kind.CHECKBOX:
        return last not in {"", "false"}
    if not last.strip():
        return None
    if component.kind in CHOICES:
        return _option(last)
    return _number(component, last) if component.kind in {Kind.NUMBER, Kind.DATETIME} else last


def _option(name: str) -> Any:
    """The option's value behind its name; see `options.option_name`."""
    if not name.startswith(CODED):
        return name
    try:
        value = json.loads(name.removeprefix(CODED))
    except (ValueError, RecursionError):
        return name
    return value if isinstance(value, str | int | float) else name


def _number(component: Component, typed: str) -> Any:
    """Full-width digits as plain ones; a number where it is one, else what was typed."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if component.kind is Kind.DATETIME:
        return text
    text = text.replace(",", "")
    if not _NUMBER.fullmatch(text) or len(text) > 2 * MOST_DIGITS:
        return typed
    if component.raw.get("serializeToString") is True:
        return text
    return float(text) if "." in text else int(text)


def edit_rows(values: Mapping[str, Any], button: str, form: Form) -> dict[str, Any]:
    """The values after "add:intervals" or "remove:intervals.0" was pressed; unchanged if there is no such row."""
    edited = deepcopy(dict(values))
    if button.startswith(ADD):
        _add_row(form.tree, edited, tuple(button.removeprefix(ADD).split(".")))
    elif button.startswith(REMOVE):
        _remove_row(form.tree, edited, tuple(button.removeprefix(REMOVE).split(".")))
    return edited


def _add_row(tree: Tree, values: dict[str, Any], path: Path) -> None:
    component, rows = _list_at(tree, path), pick(values, path)
    if component is not None and isinstance(rows, list) and len(rows) < component.most_rows:
        rows.append({})


def _remove_row(tree: Tree, values: dict[str, Any], path: Path) -> None:
    component, rows = _list_at(tree, path[:-1]), pick(values, path[:-1])
    if component is not None and isinstance(rows, list) and pick(rows, path[-1:]) is not ABSENT:
        rows.pop(int(path[-1]))


def _list_at(tree: Tree, path: Path) -> Component | None:
    """The list at the path whose rows people may change."""
    node: Component | Tree | None = tree
    for step in path:
        if isinstance(node, dict):
            node = node.get(step)
        elif node is not None and step.isdecimal():
            node = tree_of(node.children)
    if not isinstance(node, Component) or node.kind is not Kind.DYNAMICLIST:
        return None
    return None if node.raw.get("allowAddRemove") is False else node
