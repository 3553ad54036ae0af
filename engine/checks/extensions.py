"""What an element may carry, as one table: the extensions of docs/dialect.md, their attributes and properties.

A misspelt extension would be passed over in silence, so that what the author meant would never happen.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lxml import etree

from engine.checks.attributes import DECORATIVE, check_attributes
from engine.checks.suggestions import unknown
from engine.diagram import BPMN, SCOPES, ZEEBE
from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    # (rule id, what is wrong)
    Problem = tuple[str, Text]

_BOTH = frozenset({"input", "output"})
_OUT = frozenset({"output"})
_PASSES = frozenset({"propagateAllParentVariables", "propagateAllChildVariables"})
_SENDS = {"taskDefinition": frozenset({"type"}), "ioMapping": _BOTH}
# Extension elements by what carries them: their attributes, or for ioMapping its directions.
_EXTENSIONS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "startEvent": {"formDefinition": frozenset({"formId", "bindingType"}), "ioMapping": _OUT},
    "userTask": {
        "userTask": frozenset(),
        "formDefinition": frozenset({"formId", "bindingType"}),
        "assignmentDefinition": frozenset({"assignee", "candidateGroups"}),
        "taskSchedule": frozenset({"dueDate"}),
        "ioMapping": _BOTH,
    },
    "businessRuleTask": {
        "calledDecision": frozenset({"decisionId", "resultVariable", "bindingType"}),
        "ioMapping": _BOTH,
    },
    "scriptTask": {"script": frozenset({"expression", "resultVariable"}), "ioMapping": _BOTH},
    "serviceTask": _SENDS,
    "sendTask": _SENDS,
    "intermediateThrowEvent": _SENDS,
    "endEvent": _SENDS,
    "receiveTask": {"ioMapping": _OUT},
    "intermediateCatchEvent": {"ioMapping": _OUT},
    "boundaryEvent": {"ioMapping": _OUT},
    "manualTask": {},
    "subProcess": {"ioMapping": _BOTH},
    "callActivity": {
        "calledElement": frozenset({"processId", "bindingType"}) | _PASSES,
        "ioMapping": _BOTH,
    },
    "exclusiveGateway": {},
    "inclusiveGateway": {},
    "parallelGateway": {},
    "eventBasedGateway": {},
    "error": {},
    "escalation": {},
    "signal": {},
    "process": {"versionTag": frozenset({"value"})},
    "lane": {},
    "sequenceFlow": {},
    "participant": {},
    "collaboration": {},
    "message": {"subscription": frozenset({"correlationKey"})},
    "multiInstanceLoopCharacteristics": {
        "loopCharacteristics": frozenset({"inputCollection", "inputElement", "outputCollection", "outputElement"})
    },
}
_EVERYWHERE = frozenset({"en", "clause", "shownTo"})
_SET_OFF = frozenset({"by", "form", "when", "aside", "voids", "voiding"})
_PROPERTIES: Mapping[str, frozenset[str]] = {
    "process": frozenset({"title", "businessKey", "searchable", "committee", "en", "clause", "stopsWithEmployer"}),
    "lane": frozenset({"en"}),
    "participant": frozenset({"en"}),
    "collaboration": frozenset({"en"}),
    "sequenceFlow": frozenset({"en"}),
    "message": frozenset({"en"}),
    "signal": frozenset({"en"}),
    "error": frozenset({"en"}),
    "escalation": frozenset({"en"}),
    "multiInstanceLoopCharacteristics": frozenset(),
    "userTask": _EVERYWHERE | {"notBy", "bulk", "roster"},
    "receiveTask": _EVERYWHERE | {"fanIn"},
    **dict.fromkeys(("sendTask", "intermediateThrowEvent", "endEvent"), _EVERYWHERE | {"timeToLive"}),
    "startEvent": _EVERYWHERE | _SET_OFF,
    "boundaryEvent": _EVERYWHERE | {"window", "notice"} | _SET_OFF,
    "intermediateCatchEvent": _EVERYWHERE | {"fanIn", "window", "notice"} | _SET_OFF,
}
_VALUES: Mapping[str, frozenset[str]] = {
    "window": frozenset({"publicity"}),
    "shownTo": frozenset({"staff"}),
    "stopsWithEmployer": frozenset({"true"}),
    "aside": frozenset({"true"}),
    "bulk": frozenset({"no"}),
    "roster": frozenset({"true"}),
}
# Values of an extension's attributes. A deployment's instances always use its own files, whichever binding is written.
_CHOICES: Mapping[str, frozenset[str]] = {
    "bindingType": frozenset({"latest", "deployment"}),
    **dict.fromkeys(_PASSES, frozenset({"true", "false"})),
}
# What the desktop modeler keeps for its own use.
_MODELERS_OWN = frozenset({"camundaModeler:exampleOutputJson"})
# What other engines know and what to draw here instead.
_INSTEAD: Mapping[str, Text] = {
    "zeebe:executionListeners": Text("请画成其前后的服务任务", "draw it as a service task before or after"),
    "zeebe:taskListeners": Text("请画成其前后的服务任务", "draw it as a service task before or after"),
    "zeebe:taskHeaders": Text("请用ioMapping的输入", "use inputs of ioMapping"),
    "zeebe:priorityDefinition": Text("任务没有优先级, 请用到期时间dueDate", "tasks have no priority; give a dueDate"),
    "candidateUsers": Text("请用assignee或candidateGroups", "use assignee or candidateGroups"),
    "followUpDate": Text("请用dueDate或定时边界事件", "use dueDate or a timer on the boundary"),
    "retries": Text("重试次数由系统决定", "how often it is tried is not for the diagram to say"),
    "versionTag": Text("实例总是使用自己部署中的文件", "an instance always uses the files of its own deployment"),
}
_LOOPS = frozenset({"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"})
# Elements of BPMN by what may hold them; events' definitions are for engine.checks.diagrams.
_ANYWHERE = frozenset({"extensionElements", "documentation", "auditing", "monitoring", "categoryValueRef"})
_INSIDE: Mapping[str, frozenset[str]] = {
    "sequenceFlow": frozenset({"conditionExpression"}),
    "multiInstanceLoopCharacteristics": frozenset({"completionCondition"}),
}
_NODE = frozenset({"incoming", "outgoing"}) | _LOOPS
_DATA = frozenset(
    {"dataObject", "dataObjectReference", "dataStoreReference", "ioSpecification", "dataInputAssociation"}
) | {"dataOutputAssociation", "property", "dataInput", "dataOutput", "inputSet", "outputSet"}
_CONDITIONS = frozenset({"conditionExpression", "completionCondition", "condition"})
_TEXTS = _CONDITIONS | {"timeDate", "timeDuration", "timeCycle"}
# What holds other elements, and what only others refer to.
_HOLDING = SCOPES | {"process", "lane", "participant", "collaboration"}
_REFERRED = frozenset({"message", "signal", "error", "escalation"})


def check_extensions(root: etree._Element, file: str) -> Iterator[Finding]:
    for node in root.iter(f"{{{BPMN}}}*"):
        tag = etree.QName(node).localname
        element = node.get("id") or _holder(node)
        for rule, text in _problems(node, tag):
            yield Finding(file, element, rule, text)


def _holder(node: etree._Element) -> str:
    return next((found.get("id") or "" for found in node.iterancestors() if found.get("id")), "")


def _problems(node: etree._Element, tag: str) -> Iterator[Problem]:
    yield from check_attributes(node, tag)
    if tag in _TEXTS:
        if len(node):
            zh, en = f"{tag}中只能有文字", f"{tag} may hold text only"
            yield "expression", Text(f"{zh}, 请重新输入表达式", f"{en}; type the expression again")
        elif tag in _CONDITIONS and not (node.text or "").strip():
            yield "expression", Text(f"{tag}是空的, 请填写或删除", f"the {tag} is empty; fill it in or remove it")
        return
    if tag in _EXTENSIONS:
        yield from _check_children(node, tag)
        yield from _check_extensions(node, tag)
    elif tag.endswith("EventDefinition"):
        yield from _check_extensions(node, tag)


def _check_children(node: etree._Element, tag: str) -> Iterator[Problem]:
    allowed = _ANYWHERE | _INSIDE.get(tag, _NODE)
    if tag in _HOLDING | _REFERRED:
        return
    for child in node.iterchildren(f"{{{BPMN}}}*"):
        inside = etree.QName(child).localname
        if inside not in allowed | _DATA and not inside.endswith("EventDefinition"):
            zh, en = f"{tag}中不支持{inside}, 请删除", f"{inside} is not supported in a {tag}; remove it"
            yield "unsupported", Text(zh, en)


def _check_extensions(node: etree._Element, tag: str) -> Iterator[Problem]:
    known = _EXTENSIONS.get(tag, {})
    held = [child for holder in node.iterchildren(f"{{{BPMN}}}extensionElements") for child in holder]
    found = [child for child in held if etree.QName(child).namespace not in DECORATIVE]
    names = [_short(child) for child in found]
    for name in (name for name, count in Counter(names).items() if count > 1):
        yield "extension", Text(f"{name}写了多次, 请只保留一个", f"{name} stands here more than once; keep one")
    for child, name in zip(found, names, strict=True):
        short = name.removeprefix("zeebe:")
        if short == "properties" and name != short:
            yield from _check_properties(child, tag)
        elif short not in known or name == short:
            every = {f"zeebe:{other}" for other in (*known, "properties")}
            yield "extension", _unknown(Text("扩展", "extension"), name, every)
        elif short == "ioMapping":
            yield from _check_mapping(child, tag, known[short])
        else:
            yield from _check_attributes(child, name, known[short])


def _check_attributes(extension: etree._Element, name: str, known: frozenset[str]) -> Iterator[Problem]:
    for attribute, value in extension.attrib.items():
        if attribute not in known:
            yield "extension", _unknown(Text(f"{name}的属性", f"attribute of {name}"), str(attribute), known)
        elif value not in _CHOICES.get(str(attribute), (value,)):
            yield (
                "extension",
                unknown(Text(f"{attribute}的值", f"value of {attribute}"), value, _CHOICES[str(attribute)]),
            )


def _unknown(what: Text, name: str, known: Collection[str]) -> Text:
    """What other engines know is told apart from what is misspelt."""
    if name not in _INSTEAD:
        return unknown(what, name, known)
    advice = _INSTEAD[name]
    return Text(f"不支持{name}: {advice.zh}", f"{name} is not supported: {advice.en}")


def _short(node: etree._Element) -> str:
    name = etree.QName(node)
    return f"zeebe:{name.localname}" if name.namespace == ZEEBE else f"{{{name.namespace}}}{name.localname}"


def _check_mapping(mapping: etree._Element, tag: str, directions: frozenset[str]) -> Iterator[Problem]:
    for entry in mapping:
        direction = etree.QName(entry).localname
        if direction in _BOTH - directions:
            zh, en = f"{tag}没有{direction}映射, 写了也不起作用, 请删除", f"a {tag} has no {direction}; remove it"
            yield "extension", Text(zh, en)
        elif direction not in directions:
            yield "extension", unknown(Text("映射", "mapping"), direction, directions)
        for attribute in set(entry.attrib) - {"source", "target"}:
            what = Text("映射的属性", "attribute of a mapping")
            yield "extension", unknown(what, str(attribute), ("source", "target"))


def _check_properties(properties: etree._Element, tag: str) -> Iterator[Problem]:
    known = _PROPERTIES.get(tag, _EVERYWHERE)
    entries = [entry for entry in properties if entry.get("name") not in _MODELERS_OWN]
    names = [entry.get("name", "") for entry in entries]
    for entry, name in zip(entries, names, strict=True):
        value = entry.get("value", "").strip()
        if name not in known:
            yield "property", unknown(Text("属性", "property"), name, known)
        elif not value:
            yield (
                "property",
                Text(f"属性{name}没有值, 请填写或删除", f"the property {name} has no value; give one or remove it"),
            )
        elif value not in _VALUES.get(name, (value,)):
            yield "property", unknown(Text(f"{name}的值", f"value of {name}"), value, _VALUES[name])
    for name in (name for name, count in Counter(names).items() if count > 1):
        yield "property", Text(f"属性{name}写了多次, 请只保留一个", f"the property {name} stands here twice; keep one")
