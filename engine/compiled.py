"""A bundle made ready to run: policy, diagrams, specs, decisions and forms, each parsed once and never changed after.

What cannot be made ready becomes a finding; a bundle with findings is never deployed.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import forms
from engine import decisions, spiff
from engine.clauses import Place, places
from engine.diagram import Diagram, parse_diagrams
from engine.errors import PingpinError
from engine.findings import Finding
from engine.policy import FILE, Policy, read_policy
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Compiled:
    """Everything of one deployment that a command needs, by id.

    `diagrams` are as they are drawn, with what they call inside them; `runnable` is what is run.
    """

    policy: Policy
    settings: Mapping[str, Any]
    diagrams: Mapping[str, Diagram]
    runnable: Mapping[str, spiff.Runnable]
    decisions: Mapping[str, decisions.Model]
    forms: Mapping[str, forms.Form]
    # What carries which row of the regulation.
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What could be read of a bundle, and what could not; the files themselves for what only a check wants to know."""

    files: Mapping[str, bytes]
    policy: Policy | None
    diagrams: Mapping[str, Diagram]
    decisions: Mapping[str, decisions.Model]
    forms: Mapping[str, tuple[str, dict[str, Any]]]
    findings: tuple[Finding, ...]


@lru_cache(maxsize=8)
def read_parts(bundle: Bundle) -> Parts:
    """Read every file by itself; how they fit together is for engine.checks."""
    findings: list[Finding] = []
    policy = _policy(bundle, findings)
    diagrams: dict[str, Diagram] = {}
    models: dict[str, decisions.Model] = {}
    form_files: dict[str, tuple[str, dict[str, Any]]] = {}
    for path, content in bundle.files.items():
        suffix = PurePosixPath(path).suffix
        try:
            if suffix == ".bpmn":
                for diagram in parse_diagrams(content, path):
                    _add(diagrams, diagram.process, diagram, path, findings)
            elif suffix == ".dmn":
                model = decisions.load(content, source=path, globals=("settings", "process"))
                for decision in model.decisions:
                    _add(models, decision, model, path, findings)
            elif suffix == ".form":
                schema = _form_schema(content)
                _add(form_files, str(schema.get("id", "")), (path, schema), path, findings)
        except PingpinError as error:
            findings.append(Finding(path, getattr(error, "element", ""), suffix[1:], error.text))
    return Parts(bundle.files, policy, diagrams, models, form_files, tuple(findings))


def compile_parts(parts: Parts) -> Compiled:
    """Make a checked bundle ready; raises PingpinError where the checks would have found something."""
    assert parts.policy is not None
    runnable = {process: spiff.prepare(diagram, parts.diagrams) for process, diagram in parts.diagrams.items()}
    return Compiled(
        policy=parts.policy,
        settings=parts.policy.setting_values(),
        diagrams={process: _with_called(parts.diagrams[process], each.diagram) for process, each in runnable.items()},
        runnable=runnable,
        decisions=parts.decisions,
        forms={form_id: forms.compile_form(schema) for form_id, (_, schema) in parts.forms.items()},
        places=tuple(places(parts.diagrams, parts.decisions, parts.forms)),
    )


def _with_called(drawn: Diagram, run: Diagram) -> Diagram:
    """A diagram and the elements of the processes that it calls, so that each that is run has its name and its form."""
    elements = {each.id: each for each in run.elements.values() if spiff.is_called(each.id)}
    flows = {each.id: each for each in run.flows.values() if spiff.is_called(each.id)}
    return dataclasses.replace(drawn, elements={**drawn.elements, **elements}, flows={**drawn.flows, **flows})


def _policy(bundle: Bundle, findings: list[Finding]) -> Policy | None:
    content = bundle.files.get(FILE)
    if content is None:
        findings.append(Finding(FILE, "", "missing", Text("政策包缺少policy.yaml", "the bundle has no policy.yaml")))
        return None
    policy, found = read_policy(content)
    findings.extend(found)
    return policy


def _form_schema(content: bytes) -> dict[str, Any]:
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise PingpinError(f"不是有效的JSON: {error}", f"not valid JSON: {error}") from error
    if not isinstance(schema, dict):
        raise PingpinError("表单应为JSON对象", "a form should be a JSON object")
    return schema


def _add(into: dict[str, Any], key: str, value: Any, path: str, findings: list[Finding]) -> None:
    if not key:
        findings.append(Finding(path, "", "id", Text("缺少id", "has no id")))
    elif key in into:
        findings.append(Finding(path, key, "duplicate-id", Text(f"id {key} 重复", f"the id {key} is used twice")))
    else:
        into[key] = value
