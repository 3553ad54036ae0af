"""Both drawings of a process that differs, and what is marked in each.

Where a shape stands is no difference, so what only moved bears no mark.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from lxml import etree

from engine.diagram import BPMN, parse_xml
from engine.difference.changes import How
from engine.difference.facts import EXISTS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from engine.difference.changes import Change
    from engine.difference.tables import Row
    from forms.text import Text

# As high as a row of shapes with what is between it and the next.
_ROW = 120


@dataclass(frozen=True, slots=True)
class Mark:
    """A part that differs. `number` stands beside it in both drawings and beside its sentences, no other mark has it.

    `old` and `new` are the elements that show the part: itself, or those that refer to it (a message has no shape).
    """

    number: int
    holder: str
    part: str
    name: Text
    how: How
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The file that draws these processes, in both versions; None where a version has no drawing of them."""

    processes: tuple[str, ...]
    name: Text
    old: bytes | None
    new: bytes | None
    marks: tuple[Mark, ...]


def drawings(old: Mapping[str, bytes], new: Mapping[str, bytes], changes: Iterable[Change]) -> tuple[Drawing, ...]:
    """One for each pair of files in which a process differs, came or went; `changes` are those between the two bundles."""
    drawn = [one for one in changes if one.place.kind is Kind.DIAGRAM]
    before = _files({path: content for path, content in old.items() if new.get(path) != content})
    after = _files({path: content for path, content in new.items() if old.get(path) != content})
    pairs: dict[tuple[str | None, str | None], list[Change]] = {}
    for change in drawn:
        pair = (before.get(change.place.holder), after.get(change.place.holder))
        pairs.setdefault(pair, []).append(change)
    numbers = count(1)
    return tuple(
        _drawing(old.get(was or ""), new.get(now or ""), told, numbers)
        for (was, now), told in pairs.items()
        if was or now
    )


def _files(files: Mapping[str, bytes]) -> Mapping[str, str]:
    """Which file a process is in."""
    return {
        process.get("id", path): path
        for path, content in files.items()
        if path.endswith(".bpmn")
        for process in parse_xml(content, path).iterchildren(f"{{{BPMN}}}process")
    }


@dataclass(frozen=True, slots=True)
class _Side:
    """One version's file: `shapes` are the drawn things by the ids of what they draw."""

    root: etree._Element
    shapes: Mapping[str, etree._Element]


def _side(content: bytes | None) -> _Side | None:
    """None where there is no file, or nothing is drawn in it."""
    if content is None:
        return None
    root = parse_xml(content, "")
    shapes = {one.get("bpmnElement", ""): one for one in root.iter(etree.Element) if one.get("bpmnElement")}
    return _Side(root, shapes) if shapes else None


def _drawing(old: bytes | None, new: bytes | None, changes: Sequence[Change], numbers: Iterator[int]) -> Drawing:
    before, after = _side(old), _side(new)
    parts: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        parts.setdefault((change.place.holder, change.place.part), []).append(change)
    found = [_found(told[0], before, after) for (_, part), told in parts.items() if part]
    seen = sorted(
        (one for one in found if one.old or one.new),
        key=lambda one: _spot(after, one.new) if one.new else _spot(before, one.old),
    )
    return Drawing(
        processes=tuple(dict.fromkeys(holder for holder, _ in parts)),
        name=changes[0].holder,
        old=old if before else None,
        new=new if after else None,
        marks=tuple(replace(one, number=next(numbers)) for one in seen),
    )


def _found(first: Change, before: _Side | None, after: _Side | None) -> Mark:
    """A mark without its number yet."""
    how = first.how if first.place.what == EXISTS else How.CHANGED
    old = () if how is How.ADDED else _shown(before, first.place.part)
    new = () if how is How.REMOVED else _shown(after, first.place.part)
    return Mark(0, first.place.holder, first.place.part, first.name, how, old, new)


def _shown(side: _Side | None, part: str) -> tuple[str, ...]:
    if side is None or part in side.shapes:
        return (part,) if side else ()
    referring = (one for one in side.root.iter(etree.Element) if part in _references(one))
    found = (_drawn_around(one, side) for one in referring)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _references(one: etree._Element) -> list[str]:
    return [value for name, value in one.attrib.items() if etree.QName(name).localname.endswith("Ref")]


def _drawn_around(one: etree._Element, side: _Side) -> str | None:
    return next((around.get("id") for around in (one, *one.iterancestors()) if around.get("id") in side.shapes), None)


def _spot(side: _Side | None, elements: Sequence[str]) -> tuple[bool, int, float]:
    """As one reads: shapes before flows, row by row, each from the left."""
    if side is None:
        return False, 0, 0.0
    shape = side.shapes[elements[0]]
    x, y = next(((one.get("x"), one.get("y")) for one in shape.iter(etree.Element) if one.get("x")), ("", ""))
    return etree.QName(shape).localname == "BPMNEdge", int(_number(y) // _ROW), _number(x)


def _number(text: str | None) -> float:
    """Where something is drawn decides nothing, so nobody has checked that it is a number."""
    try:
        number = float(text or "")
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def in_order(drawn: Sequence[Drawing], told: Iterable[Row]) -> list[Row]:
    """As they are numbered in the drawings, and then what has no mark."""
    marks = [(mark_of(drawn, row.changes[0]), row) for row in told]
    return [row for _, row in sorted(marks, key=lambda one: (one[0] is None, one[0].number if one[0] else 0))]


def mark_of(drawn: Iterable[Drawing], change: Change) -> Mark | None:
    """The mark that the sentence is about."""
    where = (change.place.holder, change.place.part)
    is_drawn = change.place.kind is Kind.DIAGRAM
    return next((mark for one in drawn for mark in one.marks if is_drawn and (mark.holder, mark.part) == where), None)
