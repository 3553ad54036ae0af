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
    "group", "dataObjectReference", "dataObject", "dataStoreReference", "property", "dataInputAssociation",
    "dataOutputAssociation", "incoming", "outgoing", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics",
})  # fmt: skip
# XML allows 1 and 0 for these, too.
BOOLEANS = frozenset({
    "isExecutable", "isClosed", "isForCompensation", "instantiate", "triggeredByEvent", "isInterrupting", "parallelMultiple",
    "cancelActivity", "isImmediate", "isSequential",
})  # fmt: skip
_TRUTH = {"1": "true", "0": "false"}
SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `condition` is FEEL with its leading `=`, or None."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None
    name_en: str = ""


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
class Called:
    """What a call activity runs: the process, and whether all variables go in and come out."""

    process: str
    all_in: bool
    all_out: bool


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
    """A node of a diagram with its extensions. Attributes that begin with `=` are FEEL, all others plain text.

    `code` is an error's or escalation's code (None catches every one), a signal's or link's name.
    """

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
    code: str | None = None
    condition: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    called: Called | None = None
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

    @property
    def is_aside(self) -> bool:
        """It may come, but nobody would say that the instance waits for it (property `aside`)."""
        begins_handler = self.tag == "startEvent" and self.parent is not None
        return begins_handler or bool(self.set_off_by) or self.properties.get("aside") == "true"

    @property
    def set_off_by(self) -> tuple[str, ...]:
        """Who may set off this message: roles, or `initiator`; nobody where it comes by itself."""
        return tuple(name.strip() for name in self.properties.get("by", "").split(",") if name.strip())


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
        return next(element for element in self.inside(None) if element.tag == "startEvent")

    def inside(self, scope: str | None) -> list[Element]:
        """The elements that stand directly in the process (None) or in a sub-process."""
        return [element for element in self.elements.values() if element.parent == scope]

    def around(self, element: Element) -> Element | None:
        """The sub-process that it stands in."""
        return None if element.parent is None else self.elements.get(element.parent)

    def boundaries(self, element_id: str) -> list[Element]:
        return [element for element in self.elements.values() if element.attached_to == element_id]

    def outgoing(self, element_id: str) -> list[Flow]:
        return [flow for flow in self.flows.values() if flow.source == element_id]

    def incoming(self, element_id: str) -> list[Flow]:
        return [flow for flow in self.flows.values() if flow.target == element_id]


def parse_xml(content: bytes, file: str) -> etree._Element:
    """The root of a document without document type, entities, network or huge texts.

    Comments and processing instructions are taken out, so that whoever reads a text reads the whole of it; a truth value of
    BPMN is written in one way.
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
    for node in root.iter(f"{{{BPMN}}}*"):
        for name in BOOLEANS.intersection(map(str, node.attrib)):
            value = node.get(name, "").strip()
            node.set(name, _TRUTH.get(value, value))
    return root


def parse_diagrams(content: bytes, file: str) -> list[Diagram]:
    """The executable processes of a BPMN file; raises InvalidError for what is not BPMN at all."""
    root = parse_xml(content, file)
    if etree.QName(root).namespace != BPMN:
        raise InvalidError(
            f"{file}: 根元素不是BPMN definitions。",
            f"{file}: the root is not BPMN's definitions. Save it as a BPMN 2.0 diagram.",
        )
    processes = [node for node in root.findall("b:process", _NS) if node.get("isExecutable", "true") == "true"]
    return [read_diagram(node, file, content) for node in processes]


def read_diagram(process: etree._Element, file: str, xml: bytes) -> Diagram:
    """One process of a document as data; `xml` is what is shown of it."""
    root = process.getroottree().getroot()
    defined = {node.get("id", ""): node for node in root if node.get("id")}
    lanes = {
        (ref.text or "").strip(): lane.get("name", "")
        for lane in process.iterfind(".//b:lane", _NS)
        for ref in lane.findall("b:flowNodeRef", _NS)
    }
    elements: dict[str, Element] = {}
    for element in _elements(process, None, None, lanes, defined):
        elements.setdefault(element.id, element)  # the first of two: what holds others stands before them
    flows = {flow.id: flow for flow in _flows(process)}
    flows |= {flow.id: flow for flow in _links(elements)}
    return Diagram(file, process.get("id", ""), process.get("name", ""), elements, flows, _properties(process), xml)


def _elements(
    scope: etree._Element,
    parent: str | None,
    around: str | None,
    lanes: Mapping[str, str],
    defined: Mapping[str, etree._Element],
) -> Iterator[Element]:
    """`around` is the lane of the sub-process, which holds for all that stands in it."""
    for node in scope:
        qualified = etree.QName(node)
        if qualified.namespace != BPMN or qualified.localname in NOT_NODES:
            continue
        lane = lanes.get(node.get("id", ""), around)
        yield _element(node, qualified.localname, parent, lane, defined)
        if qualified.localname in SCOPES:
            yield from _elements(node, node.get("id"), lane, lanes, defined)


def _element(
    node: etree._Element, tag: str, parent: str | None, lane: str | None, defined: Mapping[str, etree._Element]
) -> Element:
    definition = _definition(node)
    event = etree.QName(definition).localname.removesuffix("EventDefinition") if definition is not None else None
    properties = _properties(node)
    return Element(
        id=node.get("id", ""),
        tag=tag,
        name=(node.get("name") or "").replace("\n", ""),
        lane=lane,
        line=node.sourceline or 0,
        event=event,
        form_id=_extension(node, "formDefinition", "formId") or properties.get("form"),
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
        timer=_timer(definition) if event == "timer" and definition is not None else None,
        message=_message_of(node, definition, defined),
        code=_code(definition, defined),
        condition=_condition(definition) if event == "conditional" and definition is not None else None,
        attached_to=node.get("attachedToRef"),
        interrupting=node.get("cancelActivity", "true") == "true" and node.get("isInterrupting", "true") == "true",
        called=_called(node),
        loop=_loop(node),
        default_flow=node.get("default"),
        properties=properties,
        parent=parent,
        features=frozenset(_features(node)),
    )


def _features(node: etree._Element) -> Iterator[str]:
    """What changes an element's meaning beside its tag and event; engine.checks.support says which of these run."""
    if node.find("b:standardLoopCharacteristics", _NS) is not None:
        yield "standardLoopCharacteristics"
    if len(node.xpath("./*[contains(local-name(), 'EventDefinition')]")) > 1:
        yield "multiple event definitions"
    if len(node.xpath("./b:timerEventDefinition/*[starts-with(local-name(), 'time')]", namespaces=_NS)) > 1:
        yield "multiple event definitions"
    if node.get("triggeredByEvent") == "true":
        yield "triggeredByEvent"
    if node.get("isForCompensation") == "true":
        yield "isForCompensation"
    if node.get("instantiate") == "true":
        yield "instantiate"
    if node.get("eventGatewayType") == "Parallel":
        yield "parallel event gateway"
    if node.get("parallelMultiple") == "true":
        yield "multiple event definitions"


def _definition(node: etree._Element) -> etree._Element | None:
    return next((child for child in node if etree.QName(child).localname.endswith("EventDefinition")), None)


def _timer(definition: etree._Element) -> Timer | None:
    for child in definition:
        kind = etree.QName(child).localname
        if kind in {"timeDate", "timeDuration", "timeCycle"}:
            return Timer(kind, (child.text or "").strip())
    return None


def _message_of(
    node: etree._Element, definition: etree._Element | None, defined: Mapping[str, etree._Element]
) -> Message | None:
    reference = node.get("messageRef") or (definition.get("messageRef") if definition is not None else None)
    message = defined.get(reference or "")
    if message is None or etree.QName(message).localname != "message":
        return None
    return Message(message.get("name", ""), _extension(message, "subscription", "correlationKey"))


# The events that are caught by a code or a name: the attribute that refers to it, and where it stands.
_CODES: Mapping[str, tuple[str, str]] = {
    "errorEventDefinition": ("errorRef", "errorCode"),
    "escalationEventDefinition": ("escalationRef", "escalationCode"),
    "signalEventDefinition": ("signalRef", "name"),
}


def _code(definition: etree._Element | None, defined: Mapping[str, etree._Element]) -> str | None:
    if definition is None:
        return None
    kind = etree.QName(definition).localname
    if kind == "linkEventDefinition":
        return definition.get("name")
    if kind not in _CODES:
        return None
    reference, attribute = _CODES[kind]
    referred = defined.get(definition.get(reference, ""))
    return referred.get(attribute, "") if referred is not None else None


def _condition(definition: etree._Element) -> str:
    return (definition.findtext("b:condition", "", _NS) or "").strip()


def _called(node: etree._Element) -> Called | None:
    found = node.find("b:extensionElements/z:calledElement", _NS)
    if found is None:
        return None
    passes = {name: found.get(name, "true") == "true" for name in _PASSES}
    return Called(found.get("processId", ""), passes[_PASSES[0]], passes[_PASSES[1]])


_PASSES = ("propagateAllParentVariables", "propagateAllChildVariables")


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
            _properties(node).get("en", ""),
        )


def _links(elements: Mapping[str, Element]) -> Iterator[Flow]:
    """A link is a flow that is not drawn: from each throw to the catch of the same name in its scope."""
    links = [element for element in elements.values() if element.event == "link"]
    catches = {(link.parent, link.code): link for link in links if link.tag == "intermediateCatchEvent"}
    for link in links:
        target = catches.get((link.parent, link.code))
        if link.tag == "intermediateThrowEvent" and target is not None:
            yield Flow(f"{link.id}.link", "", link.id, target.id, None)


def _extension(node: etree._Element, name: str, attribute: str) -> str | None:
    found = node.find(f"b:extensionElements/z:{name}", _NS)
    return found.get(attribute) if found is not None else None


def _mapping(node: etree._Element, direction: str) -> tuple[tuple[str, str], ...]:
    found = node.iterfind(f"b:extensionElements/z:ioMapping/z:{direction}", _NS)
    return tuple((entry.get("target", ""), entry.get("source", "")) for entry in found)


def _properties(node: etree._Element) -> dict[str, str]:
    found = node.iterfind("b:extensionElements/z:properties/z:property", _NS)
    return {entry.get("name", ""): entry.get("value", "") for entry in found}
