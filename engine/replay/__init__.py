"""Playing a recorded instance again on a version of its policy, in memory: what a rehearsal and a correction rest on.

No database here: `recorded` is what engine.queries.recorded reads, `play` makes each recorded move again through
engine.spiff, `effects` says what came out differently. What services brought, what people entered and what other matters
sent stays as it was recorded; everything that diagrams, tables, forms and settings decide is decided anew.
"""

from engine.replay.comparing import Effect, effects, findings_of, traces
from engine.replay.playing import Decided, Opened, Played, play
from engine.replay.recorded import Entry, Recorded, TaskFacts, corrected, leaves

__all__ = [
    "Decided",
    "Effect",
    "Entry",
    "Opened",
    "Played",
    "Recorded",
    "TaskFacts",
    "corrected",
    "effects",
    "findings_of",
    "leaves",
    "play",
    "traces",
]
