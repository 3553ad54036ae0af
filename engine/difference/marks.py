"""Both drawings of a process that differs, and what is marked in each.

Where a shape stands is no difference, so what only moved bears no mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from lxml import etree

from engine.diagram import BPMN, parse_xml
from engine.difference.changes import How
from engine.difference.facts import EXISTS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from engine.difference.changes import Change
    from forms.text import Text


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


def _drawing(old: bytes | None, new: bytes | None, changes: Sequence[Change], numbers: Iterator[int]) -> Drawing:
    before, after = (None if content is None else parse_xml(content, "") for content in (old, new))
    parts: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        parts.setdefault((change.place.holder, change.place.part), []).append(change)
    marks = (_mark(told, before, after, numbers) for (_, part), told in parts.items() if part)
    return Drawing(
        processes=tuple(dict.fromkeys(holder for holder, _ in parts)),
        name=changes[0].holder,
        old=old if before is not None and _drawn(before) else None,
        new=new if after is not None and _drawn(after) else None,
        marks=tuple(one for one in marks if one is not None),
    )


def _mark(
    told: Sequence[Change], before: etree._Element | None, after: etree._Element | None, numbers: Iterator[int]
) -> Mark | None:
    first = told[0]
    how = first.how if first.place.what == EXISTS else How.CHANGED
    old = () if how is How.ADDED else _shown(before, first.place.part)
    new = () if how is How.REMOVED else _shown(after, first.place.part)
    if not old and not new:
        return None
    return Mark(next(numbers), first.place.holder, first.place.part, first.name, how, old, new)


def _shown(root: etree._Element | None, part: str) -> tuple[str, ...]:
    if root is None:
        return ()
    drawn = _drawn(root)
    if part in drawn:
        return (part,)
    referring = (one for one in root.iter(etree.Element) if part in _references(one))
    found = (_drawn_around(one, drawn) for one in referring)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _drawn(root: etree._Element) -> frozenset[str]:
    return frozenset(one.get("bpmnElement", "") for one in root.iter(etree.Element)) - {""}


def _references(one: etree._Element) -> list[str]:
    return [value for name, value in one.attrib.items() if etree.QName(name).localname.endswith("Ref")]


def _drawn_around(one: etree._Element, drawn: frozenset[str]) -> str | None:
    return next((around.get("id") for around in (one, *one.iterancestors()) if around.get("id") in drawn), None)


def mark_of(drawn: Iterable[Drawing], change: Change) -> Mark | None:
    """The mark that the sentence is about."""
    where = (change.place.holder, change.place.part)
    is_drawn = change.place.kind is Kind.DIAGRAM
    return next((mark for one in drawn for mark in one.marks if is_drawn and (mark.holder, mark.part) == where), None)
