"""Where each row of the regulation lives: the elements, rules and form fields that name it as their clause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.decisions.tables import Table
from engine.decisions.trace import CLAUSE_COLUMNS
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine import decisions
    from engine.diagram import Diagram

ELEMENT, RULE, FIELD = "element", "rule", "field"


@dataclass(frozen=True, slots=True)
class Place:
    """One bearer of a row: `kind` of ELEMENT, RULE, FIELD; `where` is its process, decision or form; `file` only for checks."""

    row: str
    kind: str
    where: str
    id: str
    name: Text
    file: str = ""


def places(
    diagrams: Mapping[str, Diagram],
    models: Mapping[str, decisions.Model],
    forms: Mapping[str, tuple[str, Mapping[str, Any]]],
) -> Iterator[Place]:
    """Of every row that is named; forms are `(file, schema)` by id. An element of a called process counts where it is drawn."""
    for process, diagram in diagrams.items():
        for element in diagram.elements.values():
            for row in element.clauses if "/" not in element.id else ():
                yield Place(row, ELEMENT, process, element.id, Text(element.name, element.name_en), diagram.file)
    for decision_id, model in models.items():
        decision = model.decisions[decision_id]
        for rule in decision.body.rules if isinstance(decision.body, Table) else ():
            said = dict(rule.annotations)
            for row in _rows(next((said[name] for name in CLAUSE_COLUMNS if said.get(name)), "")):
                yield Place(row, RULE, decision_id, rule.id, Text(decision.name, decision.name))
    for form_id, (file, schema) in forms.items():
        yield from _fields(form_id, file, schema)


def _fields(form_id: str, file: str, node: Mapping[str, Any]) -> Iterator[Place]:
    components = node.get("components")
    for component in components if isinstance(components, list) else ():
        if isinstance(component, dict):
            properties = component.get("properties")
            clause = properties.get("clause") if isinstance(properties, dict) else None
            label = str(component.get("label") or component.get("id", ""))
            english = str(properties.get("en", label)) if isinstance(properties, dict) else label
            for row in _rows(clause if isinstance(clause, str) else ""):
                yield Place(row, FIELD, form_id, str(component.get("id", "")), Text(label, english), file)
            yield from _fields(form_id, file, component)


def _rows(text: str) -> list[str]:
    return [row.strip() for row in text.replace("、", ",").split(",") if row.strip()]
