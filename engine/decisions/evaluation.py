"""One evaluation of a model: the run that closures share, and the raw record from which a trace is made on demand."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.decisions.missing import missed
from engine.decisions.near_miss import near_misses
from engine.decisions.trace import CellTrace, DecisionTrace, InputTrace, RuleTrace, Trace
from engine.feel.limits import Run
from engine.feel.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from engine.decisions.graph import Decision, Session
    from engine.decisions.tables import Table
    from forms.text import Text

MAX_RECORDS = 500
# How many evaluations' worth of steps the whole trace may take: for the verdicts, and for what would meet a finding.
TRIES, LOOKS = 5, 2


@dataclass(frozen=True, slots=True)
class TableRecord:
    """What one evaluation of a table saw; texts are made only when somebody reads the trace.

    `origin` is the decision that was being made, so that it can be asked again over other days.
    """

    table: Table
    scope: Scope
    values: Sequence[Any]
    is_judged: bool
    outputs: Mapping[int, dict[str, Any]]
    value: Any
    problem: Text | None
    origin: tuple[Session, Decision] | None

    def trace(self, judging: Run, looking: Run) -> DecisionTrace:
        """Every cell is tried now, for the record: deciding itself stops at the first that fails."""
        table = self.table
        again = Scope(self.scope.values, judging, self.scope.outer)
        verdicts = table.verdicts(self.values, again) if self.is_judged else ()
        inputs = tuple(
            InputTrace(column.label, column.text, value)
            for column, value in zip(table.inputs, self.values, strict=True)
        )
        rules = tuple(self._rule(number, verdicts) for number in range(len(table.rules)))
        found = near_misses(table, Scope(self.scope.values, looking, self.scope.outer), self.values, verdicts)
        misses = tuple(missed(self, miss, rules, looking) for miss in found)
        return DecisionTrace(table.id, table.name, inputs, self.value, table.hit_policy, rules, self.problem, misses)

    def _rule(self, index: int, every: Sequence[Sequence[bool | None]]) -> RuleTrace:
        rule, verdicts = self.table.rules[index], every[index] if every else ()
        columns = zip(self.table.inputs, rule.texts, self.values, verdicts, strict=False)
        cells = tuple(CellTrace(column.label, text, value, verdict) for column, text, value, verdict in columns)
        matched = bool(every) and all(verdict is True for verdict in verdicts)
        return RuleTrace(rule.id, index + 1, matched, dict(rule.annotations), cells, self.outputs.get(index))


@dataclass(frozen=True, slots=True)
class ValueRecord:
    """A decision without a table of its own."""

    id: str
    name: str
    inputs: Sequence[tuple[str, Any]]
    value: Any

    def trace(self, _judging: Run, _looking: Run) -> DecisionTrace:
        inputs = tuple(InputTrace(name, name, value) for name, value in self.inputs)
        return DecisionTrace(self.id, self.name, inputs, self.value)


class Evaluation(Run):
    """A run that also remembers what was decided."""

    __slots__ = ("_asked", "records")

    def __init__(self, functions: Mapping[str, Callable[..., Any]] | None, warnings: list[Text]) -> None:
        super().__init__(functions, warnings)
        self.records: list[TableRecord | ValueRecord] = []
        self._asked: list[tuple[Session, Decision]] = []

    @contextmanager
    def asking(self, session: Session, node: Decision) -> Iterator[None]:
        """While this decision is made."""
        self._asked.append((session, node))
        try:
            yield
        finally:
            self._asked.pop()

    def asked(self) -> tuple[Session, Decision] | None:
        """The decision that is being made."""
        return self._asked[-1] if self._asked else None

    def record(self, entry: TableRecord | ValueRecord) -> None:
        if len(self.records) < MAX_RECORDS:
            self.records.append(entry)


@dataclass(frozen=True)
class Outcome:
    """A decision's value, and on demand the trace that explains it."""

    value: Any
    records: tuple[TableRecord | ValueRecord, ...]
    warnings: tuple[Text, ...]
    functions: Mapping[str, Callable[..., Any]] | None = None

    @cached_property
    def trace(self) -> Trace:
        judging, looking = Run.afterwards(self.functions, TRIES), Run.afterwards(self.functions, LOOKS)
        return Trace(tuple(record.trace(judging, looking) for record in self.records), self.warnings)
