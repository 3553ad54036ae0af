"""What policy.yaml says: title, term, settings, roles, who may start what, certificate codes, clauses.

Reading only, and as leniently as it can be: engine.checks.policy_file says what is wrong with a file, but a deployment
that an older version of the checks let through stays readable for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

FILE = "policy.yaml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One default where the regulation is silent; `value` is its default in this bundle."""

    key: str
    value: Any
    label: Text
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class StartRule:
    """Who may start a process; a child only while its parent waits at an element, and with what of the parent's.

    Without roles nobody does: a message of its parent begins it.
    """

    process: str
    roles: tuple[str, ...]
    parent: str | None = None
    while_at: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    # `initiator`: nobody starts two of them under one parent.
    once: str | None = None
    # FEEL over what it begins with: the id of the employer that it is about, where that is not its parent's or starter's.
    employer: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """One regulation in one version."""

    id: str
    title: Text
    document: Mapping[str, Any]
    in_force_from: date
    in_force_until: date | None
    settings: Mapping[str, Setting]
    roles: Mapping[str, Text]
    start: tuple[StartRule, ...]
    certificate: Mapping[str, Any]
    clauses: Mapping[str, Mapping[str, Any]]
    # By role the one that hears of what it leaves undone.
    heads: Mapping[str, str] = field(default_factory=dict)

    def setting_values(self) -> dict[str, Any]:
        """Dotted keys as nested contexts, as expressions see them: `settings.publicity.days`."""
        tree: dict[str, Any] = {}
        for key, setting in self.settings.items():
            *parents, last = key.split(".")
            node = tree
            for part in parents:
                node = node.setdefault(part, {})
            node[last] = setting.value
        return tree

    def in_force_on(self, day: date) -> bool:
        """Both days of the term belong to it (A15.1)."""
        return self.in_force_from <= day and (self.in_force_until is None or day <= self.in_force_until)

    def start_rule(self, process: str) -> StartRule | None:
        return next((rule for rule in self.start if rule.process == process), None)

    def gist(self, row: str) -> Text | None:
        gist = self.clauses.get(row, {}).get("gist")
        return _text(gist) if gist else None


class _Loader(yaml.SafeLoader):
    """Without aliases: a few lines of them expand into gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed")
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, TypeError, OverflowError, AttributeError, LookupError) as error:
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from error


def read_yaml(content: bytes) -> Any:
    """Plain YAML data; raises yaml.YAMLError."""
    try:
        return yaml.load(content, Loader=_Loader)  # a SafeLoader, made stricter  # noqa: S506  # nosec B506
    except RecursionError:
        raise yaml.YAMLError("nested too deep") from None
    except ValueError as error:
        raise yaml.YAMLError(str(error)) from error


def doubled_keys(content: bytes) -> list[tuple[str, int]]:
    """Keys that stand twice in one mapping, with their line: YAML would silently keep the last one."""
    found: list[tuple[str, int]] = []
    waiting = [yaml.compose(content, Loader=_Loader)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
                if key.value in seen:
                    found.append((key.value, key.start_mark.line + 1))
                seen.add(key.value)
            waiting.extend(value for _, value in node.value)
    return found


def read_policy(content: bytes) -> tuple[Policy | None, list[Finding]]:
    """The policy, or None with what keeps it from being read; whether what it says is right is for engine.checks."""
    try:
        document = read_yaml(content)
        return _policy(document), []
    except yaml.YAMLError as error:
        return None, [_finding("yaml", f"无法读取: {error}", f"cannot be read: {error}")]
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        place = str(error) or type(error).__name__
        return None, [
            _finding("shape", f"结构不符: {place}。请对照docs/dialect.md", f"not of the expected shape: {place}")
        ]


def _policy(document: dict[str, Any]) -> Policy:
    term = document["in_force"]
    return Policy(
        id=document["id"],
        title=_text(document["title"]),
        document=document.get("document", {}),
        in_force_from=term["from"],
        in_force_until=term.get("until"),
        settings={key: _setting(key, entry) for key, entry in document.get("settings", {}).items()},
        roles={role: _text(entry) for role, entry in document["roles"].items()},
        start=tuple(_start_rule(entry) for entry in document.get("start", [])),
        certificate=document.get("certificate", {}),
        clauses=document.get("clauses", {}),
        heads=_heads(document["roles"]),
    )


def _heads(roles: dict[str, Any]) -> dict[str, str]:
    return {role: entry["head"] for role, entry in roles.items() if isinstance(entry, dict) and "head" in entry}


def _setting(key: str, entry: dict[str, Any]) -> Setting:
    return Setting(
        key, entry.get("default"), _text(entry["label"]), str(entry.get("unit", "")), str(entry.get("source", ""))
    )


def _start_rule(entry: dict[str, Any]) -> StartRule:
    return StartRule(
        process=entry["process"],
        roles=tuple(entry.get("roles", ())),
        parent=entry.get("parent"),
        while_at=entry.get("while"),
        given=entry.get("given", {}),
        once=entry.get("once"),
        employer=entry.get("employer"),
    )


def _text(entry: Any) -> Text:
    return Text(str(entry["zh"]), str(entry["en"])) if isinstance(entry, dict) else Text(str(entry), str(entry))


def _finding(rule: str, zh: str, en: str) -> Finding:
    return Finding(FILE, "", rule, Text(zh, en))
