"""What people must say in their own words: reasons, questions, opinions."""

from __future__ import annotations

import re

from engine.errors import InvalidError

MOST = 1000
# No database keeps these.
_LOOSE = re.compile("[\0\ud800-\udfff]")


def is_text(text: str) -> bool:
    """Whether every database keeps it."""
    return _LOOSE.search(text) is None


def required(text: str, zh: str, en: str, most: int = MOST) -> str:
    """The text without the spaces around it; raises InvalidError where it is none, too long, or not text."""
    said = text.strip()
    if not said or len(said) > most or not is_text(said):
        raise InvalidError(
            f"{zh}应为1至{most}个字符, 实际{len(said)}个。请填写。",
            f"{en}: 1 to {most} characters are wanted, found {len(said)}. Say it in words.",
        )
    return said
