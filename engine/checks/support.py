"""Every element of BPMN 2.0: what it means here, or that it is refused and what to draw instead. The one list.

`python -m engine.checks.support` prints docs/bpmn-support.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.diagram import Element


@dataclass(frozen=True, slots=True)
class Entry:
    """An element with one kind of event; `meaning` if it runs, else `advice`."""

    runs: bool
    text: Text


def _runs(zh: str, en: str) -> Entry:
    return Entry(True, Text(zh, en))


def _refused(zh: str, en: str) -> Entry:
    return Entry(False, Text(zh, en))


_PLAIN_WAIT = _refused(
    "请选择等待什么: 定时、消息、信号或条件", "choose what to wait for: a timer, a message, a signal or a condition"
)
_NO_COMPENSATION = _refused(
    "没有补偿: 请把撤销的步骤画成普通步骤, 用错误边界事件引到那里",
    "there is no compensation: draw the undoing as steps of its own and lead an error boundary event there",
)
_NO_CANCEL = _refused(
    "没有事务: 请用嵌入子流程和错误事件", "there are no transactions: use a sub-process and error events"
)
_BY_START = _refused(
    "流程由人发起或在上级流程下发起: 请用无类型的开始事件, 并写入policy.yaml的start",
    "a process is started by a person or under its parent: use a plain start event and policy.yaml's start",
)
_IN_SUB_PROCESS = _refused("嵌入子流程请用无类型的开始事件", "a sub-process begins with a plain start event")
_MULTIPLE = _refused(
    "一个事件只等一件事: 请画基于事件的网关", "an event waits for one thing: draw an event-based gateway"
)

ELEMENTS: Mapping[tuple[str, str | None], Entry] = {
    ("userTask", None): _runs("等待一个人办理", "waits for a person"),
    ("manualTask", None): _runs(
        "在系统之外完成的步骤, 只作记录, 立即通过", "a step done outside the system: noted and passed at once"
    ),
    ("serviceTask", None): _runs("调用服务", "calls a service"),
    ("scriptTask", None): _runs("计算FEEL表达式", "evaluates FEEL"),
    ("businessRuleTask", None): _runs("计算决策表", "evaluates a decision"),
    ("sendTask", None): _runs("发送消息", "sends a message"),
    ("receiveTask", None): _runs("等待消息", "waits for a message"),
    ("task", None): _refused(
        "请指明任务类型; 系统之外完成的用手工任务",
        "give the task a type; a manual task if it is done outside the system",
    ),
    ("subProcess", None): _runs(
        "嵌入子流程: 其输入是内部的变量, 其余变量与外部共用; 事件子流程见其开始事件",
        "an embedded sub-process: its inputs are variables of its own, all others are shared; event sub-processes by their start event",
    ),
    ("callActivity", None): _runs(
        "在本实例中运行包内另一流程, 变量按propagateAll…和ioMapping传入传出",
        "runs another process of the bundle within this instance; variables pass in and out as propagateAll… and ioMapping say",
    ),
    ("transaction", None): _NO_CANCEL,
    ("adHocSubProcess", None): _refused(
        "请用并行网关或多实例画出各步骤", "draw the steps with a parallel gateway or as a multi-instance"
    ),
    ("exclusiveGateway", None): _runs(
        "按连线顺序, 第一个成立的条件", "the first condition that is true, in the order of the flows"
    ),
    ("parallelGateway", None): _runs("走所有连线; 汇合时等待每一条", "takes every flow; a join waits for each"),
    ("inclusiveGateway", None): _runs(
        "走所有成立的连线, 一条也没有时走默认连线; 汇合时等待还可能到来的各路",
        "takes every flow whose condition is true, the default if none is; a join waits for whatever can still come",
    ),
    ("eventBasedGateway", None): _runs(
        "等待其后的各事件(定时、消息、信号、条件、接收任务), 先到者进行, 其余作罢",
        "waits for the events behind it (timer, message, signal, condition, receive task): the first one goes on, the others are over",
    ),
    ("complexGateway", None): _refused("请改用排他、包容或并行网关", "use an exclusive, inclusive or parallel gateway"),
    ("startEvent", None): _runs("流程或子流程的开始, 各有一个", "the beginning of a process or sub-process, one each"),
    ("startEvent", "message"): _runs(
        "流程由上级流程的消息(方式message-to-begin)开始, 消息内容成为变量; policy.yaml的start中只写parent。嵌入子流程不可",
        "the process is begun by a message of its parent (type message-to-begin), whose payload are its variables; policy.yaml's "
        "start names the parent alone. Not in a sub-process",
    ),
    ("startEvent", "timer"): _BY_START,
    ("startEvent", "signal"): _BY_START,
    ("startEvent", "conditional"): _BY_START,
    ("startEvent", "error"): _BY_START,
    ("startEvent", "escalation"): _BY_START,
    ("startEvent", "compensate"): _NO_COMPENSATION,
    ("intermediateCatchEvent", None): _PLAIN_WAIT,
    ("intermediateCatchEvent", "timer"): _runs("等到日期或时长届满", "waits for a date or a duration"),
    ("intermediateCatchEvent", "message"): _runs("等待消息", "waits for a message"),
    ("intermediateCatchEvent", "signal"): _runs("等待信号", "waits for a signal"),
    ("intermediateCatchEvent", "conditional"): _runs("等到条件成立", "waits until a condition is true"),
    ("intermediateCatchEvent", "link"): _runs("同名链接抛出事件由此继续", "goes on from the link events of its name"),
    ("intermediateThrowEvent", None): _runs("里程碑, 立即通过", "a milestone, passed at once"),
    ("intermediateThrowEvent", "message"): _runs("发送消息", "sends a message"),
    ("intermediateThrowEvent", "signal"): _runs(
        "发出信号: 同一单位所有等待它的实例各收到一次",
        "sends a signal: every wait for it in the instances of the same employer gets it",
    ),
    ("intermediateThrowEvent", "escalation"): _runs(
        "上报: 由外层子流程的升级边界事件处理", "escalates to a boundary event of a sub-process around it"
    ),
    ("intermediateThrowEvent", "link"): _runs("转到同名链接捕获事件", "goes on at the link event of its name"),
    ("intermediateThrowEvent", "compensate"): _NO_COMPENSATION,
    ("endEvent", None): _runs("本分支结束", "the branch ends"),
    ("endEvent", "message"): _runs("发送消息后结束", "sends a message and ends"),
    ("endEvent", "signal"): _runs("发出信号后结束", "sends a signal and ends"),
    ("endEvent", "error"): _runs(
        "以错误结束所在子流程, 由外层错误边界事件处理",
        "ends its sub-process with an error, which a boundary event around it catches",
    ),
    ("endEvent", "escalation"): _runs("上报后结束", "escalates and ends"),
    ("endEvent", "terminate"): _runs(
        "结束所在流程或子流程的一切分支", "ends every branch of its process or sub-process"
    ),
    ("endEvent", "cancel"): _NO_CANCEL,
    ("endEvent", "compensate"): _NO_COMPENSATION,
    ("boundaryEvent", None): _PLAIN_WAIT,
    ("boundaryEvent", "timer"): _runs(
        "活动进行期间的日期、时长; 不中断的还可以是循环",
        "a date or duration while the activity goes on; a cycle if it does not interrupt",
    ),
    ("boundaryEvent", "message"): _runs("活动进行期间的消息", "a message while the activity goes on"),
    ("boundaryEvent", "signal"): _runs("活动进行期间的信号", "a signal while the activity goes on"),
    ("boundaryEvent", "conditional"): _runs(
        "活动进行期间条件由不成立变为成立", "a condition that becomes true while the activity goes on"
    ),
    ("boundaryEvent", "error"): _runs(
        "服务、子流程或调用活动的错误; 无代码的处理一切错误",
        "an error of a service, sub-process or call; without a code, of every error",
    ),
    ("boundaryEvent", "escalation"): _runs("子流程或调用活动的上报", "an escalation of a sub-process or call"),
    ("boundaryEvent", "cancel"): _NO_CANCEL,
    ("boundaryEvent", "compensate"): _NO_COMPENSATION,
}

# What an event sub-process may begin with.
HANDLER_EVENTS = frozenset({"timer", "message", "signal", "conditional", "error", "escalation"})

FEATURES: Mapping[str, Entry] = {
    "multiInstanceLoopCharacteristics": _runs(
        "多实例: 集合中每项一次, 并行或依次, 可有完成条件; 用于任务、子流程和调用活动",
        "multi-instance: once for each item of a collection, at the same time or in turn, with a completion condition if need be; "
        "on tasks, sub-processes and call activities",
    ),
    "triggeredByEvent": _runs(
        "事件子流程: 由定时、消息、信号、条件、错误或升级开始, 中断或不中断",
        "an event sub-process: begun by a timer, message, signal, condition, error or escalation, interrupting or not",
    ),
    "standardLoopCharacteristics": _refused(
        "请画出返回的连线(排他网关), 或用多实例", "draw a flow that leads back (exclusive gateway), or a multi-instance"
    ),
    "multiple event definitions": _MULTIPLE,
    "isForCompensation": _NO_COMPENSATION,
    "instantiate": _BY_START,
    "parallel event gateway": _refused("请用并行网关等待全部事件", "wait for all of them with a parallel gateway"),
}

PASSED_OVER = Text(
    "泳道、泳池、消息流、数据对象、数据存储、注释、分组只是说明, 引擎不读: 数据是流程变量, 办理人写在任务上, 消息按名称送达",
    "lanes, pools, message flows, data objects, data stores, annotations and groups are there to be read and mean nothing to the "
    "engine: data are variables, who does a task stands on the task, messages go by their names",
)
_ELSEWHERE = Text("请改用docs/bpmn-support.md列出的元素", "use one of the elements that docs/bpmn-support.md lists")


def refusals(element: Element, *, begins_handler: bool) -> Iterator[Text]:
    """Why an element cannot run; `begins_handler`: it is the start event of an event sub-process."""
    if begins_handler and element.event in HANDLER_EVENTS:
        return
    entry = ELEMENTS.get((element.tag, element.event))
    if element.tag == "startEvent" and element.event is not None and element.parent is not None:
        entry = _IN_SUB_PROCESS
    if entry is None or not entry.runs:
        yield _refusal(" ".join(filter(None, [element.event, element.tag])), entry)
    for feature in sorted(element.features):
        if not FEATURES[feature].runs:
            yield _refusal(feature, FEATURES[feature])


def _refusal(what: str, entry: Entry | None) -> Text:
    advice = entry.text if entry else _ELSEWHERE
    return Text(f"不支持{what}: {advice.zh}", f"{what} is not supported: {advice.en}")


def page() -> str:
    """docs/bpmn-support.md."""
    lines = [
        "# BPMN: what runs and what is refused",
        "",
        "Generated from `engine/checks/support.py`; `tests/conformance/bpmn` has diagrams for every row. What is refused is",
        "refused at deployment, with the element's id and the advice below; nothing is passed over that would change what happens.",
        "",
        "| Element | Event | Runs | Meaning, or what to draw instead |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {tag} | {event or ''} | {'yes' if entry.runs else 'refused'} | {entry.text.en} |"
        for (tag, event), entry in ELEMENTS.items()
    ]
    lines += ["", "| Feature | Runs | Meaning, or what to draw instead |", "|---|---|---|"]
    lines += [
        f"| {name} | {'yes' if entry.runs else 'refused'} | {entry.text.en} |" for name, entry in FEATURES.items()
    ]
    lines += ["", f"The rest: {PASSED_OVER.en}.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201  this is what it is for
