"""A case that is like another: it plays the other's steps up to where it differs, and enters what the other enters.

The case keeps a place in the other's steps. `play: post` plays from there up to the step on `post`, `play: end` all the
rest; `skip: post` only moves there. A step on the element at that place takes the other's values, with its own `change`s.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def follow(told: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The steps that are played, in order; raises KeyError for an element that the other case has no further step on."""
    place = 0
    for step in steps:
        if "play" in step or "skip" in step:
            until = _find(told, str(step.get("play", step.get("skip"))), place)
            yield from (one for one in told[place:until] if "play" in step and "expect" not in one)
            place = until
            continue
        element = _element(step)
        if element is not None and "refused" not in step and place < len(told) and _element(told[place]) == element:
            place += 1
        yield _filled(told, step, element)


def _find(told: Sequence[Mapping[str, Any]], element: str, place: int) -> int:
    if element == "end":
        return len(told)
    for index in range(place, len(told)):
        if _element(told[index]) == element:
            return index
    raise KeyError(f"play or skip {element}: the case that this one is like has no further step on it")


def _element(step: Mapping[str, Any]) -> str | None:
    found = step.get("complete", step.get("start", step.get("set_off")))
    return None if found is None else str(found)


def _filled(told: Sequence[Mapping[str, Any]], step: Mapping[str, Any], element: str | None) -> Mapping[str, Any]:
    if element is None or "with" in step:
        return step
    values = next((one["with"] for one in told if _element(one) == element and "with" in one), None)
    return {**step, "with": changed(values, step.get("change") or {})} if values is not None else step


def changed(values: Any, changes: Mapping[str, Any]) -> Any:
    """`application.posts.0.start: 2020-07-01` changes one value of a copy; `-` as the value takes it out."""
    altered = copy.deepcopy(values)
    for path, value in changes.items():
        *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
        node = altered
        for part in parents:
            node = node[part]
        if value == "-":
            del node[last]
        else:
            node[last] = value
    return altered
