"""The fields of a form that are identity numbers (property `sealed`: `id`): found, and taken out of what a form lets through."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from forms.components import Kind
from forms.data import pick, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from forms.components import Component, Path

ID = "id"


def sealed_paths(components: Iterable[Component]) -> tuple[Path, ...]:
    """In the order of the form; a checked form has them outside lists alone."""
    return tuple(component.path for component in _fit(components))


def sealed_problem(components: Iterable[Component]) -> str | None:
    """The id of the component that cannot be one; None where all is well."""
    components = tuple(components)
    fit = tuple(_fit(components))
    return next((one.id for one in _marked(components) if one not in fit), None)


def taken_out(
    values: Mapping[str, Any], paths: Iterable[Path], mask: Callable[[str], str]
) -> tuple[dict[str, Any], dict[Path, str]]:
    """The values with masks in these places, and what stood there; what is nothing but a mask stays as it is."""
    found = {path: value for path in paths if isinstance(value := pick(values, path), str) and mask(value) != value}
    return with_values(values, {path: mask(value) for path, value in found.items()}), found


def with_values(values: Mapping[str, Any], others: Mapping[Path, str]) -> dict[str, Any]:
    """A copy with other values in these places, which are there."""
    kept = copy.deepcopy(dict(values))
    for path, value in others.items():
        put(kept, path, value)
    return kept


def _fit(components: Iterable[Component]) -> Iterator[Component]:
    """One line of text without a default, not in a row of a list."""
    for component in components:
        if component.kind is not Kind.DYNAMICLIST:
            yield from _fit(component.children)
        is_line = component.kind is Kind.TEXTFIELD and "defaultValue" not in component.raw
        if is_line and component.properties.get("sealed") == ID:
            yield component


def _marked(components: Iterable[Component]) -> Iterator[Component]:
    for component in components:
        yield from _marked(component.children)
        if "sealed" in component.properties:
            yield component
