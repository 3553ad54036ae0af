"""The only room that knows SpiffWorkflow: (state, move) -> Snapshot. No database, no clock, no HTTP."""

from engine.spiff.parser import parse_spec
from engine.spiff.run import Host, advance

__all__ = ["Host", "advance", "parse_spec"]
