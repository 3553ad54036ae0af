"""Decision tables as a whole: gaps, overlaps, rules without effect, outputs that are not allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.compiled import read_parts
from engine.decisions.coverage import problems
from engine.feel import from_json
from engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.bundle import Bundle
    from engine.compiled import Parts
    from engine.decisions import Model

# Columns may be computed from the same facts, so that an input which is found here cannot come about: the process owner
# is told and decides. An output that is not allowed is wrong whatever is asked.
REFUSED = frozenset({"table-output"})


def check_tables(parts: Parts) -> Iterator[Finding]:
    """What keeps a bundle from being deployed."""
    return (finding for finding in _findings(parts) if finding.rule in REFUSED)


def advise(bundle: Bundle) -> tuple[Finding, ...]:
    """What a process owner should look at before deploying: each with an example, none a refusal."""
    return tuple(finding for finding in _findings(read_parts(bundle)) if finding.rule not in REFUSED)


def _findings(parts: Parts) -> Iterator[Finding]:
    """Settings count with their present values."""
    known = {"settings": from_json(parts.policy.setting_values())} if parts.policy is not None else {}
    for model in _models(parts):
        for table in model.tables:
            for problem in problems(table, known):
                yield Finding(model.source, table.id, problem.rule, problem.text)


def _models(parts: Parts) -> Iterator[Model]:
    """Each file's model once: it is kept under every decision that it defines."""
    seen: set[int] = set()
    for model in parts.decisions.values():
        if id(model) not in seen:
            seen.add(id(model))
            yield model
