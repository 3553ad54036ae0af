"""The field of a form that is a secret ballot (property `ballot`): found, and taken out of what a person sent."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forms.components import Kind
from forms.options import option_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from forms.components import Component, Path
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class Ballot:
    """Where the vote stands in the form's values, and what can be voted for, in the form's order."""

    path: Path
    labels: tuple[tuple[str, Text], ...]

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(value for value, _ in self.labels)

    def without(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same values as if nobody had voted; whatever shape they have."""
        kept: dict[str, Any] = copy.deepcopy(dict(values))
        place: Any = kept
        for step in self.path[:-1]:
            place = place.get(step) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place.pop(self.path[-1], None)
        return kept

    def vote(self, values: Mapping[str, Any]) -> str | None:
        """What was voted for, of values that the form has let through."""
        place: Any = values
        for step in self.path:
            place = place.get(step) if isinstance(place, dict) else None
        return place if place in self.choices else None


def ballot_of(components: Iterable[Component]) -> Ballot | None:
    """The first; a checked form has one at most, outside lists and with written options."""
    found = next(_ballots(components), None)
    if found is None:
        return None
    options = (option for item in found.raw["values"] if (option := option_of(item, found)))
    return Ballot(found.path, tuple((option.value, option.label) for option in options))


def ballot_problem(components: Iterable[Component]) -> str | None:
    """The id of the component that cannot be a ballot; None where all is well."""
    components = tuple(components)
    fit = list(_ballots(components))
    marked = list(_marked(components))
    wrong = [one for one in marked if one not in fit or not one.required or _has_other_than_texts(one)]
    return wrong[0].id if wrong else fit[1].id if len(fit) > 1 else None


def _ballots(components: Iterable[Component]) -> Iterator[Component]:
    """Those that a ballot can be: one choice of written options, not in a row of a list."""
    for component in components:
        if component.kind is not Kind.DYNAMICLIST:
            yield from _ballots(component.children)
        if _is_marked(component) and component.kind in {Kind.RADIO, Kind.SELECT} and component.raw.get("values"):
            yield component


def _marked(components: Iterable[Component]) -> Iterator[Component]:
    for component in components:
        yield from _marked(component.children)
        if _is_marked(component):
            yield component


def _is_marked(component: Component) -> bool:
    return component.properties.get("ballot") == "true"


def _has_other_than_texts(component: Component) -> bool:
    return not all(isinstance(one.get("value"), str) for one in component.raw["values"])
