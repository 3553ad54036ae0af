"""Every expression is parsed when a bundle is checked: a wrong one must never wait for the person who reaches it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from engine.errors import FeelError
from engine.expressions import parse
from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def check_expression(
    expression: str, file: str, element: str, *, names: Collection[str] | None = None, must_be_feel: bool = False
) -> Iterator[Finding]:
    """Findings of one attribute; `names` are those that it may use, None where they cannot be known."""
    if not expression.startswith("="):
        if must_be_feel:
            text = Text(
                f"表达式应以=开头: {expression or '(空)'}",
                f"an expression begins with =, found {expression or '(nothing)'}",
            )
            yield Finding(file, element, "expression", text)
        return
    try:
        parsed = parse(expression[1:])
    except FeelError as error:
        place = f"{error.line}:{error.column}"
        yield Finding(
            file,
            element,
            "expression",
            Text(f"{expression} ({place}): {error.text.zh}", f"{expression} ({place}): {error.text.en}"),
        )
        return
    for name in sorted(parsed.free_names - set(names)) if names is not None else ():
        yield Finding(file, element, "unknown-name", _unknown(name, expression, names or ()))


def _unknown(name: str, expression: str, names: Collection[str]) -> Text:
    near = difflib.get_close_matches(name, names, n=1)
    hint_zh, hint_en = (f", 是否应为{near[0]}?", f"; did you mean {near[0]}?") if near else ("", "")
    return Text(f"{expression}: 没有名为{name}的变量{hint_zh}", f"{expression}: no variable is named {name}{hint_en}")
