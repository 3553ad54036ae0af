"""Steps `decide`: a decision asked directly, over the case's settings; no instance, no people, no database."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine import decisions
from engine.calendar import load_shipped
from engine.cases.expecting import Unmet, at, check_findings, plain, same
from engine.cases.following import changed
from engine.expressions import Evaluator
from engine.feel import from_json, to_json
from engine.policy import FILE, Policy, read_policy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Tables:
    """The decisions of a bundle by id, and its settings with those that the case changes."""

    models: Mapping[str, decisions.Model]
    settings: Mapping[str, Any]


def read_tables(bundle: Bundle, settings: Mapping[str, Any]) -> Tables:
    """Raises DecisionError for a file that is no decision model, ValueError for a policy that cannot be read."""
    models: dict[str, decisions.Model] = {}
    for path, content in bundle.by_suffix(".dmn"):
        model = _model(content, path)
        models |= dict.fromkeys(model.decisions, model)
    return Tables(models, _set(_policy(bundle.files[FILE]).setting_values(), settings))


def decide(tables: Tables, now: datetime, given: Mapping[str, Any], step: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask, and compare with what the step expects: the trace. Raises Unmet, DecisionError."""
    name = str(step["decide"])
    if name not in tables.models:
        raise Unmet(f"the bundle has no decision {name}; it has {', '.join(sorted(tables.models))}")
    inputs = changed({**given, **(step.get("with") or {})}, step.get("change") or {})
    settings = _set(tables.settings, step.get("settings") or {})
    known = from_json({**plain(inputs), "settings": settings})
    outcome = tables.models[name].evaluate(name, known, Evaluator(now, load_shipped()).functions())
    _compare(name, to_json(outcome.value), step)
    return outcome.trace.as_json()


def _compare(name: str, found: Any, step: Mapping[str, Any]) -> None:
    expected = step.get("expect")
    if isinstance(expected, dict):
        for path, value in expected.items():
            same(path, plain(at(found, str(path))), plain(value))
    elif "expect" in step:
        same(name, found, plain(expected))
    if "findings" in step:
        check_findings(found if isinstance(found, list) else found["findings"], step["findings"])


def _set(values: Mapping[str, Any], settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settings with these dotted keys changed; a key that the policy does not have is refused."""
    tree = copy.deepcopy(dict(values))
    for key, value in settings.items():
        *parents, last = key.split(".")
        node = tree
        for part in parents:
            node = node[part]
        if last not in node:
            raise Unmet(f"the policy has no setting {key}")
        node[last] = value
    return tree


@lru_cache(maxsize=256)
def _model(content: bytes, path: str) -> decisions.Model:
    return decisions.load(content, source=path, globals=("settings", "process"))


@lru_cache(maxsize=16)
def _policy(content: bytes) -> Policy:
    policy, findings = read_policy(content)
    if policy is None:
        raise ValueError("; ".join(str(finding) for finding in findings))
    return policy
