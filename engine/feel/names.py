"""Which names exist while a text is parsed: FEEL names may hold blanks and signs, so the longest known one wins."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.errors import FeelError
from engine.feel.lexer import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KEYWORDS = frozenset(
    [
        "true",
        "false",
        "null",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "between",
        "instance",
        "function",
        "external",
    ]
)
JOINED = frozenset("./-'+*")
Index = dict[str, list[tuple[tuple[str, ...], str]]]
Match = tuple[str, int]


@lru_cache(maxsize=4096)
def pieces(name: str) -> tuple[str, ...]:
    """A name's tokens, which is how it is found in a text whatever its blanks; none if it cannot stand in one."""
    try:
        return tuple(token.text for token in tokens(name)[:-1])
    except FeelError:
        return ()


@lru_cache(maxsize=512)
def index(names: frozenset[str]) -> Index:
    """Names by their first token, those of most tokens first."""
    by_first: Index = {}
    for name in names:
        split = pieces(name)
        if split and not (len(split) == 1 and (split[0][0].isdigit() or split[0] in KEYWORDS)):
            by_first.setdefault(split[0], []).append((split, name))
    for known in by_first.values():
        known.sort(key=lambda entry: -len(entry[0]))
    return by_first


def longest(known: Index, stream: Sequence[Token], at: int) -> Match | None:
    """The longest name of the index that starts at this token, and how many tokens it takes."""
    for split, name in known.get(stream[at].text, ()):
        part = stream[at : at + len(split)]
        if tuple(token.text for token in part) == split and all(token.kind not in ("string", "at") for token in part):
            return name, len(split)
    return None


class Names:
    """The names known from outside and those that the expression itself binds on the way."""

    def __init__(self, outside: frozenset[str] = frozenset()) -> None:
        self._outside = index(outside)
        self._inside: Index = {}
        self._order: list[str] = []
        self._count: dict[str, int] = {}

    @contextmanager
    def bound(self, names: Sequence[str] = ()) -> Iterator[None]:
        """Names bound here or inside the block are in scope to its end."""
        before = len(self._order)
        for name in names:
            self.bind(name)
        try:
            yield
        finally:
            while len(self._order) > before:
                self._release(self._order.pop())

    def bind(self, name: str) -> None:
        self._order.append(name)
        self._count[name] = self._count.get(name, 0) + 1
        if self._count[name] == 1:
            for first, entries in index(frozenset((name,))).items():
                known = self._inside.setdefault(first, [])
                known.extend(entries)
                known.sort(key=lambda entry: -len(entry[0]))

    def _release(self, name: str) -> None:
        self._count[name] -= 1
        if not self._count[name]:
            del self._count[name]
            for first in index(frozenset((name,))):
                self._inside[first] = [entry for entry in self._inside[first] if entry[1] != name]

    def is_bound(self, name: str) -> bool:
        return name in self._count

    def match(self, stream: Sequence[Token], at: int) -> Match | None:
        """The longest known name that starts here."""
        outside = longest(self._outside, stream, at)
        inside = longest(self._inside, stream, at)
        return max((found for found in (outside, inside) if found), key=lambda found: found[1], default=None)
