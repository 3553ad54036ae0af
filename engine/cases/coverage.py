"""Which flows of the diagrams and which rules of the tables the cases went through."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.decisions.tables import Table
from engine.queries import inspection
from engine.spiff import drawn_at, is_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine import Engine
    from engine.compiled import Compiled
    from engine.decisions import Decision


@dataclass(frozen=True, slots=True)
class Coverage:
    """`(process, flow)` and `(decision, rule)` pairs that were passed or matched."""

    flows: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    rules: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def __or__(self, other: Coverage) -> Coverage:
        return Coverage(self.flows | other.flows, self.rules | other.rules)

    @staticmethod
    def of(engine: Engine) -> Coverage:
        """What the history of every instance says; a flow of a called process counts where it is drawn."""
        flows, rules = set(), set()
        for process, kind, payload, diagrams in engine.inspect(partial(inspection.happenings, library=engine.library)):
            flows |= {drawn_at(process, flow, diagrams) for flow in payload.get("flows", ())}
            if kind == "decided":
                rules |= set(used_rules(payload["trace"]))
        return Coverage(frozenset(flows), frozenset(rules))


def all_flows(compiled: Compiled) -> frozenset[tuple[str, str]]:
    """Every flow that is drawn."""
    return frozenset(
        (process, flow)
        for process, diagram in compiled.diagrams.items()
        for flow in diagram.flows
        if not is_called(flow) and "." not in flow
    )


def all_rules(compiled: Compiled) -> frozenset[tuple[str, str]]:
    """Every rule of every decision table."""
    return frozenset(
        (decision, rule) for decision, model in compiled.decisions.items() for rule in _rules(model.decisions[decision])
    )


def _rules(decision: Decision) -> tuple[str, ...]:
    return tuple(rule.id for rule in decision.body.rules) if isinstance(decision.body, Table) else ()


def used_rules(trace: Any) -> Iterator[tuple[str, str]]:
    """The rules that the answer came from."""
    for decision in trace["decisions"]:
        for rule in decision.get("rules") or ():
            if rule["used"]:
                yield decision["id"], rule["id"]
