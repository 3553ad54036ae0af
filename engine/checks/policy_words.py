"""The shape of a text in policy.yaml, shared by the checks of its sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    # (key, rule id, what is wrong)
    Problem = tuple[str, str, Text]


def check_words(place: str, entry: Any) -> Iterator[Problem]:
    """`{zh: …, en: …}`, or one text for both languages."""
    texts = (entry.get("zh"), entry.get("en")) if isinstance(entry, dict) else (entry,)
    if not all(isinstance(text, str) and text.strip() for text in texts):
        yield (
            place,
            "text",
            Text("应为 {zh: 中文, en: 英文} 或一段文字", "expected {zh: Chinese, en: English} or one text"),
        )
