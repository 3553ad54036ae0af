"""A diagram's elements against the dialect: known ones only, with the forms, decisions and services they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.checks.assignments import check_assignment
from engine.checks.events import check_events
from engine.checks.expressions import check_expression
from engine.checks.flows import ACTIVITIES, check_flows, is_handler, scopes
from engine.checks.messages import SENDERS
from engine.checks.names import check_targets, inner_names, item_names, local_names, readable_names, start_names
from engine.checks.suggestions import did_you_mean
from engine.checks.support import refusals
from engine.findings import Finding
from engine.services import NAMES as SERVICES
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.compiled import Parts
    from engine.diagram import Diagram, Element, MultiInstance

    # An expression, whether it must be FEEL, names that only its element sees, the kind of value that is of use.
    Use = tuple[str, bool, frozenset[str], str]

_LOOPED = ACTIVITIES - {"manualTask"}
_TIMED = frozenset({"intermediateCatchEvent"})
_MAX_ELEMENTS = 300


def check_diagram(diagram: Diagram, parts: Parts) -> Iterator[Finding]:
    """Every finding of one diagram."""
    yield from _check_shape(diagram)
    unsupported = [
        Finding(diagram.file, element.id, "unsupported", text)
        for element in diagram.elements.values()
        for text in refusals(element, begins_handler=_begins_handler(element, diagram))
    ]
    yield from unsupported or check_flows(diagram)
    known = {finding.element for finding in unsupported}
    for element in (element for element in diagram.elements.values() if element.id not in known):
        for rule, text in _check_element(element, parts):
            yield Finding(diagram.file, element.id, rule, text)
    yield from (finding for finding in check_events(diagram, parts) if finding.element not in known)
    yield from _check_expressions(diagram, parts)


def _begins_handler(element: Element, diagram: Diagram) -> bool:
    around = diagram.around(element)
    return element.tag == "startEvent" and around is not None and is_handler(around)


def _check_shape(diagram: Diagram) -> Iterator[Finding]:
    for scope in scopes(diagram):
        inside = diagram.inside(scope)
        starts = [element for element in inside if element.tag == "startEvent"]
        place = scope or diagram.process
        if len(starts) != 1:
            zh, en = f"应有一个开始事件, 现有{len(starts)}个", f"expected one start event, found {len(starts)}"
            yield Finding(diagram.file, place, "start", Text(zh, en))
        if not any(element.tag == "endEvent" for element in inside):
            zh, en = "没有结束事件, 请画出", "there is no end event; draw one"
            yield Finding(diagram.file, place, "end", Text(zh, en))
        if len(starts) == 1 and _begins_handler(starts[0], diagram) and starts[0].event is None:
            zh, en = "事件子流程的开始事件应有类型", "the start event of an event sub-process needs an event"
            yield Finding(diagram.file, starts[0].id, "start", Text(zh, en))
    if len(diagram.elements) > _MAX_ELEMENTS:
        yield _finding(diagram, "size", f"元素超过{_MAX_ELEMENTS}个", f"more than {_MAX_ELEMENTS} elements")


def _check_element(element: Element, parts: Parts) -> Iterator[tuple[str, Text]]:
    yield from _check_loop(element)
    yield from check_targets(element)
    if element.form_id is not None and element.form_id not in parts.forms:
        hint = did_you_mean(element.form_id, parts.forms)
        zh, en = f"包中没有表单{element.form_id}{hint.zh}", f"the bundle has no form {element.form_id}{hint.en}"
        yield "form", Text(zh, en)
    match element.tag:
        case "userTask":
            if element.form_id is None:
                yield "form", Text("用户任务缺少表单", "a user task needs a form")
            yield from check_assignment(element, parts)
        case "businessRuleTask" if element.decision_id not in parts.decisions:
            hint = did_you_mean(element.decision_id or "", parts.decisions)
            zh, en = (
                f"包中没有决策{element.decision_id}{hint.zh}",
                f"the bundle has no decision {element.decision_id}{hint.en}",
            )
            yield "decision", Text(zh, en)
        case "serviceTask" if element.task_type not in SERVICES:
            listed = ", ".join(sorted(SERVICES))
            zh, en = f"没有服务{element.task_type}, 可用: {listed}", f"no service {element.task_type}; known: {listed}"
            yield "service", Text(zh, en)
        case "scriptTask" if not element.script:
            yield "script", Text("缺少zeebe:script表达式", "the zeebe:script expression is missing")
    if element.event == "timer":
        yield from _check_timer(element)


def _check_timer(element: Element) -> Iterator[tuple[str, Text]]:
    may_repeat = element.tag in {"boundaryEvent", "startEvent"} and not element.interrupting
    if element.timer is None or (element.timer.kind == "timeCycle" and not may_repeat):
        zh, en = "此处定时应为日期或时长", "a timer here is a date or a duration"
        yield (
            "timer",
            Text(f"{zh}; 循环只用于不中断的边界事件", f"{en}; a cycle is for a boundary event that does not interrupt"),
        )


def _check_loop(element: Element) -> Iterator[tuple[str, Text]]:
    loop = element.loop
    if loop is None:
        return
    if element.tag not in _LOOPED or is_handler(element):
        yield (
            "loop",
            Text("只有任务、子流程、调用活动可以多实例", "only tasks, sub-processes and calls may be multi-instance"),
        )
    if not loop.input_collection:
        yield "loop", Text("缺少inputCollection", "inputCollection is missing")
    if bool(loop.output_collection) != bool(loop.output_element):
        zh, en = "outputCollection和outputElement须同时给出", "outputCollection and outputElement are given together"
        yield "loop", Text(zh, en)
    if element.outputs:
        zh = "多实例任务的ioMapping输出不起作用, 请改用outputCollection和outputElement"
        yield (
            "loop",
            Text(zh, "outputs of a multi-instance task come to nothing; use outputCollection and outputElement"),
        )


def _check_expressions(diagram: Diagram, parts: Parts) -> Iterator[Finding]:
    names = readable_names(diagram, parts)
    settings = parts.policy.setting_values() if parts.policy is not None else None
    for element in diagram.elements.values():
        around = local_names(element, diagram)
        inner = inner_names(element, parts)
        for expression, must_be_feel, local, kind in _expressions(element, inner):
            yield from check_expression(
                expression,
                diagram.file,
                element.id,
                names=None if names is None else names | around | local,
                must_be_feel=must_be_feel,
                settings=settings,
                kind=kind,
            )
        for text in _missing_inputs(element, parts, None if names is None else names | around):
            yield Finding(diagram.file, element.id, "unknown-name", text)
    for flow in (flow for flow in diagram.flows.values() if flow.condition is not None):
        source = diagram.elements.get(flow.source)
        around = local_names(source, diagram) if source is not None else frozenset()
        yield from check_expression(
            flow.condition or "",
            diagram.file,
            flow.id,
            names=None if names is None else names | around,
            must_be_feel=True,
            settings=settings,
            kind="boolean",
        )
    for key, known in (
        ("title", names),
        ("searchable", names),
        ("committee", names),
        ("businessKey", start_names(diagram, parts)),
    ):
        if key in diagram.properties:
            yield from check_expression(
                diagram.properties[key],
                diagram.file,
                diagram.process,
                names=known,
                must_be_feel=True,
                settings=settings,
            )


def _expressions(element: Element, inner: frozenset[str]) -> Iterator[Use]:
    """`inner` are the names that only come to light inside: a called process's own."""
    inputs = frozenset(target for target, _ in element.inputs)
    item = item_names(element)
    local = inputs | item
    groups = element.candidate_groups if (element.candidate_groups or "").startswith("=") else None
    key = element.message.correlation_key if element.message is not None and element.tag not in SENDERS else None
    used = (
        (element.assignee, False, local, ""),
        (element.properties.get("notBy"), False, local, ""),
        (groups, True, local, ""),
        (element.script or None, True, local, ""),
        (key, True, item, ""),
        (element.condition or None, True, frozenset[str](), "boolean"),
        (element.due, False, local, "time"),
        (element.properties.get("timeToLive"), False, frozenset[str](), "time"),
        (element.properties.get("notice"), True, frozenset[str](), ""),
        (element.properties.get("when"), True, frozenset({"parent"}), "boolean"),
    )
    yield from ((expression, must, names, kind) for expression, must, names, kind in used if expression is not None)
    if element.timer is not None:
        yield element.timer.expression, False, frozenset(), "cycle" if element.timer.kind == "timeCycle" else "time"
    yield from ((source, not source, item, "") for _, source in element.inputs)
    yield from ((source, not source, local | inner, "") for _, source in element.outputs)
    if element.loop is not None:
        yield from _loop_expressions(element.loop, inputs | inner, item)


def _loop_expressions(loop: MultiInstance, inputs: frozenset[str], item: frozenset[str]) -> Iterator[Use]:
    yield loop.input_collection, True, frozenset(), "list"
    if loop.output_element:
        yield loop.output_element, True, inputs | item, ""
    if loop.completion_condition is not None:
        counts = {"numberOfInstances", "numberOfCompletedInstances"}
        yield loop.completion_condition, True, item | counts, "boolean"


def _missing_inputs(element: Element, parts: Parts, names: frozenset[str] | None) -> Iterator[Text]:
    """A decision reads its input data by name, and what nobody writes is null."""
    model = parts.decisions.get(element.decision_id or "") if element.tag == "businessRuleTask" else None
    if model is None or names is None:
        return
    local = names | {target for target, _ in element.inputs}
    for name in model.decisions[element.decision_id or ""].required_inputs:
        if name not in local:
            hint = did_you_mean(name, local)
            zh = f"决策{element.decision_id}需要{name}, 但流程中没有这个变量{hint.zh}"
            en = f"the decision {element.decision_id} needs {name}, but no variable is named so{hint.en}"
            yield Text(zh, en)


def _finding(diagram: Diagram, rule: str, zh: str, en: str) -> Finding:
    return Finding(diagram.file, diagram.process, rule, Text(zh, en))
