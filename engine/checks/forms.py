"""Forms: supported components only, every expression parsed, nothing written that only the engine writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import forms
from engine.checks.expressions import unknown_names
from engine.checks.ids import ID, LONGEST_PROCESS
from engine.checks.names import LOOP_NAMES, UNWRITABLE, form_keys, readable_names
from engine.errors import FeelError
from engine.expressions import parse
from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.compiled import Parts
    from engine.diagram import Element

# What a form's expressions see of the row that they stand in.
FORM_NAMES = ("this", "parent", "i")


def check_forms(parts: Parts) -> Iterator[Finding]:
    for form_id, (path, schema) in parts.forms.items():
        problems = forms.check_form(schema, path)
        for problem in problems:
            yield Finding(path, problem.element, problem.rule, problem.text)
        if not problems:
            yield from _check_expressions(form_id, path, schema, parts)
            yield from _check_ballot(form_id, path, schema, parts)
        yield from _check_texts(path, schema)
        if not ID.fullmatch(form_id) or len(form_id) > LONGEST_PROCESS:
            zh = f"表单id应以字母开头, 只含字母、数字、下划线、横线, 不超过{LONGEST_PROCESS}个字符"
            en = f"a form's id begins with a letter and holds letters, digits, _ and - only, at most {LONGEST_PROCESS}"
            yield Finding(path, _printable(form_id), "id", Text(zh, en))
        for name in sorted(form_keys(schema) & UNWRITABLE):
            zh, en = f"字段{name}为系统保留, 请改名", f"the field {name} is reserved; rename it"
            yield Finding(path, name, "name", Text(zh, en))


def _check_ballot(form_id: str, path: str, schema: dict[str, object], parts: Parts) -> Iterator[Finding]:
    """Where a vote could be lost, or be known by its moment or by another field, there is no secret ballot."""
    ballot = forms.compile_form(schema).ballot
    if ballot is None:
        return
    users = [
        element
        for diagram in parts.diagrams.values()
        for element in diagram.elements.values()
        if element.form_id == form_id
    ]
    for element in users:
        loop = element.loop
        if element.tag != "userTask" or loop is None or loop.sequential or loop.completion_condition:
            zh = "含无记名票的表单只能用于并行多实例、没有完成条件的人工任务: 否则票会丢失, 或从先后次序看出是谁投的"
            en = (
                "a form with a ballot belongs to a user task with a parallel loop and no completion condition; else votes are "
                "lost, or known by their order"
            )
            yield Finding(path, element.id, "form-ballot", Text(zh, en))
    for component, expression, _ in forms.expressions(schema):
        if re.search(rf"(?<![\w]){re.escape(ballot.path[-1])}(?![\w])", expression):
            zh, en = "其他字段的条件不能取决于无记名票", "no other field may hang on the ballot: it would tell the vote"
            yield Finding(path, component, "form-ballot", Text(zh, en))


def _check_expressions(form_id: str, path: str, schema: dict[str, object], parts: Parts) -> Iterator[Finding]:
    names = _names(form_id, schema, parts)
    settings = parts.policy.setting_values() if parts.policy is not None else None
    for component, expression, unary in forms.expressions(schema):
        try:
            parsed = parse(expression, unary=unary)
        except FeelError as error:
            yield Finding(path, component, "expression", error.text)
            continue
        for rule, text in unknown_names(parsed, expression, names, settings):
            yield Finding(path, component, rule, text)


def _names(form_id: str, schema: dict[str, object], parts: Parts) -> frozenset[str] | None:
    """What the form's expressions may find: its own fields, and what the diagrams that show it know."""
    users = [
        diagram
        for diagram in parts.diagrams.values()
        if any(element.form_id == form_id for element in diagram.elements.values())
    ]
    known = [readable_names(diagram, parts) for diagram in users or parts.diagrams.values()]
    if not known or None in known:
        return None
    locals_ = {name for diagram in users for element in diagram.elements.values() for name in _local(element)}
    return frozenset({*FORM_NAMES, *_keys(schema), *locals_}.union(*(names for names in known if names is not None)))


def _local(element: Element) -> Iterator[str]:
    yield from (target for target, _ in element.inputs)
    if element.loop is not None:
        yield from (*LOOP_NAMES, element.loop.input_element or "")


def _keys(schema: dict[str, object]) -> Iterator[str]:
    """The keys and paths of all components, however deep: a row's fields see each other."""
    waiting: list[Any] = [schema]
    while waiting:
        component = waiting.pop()
        if isinstance(component, dict):
            yield from (part for name in ("key", "path") for part in str(component.get(name) or "").split("."))
            waiting += component.get("components") or []


def _check_texts(path: str, schema: dict[str, object]) -> Iterator[Finding]:
    """JSON can write half a character, which nothing can keep."""
    waiting: list[Any] = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and (_printable(value) != value or "\0" in value):
            zh, en = "文字中有无法保存的字符, 请重新输入", "has a character that cannot be kept; type it again"
            yield Finding(path, "", "text", Text(f"{_printable(value)[:80]}: {zh}", f"{_printable(value)[:80]}: {en}"))


def _printable(text: str) -> str:
    return text.encode(errors="replace").decode()
