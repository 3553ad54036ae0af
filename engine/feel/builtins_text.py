"""Built-in functions on strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.feel import patterns
from engine.feel.functions import feel
from engine.feel.limits import MAX_STRING, too_long_text

if TYPE_CHECKING:
    from decimal import Decimal

    from engine.feel.limits import Run


@feel("substring(string: string, start position: number, [length: number?])")
def substring(_run: Run, string: str, start_position: Decimal, length: Decimal | None = None) -> str | None:
    start = int(start_position)
    first = start - 1 if start > 0 else len(string) + start
    if start == 0 or not 0 <= first <= len(string):
        return None
    if length is None:
        return string[first:]
    return string[first : first + int(length)] if length >= 1 else None


@feel("string length(string: string)")
def string_length(_run: Run, string: str) -> int:
    return len(string)


@feel("upper case(string: string)")
def upper_case(_run: Run, string: str) -> str:
    return string.upper()


@feel("lower case(string: string)")
def lower_case(_run: Run, string: str) -> str:
    return string.lower()


@feel("substring before(string: string, match: string)")
def substring_before(_run: Run, string: str, match: str) -> str:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@feel("substring after(string: string, match: string)")
def substring_after(_run: Run, string: str, match: str) -> str:
    return string.partition(match)[2] if match else string


@feel("contains(string: string, match: string)")
def contains(_run: Run, string: str, match: str) -> bool:
    return match in string


@feel("starts with(string: string, match: string)")
def starts_with(_run: Run, string: str, match: str) -> bool:
    return string.startswith(match)


@feel("ends with(string: string, match: string)")
def ends_with(_run: Run, string: str, match: str) -> bool:
    return string.endswith(match)


@feel("matches(input: string, pattern: string, [flags: string?])")
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool | None:
    found = patterns.compiled(pattern, flags or "")
    return None if found is None else patterns.matches(run, text, found)


@feel("replace(input: string, pattern: string, replacement: string, [flags: string?])")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    found = patterns.compiled(pattern, flags or "")
    if found is None or patterns.matches(run, "", found):
        return None
    return patterns.replaced(run, text, found, replacement)


@feel("split(string: string, delimiter: string)")
def split(run: Run, string: str, delimiter: str) -> list[str] | None:
    found = patterns.compiled(delimiter)
    return None if found is None or patterns.matches(run, "", found) else patterns.split(run, string, found)


@feel("string join(list: list, [delimiter: string?])")
def string_join(_run: Run, items: list[Any], delimiter: str | None = None) -> str | None:
    texts = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in texts):
        return None
    between = delimiter or ""
    if sum(map(len, texts)) + len(between) * len(texts) > MAX_STRING:
        raise too_long_text()
    return between.join(texts)


@feel("trim(string: string)")
def trim(_run: Run, string: str) -> str:
    return string.strip()


@feel("is blank(string: string)")
def is_blank(_run: Run, string: str) -> bool:
    return not string.strip()
