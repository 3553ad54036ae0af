"""A DMN file as facts: a table's rules by their ids with each cell under its column, other expressions by their texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine.decisions.xml import definitions
from engine.difference.facts import CELL, EXISTS, ORDER, Facts, Kind, Place
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where the first that fits decides, or what comes out comes in this order.
_ORDERED = frozenset({"FIRST", "RULE ORDER", "OUTPUT ORDER", "PRIORITY"})
_DECIDING = frozenset({"decision", "businessKnowledgeModel", "decisionService"})
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
    columns = [one for one in table if _local(one) in {"input", "output"}]
    for column in columns:
        part = column.get("id") or ""
        name = column.get("label") or column.get("name") or part
        facts.part(Kind.TABLE, holder, part, _local(column), Text(name, name))
        for what, value in _said(column, ""):
            facts.say(Kind.TABLE, holder, part, what, value)
    inputs, outputs = ([one for one in columns if _local(one) == kind] for kind in ("input", "output"))
    rules = [one for one in table if _local(one) == "rule"]
    for number, rule in enumerate(rules, 1):
        _rule(facts, holder, number, rule, inputs, outputs)
    if policy in _ORDERED:
        facts.orders[Place(Kind.TABLE, holder, "", ORDER)] = [rule.get("id") or "" for rule in rules]


def _rule(
    facts: Facts,
    holder: str,
    number: int,
    rule: etree._Element,
    inputs: list[etree._Element],
    outputs: list[etree._Element],
) -> None:
    part = rule.get("id") or str(number)
    facts.part(Kind.TABLE, holder, part, "rule", Text(f"第{number}条规则", f"rule {number}"))
    for kind, columns in (("inputEntry", inputs), ("outputEntry", outputs)):
        cells = [one for one in rule if _local(one) == kind]
        for column, cell in zip(columns, cells, strict=False):
            facts.say(Kind.TABLE, holder, part, f"{CELL}{column.get('id')}", _text(cell) or "-")
            # What a cell is called in sentences is its column's name.
            facts.names[Place(Kind.TABLE, holder, part, f"{CELL}{column.get('id')}")] = facts.name(
                Place(Kind.TABLE, holder, column.get("id") or "", EXISTS)
            )
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
