"""What a deployment check says of one place in a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """`file:element: rule-id: message`, the line that `pingpin check` prints. Every finding is an error."""

    file: str
    element: str
    rule: str
    text: Text

    def __str__(self) -> str:
        return f"{self.file}:{self.element}: {self.rule}: {self.text}"

    def as_json(self) -> dict[str, object]:
        return {"file": self.file, "element": self.element, "rule": self.rule, "message": self.text.as_json()}
