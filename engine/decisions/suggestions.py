"""What an author may have meant by a name that does not exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection


def unknown_name(name: str, known: Collection[str]) -> Text:
    """The sentence about an unknown name, with the nearest known ones."""
    near = get_close_matches(name, sorted(known), n=2, cutoff=0.5)
    zh, en = f"未知名称 {name}", f"unknown name {name}"
    if near:
        return Text(f"{zh}，是否指 {'、'.join(near)}？", f"{en}, did you mean {' or '.join(near)}?")
    return Text(f"{zh}；请检查是否缺少信息需求连线", f"{en}; is an information requirement missing from the diagram?")
