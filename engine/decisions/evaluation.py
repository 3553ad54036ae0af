"""One evaluation of a model: the run that closures share, and the raw record from which a trace is made on demand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.decisions.trace import CellTrace, DecisionTrace, InputTrace, RuleTrace, Trace
from engine.feel.limits import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.decisions.tables import Table
    from forms.text import Text

MAX_RECORDS = 500


@dataclass(frozen=True, slots=True)
class TableRecord:
    """What one evaluation of a table saw; texts are made only when somebody reads the trace."""

    table: Table
    values: Sequence[Any]
    verdicts: Sequence[Sequence[bool | None]]
    outputs: Mapping[int, dict[str, Any]]
    value: Any
    problem: Text | None

    def trace(self) -> DecisionTrace:
        table = self.table
        inputs = tuple(
            InputTrace(column.label, column.text, value)
            for column, value in zip(table.inputs, self.values, strict=True)
        )
        rules = tuple(self._rule(number) for number in range(len(table.rules)))
        return DecisionTrace(table.id, table.name, inputs, self.value, table.hit_policy, rules, self.problem)

    def _rule(self, index: int) -> RuleTrace:
        rule, verdicts = self.table.rules[index], self.verdicts[index] if self.verdicts else ()
        columns = zip(self.table.inputs, rule.texts, self.values, verdicts, strict=False)
        cells = tuple(CellTrace(column.label, text, value, verdict) for column, text, value, verdict in columns)
        matched = bool(self.verdicts) and all(verdict is True for verdict in verdicts)
        return RuleTrace(rule.id, index + 1, matched, dict(rule.annotations), cells, self.outputs.get(index))


@dataclass(frozen=True, slots=True)
class ValueRecord:
    """A decision without a table of its own."""

    id: str
    name: str
    inputs: Sequence[tuple[str, Any]]
    value: Any

    def trace(self) -> DecisionTrace:
        inputs = tuple(InputTrace(name, name, value) for name, value in self.inputs)
        return DecisionTrace(self.id, self.name, inputs, self.value)


class Evaluation(Run):
    """A run that also remembers what was decided."""

    __slots__ = ("records",)

    def __init__(self, functions: Mapping[str, Callable[..., Any]] | None, warnings: list[Text]) -> None:
        super().__init__(functions, warnings)
        self.records: list[TableRecord | ValueRecord] = []

    def record(self, entry: TableRecord | ValueRecord) -> None:
        if len(self.records) < MAX_RECORDS:
            self.records.append(entry)


@dataclass(frozen=True)
class Outcome:
    """A decision's value, and on demand the trace that explains it."""

    value: Any
    records: tuple[TableRecord | ValueRecord, ...]
    warnings: tuple[Text, ...]

    @cached_property
    def trace(self) -> Trace:
        return Trace(tuple(record.trace() for record in self.records), self.warnings)
