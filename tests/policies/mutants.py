"""What can be negated of a bundle, row by row of the regulation: one change at a time, each with a word for the list.

A rule of a table has its outcome turned; a condition is negated; a count of working days becomes one of calendar days,
another wait ends a day later; a service, a task or a message is left out; what a form asks for a row is no longer asked; a
setting that answers the row, the term and the certificate's letters are altered. Nothing is known of a particular rule.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml
from lxml import etree

from engine.bundle import Bundle, make_bundle
from engine.diagram import BPMN, ZEEBE
from engine.policy import FILE, read_yaml

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
_VERDICT = re.compile(r'^"(MET|NOT_MET|MISSING|NEEDS_JUDGEMENT|EXCEPTION|none)"$')
Change = tuple[str, Callable[[Any], None]]
_WORKING_DAYS = "working days after("
_WORK = ("serviceTask", "sendTask", "scriptTask", "businessRuleTask", "callActivity")
_FLOW = f"{{{BPMN}}}sequenceFlow"


@dataclass(frozen=True)
class Place:
    """An element of a diagram and the flows, as `(process, flow)`, by which it is reached and left."""

    element: str
    flows: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Mutant:
    """One negation: `what` for the list, and the files that differ; of a diagram, the `place` that a story walks through."""

    row: str
    what: str
    files: dict[str, bytes]
    place: Place | None = None

    def bundle(self, original: Bundle) -> Bundle:
        return make_bundle({**original.files, **self.files})


def rows(bundle: Bundle) -> list[str]:
    """The rows of the regulation that a rule decides or checks."""
    clauses = read_yaml(bundle.files[FILE])["clauses"]
    return [row for row, clause in clauses.items() if "R" in re.split(r"[,\s*]+", str(clause["check"]))]


def reasons(bundle: Bundle) -> dict[str, str]:
    """Why nothing carries a row, as the policy itself says."""
    clauses = read_yaml(bundle.files[FILE])["clauses"]
    return {row: clause["note"]["en"] for row, clause in clauses.items() if "note" in clause}


def mutants(bundle: Bundle, row: str) -> list[Mutant]:
    """The rules of a row; where it has none, what its forms ask and the tasks that people do for it."""
    return list(_rules_of(bundle, row)) or list(_asked_of_people(bundle, row))


def _rules_of(bundle: Bundle, row: str) -> Iterator[Mutant]:
    for path, content in bundle.files.items():
        if path.endswith(".dmn"):
            yield from _of_tables(path, content, row)
    for path, content in bundle.files.items():
        if path.endswith(".bpmn"):
            yield from _of_diagram(path, content, row, _changes)
    yield from _of_policy(bundle.files[FILE], row)


def _asked_of_people(bundle: Bundle, row: str) -> Iterator[Mutant]:
    for path, content in bundle.files.items():
        if path.endswith(".form"):
            yield from _of_form(path, content, row)
        elif path.endswith(".bpmn"):
            yield from _of_diagram(path, content, row, _tasks)


def _of_tables(path: str, content: bytes, row: str) -> Iterator[Mutant]:
    for number, rule in enumerate(_rules(etree.fromstring(content), row)):
        tree = etree.fromstring(content)
        texts = [cell.find(f"{{{DMN}}}text") for cell in list(_rules(tree, row))[number].iter(f"{{{DMN}}}outputEntry")]
        was = [text.text or "" for text in texts]
        turned = [_turned(text) for text in was] if any(map(_VERDICT.match, was)) else [_other(rule, was[0]), *was[1:]]
        for text, now in zip(texts, turned, strict=True):
            text.text = now
        yield Mutant(row, f"{path}:{rule.get('id')}: {_difference(was, turned)}", {path: _bytes(tree)})


def _rules(tree: Any, row: str) -> Iterator[Any]:
    for rule in tree.iter(f"{{{DMN}}}rule"):
        noted = " ".join(text.text or "" for text in rule.iterfind(f"{{{DMN}}}annotationEntry/{{{DMN}}}text"))
        if row in re.split(r"[,\s]+", noted):
            yield rule


def _turned(text: str) -> str:
    """A verdict, or true and false, becomes the opposite; other cells stay."""
    if _VERDICT.match(text):
        return '"NOT_MET"' if text in ('"MET"', '"none"') else '"MET"'
    return {"true": "false", "false": "true"}.get(text, text)


def _other(rule: Any, text: str) -> str:
    """What another rule of the table says where the outcome is no verdict; a number grows."""
    said = [
        one.findtext(f"{{{DMN}}}outputEntry/{{{DMN}}}text") or "" for one in rule.getparent().iter(f"{{{DMN}}}rule")
    ]
    return next((one for one in said if one != text), f"({text}) + 1") if text.startswith('"') else f"({text}) + 1"


def _difference(was: list[str], now: list[str]) -> str:
    return ", ".join(f"{one} -> {other}" for one, other in zip(was, now, strict=True) if one != other)


def _of_diagram(path: str, content: bytes, row: str, changes: Callable[[Any], Iterator[Change]]) -> Iterator[Mutant]:
    for element in _carriers(etree.fromstring(content), row):
        for what, change in changes(element):
            tree = etree.fromstring(content)
            change(next(one for one in tree.iter() if one.get("id") == element.get("id")))
            yield Mutant(row, f"{path}:{element.get('id')}: {what}", {path: _bytes(tree)}, _place(element))


def _carriers(tree: Any, row: str) -> Iterator[Any]:
    for noted in tree.iterfind(f".//{{{ZEEBE}}}property[@name='clause']"):
        if row in re.split(r"[,\s]+", noted.get("value")):
            yield next(one for one in noted.iterancestors() if one.get("id"))


def _place(element: Any) -> Place:
    """What stands on the border of an activity begins to wait when the activity is reached."""
    ends = {element.get("id"), element.get("attachedToRef")} - {None}
    process = next(element.iterancestors(f"{{{BPMN}}}process"))
    flows = [flow for flow in process.iter(_FLOW) if ends & {flow.get("sourceRef"), flow.get("targetRef")}]
    return Place(element.get("id"), frozenset((process.get("id"), flow.get("id")) for flow in flows))


def _changes(element: Any) -> Iterator[Change]:
    name = etree.QName(element).localname
    if name.endswith("Gateway"):
        for flow in _conditional(element):
            yield f"condition of {flow} negated", lambda one, flow=flow: _negate(one, flow)
    if any(_WORKING_DAYS in text for one in _deciding(element) for text in (one.text or "", *one.attrib.values())):
        yield "working days -> calendar days", _calendar_days
    elif _timers(element):
        yield "a day later", _later
    if name in _WORK:
        yield "left out", _leave_out


def _tasks(element: Any) -> Iterator[Change]:
    if etree.QName(element).localname in ("userTask", "receiveTask"):
        yield "left out", _leave_out


def _conditional(gateway: Any) -> list[str]:
    flows = gateway.getroottree().iterfind(f".//{{{BPMN}}}sequenceFlow[@sourceRef='{gateway.get('id')}']")
    return [flow.get("id") for flow in flows if flow.find(f"{{{BPMN}}}conditionExpression") is not None]


def _negate(gateway: Any, flow: str) -> None:
    found = gateway.getroottree().find(f".//{{{BPMN}}}sequenceFlow[@id='{flow}']/{{{BPMN}}}conditionExpression")
    found.text = f"=not({found.text.lstrip('=')})"


def _timers(element: Any) -> list[Any]:
    return [one for kind in ("timeDate", "timeDuration") for one in element.iter(f"{{{BPMN}}}{kind}")]


def _later(element: Any) -> None:
    for timer in _timers(element):
        timer.text = f'=({timer.text[1:]}) + duration("P1D")' if timer.text.startswith("=") else '=duration("P400D")'


def _deciding(element: Any) -> Iterator[Any]:
    """All of it but when a task is due: that only reminds."""
    return (one for one in element.iter() if one.tag != f"{{{ZEEBE}}}taskSchedule")


def _calendar_days(element: Any) -> None:
    for one in _deciding(element):
        if one.text:
            one.text = _counted_plainly(one.text)
        for key, value in one.attrib.items():
            one.set(key, _counted_plainly(value))


def _counted_plainly(text: str) -> str:
    """`working days after(a, b)` as `(a + duration("P1D") * (b))`."""
    while _WORKING_DAYS in text:
        start = text.index(_WORKING_DAYS)
        parts, depth, place = [""], 1, start + len(_WORKING_DAYS)
        while depth:
            char, place = text[place], place + 1
            depth += (char == "(") - (char == ")")
            if char == "," and depth == 1:
                parts.append("")
            elif depth:
                parts[-1] += char
        text = f'{text[:start]}({parts[0]} + duration("P1D") * ({parts[1].strip()})){text[place:]}'
    return text


def _leave_out(element: Any) -> None:
    """A way around it that is always taken: what it brings or sends is known to the checks, and never comes."""
    scope, name, process = element.getparent(), element.get("id"), element.getroottree()
    before, after = f"before_{name}", f"after_{name}"
    for flow in process.iterfind(f".//{_FLOW}[@targetRef='{name}']"):
        flow.set("targetRef", before)
    for flow in process.iterfind(f".//{_FLOW}[@sourceRef='{name}']"):
        flow.set("sourceRef", after)
    etree.SubElement(scope, f"{{{BPMN}}}exclusiveGateway", id=before, default=f"around_{name}")
    etree.SubElement(scope, f"{{{BPMN}}}exclusiveGateway", id=after)
    etree.SubElement(scope, _FLOW, id=f"around_{name}", sourceRef=before, targetRef=after)
    never = etree.SubElement(scope, _FLOW, id=f"into_{name}", sourceRef=before, targetRef=name)
    etree.SubElement(never, f"{{{BPMN}}}conditionExpression").text = "=false"
    etree.SubElement(scope, _FLOW, id=f"out_of_{name}", sourceRef=name, targetRef=after)
    for told in [*element.iterfind(f"{{{BPMN}}}incoming"), *element.iterfind(f"{{{BPMN}}}outgoing")]:
        element.remove(told)


def _of_form(path: str, content: bytes, row: str) -> Iterator[Mutant]:
    """What the form asks of the fields of this row is no longer asked."""
    form = json.loads(content)
    touched = [
        one for one in _components(form) if row in re.split(r"[,\s]+", one.get("properties", {}).get("clause", ""))
    ]
    if any(one.pop("validate", None) for one in touched):
        yield Mutant(
            row, f"{path}: what {row} asks is not asked", {path: json.dumps(form, ensure_ascii=False).encode()}
        )


def _components(form: Any) -> Iterator[dict[str, Any]]:
    for one in form.get("components", ()):
        yield one
        yield from _components(one)


def _of_policy(content: bytes, row: str) -> Iterator[Mutant]:
    for place, other in _altered(read_yaml(content), row):
        document = read_yaml(content)
        *parents, last = place
        node = document
        for part in parents:
            node = node[part]
        node[last] = other
        files = {FILE: yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode()}
        yield Mutant(row, f"{FILE}: {'.'.join(map(str, place))} = {other}", files)


def _altered(policy: dict[str, Any], row: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, setting in policy["settings"].items():
        if row in re.split(r"[,;\s]+", str(setting.get("source", ""))):
            yield ("settings", key, "default"), _another(setting)
    if row == "A15.1":
        yield ("in_force", "until"), date(2099, 12, 31)
        yield ("in_force", "from"), date(2000, 1, 1)
    if row in ("A10.3d", "AX.1"):
        yield ("certificate", "levels", "special", "letter"), "U"
    if row == "AX.2":
        yield ("certificate", "category"), {"Z": policy["certificate"]["category"]["Y"]}


def _another(setting: dict[str, Any]) -> Any:
    value, kind = setting["default"], setting["type"]
    if kind == "boolean":
        return not value
    if kind == "choice":
        return next(option for option in setting["options"] if option != value)
    if kind == "list":
        return []
    return (setting["min"] if value is None else value + 1) if kind in ("integer", "number") else f"{value}?"


def _bytes(tree: Any) -> bytes:
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8"))
