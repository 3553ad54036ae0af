"""What a search looks at: texts made alike, and how an index finds ideographs in them. Pure.

People type full-width or half-width, large letters or small; two ideographs are a word. `spaced` writes a mark between any
two characters, so that every piece of three characters is either one character or a pair of neighbours: an index of such
pieces, which both databases can keep, finds single ideographs and pairs as well as long words.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK = "\x1f"
# Of a matter; its title alone has up to 300 characters.
_MOST = 600
_PIECES = 4


def alike(text: str) -> str:
    """NFKC, small letters, one space for whatever parts words; nothing that a database cannot keep."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = (" " if unicodedata.category(one) in {"Cc", "Cs"} else one for one in folded)
    return " ".join("".join(kept).split())


def joined(texts: Iterable[str]) -> str:
    """What is searched of one thing: no word reaches from one of the texts into the next."""
    return alike("\n".join(texts))[:_MOST].rstrip()


def words(asked: str) -> list[str]:
    """Each must be found, in whatever order."""
    return alike(asked).split()


def spaced(text: str) -> str:
    return MARK + MARK.join(text) + MARK if text else ""


def pieces(word: str) -> list[str]:
    """Whatever holds the word holds these: its pairs, ideographs first, then from its end, where keys differ.

    A few will do, since what is found is looked at again, and each further one is a list to go through.
    """
    text = spaced(word)
    starts = range(1, len(text) - 3, 2) if len(word) > 1 else (0,)
    found = list(dict.fromkeys(text[start : start + 3] for start in starts))
    found.reverse()
    return sorted(found, key=str.isascii)[:_PIECES]
