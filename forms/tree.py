"""The compiled components of a form, and where each value stands in the data.

Compiling trusts its input: `check_form` has seen the schema before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from forms.components import Component, Kind, Path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Tree: TypeAlias = "dict[str, Component | Tree]"
"""Steps of the data down to the component that holds the value there; a list's own tree is made from its children."""


def compile_components(raws: Sequence[Mapping[str, Any]], base: Path = ()) -> tuple[Component, ...]:
    return tuple(_compile(raw, base, number) for number, raw in enumerate(raws))


def _compile(raw: Mapping[str, Any], base: Path, number: int) -> Component:
    kind = Kind(raw["type"])
    path = base + steps(raw)
    inside = () if kind is Kind.DYNAMICLIST else path
    children = compile_components(raw.get("components") or (), inside)
    return Component(name_of(raw, number), kind, path, raw, children)


def name_of(raw: Mapping[str, Any], number: int) -> str:
    """The component's id; where it has none, its key or path, or its place. Takes any JSON."""
    named = (raw.get(keyword) for keyword in ("id", "key", "path"))
    return next((name for name in named if isinstance(name, str) and name), f"{raw.get('type')}-{number}")


def steps(raw: Mapping[str, Any]) -> Path:
    """The component's own part of the path: its key, or the path of a group or list."""
    name = raw.get("key") or raw.get("path")
    return tuple(name.split(".")) if isinstance(name, str) and name else ()


def holders(components: Sequence[Component]) -> Iterator[Component]:
    """The components with a value at this level: inside groups, but not inside lists."""
    for component in components:
        if component.has_value:
            yield component
        elif component.kind is Kind.GROUP:
            yield from holders(component.children)


def tree_of(components: Sequence[Component]) -> Tree:
    tree: Tree = {}
    for component in holders(components):
        node = tree
        for step in component.path[:-1]:
            below = node.setdefault(step, {})
            assert isinstance(below, dict), "check_form refuses a path that runs through a field"
            node = below
        node[component.path[-1]] = component
    return tree
