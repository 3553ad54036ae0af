"""A diagram against the dialect: known elements only, connected, with the forms, decisions and services they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.checks.expressions import check_expression
from engine.expressions import RESERVED
from engine.findings import Finding
from engine.permissions import Role
from engine.services import NAMES as SERVICES
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.compiled import Parts
    from engine.diagram import Diagram, Element

# What each element may carry as its event; everything else is refused with the advice beside it.
_EVENTS: Mapping[str, frozenset[str | None]] = {
    "startEvent": frozenset({None}),
    "endEvent": frozenset({None, "message"}),
    "intermediateCatchEvent": frozenset({"timer", "message"}),
    "intermediateThrowEvent": frozenset({None, "message"}),
}
_TASKS = frozenset({"userTask", "businessRuleTask", "scriptTask", "serviceTask", "sendTask", "receiveTask"})
_GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway"})
_MESSAGE_TYPES = frozenset({"message", "message-to-children", "message-to-parent"})
_ADVICE: Mapping[str, Text] = {
    "boundaryEvent": Text("请改用排他网关与定时事件分别画出", "draw an exclusive gateway and a timer event instead"),
    "inclusiveGateway": Text("请改用并行网关加排他网关", "use a parallel gateway with exclusive gateways"),
    "complexGateway": Text("请改用排他或并行网关", "use an exclusive or a parallel gateway"),
    "eventBasedGateway": Text("请改为依次等待各事件", "wait for one event after the other"),
    "subProcess": Text("请把步骤直接画在流程中", "draw the steps in the process itself"),
    "callActivity": Text("请改为单独的流程并用消息衔接", "use a process of its own, tied by messages"),
    "task": Text("请指明任务类型, 如用户任务", "give the task a type, such as user task"),
    "manualTask": Text("请改用用户任务", "use a user task"),
}
_ELSEWHERE = Text("请改用docs/dialect.md列出的元素", "use one of the elements that docs/dialect.md lists")
# SpiffWorkflow makes nodes of its own under these names.
_TAKEN_IDS = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
_MAX_ELEMENTS = 300


def check_diagram(diagram: Diagram, parts: Parts) -> Iterator[Finding]:
    """Every finding of one diagram."""
    names = _names(diagram, parts)
    yield from _check_shape(diagram)
    for element in diagram.elements.values():
        for rule, text in _check_element(element, diagram, parts):
            yield Finding(diagram.file, element.id, rule, text)
        for expression, must_be_feel, local in _expressions(element):
            yield from check_expression(
                expression, diagram.file, element.id, names=names | local if names else None, must_be_feel=must_be_feel
            )
    for flow in diagram.flows.values():
        if flow.condition is not None:
            yield from check_expression(flow.condition, diagram.file, flow.id, names=names or None, must_be_feel=True)
    for key in ("title", "businessKey"):
        yield from check_expression(diagram.properties.get(key, ""), diagram.file, diagram.process)


def _check_shape(diagram: Diagram) -> Iterator[Finding]:
    starts = [
        element for element in diagram.elements.values() if element.tag == "startEvent" and element.parent is None
    ]
    ends = [element for element in diagram.elements.values() if element.tag == "endEvent" and element.parent is None]
    if len(starts) != 1:
        yield _finding(
            diagram, "start", f"应有一个开始事件, 现有{len(starts)}个", f"expected one start event, found {len(starts)}"
        )
    if not ends:
        yield _finding(diagram, "end", "没有结束事件, 请画出", "there is no end event; draw one")
    if len(diagram.elements) > _MAX_ELEMENTS:
        yield _finding(diagram, "size", f"元素超过{_MAX_ELEMENTS}个", f"more than {_MAX_ELEMENTS} elements")


def _check_element(element: Element, diagram: Diagram, parts: Parts) -> Iterator[tuple[str, Text]]:
    supported = element.tag in _TASKS | _GATEWAYS or element.tag in _EVENTS
    if not supported or element.features or element.event not in _EVENTS.get(element.tag, frozenset({None})):
        what = " ".join([element.event or "", element.tag, *sorted(element.features)]).strip()
        advice = _ADVICE.get(element.tag, _ELSEWHERE)
        yield "unsupported", Text(f"不支持{what}: {advice.zh}", f"{what} is not supported: {advice.en}")
        return
    if element.id in _TAKEN_IDS:
        yield "id", Text(f"id不能为{element.id}, 请改名", f"the id {element.id} is taken; rename it")
    yield from _check_flows(element, diagram)
    yield from _check_loop(element)
    yield from _check_references(element, parts)


def _check_flows(element: Element, diagram: Diagram) -> Iterator[tuple[str, Text]]:
    outgoing, incoming = diagram.outgoing(element.id), diagram.incoming(element.id)
    if not incoming and element.tag != "startEvent":
        yield "unconnected", Text("没有进入的连线, 永远不会到达", "nothing leads here; connect it or remove it")
    if not outgoing and element.tag != "endEvent":
        yield "unconnected", Text("没有离开的连线", "nothing leads on from here; connect it to an end event")
    if element.tag not in _GATEWAYS and len(outgoing) > 1:
        yield "implicit-split", Text("多条离开的连线请用网关画出", "draw a gateway for several outgoing flows")
    conditional = [flow for flow in outgoing if flow.condition is not None]
    if element.tag != "exclusiveGateway":
        if conditional:
            yield "condition", Text("只有排他网关的连线可以有条件", "only an exclusive gateway's flows have conditions")
    elif len(outgoing) > 1:
        bare = [flow for flow in outgoing if flow.condition is None and flow.id != element.default_flow]
        if bare:
            yield (
                "condition",
                Text(
                    f"连线{bare[0].id}既无条件也非默认",
                    f"the flow {bare[0].id} has no condition and is not the default",
                ),
            )


def _check_loop(element: Element) -> Iterator[tuple[str, Text]]:
    if element.loop is None:
        return
    if element.tag != "userTask":
        yield "loop", Text("目前只有用户任务可以多实例", "only user tasks may be multi-instance for now")
    if not element.loop.input_collection:
        yield "loop", Text("缺少inputCollection", "inputCollection is missing")


def _check_references(element: Element, parts: Parts) -> Iterator[tuple[str, Text]]:
    if element.form_id is not None and element.form_id not in parts.forms:
        yield "form", Text(f"包中没有表单{element.form_id}", f"the bundle has no form {element.form_id}")
    match element.tag:
        case "userTask":
            yield from _check_user_task(element, parts)
        case "businessRuleTask" if element.decision_id not in parts.decisions:
            yield (
                "decision",
                Text(f"包中没有决策{element.decision_id}", f"the bundle has no decision {element.decision_id}"),
            )
        case "serviceTask" if element.task_type not in SERVICES:
            known = ", ".join(sorted(SERVICES))
            yield (
                "service",
                Text(f"没有服务{element.task_type}, 可用: {known}", f"no service {element.task_type}; known: {known}"),
            )
        case "scriptTask" if not element.script:
            yield "script", Text("缺少zeebe:script表达式", "the zeebe:script expression is missing")
    if element.event == "timer" and (element.timer is None or element.timer.kind == "timeCycle"):
        yield "timer", Text("此处定时应为日期或时长", "a timer here is a date or a duration")
    yield from _check_message(element)


def _check_message(element: Element) -> Iterator[tuple[str, Text]]:
    needs_message = element.tag in {"sendTask", "receiveTask"} or element.event == "message"
    if needs_message and (element.message is None or not element.message.name):
        yield "message", Text("缺少消息", "its message is missing")
    sends = element.tag in {"sendTask", "intermediateThrowEvent", "endEvent"} and needs_message
    if sends and element.task_type not in _MESSAGE_TYPES:
        known = ", ".join(sorted(_MESSAGE_TYPES))
        yield "message", Text(f"发送方式应为 {known} 之一", f"its task definition type should be one of {known}")


def _check_user_task(element: Element, parts: Parts) -> Iterator[tuple[str, Text]]:
    if element.form_id is None:
        yield "form", Text("用户任务缺少表单", "a user task needs a form")
    if not element.assignee and not element.candidate_groups:
        yield "assignment", Text("缺少办理人或候选角色", "neither an assignee nor candidate groups are given")
    groups = element.candidate_groups or ""
    if not groups.startswith("=") and parts.policy is not None:
        for group in filter(None, (part.strip() for part in groups.split(","))):
            if group not in parts.policy.roles or group not in set(Role):
                yield "role", Text(f"policy.yaml中没有角色{group}", f"policy.yaml has no role {group}")


def _expressions(element: Element) -> Iterator[tuple[str, bool, frozenset[str]]]:
    """(expression, must it be FEEL, names that only this element sees)"""
    local = frozenset(target for target, _ in element.inputs)
    if element.loop is not None:
        local |= {"loopCounter", *filter(None, [element.loop.input_element])}
        yield element.loop.input_collection, True, frozenset()
        if element.loop.output_element:
            yield element.loop.output_element, True, local
        if element.loop.completion_condition:
            yield element.loop.completion_condition, True, local | {"numberOfInstances", "numberOfCompletedInstances"}
    for attribute in (element.assignee, element.candidate_groups, element.due, element.properties.get("notBy")):
        if attribute:
            yield attribute, False, local
    if element.script:
        yield element.script, True, local
    if element.timer is not None:
        yield element.timer.expression, False, local
    if element.message is not None and element.message.correlation_key:
        yield element.message.correlation_key, True, frozenset()
    for _, source in (*element.inputs, *element.outputs):
        yield source, False, local


def _names(diagram: Diagram, parts: Parts) -> frozenset[str]:
    """Every name that an expression of the diagram may find; empty where a payload makes that unknowable."""
    names = set(RESERVED)
    for element in diagram.elements.values():
        if element.tag == "serviceTask" or (element.message is not None and not element.outputs):
            names |= set(SERVICES.get(element.task_type or "", ()))
        names |= {target for target, _ in element.outputs} | {element.result_variable or ""}
        if element.form_id is not None and element.form_id in parts.forms:
            names |= _form_keys(parts.forms[element.form_id][1])
        if element.loop is not None:
            names |= {element.loop.output_collection or ""}
        if element.properties.get("fanIn"):
            names.add("reports")
    names |= _sent_names(parts)
    if parts.policy is not None:
        rule = parts.policy.start_rule(diagram.process)
        names |= set(rule.given) if rule else set()
    return frozenset(names - {""})


def _sent_names(parts: Parts) -> set[str]:
    """What the bundle's own messages carry."""
    return {
        target
        for diagram in parts.diagrams.values()
        for element in diagram.elements.values()
        if element.message is not None
        for target, _ in element.inputs
    }


def _form_keys(schema: Mapping[str, object]) -> set[str]:
    components = schema.get("components")
    if not isinstance(components, list):
        return set()
    keys: set[str] = set()
    for component in components:
        if not isinstance(component, dict):
            continue
        path = component.get("path")
        if component.get("type") in {"group", "dynamiclist"}:
            keys |= {str(path).split(".", 1)[0]} if path else _form_keys(component)
        elif component.get("key"):
            keys.add(str(component["key"]).split(".", 1)[0])
    return keys


def _finding(diagram: Diagram, rule: str, zh: str, en: str) -> Finding:
    return Finding(diagram.file, diagram.process, rule, Text(zh, en))
