"""Regular expressions as FEEL means them (XPath's), run by the `regex` package under a time limit."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING

import regex

from engine.errors import FeelError
from engine.feel.limits import MAX_STRING, too_long_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.feel.limits import Run

FLAGS = {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE}
NAME_START = r"\p{L}_:"
NAME_PART = r"\p{L}\p{N}_:.\-\u00B7"
CLASSES = {
    "i": f"[{NAME_START}]",
    "c": f"[{NAME_PART}]",
    "I": f"[^{NAME_START}]",
    "C": f"[^{NAME_PART}]",
    "s": r"[ \t\n\r]",
    "S": r"[^ \t\n\r]",
}
ESCAPES = frozenset("nrt\\|.?*+(){}-[]^$sSdDwWpPiIcC123456789")
REFERENCE = regex.compile(r"\\(.)|\$(\d+)|(\\|\$)", regex.DOTALL)
COUNT = regex.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
BRACKETS = regex.compile(r"\[(?:[^\]\\]|\\.)*\]|[^\[]+|\[", regex.DOTALL)
MAX_PATTERN, MAX_SUBTRACTIONS = 2000, 8
Piece = tuple[str, int]


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: str = "") -> regex.Pattern[str] | None:
    """The pattern, or None when it or the flags are not XPath's."""
    if set(flags) - set("smixq") or len(pattern) > MAX_PATTERN:
        return None
    if "x" in flags and "q" not in flags:
        pattern = _without_blanks(pattern)
    source = regex.escape(pattern) if "q" in flags else _translated(pattern, flags)
    if source is None:
        return None
    bits = regex.VERSION1
    for flag in set(flags) & set(FLAGS):
        bits |= FLAGS[flag]
    try:
        return regex.compile(source, bits)
    except (regex.error, RecursionError, OverflowError):
        return None


def _translated(pattern: str, flags: str) -> str | None:
    """XPath's notation in Python's; None for an escape, group or class that XPath does not have."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        piece = _piece(pattern, at, flags)
        if piece is None:
            return None
        out.append(piece[0])
        at = piece[1]
    return "".join(out)


def _piece(pattern: str, at: int, flags: str) -> Piece | None:
    """What starts here, translated, and where it ends."""
    if pattern[at] == "\\":
        return _escape(pattern, at)
    if pattern[at] == "[":
        return _class(pattern, at, 0)
    text = _outside(pattern, at, flags)
    return None if text is None else (text, at + 1)


def _class(pattern: str, at: int, depth: int) -> Piece | None:
    """`[...]`, with XPath's subtraction `[a-z-[aeiou]]`."""
    negation = "^" if pattern.startswith("^", at + 1) else ""
    at += 1 + len(negation)
    members = ""
    while at < len(pattern) and depth <= MAX_SUBTRACTIONS:
        if pattern[at] == "]":
            return (f"[{negation}{members}]", at + 1) if members else None
        if pattern.startswith("-[", at) and members:
            inner = _class(pattern, at + 1, depth + 1)
            closed = inner is not None and pattern.startswith("]", inner[1])
            return (f"[[{negation}{members}]--{inner[0]}]", inner[1] + 1) if inner and closed else None
        piece = _member(pattern, at, first=not members)
        if piece is None:
            return None
        members += piece[0]
        at = piece[1]
    return None


def _member(pattern: str, at: int, *, first: bool) -> Piece | None:
    """One character or escape inside brackets; signs that mean sets to Python but not to XPath are escaped."""
    sign = pattern[at]
    if sign == "\\":
        found = _escape(pattern, at)
        return None if found is None or found[0][1:2].isdigit() else found
    if sign == "[":
        return None
    literal = sign in "&~|" or (sign == "-" and (first or pattern.startswith("]", at + 1)))
    return ("\\" + sign if literal else sign), at + 1


def _without_blanks(pattern: str) -> str:
    """Flag x: blanks outside brackets mean nothing."""
    return "".join(part if part[0] == "[" else "".join(part.split()) for part in BRACKETS.findall(pattern))


def _counts(pattern: str, at: int) -> bool:
    """Whether the brace belongs to a counted repetition: `{2}`, `{2,}` or `{2,3}`."""
    start = pattern.rfind("{", 0, at + 1)
    match = COUNT.match(pattern, start) if start > 0 else None
    return match is not None and match.end() > at


def _outside(pattern: str, at: int, flags: str) -> str | None:
    """One character outside brackets."""
    sign = pattern[at]
    if sign == "]":
        return None
    if sign in "{}" and not _counts(pattern, at):
        return None
    if sign == "(" and pattern[at + 1 : at + 2] == "?" and pattern[at + 2 : at + 3] != ":":
        return None
    if sign == "$" and "m" not in flags:
        return r"\Z"
    if sign == "." and "s" not in flags:
        return r"[^\n\r]"
    if sign == "+" and pattern[at - 1 : at] in ("+", "*", "?", "}") and at and pattern[at - 2 : at - 1] != "\\":
        return None
    return sign


def _escape(pattern: str, at: int) -> Piece | None:
    """The escape that starts here and where it ends."""
    kind = pattern[at + 1 : at + 2]
    if kind not in ESCAPES or not kind:
        return None
    if kind in CLASSES:
        return CLASSES[kind], at + 2
    if kind in "pP":
        match = regex.compile(r"\\[pP]\{(Is)?([A-Za-z0-9-]+)\}").match(pattern, at)
        return None if match is None else (f"\\{kind}{{{'In' if match[1] else ''}{match[2]}}}", match.end())
    return pattern[at : at + 2], at + 2


@contextmanager
def watched(run: Run, pattern: regex.Pattern[str]) -> Iterator[float]:
    """The seconds that all patterns of one evaluation share; whoever uses them up is stopped."""
    begun = perf_counter()
    try:
        yield max(run.regex_seconds, 0.001)
    except TimeoutError:
        raise FeelError(
            f"正则表达式 {pattern.pattern} 运算过慢，已停止；请简化",
            f"the pattern {pattern.pattern} takes too long and was stopped; simplify it",
        ) from None
    finally:
        run.regex_seconds -= perf_counter() - begun


def matches(run: Run, text: str, pattern: regex.Pattern[str]) -> bool:
    with watched(run, pattern) as seconds:
        return pattern.search(text, timeout=seconds) is not None


def replaced(run: Run, text: str, pattern: regex.Pattern[str], replacement: str) -> str | None:
    """Every match replaced, `$1` for a group; None for a replacement that XPath refuses."""
    template = _template(replacement, pattern.groups)
    if template is None:
        return None
    size = 0

    def filled(match: regex.Match[str]) -> str:
        nonlocal size
        piece = str(match.expand(template))
        size += len(piece)
        if size > MAX_STRING:
            raise too_long_text()
        return piece

    with watched(run, pattern) as seconds:
        return str(pattern.sub(filled, text, timeout=seconds))


def every(run: Run, text: str, pattern: regex.Pattern[str]) -> list[str]:
    with watched(run, pattern) as seconds:
        return [match.group() for match in pattern.finditer(text, timeout=seconds)]


def split(run: Run, text: str, pattern: regex.Pattern[str]) -> list[str]:
    pieces, last = [], 0
    with watched(run, pattern) as seconds:
        for match in pattern.finditer(text, timeout=seconds):
            pieces.append(text[last : match.start()])
            last = match.end()
    return [*pieces, text[last:]]


def _template(replacement: str, groups: int) -> str | None:
    out: list[str] = []
    last = 0
    for match in REFERENCE.finditer(replacement):
        out.append(_literal(replacement[last : match.start()]))
        last = match.end()
        if match[1] is not None and match[1] in "\\$":
            out.append(_literal(match[1]))
        elif match[2] is not None:
            out.append(_group(match[2], groups))
        else:
            return None
    return "".join(out) + _literal(replacement[last:])


def _group(digits: str, groups: int) -> str:
    """As many digits as name a group; the rest is text; a group that is not there is empty."""
    cut = len(digits)
    while cut > 1 and int(digits[:cut]) > groups:
        cut -= 1
    number = int(digits[:cut])
    return (f"\\g<{number}>" if number <= groups else "") + digits[cut:]


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\")
