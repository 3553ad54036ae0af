"""What an author may have meant by a name that does not exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection


CLOSE_ENOUGH = 0.6


def unknown_name(name: str, known: Collection[str], elsewhere: Collection[str] = ()) -> Text:
    """The sentence about an unknown name; one that stands `elsewhere` in the model only lacks its requirement."""
    zh, en = f"未知名称 {name}", f"unknown name {name}"
    if name in elsewhere:
        return Text(
            f"{zh}：模型中有它，但缺少指向它的需求连线",
            f"{en}: it is in the model, but its requirement is not drawn",
        )
    near = get_close_matches(name, sorted(known), n=1, cutoff=CLOSE_ENOUGH)
    if near:
        return Text(f"{zh}，是否指 {near[0]}？", f"{en}, did you mean {near[0]}?")
    return Text(f"{zh}；请检查拼写", f"{en}; check the spelling")
