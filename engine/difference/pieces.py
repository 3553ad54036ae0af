"""Two texts as pieces: what stays, what went, what came; long stretches that stay are left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from engine.difference.changes import How

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A word of letters, a gap, or any other sign by itself: of Chinese, each character.
_TOKEN = re.compile(r"[A-Za-z0-9_.]+|\s+|.", re.DOTALL)
# Lines of more tokens, or with less in common, are other lines altogether.
_MOST = 600
_LEAST_ALIKE = 0.4
# Of lines that stay so many are shown next to what differs.
_AROUND = 1
_LEFT_OUT = "…\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `how` is None where both texts have it."""

    text: str
    how: How | None = None


def pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """The old text with what went, and the new one with what came."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    found = [_block(before[a:b], after[c:d], tag) for tag, a, b, c, d in _steps(before, after)]
    return [piece for one, _ in found for piece in one], [piece for _, other in found for piece in other]


def _steps(before: Sequence[str], after: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def _block(before: Sequence[str], after: Sequence[str], tag: str) -> tuple[list[Piece], list[Piece]]:
    if tag == "equal":
        return [Piece(_shortened(before))], [Piece(_shortened(before))]
    was, now = (_TOKEN.findall("".join(lines)) for lines in (before, after))
    if max(len(was), len(now)) > _MOST or SequenceMatcher(None, was, now, autojunk=False).ratio() < _LEAST_ALIKE:
        return list(_whole(before, How.REMOVED)), list(_whole(after, How.ADDED))
    steps = _steps(was, now)
    return (
        [Piece("".join(was[a:b]), None if tag == "equal" else How.REMOVED) for tag, a, b, _, _ in steps if b > a],
        [Piece("".join(now[c:d]), None if tag == "equal" else How.ADDED) for tag, _, _, c, d in steps if d > c],
    )


def _whole(lines: Sequence[str], how: How) -> Iterator[Piece]:
    if lines:
        yield Piece("".join(lines), how)


def _shortened(lines: Sequence[str]) -> str:
    if len(lines) <= 2 * _AROUND + 1:
        return "".join(lines)
    return "".join([*lines[:_AROUND], _LEFT_OUT, *lines[-_AROUND:]])
