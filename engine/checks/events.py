"""Events that need something elsewhere: an activity to stand on, somebody who catches or sends, a place to go on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from engine.checks.flows import ACTIVITIES, is_handler, waits
from engine.checks.suggestions import did_you_mean
from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.compiled import Parts
    from engine.diagram import Diagram, Element

    Problem = tuple[str, Text]

_RAISED = frozenset({"error", "escalation"})
_THROWS = frozenset({"endEvent", "intermediateThrowEvent"})
_BRANCHES = frozenset({"timer", "message", "signal", "conditional"})
_RAISING = frozenset({"subProcess", "callActivity"})


def check_events(diagram: Diagram, parts: Parts) -> Iterator[Finding]:
    for element in diagram.elements.values():
        for rule, text in _check(element, diagram, parts):
            yield Finding(diagram.file, element.id, rule, text)


def _check(element: Element, diagram: Diagram, parts: Parts) -> Iterator[Problem]:
    if element.tag == "boundaryEvent":
        yield from _check_boundary(element, diagram)
    if element.tag == "eventBasedGateway":
        yield from _check_branches(element, diagram)
    if element.tag == "callActivity":
        yield from _check_call(element, diagram, parts)
    if element.event in _RAISED and element.tag in _THROWS:
        yield from _check_raised(element, diagram, parts)
    if element.event in _RAISED | {"signal"}:
        yield from _check_code(element)
    if element.event == "signal":
        yield from _check_signal(element, parts)
    if element.event == "link":
        yield from _check_link(element, diagram)
    if element.event == "conditional" and not element.condition:
        yield "expression", Text("缺少条件", "its condition is missing")
    if element.event == "error" and not element.interrupting:
        yield (
            "boundary",
            Text("错误总是中断活动, 请设为中断", "an error always interrupts; make the event interrupting"),
        )


def _check_boundary(element: Element, diagram: Diagram) -> Iterator[Problem]:
    activity = diagram.elements.get(element.attached_to or "")
    if activity is None or activity.tag not in ACTIVITIES or activity.parent != element.parent or is_handler(activity):
        zh, en = "应附着在同一范围内的一个活动上", "a boundary event is attached to an activity of its scope"
        yield "boundary", Text(f"{zh}, 请重新放置", f"{en}; place it again")
        return
    can_raise = activity.tag in _RAISING or (activity.tag == "serviceTask" and element.event == "error")
    if element.event in _RAISED and not can_raise:
        zh, en = f"{activity.tag}不会发出{element.event}", f"a {activity.tag} never raises an {element.event}"
        yield "boundary", Text(f"{zh}, 请删除此事件", f"{en}; remove the event")
    elif element.event not in _RAISED and not waits(activity, diagram):
        zh, en = f"{activity.tag}从不等待, 此事件不会发生", f"a {activity.tag} never waits, so this can never happen"
        yield "boundary", Text(f"{zh}。请删除", f"{en}; remove it")
    others = [
        other for other in diagram.boundaries(activity.id) if other.event == element.event and other is not element
    ]
    if element.event in _RAISED and any(other.code == element.code for other in others):
        zh, en = "同一活动上有两个代码相同的事件", "two events of this activity catch the same code"
        yield "boundary", Text(f"{zh}, 请合并", f"{en}; make them one")


def _check_branches(gateway: Element, diagram: Diagram) -> Iterator[Problem]:
    targets = [
        diagram.elements[flow.target] for flow in diagram.outgoing(gateway.id) if flow.target in diagram.elements
    ]
    if len(targets) < 2:  # noqa: PLR2004  a choice
        yield "event-gateway", Text("基于事件的网关应有两条以上连线", "an event-based gateway has two flows or more")
    for target in targets:
        is_catch = target.tag == "intermediateCatchEvent" and target.event in _BRANCHES
        if not (is_catch or target.tag == "receiveTask") or target.loop is not None or diagram.boundaries(target.id):
            zh = f"其后只能是定时、消息、信号、条件事件或接收任务, {target.id}不是"
            en = f"only timer, message, signal and conditional events and receive tasks may follow it, {target.id} is none"
            yield "event-gateway", Text(f"{zh}。请更正", f"{en}; correct it")
        elif len(diagram.incoming(target.id)) > 1:
            zh, en = f"{target.id}不得有其他进入的连线", f"{target.id} has no other flow that leads to it"
            yield "event-gateway", Text(f"{zh}, 请分开画", f"{en}; draw it apart")


# --- errors and escalations


def _check_code(element: Element) -> Iterator[Problem]:
    must = element.tag in _THROWS or element.event == "signal"
    code = element.code
    if (must and not code) or code == "":
        what = {"signal": "信号名称"}.get(element.event or "", "代码")
        yield (
            "code",
            Text(f"缺少{what}, 请填写", f"its {'name' if element.event == 'signal' else 'code'} is missing; give one"),
        )
    elif code is not None and code.startswith("="):
        yield "code", Text("代码和信号名称应为文字, 不是表达式", "a code or a signal's name is text, not an expression")


def _check_raised(element: Element, diagram: Diagram, parts: Parts) -> Iterator[Problem]:
    if not _is_caught(element, diagram, element.parent, parts, frozenset()):
        zh = f"没有事件处理{element.event} {element.code or ''}: 请在外层子流程、调用活动上画边界事件, 或画事件子流程"
        en = (
            f"nobody catches the {element.event} {element.code or ''}: draw a boundary event on a sub-process or call around "
            "it, or an event sub-process"
        )
        yield "uncaught", Text(zh, en)


def _runs_beside(handler: Element, diagram: Diagram) -> bool:
    return all(start.interrupting is False for start in diagram.inside(handler.id) if start.tag == "startEvent")


def _is_caught(
    element: Element, diagram: Diagram, scope: str | None, parts: Parts, seen: frozenset[str], thrower: str = ""
) -> bool:
    """Whether on every way out of this scope somebody catches what the element throws.

    `thrower` is the event sub-process that it comes from, which does not catch itself.
    """
    around = None if scope is None else diagram.elements.get(scope)
    handlers = [
        start
        for handler in diagram.inside(scope)
        if is_handler(handler) and handler.id != thrower
        for start in diagram.inside(handler.id)
        if start.tag == "startEvent"
    ]
    inside_handler = around is not None and is_handler(around)
    if any(_catches(start, element) for start in handlers):
        return True
    if around is not None:
        on_border = [] if inside_handler else diagram.boundaries(around.id)
        if any(_catches(boundary, element) for boundary in on_border):
            return True
        return _leaves_handler(element, diagram, around, parts, seen)
    return _is_caught_by_callers(element, diagram, parts, seen)


def _leaves_handler(element: Element, diagram: Diagram, around: Element, parts: Parts, seen: frozenset[str]) -> bool:
    """What comes out of an event sub-process may be caught by the others of its scope, unless it has interrupted them."""
    if not is_handler(around) or _runs_beside(around, diagram):
        return _is_caught(element, diagram, around.parent, parts, seen, around.id)
    scope = diagram.around(around)
    if scope is None:
        return _is_caught_by_callers(element, diagram, parts, seen)
    if any(_catches(boundary, element) for boundary in diagram.boundaries(scope.id)):
        return True
    return _leaves_handler(element, diagram, scope, parts, seen)


def _is_caught_by_callers(element: Element, diagram: Diagram, parts: Parts, seen: frozenset[str]) -> bool:
    calls = [
        (caller, call)
        for caller in parts.diagrams.values()
        for call in caller.elements.values()
        if call.called is not None and call.called.process == diagram.process
    ]
    starts = parts.policy is None or parts.policy.start_rule(diagram.process) is not None
    if starts or not calls or diagram.process in seen:
        return parts.policy is None
    return all(
        any(_catches(boundary, element) for boundary in caller.boundaries(call.id))
        or _is_caught(element, caller, call.parent, parts, seen | {diagram.process})
        for caller, call in calls
    )


def _catches(catcher: Element, thrown: Element) -> bool:
    return catcher.event == thrown.event and catcher.code in {None, thrown.code}


# --- signals and links


def _check_signal(element: Element, parts: Parts) -> Iterator[Problem]:
    name, throws = element.code, element.tag in _THROWS
    others = {
        other.code or ""
        for diagram in parts.diagrams.values()
        for other in diagram.elements.values()
        if other.event == "signal" and (other.tag in _THROWS) is not throws
    }
    if name and name not in others:
        hint = did_you_mean(name, others)
        if throws:
            yield "signal", Text(f"没有元素等待信号{name}{hint.zh}", f"nobody waits for the signal {name}{hint.en}")
        else:
            yield "signal", Text(f"没有元素发出信号{name}{hint.zh}", f"nobody sends the signal {name}{hint.en}")


def _check_link(element: Element, diagram: Diagram) -> Iterator[Problem]:
    name = element.code
    links = Counter(
        other.tag
        for other in diagram.elements.values()
        if other.event == "link" and other.parent == element.parent and other.code == name
    )
    if not name:
        yield "link", Text("链接缺少名称", "the link has no name")
    elif links["intermediateCatchEvent"] != 1 or not links["intermediateThrowEvent"]:
        zh = f"链接{name}在同一范围内应有一个捕获事件和至少一个抛出事件"
        yield "link", Text(zh, f"the link {name} needs one catch event and at least one throw event in its scope")


# --- calls


def _check_call(element: Element, diagram: Diagram, parts: Parts) -> Iterator[Problem]:
    process = element.called.process if element.called else ""
    if process.startswith("="):
        yield "call", Text("被调用的流程应为id, 不是表达式", "the called process is an id, not an expression")
    elif process not in parts.diagrams:
        hint = did_you_mean(process, parts.diagrams)
        zh, en = (
            f"包中没有流程{process or '(空)'}{hint.zh}",
            f"the bundle has no process {process or '(nothing)'}{hint.en}",
        )
        yield "call", Text(zh, en)
    elif diagram.process in _reached(process, parts.diagrams):
        zh, en = f"流程{process}会再次调用{diagram.process}", f"the process {process} calls {diagram.process} again"
        yield (
            "call",
            Text(f"{zh}, 永无止境。请改用多实例或消息", f"{en}, without end; use a multi-instance or messages"),
        )


def _reached(process: str, diagrams: Mapping[str, Diagram]) -> set[str]:
    found, waiting = {process}, [process]
    while waiting:
        diagram = diagrams.get(waiting.pop())
        for element in diagram.elements.values() if diagram is not None else ():
            if element.called is not None and element.called.process not in found:
                found.add(element.called.process)
                waiting.append(element.called.process)
    return found
