"""A BPMN file as facts: every element by its id with what it means, nothing of where it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine.diagram import parse_xml
from engine.difference.facts import Facts, Kind
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

_BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
# What the library of shapes and other elements say already.
_PASSED_OVER = frozenset({"incoming", "outgoing", "laneSet", "BPMNDiagram", "extension"})
_HOLDING = frozenset({"process", "subProcess", "transaction", "adHocSubProcess"})
_KEYS = ("name", "target", "key")
_REFERRED = frozenset({"message", "signal", "error", "escalation"})


def read(facts: Facts, path: str, content: bytes) -> None:
    root = parse_xml(content, path)
    processes = [one for one in root if _local(one) == "process"]
    for process in processes:
        holder = process.get("id") or path
        facts.part(Kind.DIAGRAM, holder, "", "process", _name(process))
        _properties(facts, holder, "", process)
        _inside(facts, holder, "", process)
        _lanes(facts, holder, process)
    holder = processes[0].get("id") or path if processes else path
    for one in root:
        if _local(one) in _REFERRED:
            part = one.get("id") or one.get("name") or ""
            facts.part(Kind.DIAGRAM, holder, part, _local(one), Text(one.get("name") or part, one.get("name") or part))
            _properties(facts, holder, part, one)
        elif _local(one) == "collaboration":
            for participant in one:
                part = participant.get("id") or ""
                facts.part(Kind.DIAGRAM, holder, part, _local(participant), _name(participant))
                _properties(facts, holder, part, participant)


def _inside(facts: Facts, holder: str, within: str, parent: etree._Element) -> None:
    for one in parent:
        if not _is_element(one):
            continue
        part = one.get("id") or ""
        facts.part(Kind.DIAGRAM, holder, part, _local(one), _flow_name(parent, one) or _name(one))
        facts.say(Kind.DIAGRAM, holder, part, "within", within)
        _properties(facts, holder, part, one)
        if _local(one) in _HOLDING:
            _inside(facts, holder, part, one)


def _flow_name(parent: etree._Element, one: etree._Element) -> Text | None:
    """A flow without a name is called by what it joins."""
    ends = [one.get("sourceRef"), one.get("targetRef")]
    if one.get("name") or None in ends:
        return None
    names = [_name(each) for end in ends for each in parent if each.get("id") == end]
    return (
        Text(" → ".join(name.zh for name in names), " → ".join(name.en for name in names))
        if len(names) == len(ends)
        else None
    )


def _is_element(one: etree._Element) -> bool:
    """A step, an event, a flow or a note: what has an id of its own and is drawn."""
    is_bpmn = etree.QName(one).namespace == _BPMN
    return is_bpmn and one.get("id") is not None and _local(one) not in _PASSED_OVER and not _is_inner(one)


def _is_inner(one: etree._Element) -> bool:
    """What says something about the element that it stands in."""
    return _local(one).endswith(("EventDefinition", "LoopCharacteristics")) or _local(one) in {
        "extensionElements",
        "documentation",
        "ioSpecification",
        "property",
    }


def _properties(facts: Facts, holder: str, part: str, element: etree._Element) -> None:
    for what, value in _said(element, ""):
        facts.say(Kind.DIAGRAM, holder, part, what, value)


def _said(element: etree._Element, path: str, known_by: str | None = None) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        plain = etree.QName(name)
        if plain.localname not in {"id", known_by} and plain.namespace != _XSI:
            yield _joined(path, plain.localname), value
    seen: dict[str, int] = {}
    for one in element:
        if _local(one) in _PASSED_OVER or _is_element(one):
            continue
        name = _inner_name(one)
        seen[name] = seen.get(name, 0) + 1
        yield from _inner(one, _joined(path, name if seen[name] == 1 else f"{name}[{seen[name]}]"))


def _inner(one: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    text = (one.text or "").strip()
    if text:
        yield path, text
    elif not len(one) and not one.attrib:
        yield path, "true"
    yield from _said(one, path, _key_of(one))


def _inner_name(one: etree._Element) -> str:
    """`property[window]`, `input[votes]`: told apart by their key, so that their order says nothing."""
    key = _key_of(one)
    return f"{_local(one)}[{one.get(key)}]" if key else _local(one)


def _key_of(one: etree._Element) -> str | None:
    """The attribute that tells an element of an extension from its likes."""
    return next((name for name in _KEYS if one.get(name)), None) if not _is_bpmn(one) else None


def _is_bpmn(one: etree._Element) -> bool:
    return etree.QName(one).namespace == _BPMN


def _joined(path: str, name: str) -> str:
    """Wrappers that hold nothing but others are left out."""
    kept = [
        step
        for step in (*path.split("."), name)
        if step and step not in {"extensionElements", "properties", "ioMapping"}
    ]
    return ".".join(kept)


def _lanes(facts: Facts, holder: str, process: etree._Element) -> None:
    for lane in process.iter(f"{{{_BPMN}}}lane"):
        part = lane.get("id") or ""
        facts.part(Kind.DIAGRAM, holder, part, "lane", _name(lane))
        for reference in lane.iterchildren(f"{{{_BPMN}}}flowNodeRef"):
            facts.say(Kind.DIAGRAM, holder, (reference.text or "").strip(), "lane", part)


def _local(one: etree._Element) -> str:
    return str(etree.QName(one).localname)


def _name(one: etree._Element) -> Text:
    zh = (one.get("name") or one.findtext("./{*}text") or one.get("id") or "").strip()
    english = (
        one.find(".//{*}property[@name='en']")
        if _local(one) not in _HOLDING
        else one.find("./{*}extensionElements//{*}property[@name='en']")
    )
    return Text(zh, (english.get("value") if english is not None else None) or zh)
