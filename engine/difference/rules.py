"""A DMN file as facts: a table's rules by their ids with each cell under its column, other expressions by their texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine.decisions.xml import definitions
from engine.difference.facts import CELL, ORDER, Facts, Kind, Place
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Where the first that fits decides, or what comes out comes in this order.
_ORDERED = frozenset({"FIRST", "RULE ORDER", "OUTPUT ORDER", "PRIORITY"})
_DECIDING = frozenset({"decision", "businessKnowledgeModel", "decisionService"})
# A rule's cells under their columns; what stands under an annotation decides nothing and tells which row of the text it is.
_ENTRIES = {"input": "inputEntry", "output": "outputEntry", "annotation": "annotationEntry"}
_DRAWN = frozenset({"DMNDI", "extensionElements"})


def read(facts: Facts, path: str, content: bytes) -> None:
    root = definitions(content, path)
    file = root.get("id") or path
    facts.part(Kind.TABLE, file, "", "definitions", _name(root))
    for one in root:
        # A decision is known by its id in the whole bundle, its inputs within their file.
        known = one.get("id") or ""
        holder, part = (known, "") if _local(one) in _DECIDING else (file, known)
        if _local(one) in _DRAWN or not known:
            continue
        facts.part(Kind.TABLE, holder, part, _local(one), _name(one))
        facts.say(Kind.TABLE, holder, part, "name", one.get("name"))
        table = one.find("{*}decisionTable")
        if table is not None:
            _table(facts, holder, table)
        for what, value in _said(one, ""):
            facts.say(Kind.TABLE, holder, part, what, value)


def _table(facts: Facts, holder: str, table: etree._Element) -> None:
    policy = table.get("hitPolicy", "UNIQUE")
    facts.say(Kind.TABLE, holder, "", "hitPolicy", policy)
    facts.say(Kind.TABLE, holder, "", "aggregation", table.get("aggregation"))
    heads = {entry: _heads(table, kind) for kind, entry in _ENTRIES.items()}
    for kind, entry in _ENTRIES.items():
        for (part, name), column in zip(heads[entry], _all(table, kind), strict=True):
            facts.part(Kind.TABLE, holder, part, kind, name)
            for what, value in _said(column, ""):
                facts.say(Kind.TABLE, holder, part, what, value)
    rules = _all(table, "rule")
    for number, rule in enumerate(rules, 1):
        _rule(facts, holder, number, rule, heads)
    if policy in _ORDERED:
        facts.orders[Place(Kind.TABLE, holder, "", ORDER)] = [rule.get("id") or "" for rule in rules]


def _heads(table: etree._Element, kind: str) -> list[tuple[str, Text]]:
    """What each column of a kind is known by, and what it is called."""
    columns = _all(table, kind)
    ids = [one.get("id") or f"{kind}-{number}" for number, one in enumerate(columns, 1)]
    names = [one.get("label") or one.get("name") or known for one, known in zip(columns, ids, strict=True)]
    return [(known, Text(name, name)) for known, name in zip(ids, names, strict=True)]


def _all(parent: etree._Element, kind: str) -> list[etree._Element]:
    return [one for one in parent if _local(one) == kind]


def _rule(
    facts: Facts, holder: str, number: int, rule: etree._Element, heads: Mapping[str, list[tuple[str, Text]]]
) -> None:
    part = rule.get("id") or str(number)
    facts.part(Kind.TABLE, holder, part, "rule", Text(f"第{number}条规则", f"rule {number}"))
    for kind, columns in heads.items():
        for (column, name), cell in zip(columns, _all(rule, kind), strict=False):
            facts.say(Kind.TABLE, holder, part, f"{CELL}{column}", _text(cell) or "-")
            facts.names[Place(Kind.TABLE, holder, part, f"{CELL}{column}")] = name
    described = rule.find("{*}description")
    facts.say(
        Kind.TABLE, holder, part, "description", (described.text or "").strip() if described is not None else None
    )


def _said(element: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    """Texts and references below, by where they stand; ids of what has no name for people say nothing."""
    seen: dict[str, int] = {}
    for one in element:
        name = _local(one)
        if name in _DRAWN | {"decisionTable"}:
            continue
        key = one.get("name") or one.get("href")
        name = f"{name}[{key}]" if key else name
        seen[name] = seen.get(name, 0) + 1
        where = ".".join(filter(None, (path, name if seen[name] == 1 else f"{name}[{seen[name]}]")))
        own = {attribute: value for attribute, value in one.attrib.items() if attribute not in {"id", "name", "href"}}
        for attribute, value in own.items():
            yield f"{where}.{etree.QName(attribute).localname}", value
        text = (one.text or "").strip()
        if text or (not len(one) and key):
            yield where, text or "true"
        yield from _said(one, where)


def _text(cell: etree._Element) -> str:
    text = cell.find("{*}text")
    return ((text.text if text is not None else None) or "").strip()


def _local(one: etree._Element) -> str:
    return str(etree.QName(one).localname)


def _name(one: etree._Element) -> Text:
    name = one.get("name") or one.get("id") or ""
    return Text(name, name)
