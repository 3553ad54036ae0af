"""What may be a password: long enough, and not one of those that are tried first. Pure; no rule asks for kinds of characters.

After NIST SP 800-63B and ASVS 5.0 V6.2: length counts, any Unicode is welcome, and what everybody could guess is refused.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.errors import InvalidError
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection

SHORTEST, LONGEST = 12, 128
# One sign may become eighteen when it is normalised; nobody types so much.
_LONGEST_SENT = 1_000
_LONGEST_UNIT = 6
_FEWEST_RUNS = 4
_OURS = ("pingpin", "评聘")
_ROWS = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik",
    "9ol",
)
_NEXT_KEYS = frozenset(step for row in _ROWS for one in (row, row[::-1]) for step in pairwise(one))
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LOOKS_LIKE = str.maketrans("@4301!$57", "aaeoiisst")


class WeakPasswordError(InvalidError):
    """A password that is too short, too long or among the first that anybody would try."""


def normalised(password: str) -> str:
    """The same password, however a keyboard composes its signs (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def require_good(password: str, about: Collection[str] = ()) -> None:
    """Raise WeakPasswordError with a sentence; `about` are the person's id, names, employer: they add nothing to the length."""
    problem = _problem(password, about)
    if problem is not None:
        raise WeakPasswordError(problem.zh, problem.en)


def _problem(password: str, about: Collection[str]) -> Text | None:
    if len(password) > _LONGEST_SENT or len(text := normalised(password)) > LONGEST:
        return Text(f"密码最多{LONGEST}个字符。", f"A password has {LONGEST} characters at most.")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        return Text("密码中不能有控制字符。", "A password has no control characters.")
    if len(text) < SHORTEST:
        return Text(
            f"密码至少{SHORTEST}个字符，现为{len(text)}个。可以用几个不相关的词连成一句。",
            f"A password has at least {SHORTEST} characters; this one has {len(text)}. A few unrelated words in a row will do.",
        )
    folded = text.casefold()
    if len(_without(folded, about)) < SHORTEST:
        return Text(
            f"用户名、姓名、单位和系统名称不计入密码长度，除此之外至少{SHORTEST}个字符。",
            f"User name, name, employer and the system's name do not count: beside them it takes {SHORTEST} characters.",
        )
    if _is_pattern(text) or _is_pattern(folded) or _is_common(folded):
        return Text(
            "这个密码太常见，或只是重复、连续的字符，容易被猜到。请换一个。",
            "This password is a common one, or only repeated or consecutive characters, and easy to guess. Choose another.",
        )
    return None


def _without(folded: str, about: Collection[str]) -> str:
    known = sorted({normalised(word).casefold() for word in (*about, *_OURS)}, key=len, reverse=True)
    for word in known:
        if len(word) > 1:
            folded = folded.replace(word, "")
    return folded


def _is_pattern(text: str) -> bool:
    """One short piece again and again, or no more than a few runs along the alphabet, the digits or the keyboard."""
    repeats = any(text == (text[:unit] * len(text))[: len(text)] for unit in range(1, _LONGEST_UNIT + 1))
    return repeats or 1 + sum(not _goes_on(one, other) for one, other in pairwise(text)) < _FEWEST_RUNS


def _goes_on(one: str, other: str) -> bool:
    return abs(ord(one) - ord(other)) <= 1 or (one, other) in _NEXT_KEYS


def _is_common(folded: str) -> bool:
    """A word of the list with digits and signs around it, be some of its letters signs that look like them."""
    bare = _AROUND.sub("", folded)
    return not _common().isdisjoint(
        {folded, bare, bare.translate(_LOOKS_LIKE), _AROUND.sub("", folded.translate(_LOOKS_LIKE))}
    )


@cache
def _common() -> frozenset[str]:
    lines = files("engine").joinpath("passwords_common.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
