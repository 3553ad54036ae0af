"""Every FEEL expression of a form, so that whoever knows FEEL can check them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import regex

from forms.components import MOST_NESTING, expression_of
from forms.tree import name_of

_WORD = regex.compile(r"[A-Za-z_]\w*", regex.ASCII)
_PLAIN = ("valuesExpression", "readonly", "label", "description", "text")
_LIMITS = ("min", "max", "minLength", "maxLength")
_ADORNERS = ("prefixAdorner", "suffixAdorner")
_ENGLISH = ("en", "en.description", "en.text", "en.prefix", "en.suffix")


def expressions(schema: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """(component id, expression without its sign, whether it is a unary test), in the order of the file.

    None is a unary test at present: a form has no tested value, see `settling`.
    """
    return [found for raw, name in raw_components(schema) for found in _of(raw, name)]


def words(schema: Mapping[str, Any]) -> frozenset[str]:
    """Every name that occurs in an expression."""
    return frozenset(word for _, expression, _ in expressions(schema) for word in _WORD.findall(expression))


def raw_components(holder: Any, depth: int = 0) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Every component as the file has it, with the name that problems use; takes any JSON."""
    listed = holder.get("components") if isinstance(holder, Mapping) else None
    if not isinstance(listed, list) or depth > MOST_NESTING:
        return
    for number, raw in enumerate(listed):
        if isinstance(raw, Mapping):
            yield raw, name_of(raw, number)
            yield from raw_components(raw, depth + 1)


def _of(raw: Mapping[str, Any], name: str) -> Iterator[tuple[str, str, bool]]:
    for value in _candidates(raw):
        if (expression := expression_of(value)) is not None:
            yield name, expression, False


def _candidates(raw: Mapping[str, Any]) -> Iterator[Any]:
    yield _part(raw, "conditional").get("hide")
    yield from (raw.get(keyword) for keyword in _PLAIN)
    yield from (_part(raw, "validate").get(keyword) for keyword in _LIMITS)
    yield from (_part(raw, "appearance").get(keyword) for keyword in _ADORNERS)
    yield from (_part(raw, "properties").get(keyword) for keyword in _ENGLISH)


def _part(raw: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    part = raw.get(keyword)
    return part if isinstance(part, Mapping) else {}
