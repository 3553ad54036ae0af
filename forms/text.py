"""A sentence in the interface's two languages: the one way in which every room below the pages speaks to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence in Chinese and in English; Chinese is the first language."""

    zh: str
    en: str

    def __str__(self) -> str:
        """The English sentence: for logs, command lines and tracebacks."""
        return self.en

    def pick(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def as_json(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}
