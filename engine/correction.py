"""What an administrator wants to be another before an incident is tried again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be another; all of it empty: simply try again. `payload` replaces the message's; `variables` are set; a reason goes with either."""

    payload: Mapping[str, Any] | None = None
    correlation_key: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None

    @property
    def is_empty(self) -> bool:
        return self.payload is None and self.correlation_key is None and not self.variables
