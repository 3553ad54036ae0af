"""Two sets of facts compared, and what each change is called."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.difference import documents, drawings, fields, rules
from engine.difference.facts import CELL, EXISTS, Facts, Kind, Place
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Cell", "Change", "How", "Kind", "difference"]


class How(StrEnum):
    """What became of a part, or of one property of it."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that a part says, in both versions; None where a version does not say it.

    `column` is what a rule's cell stands under, `under` whether that is an input, an output or an annotation.
    """

    what: str
    old: str | None
    new: str | None
    column: Text | None = None
    under: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `place` says where, `name` and `holder` what people call the part and what holds it.

    `old` and `new` are the property's values as texts; of a whole part that came or went, what it is. `cells` is what one
    must see beside it: the whole rule, a setting's default and unit, all that a part says which came or went. `refers` are
    the names of the parts that the values refer to, by their ids. `inside` are the rules of a table that came or went.
    """

    place: Place
    how: How
    name: Text
    holder: Text
    old: str | None
    new: str | None
    # Of a rule's cell, what its column is called.
    column: Text | None = None
    cells: tuple[Cell, ...] = ()
    refers: Mapping[str, Text] = field(default_factory=dict, hash=False)
    inside: tuple[Change, ...] = ()

    def called(self, value: str | None) -> Text:
        """The value as people know it."""
        return self.refers.get(value or "") or Text(value or "", value or "")


# Files, of two whole bundles and more.
_REMEMBERED = 512
_READERS = {
    ".bpmn": drawings.read,
    ".dmn": rules.read,
    ".form": fields.read,
    ".yaml": documents.read,
    ".md": documents.read,
}


# Whatever of a setting is changed, one must see what it is now and in which unit.
_OF_SETTINGS = frozenset({"default", "unit"})
# Where a diagram's value is the id of another element.
_REFERRING = frozenset({"sourceRef", "targetRef", "attachedToRef", "messageRef", "default", "lane", "within"})


def difference(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[Change]:
    """Every change between two bundles' files, both of which have passed their checks; diagrams first, in a steady order."""
    # What is the same file is the same: of a hundred worked cases one or two are another.
    before = _facts({path: content for path, content in old.items() if new.get(path) != content})
    after = _facts({path: content for path, content in new.items() if old.get(path) != content})
    return sorted(
        [*_changes(before, after), *_orders(before, after)],
        key=lambda one: (list(Kind).index(one.place.kind), one.place),
    )


def _facts(files: Mapping[str, bytes]) -> Facts:
    facts = Facts()
    for path, content in sorted(files.items()):
        facts.add(_facts_of(path, content))
    return facts


# A page about a version is asked for again and again while it is examined; YAML takes long to read.
@lru_cache(maxsize=_REMEMBERED)
def _facts_of(path: str, content: bytes) -> Facts:
    facts = Facts()
    reader = _READERS.get("." + path.rpartition(".")[2])
    if reader is not None:
        reader(facts, path, content)
    return facts


def _changes(before: Facts, after: Facts) -> Iterator[Change]:
    came = {place.part_only for place in after.values.keys() - before.values.keys() if place.what == EXISTS}
    went = {place.part_only for place in before.values.keys() - after.values.keys() if place.what == EXISTS}
    for place in before.values.keys() | after.values.keys():
        old, new = before.values.get(place), after.values.get(place)
        if old == new:
            continue
        if place.part_only in came | went:
            if place.what == EXISTS and not _inside(place, came | went):
                how = How.ADDED if place.part_only in came else How.REMOVED
                whole = _change(before, after, place, how, old, new)
                yield replace(whole, inside=tuple(_rules(before, after, whole)))
        else:
            how = How.CHANGED if old is not None and new is not None else How.ADDED if old is None else How.REMOVED
            yield _change(before, after, place, how, old, new)


def _inside(place: Place, parts: set[Place]) -> bool:
    """Whether its holder as a whole came or went: then that is said, and not each of its parts."""
    return place.part != "" and Place(place.kind, place.holder, "", EXISTS) in parts


def _rules(before: Facts, after: Facts, table: Change) -> Iterator[Change]:
    if table.place.kind is not Kind.TABLE or table.place.part:
        return
    for place, is_a in (after if table.how is How.ADDED else before).values.items():
        if (place.holder, place.what, is_a) == (table.place.holder, EXISTS, "rule"):
            yield _change(before, after, place, table.how, table.old and is_a, table.new and is_a)


def _orders(before: Facts, after: Facts) -> Iterator[Change]:
    """Of what is in both, whether it stands in another order; where an order means something."""
    for place in before.orders.keys() & after.orders.keys():
        old, new = before.orders[place], after.orders[place]
        common = set(old) & set(new)
        first, second = [one for one in old if one in common], [one for one in new if one in common]
        if first != second:
            yield _change(before, after, place, How.CHANGED, ", ".join(first), ", ".join(second))


def _change(before: Facts, after: Facts, place: Place, how: How, old: str | None, new: str | None) -> Change:
    known = before if how is How.REMOVED and place.what == EXISTS else after
    name, holder = (known.name(place.part_only) or before.name(place.part_only)), known.name(place.holder_only)
    column = _column(before, after, place)
    cells = tuple(_cells(before, after, place))
    refers = _refers(before, after, place, (Cell(place.what, old, new), *cells))
    return Change(place, how, name, holder or before.name(place.holder_only), old, new, column, cells, refers)


def _refers(before: Facts, after: Facts, place: Place, cells: Iterable[Cell]) -> Mapping[str, Text]:
    if place.kind is not Kind.DIAGRAM:
        return {}
    ids = {one for cell in cells if cell.what.rpartition(".")[2] in _REFERRING for one in (cell.old, cell.new) if one}
    places = {one: replace(place, part=one, what=EXISTS) for one in ids}
    names = {one: after.names.get(where) or before.names.get(where) for one, where in places.items()}
    return {one: name for one, name in names.items() if name is not None}


def _cells(before: Facts, after: Facts, place: Place) -> Iterator[Cell]:
    part = place.part_only
    old, new = before.said.get(part, {}), after.said.get(part, {})
    whole = place.what == EXISTS and (part not in before.values or part not in after.values)
    is_rule = "rule" in {before.values.get(part), after.values.get(part)} and place.kind is Kind.TABLE
    for what in dict.fromkeys([*new, *old]):
        if whole or is_rule or (place.kind is Kind.SETTING and what in _OF_SETTINGS):
            cell = replace(place, what=what)
            yield Cell(what, old.get(what), new.get(what), _column(before, after, cell), _under(before, after, cell))


def _column(before: Facts, after: Facts, place: Place) -> Text | None:
    return after.names.get(place) or before.names.get(place) if place.what.startswith(CELL) else None


def _under(before: Facts, after: Facts, place: Place) -> str:
    column = replace(place, part=place.what.removeprefix(CELL), what=EXISTS)
    return after.values.get(column) or before.values.get(column) or ""
