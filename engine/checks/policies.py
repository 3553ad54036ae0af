"""policy.yaml against the rest of the bundle: what may be started exists, children wait for elements that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.checks.expressions import check_expression
from engine.findings import Finding
from engine.policy import FILE
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.compiled import Parts
    from engine.policy import StartRule


def check_policy(parts: Parts) -> Iterator[Finding]:
    if parts.policy is None:
        return
    for rule in parts.policy.start:
        yield from _check_start(rule, parts)


def _check_start(rule: StartRule, parts: Parts) -> Iterator[Finding]:
    if rule.process not in parts.diagrams:
        yield _finding("process", f"没有流程{rule.process}", f"there is no process {rule.process}")
    if rule.parent is not None:
        parent = parts.diagrams.get(rule.parent)
        if parent is None:
            yield _finding("parent", f"没有流程{rule.parent}", f"there is no process {rule.parent}")
        elif rule.while_at not in parent.elements:
            yield _finding(
                "while", f"{rule.parent}中没有元素{rule.while_at}", f"{rule.parent} has no element {rule.while_at}"
            )
    for name, expression in rule.given.items():
        yield from check_expression(expression, FILE, f"start.{rule.process}.given.{name}")


def _finding(element: str, zh: str, en: str) -> Finding:
    return Finding(FILE, f"start.{element}", "start", Text(zh, en))
