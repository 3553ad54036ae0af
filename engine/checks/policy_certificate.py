"""The `certificate` section of policy.yaml: which codes and letters a certificate number may have (AX.1, AX.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from engine.checks.policy_words import check_words
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.checks.policy_words import Problem

# What a code of each table looks like (AX.2).
_CODES: Mapping[str, tuple[str, Text]] = {
    "category": (r"[A-Z]", Text("一个大写字母", "one capital letter")),
    "province": (r"[0-9]{2}", Text("两位数字, 加引号", "two digits in quotes")),
    "levels": (r"[^\W\d]\w*", Text("等级的名称, 如 special", "a level's name, such as special")),
}


def check_certificate(section: Any) -> Iterator[Problem]:
    if not isinstance(section, dict):
        yield (
            "certificate",
            "certificate",
            Text("应有category、province、levels三部分", "expected the three parts category, province and levels"),
        )
        return
    for part, (pattern, shape) in _CODES.items():
        place, codes = f"certificate.{part}", section.get(part)
        if not isinstance(codes, dict) or not codes:
            yield (
                place,
                "certificate",
                Text(f"缺少{part}: 代码到名称的键值结构", f"{part} is missing: names by their code"),
            )
            continue
        for code, entry in codes.items():
            if not re.fullmatch(pattern, code):
                yield f"{place}.{code}", "certificate", Text(f"{code}应为{shape.zh}", f"{code} should be {shape.en}")
            yield from check_words(f"{place}.{code}", entry)
    if isinstance(section.get("levels"), dict):
        yield from _check_letters(section["levels"])


def _check_letters(levels: dict[str, Any]) -> Iterator[Problem]:
    """Two levels with one letter would share their serials and their meaning."""
    taken: dict[str, str] = {}
    for level, entry in levels.items():
        letter = entry.get("letter") if isinstance(entry, dict) else None
        place = f"certificate.levels.{level}"
        if letter is None:
            continue
        if not isinstance(letter, str) or not re.fullmatch(r"[A-Z]", letter):
            zh = f"letter应为一个大写字母(第16位), 未知时写null, 现为{letter!r}"
            en = f"the letter is one capital letter (place 16), null while unknown; found {letter!r}"
            yield place, "certificate", Text(zh, en)
        elif letter in taken:
            zh, en = f"字母{letter}已用于{taken[letter]}", f"the letter {letter} belongs to {taken[letter]} already"
            yield place, "certificate", Text(zh, en)
        taken.setdefault(str(letter), level)
