"""What somebody says who arranges a stand-in (engine.commands.absences)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Who stands in for whom from the one day to the other, both included; in these processes, none named: in all."""

    absent_id: str
    stand_in_id: str
    from_on: date
    until_on: date
    processes: tuple[str, ...]
    reason: str
