"""What a form amounts to under the present values: who is hidden, what is taken from where, what expressions see.

A field's condition may hang on another field that is hidden itself, so conditions are weighed until they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forms.components import Component, Evaluate, Kind, Path, expression_of
from forms.data import ABSENT, as_json, pick, put
from forms.reading import blank
from forms.tree import holders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Spot:
    """One component at one place; in a list, once for every row.

    `path` is the full path of its value; for a group or static text that of what it stands in. `scope` is what its
    expressions see.
    """

    component: Component
    path: Path
    value: Any
    scope: Mapping[str, Any]
    hidden: bool
    locked: bool
    children: tuple[Spot, ...] = ()
    rows: tuple[tuple[Spot, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What does not change while a form is weighed."""

    context: Mapping[str, Any]
    evaluate: Evaluate


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk stands: the path of the row (or of the form), its values, what expressions see there."""

    base: Path
    values: Any
    scope: Mapping[str, Any]


def locked(component: Component, given: Circumstances) -> bool:
    """Whether the submitted value counts for nothing: disabled, or read-only as the context alone says."""
    readonly = component.raw.get("readonly", False)
    if (expression := expression_of(readonly)) is not None:
        readonly = given.evaluate(expression, given.context, False)
    return readonly is True or component.raw.get("disabled") is True


def filled(
    components: Sequence[Component], valid: Any, given: Circumstances, failed: frozenset[Path], base: Path = ()
) -> dict[str, Any]:
    """A value for every field: the submitted one, its default, or the context's where it is locked."""
    data: dict[str, Any] = {}
    for component in holders(components):
        submitted = pick(valid, component.path)
        path = base + component.path
        if component.kind is Kind.DYNAMICLIST:
            put(data, component.path, _filled_rows(component, submitted, given, failed, path))
        else:
            put(data, component.path, _filled_leaf(component, submitted, given, path, path in failed))
    return data


def _filled_leaf(component: Component, submitted: Any, given: Circumstances, path: Path, failed: bool) -> Any:
    if locked(component, given):
        known = pick(given.context, path)
        return as_json(known) if known is not ABSENT else component.raw.get("defaultValue", blank(component))
    if submitted is ABSENT and not failed:
        submitted = component.raw.get("defaultValue")
    return blank(component) if submitted is ABSENT or submitted is None else submitted


def _filled_rows(
    component: Component, submitted: Any, given: Circumstances, failed: frozenset[Path], path: Path
) -> list[dict[str, Any]]:
    rows = submitted if isinstance(submitted, list) else []
    if component.raw.get("allowAddRemove") is False:
        rows = [*rows, *({} for _ in range(len(rows), fixed_rows(component, given.context, path)))]
    return [filled(component.children, row, given, failed, (*path, str(number))) for number, row in enumerate(rows)]


def fixed_rows(component: Component, context: Mapping[str, Any], path: Path) -> int:
    """Rows of a list that people can neither lengthen nor shorten: as the context has, or as the form says."""
    known = pick(context, path)
    count = len(known) if isinstance(known, list | tuple) else component.raw.get("defaultRepetitions", 1)
    return min(count, component.most_rows)


def settle(components: Sequence[Component], data: Mapping[str, Any], given: Circumstances) -> tuple[Spot, ...]:
    """Weigh every condition until the answers agree; a circle of conditions ends with the last answer."""
    visible, hidden = data, frozenset[tuple[str, Path]]()
    spots: tuple[Spot, ...] = ()
    for _ in range(_ROUNDS):
        scope = {**given.context, **dict.fromkeys(data), **visible, "this": visible, "parent": None, "i": []}
        spots = _spots(components, _Place((), data, scope), given, hidden=False)
        now_hidden = frozenset(_hidden(spots))
        if now_hidden == hidden:
            break
        visible, hidden = values_of(spots, _is_visible), now_hidden
    return spots


def _spots(components: Sequence[Component], place: _Place, given: Circumstances, *, hidden: bool) -> tuple[Spot, ...]:
    return tuple(_spot(component, place, given, hidden=hidden) for component in components)


def _spot(component: Component, place: _Place, given: Circumstances, *, hidden: bool) -> Spot:
    hidden = hidden or _hides(component, place.scope, given.evaluate)
    value = pick(place.values, component.path) if component.has_value else None
    path = place.base + component.path
    return Spot(
        component=component,
        path=path,
        value=None if value is ABSENT else value,
        scope=place.scope,
        hidden=hidden,
        locked=component.has_value and locked(component, given),
        children=_spots(component.children, place, given, hidden=hidden) if component.kind is Kind.GROUP else (),
        rows=_row_spots(component, place, value, given) if isinstance(value, list) and not hidden else (),
    )


def _row_spots(
    component: Component, place: _Place, rows: list[Any], given: Circumstances
) -> tuple[tuple[Spot, ...], ...]:
    if component.kind is not Kind.DYNAMICLIST:
        return ()
    return tuple(
        _spots(component.children, _row_place(component, place, row, number), given, hidden=False)
        for number, row in enumerate(rows)
    )


def _row_place(component: Component, place: _Place, row: Any, number: int) -> _Place:
    """In a row an expression sees the form's values, `this` row, its `parent` and `i`, the numbers of the rows from 1."""
    base = (*place.base, *component.path, str(number))
    scope = {**place.scope, "this": row, "parent": place.scope, "i": [*place.scope["i"], number + 1]}
    return _Place(base, row, scope)


def _hides(component: Component, scope: Mapping[str, Any], evaluate: Evaluate) -> bool:
    """True hides, and so does null, as in form-js: `years < 5` hides while the years are unknown.

    form-js calls it a unary test, but one without a tested value: as a cell of a table, `agree` would ask whether
    nothing equals true.
    """
    expression = expression_of((component.raw.get("conditional") or {}).get("hide"))
    if expression is None:
        return False
    answer = evaluate(expression, scope, False)
    return answer is True or answer is None


def every(spots: Sequence[Spot]) -> Iterator[Spot]:
    """Every spot, those of groups and rows too."""
    for spot in spots:
        yield spot
        yield from every(spot.children)
        for row in spot.rows:
            yield from every(row)


def _hidden(spots: Sequence[Spot]) -> Iterator[tuple[str, Path]]:
    return ((spot.component.id, spot.path) for spot in every(spots) if spot.hidden)


def values_of(spots: Sequence[Spot], keep: Callable[[Spot], bool]) -> dict[str, Any]:
    """The values of the spots to keep, as the form's data."""
    data: dict[str, Any] = {}
    for spot in _holding(spots):
        if keep(spot):
            rows = spot.component.kind is Kind.DYNAMICLIST
            value = [values_of(row, keep) for row in spot.rows] if rows else spot.value
            put(data, spot.component.path, value)
    return data


def _holding(spots: Sequence[Spot]) -> Iterator[Spot]:
    """The spots with a value at this level: inside groups, but not inside rows."""
    for spot in spots:
        if spot.component.has_value:
            yield spot
        yield from _holding(spot.children)


def _is_visible(spot: Spot) -> bool:
    return not spot.hidden
