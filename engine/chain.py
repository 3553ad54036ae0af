"""The history's chain: how an entry is bound to what came before it, and what a break in it looks like. Pure.

The chain holds commitments H(salt, payload), never payloads: a payload and its salt can be deleted when retention or a
person's right demands it, and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is kept or exported; `payload` and `salt` (hex) are None once deleted. Moments are ISO texts in UTC."""

    subject: str
    number: int
    kind: str
    element: str | None
    actor: str | None
    at: str
    at_real: str
    commitment: str
    link: str
    salt: str | None
    payload: Any

    def bound(self, previous: str) -> str:
        """The link that this entry should have after the previous one."""
        facts = [self.subject, self.number, self.kind, self.element, self.actor, self.at, self.at_real, self.commitment]
        return _digest(previous + _canonical(facts))


@dataclass(frozen=True, slots=True)
class Head:
    """Where a subject's chain stood: so many entries, the last link."""

    number: int
    link: str


@dataclass(frozen=True, slots=True)
class HeadList:
    """All heads of one day; `digest` binds it to the list before."""

    day: str
    heads: Mapping[str, Head]
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Break:
    """Something that is not as it was written."""

    subject: str
    number: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.subject}{f'#{self.number}' if self.number else ''}: {self.what}"


def commitment(salt: str, payload: Any) -> str:
    """H(salt, payload) over the payload's canonical JSON."""
    return _digest(salt + _canonical(payload))


def list_digest(day: str, heads: Mapping[str, Head], previous: str) -> str:
    return _digest(previous + _canonical([day, {subject: [head.number, head.link] for subject, head in heads.items()}]))


def check_subject(subject: str, entries: Sequence[Entry], expected: Head | None) -> Iterator[Break]:
    """Every break in one chain; `expected` is what the subject itself says of its end, if it says anything."""
    previous = START
    for number, entry in enumerate(entries, 1):
        if entry.number != number:
            yield Break(subject, number, f"entry {number} is missing, the next one is {entry.number}")
            return
        if entry.bound(previous) != entry.link:
            yield Break(
                subject, number, "the entry does not fit the one before it: it, or its predecessor, was changed"
            )
        if entry.payload is not None and commitment(entry.salt or "", entry.payload) != entry.commitment:
            yield Break(subject, number, "the payload is not the one that was committed to")
        previous = entry.link
    if expected is not None and (len(entries), previous) != (
        expected.number,
        expected.link if expected.number else START,
    ):
        yield Break(subject, None, f"the chain ends at {len(entries)}, but {expected.number} entries were written")


def check_lists(lists: Sequence[HeadList], links: Mapping[str, Sequence[str]]) -> Iterator[Break]:
    """What a day's list knew and is no longer there; `links` are the links of every subject in order."""
    previous = START
    for found in lists:
        if found.previous != previous or list_digest(found.day, found.heads, found.previous) != found.digest:
            yield Break(f"list of {found.day}", None, "the list, or the one before it, was changed or removed")
        previous = found.digest
        for subject, head in found.heads.items():
            known = links.get(subject, ())
            if len(known) < head.number:
                yield Break(
                    subject, head.number, f"the list of {found.day} knew {head.number} entries, {len(known)} are left"
                )
            elif head.number and known[head.number - 1] != head.link:
                yield Break(subject, head.number, f"the entry is not the one that the list of {found.day} knew")


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
