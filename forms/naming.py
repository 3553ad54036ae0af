"""What messages call the field at a path: its label, before it the list and the row it stands in; and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.components import Component, Kind
from forms.text import Text
from forms.tree import Tree, holders, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forms.components import Path

_WHOLE = Text("提交的内容", "The submission")
_MOST_CHARACTERS = 80


def name_at(tree: Tree, path: Path) -> Text:
    """The name; for what the form does not know, the path as submitted."""
    node: Component | Tree = tree
    for position, step in enumerate(path, start=1):
        below = node.get(step) if isinstance(node, dict) else None
        if isinstance(below, Component):
            return _name(below, path[position:])
        if below is None:
            return _as_submitted(path)
        node = below
    return _as_submitted(path) if path else _WHOLE


def _name(component: Component, rest: Path) -> Text:
    if component.kind is not Kind.DYNAMICLIST or not rest:
        return component.name
    number = int(rest[0]) + 1
    row = Text(f"{component.name.zh}（第 {number} 行）", f"{component.name.en}, row {number}")
    if len(rest) == 1:
        return row
    field = name_at(tree_of(component.children), rest[1:])
    return Text(row.zh + field.zh, f"{row.en}, {field.en}")


def _as_submitted(path: Path) -> Text:
    shown = ".".join(path)[:_MOST_CHARACTERS]
    return Text(shown, shown)


def component_at(tree: Tree, path: Path) -> Component | None:
    """What holds the value at the path, in the rows of lists too; none for what the form does not know."""
    node: Component | Tree | None = tree
    for position, step in enumerate(path, start=1):
        node = node.get(step) if isinstance(node, dict) else None
        if isinstance(node, Component):
            rest = path[position:]
            if node.kind is Kind.DYNAMICLIST:
                return component_at(tree_of(node.children), rest[1:])
            return node if not rest or (node.kind is Kind.CHECKLIST and len(rest) == 1) else None
    return None


def heading_at(components: Iterable[Component], path: Path) -> Text | None:
    """What the innermost group with a label is called that the path leads into."""
    for component in components:
        if component.kind is Kind.GROUP and any(
            path[: len(one.path)] == one.path for one in holders(component.children)
        ):
            return heading_at(component.children, path) or (component.name if component.label else None)
    return None
