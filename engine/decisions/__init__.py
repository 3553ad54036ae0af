"""DMN 1.2 to 1.5: load a model once, decide often, and say which cell decided. No I/O, no clock, no database.

`load` checks a whole file; `Model.evaluate` yields an `Outcome` with `value` and `trace`; `explain` puts it in words.
"""

from engine.decisions.evaluation import Outcome
from engine.decisions.explain import explain, sentences
from engine.decisions.graph import Decision
from engine.decisions.model import Model, load
from engine.decisions.reasons import reasons
from engine.decisions.trace import CellTrace, DecisionTrace, InputTrace, RuleTrace, Trace

__all__ = [
    "CellTrace",
    "Decision",
    "DecisionTrace",
    "InputTrace",
    "Model",
    "Outcome",
    "RuleTrace",
    "Trace",
    "explain",
    "load",
    "reasons",
    "sentences",
]
