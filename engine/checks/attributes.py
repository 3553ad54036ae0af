"""The plain attributes of BPMN, as one table: what each element may say of itself, and with which values.

An attribute that nobody reads would be passed over in silence, whether it is misspelt (`cancelActivty`), means something
that does not run here (`completionQuantity`) or belongs to another engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine.checks.suggestions import did_you_mean
from engine.diagram import BOOLEANS, ZEEBE
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    # (rule id, what is wrong)
    Problem = tuple[str, Text]

_EVERYWHERE = frozenset({"id", "name"})
_ACTIVITY = frozenset({"default", "isForCompensation", "startQuantity", "completionQuantity"})
_ENDS = frozenset({"sourceRef", "targetRef"})
_EXPRESSION = frozenset({"language", "evaluatesToTypeRef"})
# Beside an id and a name. What is not listed here is there to be read (annotations, data) or refused as a whole.
_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "process": frozenset({"isExecutable", "isClosed", "processType", "definitionalCollaborationRef"}),
    "collaboration": frozenset({"isClosed"}),
    "participant": frozenset({"processRef"}),
    "messageFlow": _ENDS | {"messageRef"},
    "lane": frozenset({"partitionElementRef"}),
    **dict.fromkeys(("task", "manualTask"), _ACTIVITY),
    **dict.fromkeys(("userTask", "serviceTask", "businessRuleTask"), _ACTIVITY | {"implementation"}),
    "scriptTask": _ACTIVITY | {"scriptFormat"},
    "sendTask": _ACTIVITY | {"implementation", "messageRef"},
    "receiveTask": _ACTIVITY | {"implementation", "messageRef", "instantiate"},
    "callActivity": _ACTIVITY | {"calledElement"},
    "subProcess": _ACTIVITY | {"triggeredByEvent"},
    "startEvent": frozenset({"isInterrupting", "parallelMultiple"}),
    "intermediateCatchEvent": frozenset({"parallelMultiple"}),
    "boundaryEvent": frozenset({"attachedToRef", "cancelActivity", "parallelMultiple"}),
    **dict.fromkeys(("intermediateThrowEvent", "endEvent"), frozenset()),
    **dict.fromkeys(("exclusiveGateway", "inclusiveGateway"), frozenset({"gatewayDirection", "default"})),
    "parallelGateway": frozenset({"gatewayDirection"}),
    "eventBasedGateway": frozenset({"gatewayDirection", "instantiate", "eventGatewayType"}),
    "sequenceFlow": _ENDS | {"isImmediate"},
    "multiInstanceLoopCharacteristics": frozenset({"isSequential", "behavior"}),
    "messageEventDefinition": frozenset({"messageRef"}),
    "signalEventDefinition": frozenset({"signalRef"}),
    "errorEventDefinition": frozenset({"errorRef"}),
    "escalationEventDefinition": frozenset({"escalationRef"}),
    **dict.fromkeys(
        ("timerEventDefinition", "conditionalEventDefinition", "linkEventDefinition", "terminateEventDefinition"),
        frozenset(),
    ),
    **dict.fromkeys(("conditionExpression", "completionCondition", "condition"), _EXPRESSION),
    **dict.fromkeys(("timeDate", "timeDuration", "timeCycle"), _EXPRESSION),
    "message": frozenset({"itemRef"}),
    "signal": frozenset({"structureRef"}),
    "error": frozenset({"errorCode", "structureRef"}),
    "escalation": frozenset({"escalationCode", "structureRef"}),
}
# The one value that runs, and what to draw for another.
_ONLY: Mapping[str, tuple[str, Text]] = {
    "startQuantity": ("1", Text("请用并行汇合等待多个令牌", "wait for several tokens with a parallel join")),
    "completionQuantity": ("1", Text("请用并行网关分出多条", "draw a parallel gateway for several tokens")),
    "behavior": ("All", Text("请在多实例之后画抛出事件", "draw a throw event behind the multi-instance")),
}
# Attributes that modelers write for themselves: colours, positions, the name of a template.
DECORATIVE = frozenset({
    "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    "http://camunda.org/schema/modeler/1.0",
    "http://www.signavio.com",
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/XML/1998/namespace",
})  # fmt: skip
_TEMPLATE = "modelerTemplate"


def check_attributes(node: etree._Element, tag: str) -> Iterator[Problem]:
    if tag not in _ATTRIBUTES:
        return
    known = _EVERYWHERE | _ATTRIBUTES[tag]
    for attribute, value in node.attrib.items():
        name = etree.QName(attribute)
        if name.namespace is None:
            yield from _check(tag, name.localname, value, known)
        elif not _is_decorative(name):
            zh = f"不支持属性{name.localname}({name.namespace}), 写了也不起作用, 请删除"
            en = f"the attribute {name.localname} ({name.namespace}) is not supported and would do nothing; remove it"
            yield "attribute", Text(zh, en)


def _is_decorative(name: etree.QName) -> bool:
    return name.namespace in DECORATIVE or (name.namespace == ZEEBE and name.localname.startswith(_TEMPLATE))


def _check(tag: str, name: str, value: str, known: frozenset[str]) -> Iterator[Problem]:
    if name not in known:
        hint = did_you_mean(name, known)
        zh, en = (
            f"{tag}没有属性{name}{hint.zh} 请更正或删除",
            f"a {tag} has no attribute {name}{hint.en}; correct or remove it",
        )
        yield "attribute", Text(zh, en)
    elif name in BOOLEANS and value not in {"true", "false"}:
        zh, en = f"{name}应为true或false, 实际为{value!r}", f"{name} is true or false, found {value!r}; correct it"
        yield "attribute", Text(zh, en)
    elif name in _ONLY and value != _ONLY[name][0]:
        zh, en = f"不支持{name}={value!r}", f"{name}={value!r} is not supported"
        yield "attribute", Text(f"{zh}: {_ONLY[name][1].zh}", f"{en}: {_ONLY[name][1].en}")
    elif name == "language" and "feel" not in value.lower():
        zh, en = f"表达式应为FEEL, 不是{value}", f"an expression is FEEL, not {value}; write it as FEEL"
        yield "attribute", Text(zh, en)
