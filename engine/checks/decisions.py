"""A DMN file beyond what reading it finds: decisions that decide something, without needing themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree

from engine.decisions.boxed import EXPRESSIONS
from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.compiled import Parts

_SETTING = re.compile(r"(?<![\w.\"])settings((?:\.[^\W\d]\w*)+)")


def check_decisions(root: etree._Element, file: str, parts: Parts) -> Iterator[Finding]:
    settings = parts.policy.setting_values() if parts.policy is not None else None
    for node in root:
        element = node.get("id", "")
        if etree.QName(node).localname == "decision":
            for rule, text in _check_decision(node):
                yield Finding(file, element, rule, text)
        for path in sorted(set(_unknown_settings(node, settings))):
            zh, en = f"没有设置{path}, 请检查拼写", f"there is no setting {path}; check its spelling"
            yield Finding(file, element, "unknown-name", Text(zh, en))


def _check_decision(node: etree._Element) -> Iterator[tuple[str, Text]]:
    hrefs = {
        link.get("href", "").rpartition("#")[2]
        for link in node.iterfind("{*}informationRequirement/{*}requiredDecision")
    }
    if node.get("id") in hrefs:
        yield "decision", Text("决策依赖自身, 请删除这条信息需求", "the decision needs itself; remove that requirement")
    logic = next((child for child in node if etree.QName(child).localname in EXPRESSIONS), None)
    is_empty = logic is None or (
        etree.QName(logic).localname == "literalExpression" and not (logic.findtext("{*}text") or "").strip()
    )
    if is_empty:
        yield (
            "decision",
            Text("决策没有内容, 请填写决策表或表达式", "the decision is empty; draw a table or an expression"),
        )


def _unknown_settings(node: etree._Element, settings: dict[str, Any] | None) -> Iterator[str]:
    if settings is None:
        return
    for text in node.iterfind(".//{*}text"):
        for found in _SETTING.finditer(text.text or ""):
            place: Any = settings
            for name in found[1].split(".")[1:]:
                if isinstance(place, dict) and name not in place:
                    yield f"settings{found[1]}"
                    break
                place = place.get(name) if isinstance(place, dict) else None
