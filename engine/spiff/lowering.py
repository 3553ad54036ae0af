"""From a diagram as it is drawn to one that SpiffWorkflow runs rightly: the same meaning in fewer kinds of elements.

- A call activity becomes a sub-process with the called process inside; its ids begin with the caller's: `check/plan`.
- An event sub-process becomes an event on the boundary of its scope's body, followed by a plain sub-process; what is added
  has a dot in its id, which no drawn element has: `p.body`.
- A link becomes a flow.
- The start event of a process that a message begins becomes a plain one.

The library ignores `isInterrupting`, stalls on links and cannot be asked to run another file's process; boundary events
and sub-processes it does right.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from lxml import etree

from engine.diagram import BPMN, ZEEBE, parse_xml, read_diagram
from engine.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.diagram import Diagram

_B = f"{{{BPMN}}}"
# Attributes and texts that name an element of the same process.
_REFERENCES = ("id", "sourceRef", "targetRef", "attachedToRef", "default")
_REFERRING_TEXTS = frozenset({f"{_B}incoming", f"{_B}outgoing", f"{_B}flowNodeRef"})
# Data are there to be read; the library would look for their values.
_DATA = tuple(
    f"{_B}{tag}"
    for tag in (
        "dataObject", "dataObjectReference", "dataStoreReference", "ioSpecification", "dataInput", "dataOutput", "property",
        "inputSet", "outputSet", "dataInputAssociation", "dataOutputAssociation", "association", "textAnnotation", "group",
    )
)  # fmt: skip
_DEFINITIONS = frozenset({"message", "error", "escalation", "signal"})
_MOST_CALLS = 100


def lower(diagram: Diagram, diagrams: Mapping[str, Diagram]) -> tuple[etree._Element, Diagram]:
    """The document to run and what its elements mean; raises InvalidError for a call that leads nowhere or to itself."""
    root, process = _copy(diagram)
    _Calls(diagrams, root).expand(process, (diagram.process,))
    _begin_plainly(process)
    for scope in [process, *process.iter(f"{_B}subProcess")]:
        _link(scope)
    for scope in [process, *process.iter(f"{_B}subProcess")]:
        _wrap(scope)
    return root, read_diagram(process, diagram.file, diagram.xml)


def is_called(element_id: str) -> bool:
    """Whether an element or flow belongs to a called process; what was added here does not count."""
    return "/" in element_id and "." not in element_id


def drawn_at(process: str, element_id: str, diagrams: Mapping[str, Diagram]) -> tuple[str, str]:
    """The process in whose diagram an element or flow is drawn, and its id there."""
    while "/" in element_id:
        call, element_id = element_id.split("/", 1)
        called = diagrams[process].elements[call].called
        assert called is not None
        process = called.process
    return process, element_id


def _copy(diagram: Diagram) -> tuple[etree._Element, etree._Element]:
    """The definitions of a file with this process alone, and of it what moves tokens."""
    root = copy.deepcopy(parse_xml(diagram.xml, diagram.file))
    for node in list(root):
        name = etree.QName(node)
        is_other = name.localname in {"collaboration", "process"} and node.get("id") != diagram.process
        if name.namespace != BPMN or is_other:
            root.remove(node)
    for node in list(root.iter(_DATA)):
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)
    return root, next(root.iterchildren(f"{_B}process"))


class _Calls:
    """Puts called processes in the place of their calls."""

    def __init__(self, diagrams: Mapping[str, Diagram], root: etree._Element) -> None:
        self.diagrams, self.root, self.count = diagrams, root, 0

    def expand(self, scope: etree._Element, above: tuple[str, ...]) -> None:
        for call in list(scope.iter(f"{_B}callActivity")):
            called = call.find(f"{_B}extensionElements/{{{ZEEBE}}}calledElement")
            process = called.get("processId", "") if called is not None else ""
            self._require(call, process, above)
            call.tag = f"{_B}subProcess"
            for node in self._body(call.get("id", ""), process):
                call.append(node)
            self.expand(call, (*above, process))

    def _require(self, call: etree._Element, process: str, above: tuple[str, ...]) -> None:
        self.count += 1
        if process not in self.diagrams or process in above or self.count > _MOST_CALLS:
            circle = " → ".join((*above, process))
            raise InvalidError(
                f"{call.get('id')}: 不能调用流程{process or '(空)'}: 不存在、循环调用({circle})或调用过多。请改正。",
                f"{call.get('id')}: the process {process or '(nothing)'} cannot be called: it is not there, calls itself "
                f"({circle}) or there are too many calls. Correct it.",
            )

    def _body(self, prefix: str, process: str) -> list[etree._Element]:
        root, called = _copy(self.diagrams[process])
        names = {node.get("id"): f"{prefix}/{node.get('id')}" for node in called.iter() if node.get("id")}
        names |= self._define(root, prefix)
        for node in called.iter():
            for attribute, value in node.attrib.items():
                if attribute in _REFERENCES or attribute.endswith("Ref"):
                    node.set(attribute, names.get(value, value))
            if node.tag in _REFERRING_TEXTS:
                node.text = names.get((node.text or "").strip(), node.text)
        unwanted = {f"{_B}laneSet", f"{_B}extensionElements", f"{_B}documentation"}
        return [node for node in called if node.tag not in unwanted]

    def _define(self, root: etree._Element, prefix: str) -> dict[str | None, str]:
        """Messages, errors and so on of the called file go along under names of their own."""
        names: dict[str | None, str] = {}
        for node in [node for node in root if etree.QName(node).localname in _DEFINITIONS and node.get("id")]:
            names[node.get("id")] = f"{prefix}/{node.get('id')}"
            node.set("id", f"{prefix}/{node.get('id')}")
            self.root.insert(0, node)
        return names


def _begin_plainly(process: etree._Element) -> None:
    """The message that begins a process has come before there is anything to run."""
    for start in process.iterchildren(f"{_B}startEvent"):
        for definition in start.findall(f"{_B}messageEventDefinition"):
            start.remove(definition)


def _link(scope: etree._Element) -> None:
    """Each throw flows to the catch of its name; both are passed through."""
    found = {node: node.find(f"{_B}linkEventDefinition") for node in scope}
    links = {node: definition for node, definition in found.items() if definition is not None}
    catches = {link.get("name"): node for node, link in links.items() if node.tag == f"{_B}intermediateCatchEvent"}
    for node, definition in links.items():
        node.remove(definition)
        target = catches.get(definition.get("name"))
        if node.tag == f"{_B}intermediateThrowEvent" and target is not None:
            _flow(scope, f"{node.get('id')}.link", node.get("id", ""), target.get("id", ""))
        node.tag = f"{_B}intermediateThrowEvent"


def _wrap(scope: etree._Element) -> None:
    """The body of a scope with event sub-processes becomes a sub-process that they are attached to."""
    handlers = [node for node in scope.iterchildren(f"{_B}subProcess") if node.get("triggeredByEvent") == "true"]
    if not handlers:
        return
    name = f"{scope.get('id')}.body"
    body = etree.Element(f"{_B}subProcess", id=name)
    kept = {f"{_B}extensionElements", f"{_B}multiInstanceLoopCharacteristics", f"{_B}laneSet", *_REFERRING_TEXTS}
    for node in [node for node in scope if node.tag not in kept and node not in handlers]:
        body.append(node)
    scope.append(body)
    _element(scope, "startEvent", f"{name}.begin")
    _element(scope, "endEvent", f"{name}.end")
    _flow(scope, f"{name}.in", f"{name}.begin", name)
    _flow(scope, f"{name}.out", name, f"{name}.end")
    for handler in handlers:
        _attach(scope, handler, name)


def _attach(scope: etree._Element, handler: etree._Element, body: str) -> None:
    """The handler's start event moves to the body's boundary; the handler itself begins plainly."""
    start = next(handler.iterchildren(f"{_B}startEvent"))
    event, name = start.get("id", ""), handler.get("id", "")
    boundary = copy.deepcopy(start)
    boundary.tag = f"{_B}boundaryEvent"
    boundary.set("attachedToRef", body)
    boundary.set("cancelActivity", start.get("isInterrupting", "true"))
    for node in [*boundary.iterchildren(*_REFERRING_TEXTS)]:
        boundary.remove(node)
    scope.append(boundary)
    begin = f"{event}.begin"
    for node in list(start):
        start.remove(node)
    start.set("id", begin)
    for flow in handler.iter(f"{_B}sequenceFlow"):
        if flow.get("sourceRef") == event:
            flow.set("sourceRef", begin)
    handler.attrib.pop("triggeredByEvent", None)
    _element(scope, "endEvent", f"{name}.end")
    _flow(scope, f"{event}.in", event, name)
    _flow(scope, f"{name}.out", name, f"{name}.end")


def _element(scope: etree._Element, tag: str, element_id: str) -> None:
    scope.append(etree.Element(f"{_B}{tag}", id=element_id))


def _flow(scope: etree._Element, flow_id: str, source: str, target: str) -> None:
    scope.append(etree.Element(f"{_B}sequenceFlow", id=flow_id, sourceRef=source, targetRef=target))
