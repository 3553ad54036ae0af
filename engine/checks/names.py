"""The names of a diagram: which an expression may read, and which an element may write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.errors import FeelError
from engine.expressions import RESERVED, parse
from engine.feel import tree
from engine.services import NAMES as SERVICES
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.compiled import Parts
    from engine.diagram import Diagram, Element

LOOP_NAMES = frozenset({"loopCounter"})
UNWRITABLE = RESERVED | LOOP_NAMES
RESULTS = frozenset({"scriptTask", "businessRuleTask"})
_DEEPEST_FORM = 20
_NAME = re.compile(r"[^\W\d]\w*")
# What a report is given when it is counted; an input of this name would be lost.
_REPORT_NAMES = frozenset({"key", "id"})


def readable_names(diagram: Diagram, parts: Parts) -> frozenset[str] | None:
    """Every name that an expression of the diagram may find; None where a broken policy makes that unknowable."""
    if parts.policy is None:
        return None
    processes = {diagram.process, *_told_of(diagram.process, parts)}
    names = set(RESERVED) | _sent_names(parts)
    for process in processes:
        rule = parts.policy.start_rule(process)
        names |= set(rule.given) if rule else set()
        for element in parts.diagrams[process].elements.values():
            names |= _brought(element, parts)
    return frozenset((names | _passed_in(diagram.process, parts)) - {""})


def _told_of(process: str, parts: Parts) -> set[str]:
    """The processes whose variables come in by a call, or back from one."""
    found, waiting = {process}, [process]
    while waiting:
        current = waiting.pop()
        for caller in parts.diagrams.values():
            for element in caller.elements.values():
                called = element.called
                if called is None or called.process not in parts.diagrams:
                    continue
                comes_in = called.process == current and called.all_in
                comes_out = caller.process == current and called.all_out
                other = caller.process if comes_in else called.process
                if (comes_in or comes_out) and other not in found:
                    found.add(other)
                    waiting.append(other)
    return found - {process}


def _passed_in(process: str, parts: Parts) -> set[str]:
    """What the callers of a process give it by name."""
    return {
        name
        for caller in parts.diagrams.values()
        for call in caller.elements.values()
        if call.called is not None and call.called.process == process
        for name in own_names(call) | (local_names(call, caller) if call.called.all_in else frozenset())
    }


def inner_names(element: Element, parts: Parts) -> frozenset[str]:
    """What the outputs of a call may read: everything of the called process."""
    called = parts.diagrams.get(element.called.process) if element.called is not None else None
    return frozenset() if called is None else readable_names(called, parts) or frozenset()


def item_names(element: Element) -> frozenset[str]:
    """What each turn of a loop has of its own."""
    return LOOP_NAMES | {element.loop.input_element or ""} if element.loop is not None else frozenset()


def own_names(element: Element) -> frozenset[str]:
    """What an element has of its own: its inputs, and its item of a loop."""
    return item_names(element) | {target for target, _ in element.inputs}


def local_names(element: Element, diagram: Diagram) -> frozenset[str]:
    """What belongs to the sub-processes around an element, and for an event on a boundary to its activity."""
    names: frozenset[str] = frozenset()
    activity = None if element.attached_to is None else diagram.elements.get(element.attached_to)
    around = activity or diagram.around(element)
    while around is not None:
        names |= own_names(around)
        around = diagram.around(around)
    return names


def start_names(diagram: Diagram, parts: Parts) -> frozenset[str] | None:
    """What is known when the business key is made: what the parent gives, the start form, and the number."""
    if parts.policy is None:
        return None
    rule = parts.policy.start_rule(diagram.process)
    starts = (element for element in diagram.inside(None) if element.tag == "startEvent")
    forms = {name for element in starts for name in _form_names(element, parts)}
    return frozenset(RESERVED | {"number"} | forms | (set(rule.given) if rule else set()))


def result_name(element: Element) -> str:
    """The variable that a script or rule task writes; its own id where none is given."""
    return (element.result_variable or element.id) if element.tag in RESULTS else ""


def _brought(element: Element, parts: Parts) -> set[str]:
    """What an element may leave behind."""
    names = {target for target, _ in element.outputs} | {result_name(element)} | _form_names(element, parts)
    if element.tag == "serviceTask":
        names |= set(SERVICES.get(element.task_type or "", ()))
    if element.loop is not None:
        names |= {element.loop.output_collection or ""}
    if element.event == "error":
        names |= {"error_code", "error_message"}
    if element.properties.get("fanIn"):
        names.add("reports")
    return names


def _sent_names(parts: Parts) -> set[str]:
    """What the bundle's own messages carry."""
    return {
        target
        for diagram in parts.diagrams.values()
        for element in diagram.elements.values()
        if element.message is not None or element.event in {"signal", "error", "escalation"}
        for target, _ in element.inputs
    }


def _form_names(element: Element, parts: Parts) -> set[str]:
    form = parts.forms.get(element.form_id or "")
    return form_keys(form[1]) if form else set()


def form_keys(schema: Mapping[str, object], depth: int = 0) -> set[str]:
    """The variables that a form writes; of a form deeper than any that is supported, the upper ones."""
    components = schema.get("components")
    if not isinstance(components, list) or depth > _DEEPEST_FORM:
        return set()
    keys: set[str] = set()
    for component in components:
        if not isinstance(component, dict):
            continue
        path = component.get("path")
        if component.get("type") in ("group", "dynamiclist"):
            keys |= {str(path).split(".", 1)[0]} if path else form_keys(component, depth + 1)
        elif component.get("key"):
            keys.add(str(component["key"]).split(".", 1)[0])
    return keys


def check_targets(element: Element) -> Iterator[tuple[str, Text]]:
    """What an element writes or shadows has a name that expressions can read, and no reserved one."""
    written = [(result_name(element), "resultVariable")] if element.tag in RESULTS else []
    written += [(target, "ioMapping") for target, _ in (*element.inputs, *element.outputs)]
    if element.loop is not None:
        written += [
            (name, attribute)
            for name, attribute in (
                (element.loop.input_element, "inputElement"),
                (element.loop.output_collection, "outputCollection"),
            )
            if name is not None
        ]
    for name, where in written:
        yield from check_name(name, where)
    yield from _check_doubles(element)


def check_name(name: str, where: str) -> Iterator[tuple[str, Text]]:
    if name in UNWRITABLE:
        yield (
            "name",
            Text(f"{where}: 变量名{name}为系统保留, 请改名", f"{where}: the name {name} is reserved; rename it"),
        )
    elif not is_name(name):
        zh = f"{where}: {name or '(空)'} 不是变量名, 请用字母、数字、下划线"
        yield "name", Text(zh, f"{where}: {name or '(nothing)'} is no variable's name; use letters, digits and _")


def is_name(name: str) -> bool:
    """Whether FEEL reads it as one variable: no keyword, nothing that would be taken apart."""
    try:
        return bool(_NAME.fullmatch(name)) and isinstance(parse(name).node, tree.Name)
    except FeelError:
        return False


def _check_doubles(element: Element) -> Iterator[tuple[str, Text]]:
    for targets in ([target for target, _ in element.inputs], [target for target, _ in element.outputs]):
        for name in {target for target in targets if targets.count(target) > 1}:
            yield "name", Text(f"ioMapping: {name}写了多次, 请只保留一个", f"ioMapping: {name} stands twice; keep one")
    if element.task_type == "message-to-parent":
        for target in {target for target, _ in element.inputs} & _REPORT_NAMES:
            zh, en = f"报告自带{target}, 请改用其他名称", f"a report has a {target} of its own; use another name"
            yield "name", Text(zh, en)
