"""What was probably meant: the nearest of the known names, as the end of a sentence."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection


def did_you_mean(name: str, known: Collection[str]) -> Text:
    """Empty where nothing is near."""
    near = difflib.get_close_matches(name, known, n=1)
    return Text(f", 是否应为{near[0]}?", f"; did you mean {near[0]}?") if near else Text("", "")


def unknown(what: Text, name: str, known: Collection[str]) -> Text:
    """`what` is the kind of thing; names all that are known where they are few."""
    hint = did_you_mean(name, known)
    listed = ", ".join(sorted(known)) if known else "-"
    return Text(f"未知的{what.zh}{name}{hint.zh} 可用: {listed}", f"unknown {what.en} {name}{hint.en} Known: {listed}")
