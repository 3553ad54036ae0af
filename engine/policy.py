"""What policy.yaml says: title, term, settings, roles, who may start what, certificate codes, clauses.

Reading only: a wrong file gives findings with the place and the remedy, never half a policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import yaml

from engine.findings import Finding
from engine.permissions import Role
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = "policy.yaml"
_TYPES: Mapping[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "text": (str,),
    "choice": (str,),
    "list": (list,),
}


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
    """Who may start a process; a child only while its parent waits at an element, and with what of the parent's."""

    process: str
    roles: tuple[str, ...]
    parent: str | None = None
    while_at: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)


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


def read_yaml(content: bytes) -> Any:
    """Plain YAML data; raises yaml.YAMLError or UnicodeDecodeError."""
    return yaml.load(content, Loader=_Loader)  # noqa: S506  a SafeLoader, made stricter


def read_policy(content: bytes) -> tuple[Policy | None, list[Finding]]:
    """Parse policy.yaml; None when a finding is an error."""
    try:
        document = read_yaml(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return None, [_finding("", "yaml", f"无法读取: {error}", f"cannot be read: {error}")]
    if not isinstance(document, dict):
        return None, [_finding("", "yaml", "应为键值结构", "expected keys and values")]
    try:
        findings = list(_check(document))
        return (None, findings) if findings else (_policy(document), [])
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        place = str(error) or type(error).__name__
        return None, [
            _finding("", "shape", f"结构不符: {place}。请对照docs/dialect.md", f"not of the expected shape: {place}")
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
    )


def _setting(key: str, entry: dict[str, Any]) -> Setting:
    return Setting(
        key, entry.get("default"), _text(entry["label"]), str(entry.get("unit", "")), str(entry.get("source", ""))
    )


def _start_rule(entry: dict[str, Any]) -> StartRule:
    return StartRule(
        process=entry["process"],
        roles=tuple(entry["roles"]),
        parent=entry.get("parent"),
        while_at=entry.get("while"),
        given=entry.get("given", {}),
    )


def _check(document: dict[str, Any]) -> Iterator[Finding]:
    for key in ("id", "title", "in_force", "roles", "start"):
        if key not in document:
            yield _finding(key, "missing", f"缺少{key}", f"{key} is missing")
            return
    yield from _check_term(document["in_force"])
    for role in document["roles"]:
        if role not in set(Role):
            known = ", ".join(Role)
            yield _finding(
                f"roles.{role}", "role", f"未知角色{role}, 可用: {known}", f"unknown role {role}; known: {known}"
            )
    for key, entry in document.get("settings", {}).items():
        yield from _check_setting(key, entry)
    for entry in document["start"]:
        for role in entry["roles"]:
            if role not in document["roles"]:
                yield _finding("start", "role", f"角色{role}未在roles中列出", f"role {role} is not listed under roles")


def _check_term(term: dict[str, Any]) -> Iterator[Finding]:
    start, end = term.get("from"), term.get("until")
    if type(start) is not date:
        yield _finding("in_force.from", "date", "应为日期, 如 2024-04-01", "expected a date such as 2024-04-01")
    elif end is not None and (type(end) is not date or end < start):
        yield _finding("in_force.until", "date", "应为不早于from的日期", "expected a date not before from")


def _check_setting(key: str, entry: dict[str, Any]) -> Iterator[Finding]:
    value, kind = entry.get("default"), str(entry.get("type"))
    place = f"settings.{key}"
    if kind not in _TYPES:
        yield _finding(
            place, "setting-type", f"类型应为 {', '.join(_TYPES)} 之一", f"type must be one of {', '.join(_TYPES)}"
        )
    elif value is not None and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield _finding(place, "setting-value", f"{value!r} 不是{kind}", f"{value!r} is not of type {kind}")
    elif kind in {"integer", "number"} and value is not None:
        low, high = entry.get("min"), entry.get("max")
        if (low is not None and value < low) or (high is not None and value > high):
            yield _finding(
                place, "setting-range", f"{value} 不在 {low}-{high} 之内", f"{value} is not within {low} to {high}"
            )
    elif kind == "choice" and value not in entry.get("options", []):
        yield _finding(place, "setting-value", f"{value!r} 不在选项之内", f"{value!r} is not among the options")


def _text(entry: Any) -> Text:
    return Text(str(entry["zh"]), str(entry["en"])) if isinstance(entry, dict) else Text(str(entry), str(entry))


def _finding(element: str, rule: str, zh: str, en: str) -> Finding:
    return Finding(FILE, element, rule, Text(zh, en))
