"""Whether a diagram hangs together: flows that lead somewhere, ways to an end, loops that wait, joins that can join."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.checks.joins import stuck_joins
from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from engine.diagram import Diagram, Element

    # (element or flow, rule id, what is wrong)
    Problem = tuple[str, str, Text]

GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway"})


def waits(element: Element) -> bool:
    """Whether a process rests here until a person, a moment or a message comes."""
    is_event = element.tag == "intermediateCatchEvent" and element.event in {"timer", "message"}
    return element.tag in {"userTask", "receiveTask"} or is_event


def check_flows(diagram: Diagram) -> Iterator[Finding]:
    broken = list(_check_ends(diagram))
    for place, rule, text in broken:
        yield Finding(diagram.file, place, rule, text)
    for element in diagram.elements.values():
        for rule, text in _check_element(element, diagram):
            yield Finding(diagram.file, element.id, rule, text)
    if not broken:
        for place, rule, text in (*_check_ways(diagram), *_check_loops(diagram), *_check_joins(diagram)):
            yield Finding(diagram.file, place, rule, text)


def _check_ends(diagram: Diagram) -> Iterator[Problem]:
    ends: dict[tuple[str, str], str] = {}
    for flow in diagram.flows.values():
        for element in (flow.source, flow.target):
            if element not in diagram.elements:
                zh = f"连线的一端{element or '(空)'}不在本流程中, 请重新连接"
                en = f"one end of the flow, {element or '(nothing)'}, is not in this process; connect it again"
                yield flow.id, "flow", Text(zh, en)
        other = ends.setdefault((flow.source, flow.target), flow.id)
        if other != flow.id:
            zh, en = (
                f"与连线{other}两端相同, 请合并条件",
                f"has the same ends as the flow {other}; make one condition of both",
            )
            yield flow.id, "flow", Text(zh, en)


def _check_element(element: Element, diagram: Diagram) -> Iterator[tuple[str, Text]]:
    outgoing, incoming = diagram.outgoing(element.id), diagram.incoming(element.id)
    if not incoming and element.tag != "startEvent":
        yield "unconnected", Text("没有进入的连线, 永远不会到达", "nothing leads here; connect it or remove it")
    if not outgoing and element.tag != "endEvent":
        yield "unconnected", Text("没有离开的连线", "nothing leads on from here; connect it to an end event")
    if incoming and element.tag == "startEvent":
        yield (
            "flow",
            Text(
                "开始事件不得有进入的连线, 请改连其后的元素", "a flow leads back to the start; lead it to what follows"
            ),
        )
    if outgoing and element.tag == "endEvent":
        yield "flow", Text("结束事件不得有离开的连线, 请删除", "a flow leaves the end event; remove it")
    if element.tag not in GATEWAYS and len(outgoing) > 1:
        yield "implicit-split", Text("多条离开的连线请用网关画出", "draw a gateway for several outgoing flows")
    if element.tag == "exclusiveGateway":
        yield from _check_choice(element, diagram)
        return
    if any(flow.condition is not None for flow in outgoing):
        yield "condition", Text("只有排他网关的连线可以有条件", "only an exclusive gateway's flows have conditions")
    if element.default_flow is not None:
        yield (
            "condition",
            Text("只有排他网关可以有默认连线, 请删除", "only an exclusive gateway has a default flow; remove it"),
        )


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


def _check_ways(diagram: Diagram) -> Iterator[Problem]:
    """Every element is reached from the start and reaches an end."""
    after = {element: [flow.target for flow in diagram.outgoing(element)] for element in diagram.elements}
    before = {element: [flow.source for flow in diagram.incoming(element)] for element in diagram.elements}
    starts = [element.id for element in diagram.elements.values() if element.tag == "startEvent"]
    ends = [element.id for element in diagram.elements.values() if element.tag == "endEvent"]
    reached, ending = _closure(starts, after.__getitem__), _closure(ends, before.__getitem__)
    for element in diagram.elements:
        if element not in reached and before[element]:
            zh, en = "从开始事件到不了这里, 请连接或删除", "no way leads here from the start; connect it or remove it"
            yield element, "unreachable", Text(zh, en)
        if element not in ending and after[element]:
            zh, en = "从这里到不了结束事件, 请画出出口", "no way leads from here to an end event; draw one"
            yield element, "endless", Text(zh, en)


def _closure(first: Iterable[str], following: Callable[[str], list[str]]) -> set[str]:
    found, waiting = set(first), list(first)
    while waiting:
        for element in following(waiting.pop()):
            if element not in found:
                found.add(element)
                waiting.append(element)
    return found


def _check_loops(diagram: Diagram) -> Iterator[Problem]:
    """A loop that waits for nobody turns until the step is stopped."""
    restless = {element.id for element in diagram.elements.values() if not waits(element)}
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


def _check_joins(diagram: Diagram) -> Iterator[Problem]:
    for join, missing in stuck_joins(diagram).items():
        names = ", ".join(missing)
        zh = f"并行汇合可能永远等不到 {names}: 分支可能走向别处。请把选择画在分开之前, 或让各路都回到汇合处"
        en = f"the join may wait for ever for {names}, whose branch can go elsewhere; choose before the split, or lead every way "
        yield join, "join", Text(zh, f"{en}back to the join")
