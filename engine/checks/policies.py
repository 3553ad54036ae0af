"""policy.yaml against the rest of the bundle: what may be started exists, children wait for what waits, codes are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.checks.expressions import check_expression, is_constant
from engine.checks.flows import is_wait
from engine.checks.names import check_name, readable_names
from engine.checks.suggestions import did_you_mean
from engine.clauses import places
from engine.errors import FeelError
from engine.expressions import parse
from engine.findings import Finding
from engine.policy import FILE
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.compiled import Parts
    from engine.policy import Policy, StartRule

CERTIFICATES = "certificate-number"


def check_policy(parts: Parts) -> Iterator[Finding]:
    if parts.policy is None:
        return
    for rule in parts.policy.start:
        yield from _check_start(rule, parts)
    yield from _check_certificates(parts.policy, parts)
    yield from _check_clauses(parts.policy, parts)


def _check_start(rule: StartRule, parts: Parts) -> Iterator[Finding]:
    place = f"start.{rule.process}"
    if rule.process not in parts.diagrams:
        hint = did_you_mean(rule.process, parts.diagrams)
        yield _finding(
            place, "start", f"没有流程{rule.process}{hint.zh}", f"there is no process {rule.process}{hint.en}"
        )
    if rule.parent is not None:
        yield from _check_parent(rule, parts)
    yield from _check_beginning(rule, parts)
    parent = parts.diagrams.get(rule.parent or "")
    names = readable_names(parent, parts) if parent else frozenset({"settings", "process"})
    for name, expression in rule.given.items():
        key = f"{place}.given.{name}"
        for problem, text in check_name(name, "given"):
            yield Finding(FILE, key, problem, text)
        settings = parts.policy.setting_values() if parts.policy else None
        yield from check_expression(expression, FILE, key, names=names, must_be_feel=True, settings=settings)


def _check_parent(rule: StartRule, parts: Parts) -> Iterator[Finding]:
    parent = parts.diagrams.get(rule.parent or "")
    if parent is None:
        hint = did_you_mean(rule.parent or "", parts.diagrams)
        zh, en = f"没有流程{rule.parent}{hint.zh}", f"there is no process {rule.parent}{hint.en}"
        yield _finding(f"start.{rule.process}.parent", "start", zh, en)
        return
    if _is_own_ancestor(rule, parts):
        zh, en = f"{rule.process}在自己之下, 永远无法发起", f"{rule.process} is below itself and could never be started"
        yield _finding(f"start.{rule.process}.parent", "start", zh, en)
    element = parent.elements.get(rule.while_at or "")
    if not rule.roles:
        return
    if element is None or not is_wait(element):
        waiting = [other.id for other in parent.elements.values() if is_wait(other)]
        hint = did_you_mean(rule.while_at or "", waiting)
        zh = f"{rule.parent}中没有等待的元素{rule.while_at}{hint.zh} (用户任务、定时或消息等待)"
        en = f"{rule.parent} has no element {rule.while_at} that waits{hint.en} (a user task, a timer or a message)"
        yield _finding(f"start.{rule.process}.while", "start", zh, en)


def _check_beginning(rule: StartRule, parts: Parts) -> Iterator[Finding]:
    place = f"start.{rule.process}"
    diagram = parts.diagrams.get(rule.process)
    starts = [element for element in diagram.inside(None) if element.tag == "startEvent"] if diagram else []
    if any((start.event == "message") == bool(rule.roles) for start in starts):
        zh = f"{rule.process}由消息开始则不写roles, 由人发起则用无类型的开始事件; 请二者取一"
        en = f"{rule.process} is begun by a message, without roles, or by people, with a plain start event; choose one"
        yield _finding(place, "start", zh, en)
    if rule.employer is not None and diagram is not None:
        names = readable_names(diagram, parts)
        settings = parts.policy.setting_values() if parts.policy else None
        yield from check_expression(
            rule.employer, FILE, f"{place}.employer", names=names, must_be_feel=True, settings=settings
        )


def _is_own_ancestor(rule: StartRule, parts: Parts) -> bool:
    above, seen = rule.parent, set[str]()
    while above is not None and above not in seen and parts.policy is not None:
        seen.add(above)
        next_rule = parts.policy.start_rule(above)
        above = next_rule.parent if next_rule else None
    return rule.process in seen


def _check_certificates(policy: Policy, parts: Parts) -> Iterator[Finding]:
    users = [
        (diagram, element)
        for diagram in parts.diagrams.values()
        for element in diagram.elements.values()
        if element.tag == "serviceTask" and element.task_type == CERTIFICATES
    ]
    if users and not policy.certificate:
        zh = f"流程使用{CERTIFICATES}, 但缺少certificate: category、province、levels"
        en = f"a process uses {CERTIFICATES}, but certificate with category, province and levels is missing"
        yield _finding("certificate", "certificate", zh, en)
    for diagram, element in users:
        for text in _check_level(dict(element.inputs).get("level"), policy.certificate.get("levels", {})):
            yield Finding(diagram.file, element.id, "certificate", text)


def _check_level(source: str | None, levels: Mapping[str, Mapping[str, object]]) -> Iterator[Text]:
    if source is None:
        yield Text("证书编号须有输入level: 等级的名称", "a certificate number needs the input level: the level's name")
        return
    try:
        parsed = parse(source[1:]) if source.startswith("=") else None
        if parsed is not None and not is_constant(parsed):
            return
        level = str(parsed.evaluate({}) if parsed else source)
    except FeelError:
        return  # found already, as an expression
    # Without a letter no number is given out, until the register of letters has one with its source.
    if level not in levels:
        hint = did_you_mean(level, levels)
        zh = f"certificate.levels中没有等级{level}{hint.zh} 请在policy.yaml中列出"
        en = f"certificate.levels has no level {level}{hint.en}; list it in policy.yaml"
        yield Text(zh, en)


def _check_clauses(policy: Policy, parts: Parts) -> Iterator[Finding]:
    """Both directions, once the policy lists its clauses: rows that are named somewhere, and rows that nothing carries."""
    if not policy.clauses:
        return
    carried = set()
    for place in places(parts.diagrams, parts.decisions, parts.forms):
        carried.add(place.row)
        if place.row not in policy.clauses:
            hint = did_you_mean(place.row, policy.clauses)
            zh, en = f"clauses中没有{place.row}{hint.zh}", f"the policy has no clause {place.row}{hint.en}"
            yield Finding(place.file or place.where, place.id, "clause", Text(zh, en))
    for row, clause in policy.clauses.items():
        if row not in carried and "note" not in clause:
            zh = f"没有元素、规则或表单字段承载{row}; 请在其属性clause中写上, 或用note说明为何没有"
            en = f"no element, rule or form field carries {row}; name it in their clause, or say in its note why none does"
            yield _finding(f"clauses.{row}", "clause", zh, en)


def _finding(element: str, rule: str, zh: str, en: str) -> Finding:
    return Finding(FILE, element, rule, Text(zh, en))
