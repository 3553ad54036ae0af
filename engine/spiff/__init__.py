"""The only room that knows SpiffWorkflow: (state, move) -> Snapshot. No database, no clock, no HTTP."""

from engine.spiff.lowering import drawn_at, is_called
from engine.spiff.parser import Runnable, prepare
from engine.spiff.run import Host, advance
from engine.spiff.state import renamed

__all__ = ["Host", "Runnable", "advance", "drawn_at", "is_called", "prepare", "renamed"]
