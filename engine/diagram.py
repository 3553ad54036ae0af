"""A BPMN file as data: what docs/dialect.md says an element means, without any engine.

Everything that checks, pages and the engine's seam want to know of a diagram is read here, once. Elements that the
dialect does not name are kept with their tag, so that the checks can refuse them by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from engine.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
_NS = {"b": BPMN, "z": ZEEBE}
NOT_NODES = frozenset({
    "sequenceFlow", "laneSet", "extensionElements", "documentation", "textAnnotation", "association", "ioSpecification",
    "group", "dataObjectReference", "dataObject", "dataStoreReference",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `condition` is FEEL with its leading `=`, or None."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None


@dataclass(frozen=True, slots=True)
class Timer:
    """`kind` is timeDate, timeDuration or timeCycle."""

    kind: str
    expression: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a receiving element waits for."""

    name: str
    correlation_key: str | None


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """The loop over a collection; `outputs` is (collection's variable, FEEL for each)."""

    sequential: bool
    input_collection: str
    input_element: str | None
    output_collection: str | None
    output_element: str | None
    completion_condition: str | None


@dataclass(frozen=True, slots=True)
class Element:
    """A node of a diagram with its extensions. Attributes that begin with `=` are FEEL, all others plain text."""

    id: str
    tag: str
    name: str
    lane: str | None
    line: int
    event: str | None = None
    form_id: str | None = None
    assignee: str | None = None
    candidate_groups: str | None = None
    due: str | None = None
    decision_id: str | None = None
    result_variable: str | None = None
    script: str | None = None
    task_type: str | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    timer: Timer | None = None
    message: Message | None = None
    loop: MultiInstance | None = None
    default_flow: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None
    features: frozenset[str] = frozenset()

    @property
    def clauses(self) -> tuple[str, ...]:
        return tuple(row.strip() for row in self.properties.get("clause", "").split(",") if row.strip())

    @property
    def name_en(self) -> str:
        return self.properties.get("en", self.name)


@dataclass(frozen=True, slots=True)
class Diagram:
    """One process of one file."""

    file: str
    process: str
    name: str
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    properties: Mapping[str, str]
    xml: bytes

    @property
    def name_en(self) -> str:
        return self.properties.get("en", self.name)

    @property
    def start(self) -> Element:
        return next(element for element in self.elements.values() if element.tag == "startEvent")

    def outgoing(self, element_id: str) -> list[Flow]:
        return [flow for flow in self.flows.values() if flow.source == element_id]

    def incoming(self, element_id: str) -> list[Flow]:
        return [flow for flow in self.flows.values() if flow.target == element_id]


def parse_xml(content: bytes, file: str) -> etree._Element:
    """The root of a document without document type, entities, network or huge texts.

    Comments and processing instructions are taken out, so that whoever reads a text reads the whole of it.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidError(
            f"{file}: 不是有效的XML: {error}。请用建模工具重新保存。",
            f"{file}: not valid XML: {error}. Save it again in the modeler.",
        ) from error
    if root.getroottree().docinfo.doctype:
        raise InvalidError(
            f"{file}: 不允许文档类型声明(DOCTYPE)和实体。请删除它们。",
            f"{file}: a document type (DOCTYPE) and entities are not allowed. Remove them.",
        )
    return root


def parse_diagrams(content: bytes, file: str) -> list[Diagram]:
    """The executable processes of a BPMN file; raises InvalidError for what is not BPMN at all."""
    root = parse_xml(content, file)
    if etree.QName(root).namespace != BPMN:
        raise InvalidError(
            f"{file}: 根元素不是BPMN definitions。",
            f"{file}: the root is not BPMN's definitions. Save it as a BPMN 2.0 diagram.",
        )
    messages = {node.get("id", ""): _message(node) for node in root.findall("b:message", _NS)}
    processes = [node for node in root.findall("b:process", _NS) if node.get("isExecutable", "true") == "true"]
    return [_diagram(node, file, messages, content) for node in processes]


def _diagram(process: etree._Element, file: str, messages: Mapping[str, Message], xml: bytes) -> Diagram:
    lanes = {
        (ref.text or "").strip(): lane.get("name", "")
        for lane in process.iterfind(".//b:lane", _NS)
        for ref in lane.findall("b:flowNodeRef", _NS)
    }
    elements = {element.id: element for element in _elements(process, None, lanes, messages)}
    flows = {flow.id: flow for flow in _flows(process)}
    return Diagram(file, process.get("id", ""), process.get("name", ""), elements, flows, _properties(process), xml)


def _elements(
    scope: etree._Element, parent: str | None, lanes: Mapping[str, str], messages: Mapping[str, Message]
) -> Iterator[Element]:
    for node in scope:
        qualified = etree.QName(node)
        if qualified.namespace != BPMN or qualified.localname in NOT_NODES:
            continue
        yield _element(node, qualified.localname, parent, lanes, messages)
        if qualified.localname in {"subProcess", "transaction", "adHocSubProcess"}:
            yield from _elements(node, node.get("id"), lanes, messages)


def _element(
    node: etree._Element, tag: str, parent: str | None, lanes: Mapping[str, str], messages: Mapping[str, Message]
) -> Element:
    event, timer = _event(node)
    return Element(
        id=node.get("id", ""),
        tag=tag,
        name=(node.get("name") or "").replace("\n", ""),
        lane=lanes.get(node.get("id", "")),
        line=node.sourceline or 0,
        event=event,
        form_id=_extension(node, "formDefinition", "formId"),
        assignee=_extension(node, "assignmentDefinition", "assignee"),
        candidate_groups=_extension(node, "assignmentDefinition", "candidateGroups"),
        due=_extension(node, "taskSchedule", "dueDate"),
        decision_id=_extension(node, "calledDecision", "decisionId"),
        result_variable=_extension(node, "calledDecision", "resultVariable")
        or _extension(node, "script", "resultVariable"),
        script=_extension(node, "script", "expression"),
        task_type=_extension(node, "taskDefinition", "type"),
        inputs=_mapping(node, "input"),
        outputs=_mapping(node, "output"),
        timer=timer,
        message=_message_of(node, messages),
        loop=_loop(node),
        default_flow=node.get("default"),
        properties=_properties(node),
        parent=parent,
        features=frozenset(_features(node)),
    )


def _features(node: etree._Element) -> Iterator[str]:
    """What the dialect has no meaning for although its element is known; the checks refuse these by name."""
    if node.find("b:standardLoopCharacteristics", _NS) is not None:
        yield "standardLoopCharacteristics"
    if len(node.xpath("./*[contains(local-name(), 'EventDefinition')]")) > 1:
        yield "multiple event definitions"
    if node.get("triggeredByEvent") == "true":
        yield "triggeredByEvent"
    if node.get("isForCompensation") == "true":
        yield "isForCompensation"


def _event(node: etree._Element) -> tuple[str | None, Timer | None]:
    for child in node:
        name = etree.QName(child).localname
        if name.endswith("EventDefinition"):
            kind = name.removesuffix("EventDefinition")
            return kind, _timer(child) if kind == "timer" else None
    return None, None


def _timer(definition: etree._Element) -> Timer | None:
    for child in definition:
        kind = etree.QName(child).localname
        if kind in {"timeDate", "timeDuration", "timeCycle"}:
            return Timer(kind, (child.text or "").strip())
    return None


def _message(node: etree._Element) -> Message:
    return Message(node.get("name", ""), _extension(node, "subscription", "correlationKey"))


def _message_of(node: etree._Element, messages: Mapping[str, Message]) -> Message | None:
    definition = node.find("b:messageEventDefinition", _NS)
    reference = node.get("messageRef") or (definition.get("messageRef") if definition is not None else None)
    return messages.get(reference or "")


def _loop(node: etree._Element) -> MultiInstance | None:
    loop = node.find("b:multiInstanceLoopCharacteristics", _NS)
    if loop is None:
        return None
    characteristics = loop.find("b:extensionElements/z:loopCharacteristics", _NS)
    attributes: dict[str, str] = dict(characteristics.attrib) if characteristics is not None else {}
    condition = loop.findtext("b:completionCondition", None, _NS)
    return MultiInstance(
        sequential=loop.get("isSequential") == "true",
        input_collection=attributes.get("inputCollection", ""),
        input_element=attributes.get("inputElement"),
        output_collection=attributes.get("outputCollection"),
        output_element=attributes.get("outputElement"),
        completion_condition=condition.strip() if condition else None,
    )


def _flows(process: etree._Element) -> Iterator[Flow]:
    for node in process.iterfind(".//b:sequenceFlow", _NS):
        condition = node.findtext("b:conditionExpression", None, _NS)
        yield Flow(
            node.get("id", ""),
            node.get("name", ""),
            node.get("sourceRef", ""),
            node.get("targetRef", ""),
            condition.strip() if condition else None,
        )


def _extension(node: etree._Element, name: str, attribute: str) -> str | None:
    found = node.find(f"b:extensionElements/z:{name}", _NS)
    return found.get(attribute) if found is not None else None


def _mapping(node: etree._Element, direction: str) -> tuple[tuple[str, str], ...]:
    found = node.iterfind(f"b:extensionElements/z:ioMapping/z:{direction}", _NS)
    return tuple((entry.get("target", ""), entry.get("source", "")) for entry in found)


def _properties(node: etree._Element) -> dict[str, str]:
    found = node.iterfind("b:extensionElements/z:properties/z:property", _NS)
    return {entry.get("name", ""): entry.get("value", "") for entry in found}
