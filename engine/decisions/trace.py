"""Why a decision came out as it did: plain data for people, for JSON and for the record. Nothing is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.feel import to_json

if TYPE_CHECKING:
    import datetime as dt

    from forms.text import Text

CLAUSE_COLUMNS = ("clause", "条款")


@dataclass(frozen=True, slots=True)
class InputTrace:
    """One input column, or one variable that a literal expression reads."""

    label: str
    expression: str
    value: Any

    def as_json(self) -> dict[str, Any]:
        return {"label": self.label, "expression": self.expression, "value": to_json(self.value)}


@dataclass(frozen=True, slots=True)
class CellTrace:
    """A cell, the value it was asked about, and its verdict (None: the two cannot be compared)."""

    label: str
    text: str
    value: Any
    verdict: bool | None

    def as_json(self) -> dict[str, Any]:
        return {"label": self.label, "text": self.text, "value": to_json(self.value), "verdict": self.verdict}


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """A row of the table: `matched` when every cell holds, with `outputs` when the hit policy used it."""

    id: str
    number: int
    matched: bool
    annotations: dict[str, str]
    cells: tuple[CellTrace, ...]
    outputs: dict[str, Any] | None

    @property
    def clause(self) -> str:
        """The article that the rule implements, from the annotation column `clause` or 条款."""
        return next((self.annotations[name] for name in CLAUSE_COLUMNS if self.annotations.get(name)), "")

    @property
    def used(self) -> bool:
        return self.outputs is not None

    @property
    def failing(self) -> CellTrace | None:
        """The first cell that kept the rule from matching."""
        return next((cell for cell in self.cells if cell.verdict is not True), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "number": self.number,
            "matched": self.matched,
            "used": self.used,
            "clause": self.clause,
            "annotations": self.annotations,
            "cells": [cell.as_json() for cell in self.cells],
            "outputs": to_json(self.outputs),
        }


@dataclass(frozen=True, slots=True)
class CellMiss:
    """A cell whose change would help: what was there, what it asks for, a value that would do, and from which day.

    `example` is None where no value could be named; `met_on` belongs to the day called `moved`.
    """

    label: str
    text: str
    value: Any
    example: Any
    needed: Text
    met_on: dt.date | None
    moved: str

    def as_json(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "text": self.text,
            "value": to_json(self.value),
            "example": to_json(self.example),
            "needed": self.needed.as_json(),
            "metOn": to_json(self.met_on),
            "moved": self.moved or None,
        }


@dataclass(frozen=True, slots=True)
class MissTrace:
    """A finding that is not met, and the fewest cells whose change would meet it: those of `rule`, by its number.

    Without cells nothing in this table would meet it, or the table is too large to say. `column` of a cell is its place.
    """

    clause: str
    verdict: Any
    rule: int | None
    columns: tuple[int, ...]
    cells: tuple[CellMiss, ...]
    text: Text

    def as_json(self) -> dict[str, Any]:
        return {
            "clause": self.clause,
            "verdict": self.verdict,
            "rule": self.rule,
            "columns": list(self.columns),
            "cells": [cell.as_json() for cell in self.cells],
            "text": self.text.as_json(),
        }


@dataclass(frozen=True, slots=True)
class DecisionTrace:
    """One evaluated decision or table; `hit_policy` is empty where there is no table."""

    id: str
    name: str
    inputs: tuple[InputTrace, ...]
    value: Any
    hit_policy: str = ""
    rules: tuple[RuleTrace, ...] = ()
    problem: Text | None = None
    misses: tuple[MissTrace, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "inputs": [entry.as_json() for entry in self.inputs],
            "hitPolicy": self.hit_policy,
            "rules": [rule.as_json() for rule in self.rules],
            "value": to_json(self.value),
            "problem": None if self.problem is None else self.problem.as_json(),
            "nearMisses": [miss.as_json() for miss in self.misses],
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """Every decision of one evaluation, in the order in which it was made, and why values became null."""

    decisions: tuple[DecisionTrace, ...]
    warnings: tuple[Text, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "decisions": [decision.as_json() for decision in self.decisions],
            "warnings": [warning.as_json() for warning in self.warnings],
        }
