"""Whether a diagram hangs together: flows that lead somewhere, ways to an end, loops that wait, joins that can join."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.checks.joins import try_joins
from engine.findings import Finding
from engine.services import JOBS
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from engine.diagram import Diagram, Element

    # (element or flow, rule id, what is wrong)
    Problem = tuple[str, str, Text]

CHOICES = frozenset({"exclusiveGateway", "inclusiveGateway"})
GATEWAYS = CHOICES | {"parallelGateway", "eventBasedGateway"}
ACTIVITIES = frozenset({
    "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask", "subProcess",
    "callActivity",
})  # fmt: skip
_AWAITED = frozenset({"timer", "message", "signal"})


def is_wait(element: Element) -> bool:
    """Whether a process rests here until a person, a moment or a message comes."""
    is_event = element.tag == "intermediateCatchEvent" and element.event in _AWAITED
    is_job = element.tag == "serviceTask" and element.task_type in JOBS
    return element.tag in {"userTask", "receiveTask"} or is_event or is_job


def waits(element: Element, diagram: Diagram) -> bool:
    """Whether it rests here, or in something inside; of a call it is not known."""
    if element.tag == "subProcess":
        return any(waits(inner, diagram) for inner in diagram.inside(element.id))
    return element.tag == "callActivity" or is_wait(element)


def scopes(diagram: Diagram) -> list[str | None]:
    """The process itself and its sub-processes."""
    return [None, *(element.id for element in diagram.elements.values() if element.tag == "subProcess")]


def is_handler(element: Element) -> bool:
    """An event sub-process: begun by its own start event, never by a flow."""
    return "triggeredByEvent" in element.features


def check_flows(diagram: Diagram) -> Iterator[Finding]:
    broken = list(_check_ends(diagram))
    for place, rule, text in broken:
        yield Finding(diagram.file, place, rule, text)
    for element in diagram.elements.values():
        for rule, text in _check_element(element, diagram):
            yield Finding(diagram.file, element.id, rule, text)
    for scope in scopes(diagram) if not broken else ():
        problems = (*_check_ways(diagram, scope), *_check_loops(diagram, scope), *_check_joins(diagram, scope))
        for place, rule, text in problems:
            yield Finding(diagram.file, place, rule, text)


def _check_ends(diagram: Diagram) -> Iterator[Problem]:
    ends: dict[tuple[str, str], str] = {}
    for flow in diagram.flows.values():
        for element in (flow.source, flow.target):
            if element not in diagram.elements:
                zh = f"连线的一端{element or '(空)'}不在本流程中, 请重新连接"
                en = f"one end of the flow, {element or '(nothing)'}, is not in this process; connect it again"
                yield flow.id, "flow", Text(zh, en)
        source, target = diagram.elements.get(flow.source), diagram.elements.get(flow.target)
        if source is not None and target is not None and source.parent != target.parent:
            zh, en = "连线不得穿过子流程的边界", "a flow does not cross the border of a sub-process"
            yield flow.id, "flow", Text(f"{zh}, 请连到子流程本身", f"{en}; connect it to the sub-process itself")
        other = ends.setdefault((flow.source, flow.target), flow.id)
        if other != flow.id:
            zh, en = (
                f"与连线{other}两端相同, 请合并条件",
                f"has the same ends as the flow {other}; make one condition of both",
            )
            yield flow.id, "flow", Text(zh, en)


def _check_element(element: Element, diagram: Diagram) -> Iterator[tuple[str, Text]]:
    outgoing, incoming = diagram.outgoing(element.id), diagram.incoming(element.id)
    begins = element.tag in {"startEvent", "boundaryEvent"} or is_handler(element) or _is_link(element, "Catch")
    ends = element.tag == "endEvent" or is_handler(element) or _is_link(element, "Throw")
    if not incoming and not begins:
        yield "unconnected", Text("没有进入的连线, 永远不会到达", "nothing leads here; connect it or remove it")
    if not outgoing and not ends:
        yield "unconnected", Text("没有离开的连线", "nothing leads on from here; connect it to an end event")
    drawn_in, drawn_out = ([flow for flow in flows if "." not in flow.id] for flows in (incoming, outgoing))
    if drawn_in and begins:
        zh, en = "不得有进入的连线, 请改连其后的元素", "no flow leads here; lead it to what follows"
        yield "flow", Text(zh, en)
    if drawn_out and ends:
        yield "flow", Text("不得有离开的连线, 请删除", "no flow leaves it; remove the flow")
    if element.tag not in GATEWAYS and len(outgoing) > 1:
        yield "implicit-split", Text("多条离开的连线请用网关画出", "draw a gateway for several outgoing flows")
    if element.tag in CHOICES:
        yield from _check_choice(element, diagram)
        return
    if any(flow.condition is not None for flow in outgoing):
        zh, en = "只有排他、包容网关的连线可以有条件", "only an exclusive or inclusive gateway's flows have conditions"
        yield "condition", Text(zh, en)
    if element.default_flow is not None:
        zh, en = "只有排他、包容网关可以有默认连线", "only an exclusive or inclusive gateway has a default flow"
        yield "condition", Text(f"{zh}, 请删除", f"{en}; remove it")


def _is_link(element: Element, way: str) -> bool:
    return element.event == "link" and way in element.tag


def _check_choice(element: Element, diagram: Diagram) -> Iterator[tuple[str, Text]]:
    outgoing = diagram.outgoing(element.id)
    default = next((flow for flow in outgoing if flow.id == element.default_flow), None)
    if element.default_flow is not None and default is None:
        zh = f"默认连线{element.default_flow}不是从这里离开的连线"
        en = f"the default flow {element.default_flow} does not leave this gateway; choose one that does"
        yield "condition", Text(f"{zh}, 请重新选择", en)
    if default is not None and default.condition is not None:
        zh, en = f"默认连线{default.id}不得有条件, 请删除", f"the default flow {default.id} has a condition; remove it"
        yield "condition", Text(zh, en)
    if len(outgoing) > 1:
        bare = [flow for flow in outgoing if flow.condition is None and flow is not default]
        if bare:
            zh, en = (
                f"连线{bare[0].id}既无条件也非默认",
                f"the flow {bare[0].id} has no condition and is not the default",
            )
            yield "condition", Text(zh, en)


def _check_ways(diagram: Diagram, scope: str | None) -> Iterator[Problem]:
    """Every element is reached from the start of its scope and reaches an end of it."""
    elements = [element.id for element in diagram.inside(scope) if not is_handler(element)]
    after = {element: _next(diagram, element) for element in elements}
    before: dict[str, list[str]] = {element: [] for element in elements}
    for element, targets in after.items():
        for target in targets:
            before.setdefault(target, []).append(element)
    starts = [element for element in elements if diagram.elements[element].tag == "startEvent"]
    ends = [element for element in elements if diagram.elements[element].tag == "endEvent"]
    reached = _closure(starts, lambda element: after.get(element, []))
    ending = _closure(ends, lambda element: before.get(element, []))
    for element in elements:
        if element not in reached and before[element]:
            zh, en = "从开始事件到不了这里, 请连接或删除", "no way leads here from the start; connect it or remove it"
            yield element, "unreachable", Text(zh, en)
        if element not in ending and after[element]:
            zh, en = "从这里到不了结束事件, 请画出出口", "no way leads from here to an end event; draw one"
            yield element, "endless", Text(zh, en)


def _next(diagram: Diagram, element: str) -> list[str]:
    """Where a token goes from here, by a flow or by an event on the boundary."""
    return [flow.target for flow in diagram.outgoing(element)] + [each.id for each in diagram.boundaries(element)]


def _closure(first: Iterable[str], following: Callable[[str], list[str]]) -> set[str]:
    found, waiting = set(first), list(first)
    while waiting:
        for element in following(waiting.pop()):
            if element not in found:
                found.add(element)
                waiting.append(element)
    return found


def _check_loops(diagram: Diagram, scope: str | None) -> Iterator[Problem]:
    """A loop that waits for nobody turns until the step is stopped."""
    restless = {element.id for element in diagram.inside(scope) if not waits(element, diagram)}
    after = {
        element: [flow.target for flow in diagram.outgoing(element) if flow.target in restless] for element in restless
    }
    told: set[str] = set()
    for element in (element for element in diagram.elements if element in restless):
        if element in told or element not in _closure(after[element], after.__getitem__):
            continue
        back = _closure([element], after.__getitem__)
        loop = [
            other
            for other in diagram.elements
            if other in back and element in _closure(after[other], after.__getitem__)
        ]
        told.update(loop)
        names = ", ".join(loop)
        zh = f"环 {names} 不等待任何人或事, 会空转。请在环中加入用户任务或等待事件"
        yield element, "loop", Text(zh, f"the loop {names} waits for nobody; draw a user task or a wait into it")


def _check_joins(diagram: Diagram, scope: str | None) -> Iterator[Problem]:
    found = try_joins(diagram, scope)
    for join, missing in found.stuck.items():
        names = ", ".join(missing)
        if not missing:
            zh = "包容汇合与另一处汇合可能互相等待。请不要把它放在可以从后面绕回来的环里"
            en = "this inclusive join and another join may wait for each other; do not place it in a loop that leads back to it"
            yield join, "join", Text(zh, en)
            continue
        zh = f"并行汇合可能永远等不到 {names}: 分支可能走向别处。请把选择画在分开之前, 或让各路都回到汇合处"
        en = f"the join may wait for ever for {names}, whose branch can go elsewhere; choose before the split, or lead every way "
        yield join, "join", Text(zh, f"{en}back to the join")
    for join, source in found.crowded.items():
        zh = f"从 {source} 可能同时来两次, 无法分清哪些属于一起。请把可能重复的步骤放进子流程"
        en = f"two tokens may come from {source} at once, and nobody could say which belong together; put the steps that may be "
        yield join, "join", Text(zh, f"{en}repeated into a sub-process")
