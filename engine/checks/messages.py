"""Messages across the bundle: each that is sent can be received, each that is waited for is sent by somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.checks.suggestions import did_you_mean
from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.compiled import Parts
    from engine.diagram import Diagram, Element

TO_ONE, TO_CHILDREN, TO_PARENT, TO_BEGIN = TYPES = (
    "message", "message-to-children", "message-to-parent", "message-to-begin",
)  # fmt: skip
SENDERS = frozenset({"sendTask", "intermediateThrowEvent", "endEvent"})


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a message: an element and the process that it stands in."""

    diagram: Diagram
    element: Element

    @property
    def process(self) -> str:
        return self.diagram.process

    @property
    def name(self) -> str:
        return self.element.message.name if self.element.message else ""

    @property
    def fan_in(self) -> str | None:
        return self.element.properties.get("fanIn")


def check_messages(parts: Parts) -> Iterator[Finding]:
    ends = [
        _End(diagram, element)
        for diagram in parts.diagrams.values()
        for element in diagram.elements.values()
        if element.tag in {"sendTask", "receiveTask"} or element.event == "message"
    ]
    sends = [end for end in ends if end.element.tag in SENDERS]
    receives = [end for end in ends if end.element.tag not in SENDERS]
    parents = {rule.process: rule.parent for rule in parts.policy.start} if parts.policy is not None else None
    for end in ends:
        for text in _check_end(end):
            yield Finding(end.diagram.file, end.element.id, "message", text)
    read = _reports_read(parts)
    for end in ends if parents is not None else ():
        texts = (
            _check_send(end, receives, parents or {}, read)
            if end in sends
            else _check_receive(end, sends, parents or {})
        )
        for text in texts if end.name else ():
            yield Finding(end.diagram.file, end.element.id, "message", text)


def _check_end(end: _End) -> Iterator[Text]:
    if not end.name:
        yield Text("缺少消息", "its message is missing")
    if end.element.tag not in SENDERS:
        return
    if end.element.task_type not in TYPES:
        listed = ", ".join(TYPES)
        yield Text(f"发送方式应为 {listed} 之一", f"its task definition type should be one of {listed}")
    has_key = any(target == "correlationKey" for target, _ in end.element.inputs)
    if end.element.task_type == TO_ONE and not has_key:
        zh = "按关联键发送的消息须有输入correlationKey, 请添加"
        yield Text(zh, "a message to one instance needs the input correlationKey; add it")
    if end.element.task_type in {TO_CHILDREN, TO_PARENT, TO_BEGIN} and has_key:
        zh, en = "这种发送方式不用correlationKey, 请删除", "this type needs no correlationKey; remove it"
        yield Text(zh, en)


def _reports_read(parts: Parts) -> frozenset[str]:
    """The processes whose parent looks at their reports itself (service `child-instances`) instead of waiting for them."""
    return frozenset(
        expression.strip('="')
        for diagram in parts.diagrams.values()
        for element in diagram.elements.values()
        if element.tag == "serviceTask" and element.task_type == "child-instances"
        for target, expression in element.inputs
        if target == "child"
    )


def _check_send(
    end: _End, receives: Sequence[_End], parents: Mapping[str, str | None], read: frozenset[str]
) -> Iterator[Text]:
    kind, parent = end.element.task_type, parents.get(end.process)
    children = {process for process, above in parents.items() if above == end.process}
    if kind == TO_PARENT and parent is None:
        zh = f"流程{end.process}没有上级流程, 报告无处可送。请在policy.yaml的start中写明parent"
        yield Text(zh, f"the process {end.process} has no parent to report to; name it in policy.yaml under start")
        return
    if kind in {TO_CHILDREN, TO_BEGIN} and not children:
        zh = f"没有以{end.process}为上级的流程, 消息无人可收。请在policy.yaml的start中写明parent"
        yield Text(
            zh, f"no process has {end.process} as its parent to send this to; name it in policy.yaml under start"
        )
        return
    names = {
        other.name
        for other in receives
        if (other.fan_in == end.process and other.process == parent if kind == TO_PARENT else other.fan_in is None)
        and (kind not in {TO_CHILDREN, TO_BEGIN} or other.process in children)
        and (kind == TO_BEGIN) == _begins(other)
    }
    if kind == TO_PARENT and end.process in read:
        return
    if kind in TYPES and end.name not in names:
        hint = did_you_mean(end.name, names)
        zh = f"没有元素等待消息{end.name}(方式{kind}){hint.zh} 请画出接收任务"
        yield Text(zh, f"nobody waits for the message {end.name} of type {kind}{hint.en}; draw a receive task for it")


def _check_receive(end: _End, sends: Sequence[_End], parents: Mapping[str, str | None]) -> Iterator[Text]:
    if end.fan_in is not None:
        yield from _check_fan_in(end, sends, parents)
        return
    if _begins(end):
        yield from _check_begins(end, sends, parents)
        return
    if "by" in end.element.properties:
        return
    to_one = {other.name for other in sends if other.element.task_type == TO_ONE}
    from_above = {
        other.name
        for other in sends
        if other.element.task_type == TO_CHILDREN and parents.get(end.process) == other.process
    }
    has_key = bool(end.element.message and end.element.message.correlation_key)
    if end.name not in to_one | from_above and not has_key:
        hint = did_you_mean(end.name, to_one | from_above)
        zh = f"没有元素向这里发送消息{end.name}{hint.zh} 会永远等待; 汇总子流程的报告请加属性fanIn, 从外部发送的请加关联键"
        en = (
            f"nothing sends the message {end.name} here, the wait would never end{hint.en}; to gather reports add fanIn, for one "
            "from outside add a correlationKey"
        )
        yield Text(zh, en)
    elif end.name in to_one and not has_key:
        zh = "等待按关联键发送的消息须有zeebe:subscription correlationKey"
        yield Text(zh, "a wait for a message to one instance needs zeebe:subscription correlationKey")


def _begins(end: _End) -> bool:
    return end.element.tag == "startEvent" and end.element.parent is None


def _check_begins(end: _End, sends: Sequence[_End], parents: Mapping[str, str | None]) -> Iterator[Text]:
    parent = parents.get(end.process)
    names = {other.name for other in sends if other.process == parent and other.element.task_type == TO_BEGIN}
    if end.name not in names:
        hint = did_you_mean(end.name, names)
        zh = f"上级流程{parent or '(无)'}没有以{TO_BEGIN}发送消息{end.name}{hint.zh} 流程永远不会开始"
        en = f"the parent {parent or '(none)'} never sends {end.name} by {TO_BEGIN}{hint.en}; the process would never begin"
        yield Text(zh, en)


def _check_fan_in(end: _End, sends: Sequence[_End], parents: Mapping[str, str | None]) -> Iterator[Text]:
    children = {process for process, parent in parents.items() if parent == end.process}
    if end.fan_in not in children:
        hint = did_you_mean(end.fan_in or "", children)
        zh = f"fanIn: {end.fan_in}不是以{end.process}为上级的流程{hint.zh}"
        yield Text(zh, f"fanIn: {end.fan_in} is no process with {end.process} as its parent{hint.en}")
        return
    names = {other.name for other in sends if other.process == end.fan_in and other.element.task_type == TO_PARENT}
    if end.name not in names:
        hint = did_you_mean(end.name, names)
        zh = f"流程{end.fan_in}从不向上级发送消息{end.name}{hint.zh}"
        yield Text(zh, f"the process {end.fan_in} never sends {end.name} to its parent{hint.en}")
