"""Every reason not to deploy a form: takes any JSON, never fails, gives problems.

Expressions are only listed (`expressions`); whoever knows FEEL parses them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms.ballot import ballot_problem
from forms.components import CHOICES, KINDS, MOST_COMPONENTS, MOST_NESTING, MOST_ROWS, Component, Kind
from forms.data import same
from forms.errors import Problem
from forms.expressions import raw_components
from forms.keywords import APPEARANCE, CONDITIONAL, KEYWORDS, LAYOUT, VALIDATE, Shape
from forms.reading import read
from forms.sealed import sealed_problem
from forms.sentences import Misfit
from forms.text import Text
from forms.tree import compile_components, name_of, steps

_TOP = frozenset(
    {
        "type",
        "id",
        "components",
        "schemaVersion",
        "exporter",
        "executionPlatform",
        "executionPlatformVersion",
        "versionTag",
    }
)
_RESERVED = frozenset({"this", "parent", "i", "settings", "process"})
_PARTS: Mapping[str, Mapping[str, Shape]] = {
    "validate": VALIDATE,
    "conditional": CONDITIONAL,
    "layout": LAYOUT,
    "appearance": APPEARANCE,
}


def check_form(schema: Any, source: str) -> list[Problem]:
    """Problems of the form, in the order of the file; `source` names the file where the form has no id."""
    if not isinstance(schema, Mapping):
        return [_problem(source, "form-schema", "表单应为一个 JSON 对象。", "A form must be a JSON object.")]
    element = schema["id"] if isinstance(schema.get("id"), str) and schema["id"] else source
    found = [*_check_top(schema, element), *_check_size(schema, element)]
    if not found:
        found = [problem for raw, name in raw_components(schema) for problem in _check_component(raw, name)]
    return (
        found
        or [*_check_names(schema), *_check_paths(schema["components"], element)]
        or [*_check_ballot(schema), *_check_sealed(schema)]
    )


def _check_ballot(schema: Mapping[str, Any]) -> Iterator[Problem]:
    if (name := ballot_problem(compile_components(schema["components"]))) is not None:
        yield _problem(
            name,
            "form-ballot",
            "无记名票 (ballot) 只能用于一个必填的单选或下拉, 选项逐一写明, 不在列表行内, 每个表单至多一个。",
            "A ballot is one required radio or select with its options written out, outside lists, one in a form.",
        )


def _check_sealed(schema: Mapping[str, Any]) -> Iterator[Problem]:
    if (name := sealed_problem(compile_components(schema["components"]))) is not None:
        yield _problem(
            name,
            "form-sealed",
            "sealed 只能写作 id, 用于没有默认值的单行文字, 不在列表行内。",
            "The property sealed is `id`, on a one-line text without a default, outside lists.",
        )


def _problem(element: str, rule: str, zh: str, en: str) -> Problem:
    return Problem(element, rule, Text(zh, en))


def _check_top(schema: Mapping[str, Any], element: str) -> Iterator[Problem]:
    if schema.get("type") != "default":
        yield _problem(element, "form-schema", "表单的 type 应为 default。", "The type of a form must be default.")
    if not isinstance(schema.get("id", ""), str):
        yield _problem(element, "form-schema", "表单的 id 应为文字。", "The id of a form must be a text.")
    for keyword in schema:
        if keyword not in _TOP:
            yield _unsupported(element, keyword)
    yield from _check_list(schema, element)


def _check_list(holder: Mapping[str, Any], element: str) -> Iterator[Problem]:
    listed = holder.get("components")
    if not isinstance(listed, list) or not all(isinstance(raw, Mapping) for raw in listed):
        yield _problem(element, "form-schema", "components 应为组件列表。", "components must be a list of components.")


def _unsupported(element: str, keyword: Any) -> Problem:
    return _problem(
        element,
        "form-keyword",
        f"不支持属性 {keyword}，请删除。",
        f"The keyword {keyword} is not supported here; remove it.",
    )


def _check_size(schema: Mapping[str, Any], element: str) -> Iterator[Problem]:
    if _depth(schema) > MOST_NESTING:
        yield _problem(
            element,
            "form-size",
            f"组件嵌套超过 {MOST_NESTING} 层。",
            f"Components are nested deeper than {MOST_NESTING}.",
        )
    elif sum(1 for _ in raw_components(schema)) > MOST_COMPONENTS:
        yield _problem(
            element, "form-size", f"组件超过 {MOST_COMPONENTS} 个。", f"There are over {MOST_COMPONENTS} components."
        )


def _depth(schema: Mapping[str, Any]) -> int:
    depth, level = 0, [schema]
    while depth <= MOST_NESTING:
        level = [
            raw
            for holder in level
            if isinstance(holder.get("components"), list)
            for raw in holder["components"]
            if isinstance(raw, Mapping)
        ]
        if not level:
            return depth
        depth += 1
    return depth


def _check_component(raw: Mapping[str, Any], name: str) -> list[Problem]:
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in list(Kind):
        known = "、".join(Kind)
        return [
            _problem(
                name,
                "form-component",
                f"不支持组件 {kind}。可用的有：{known}。",
                f"The component {kind} is not supported. There are: {', '.join(Kind)}.",
            )
        ]
    found = [*_check_keywords(raw, name, Kind(kind)), *_check_parts(raw, name, Kind(kind))]
    return found or [*_check_kind(raw, name, Kind(kind))]


def _check_keywords(raw: Mapping[str, Any], name: str, kind: Kind) -> Iterator[Problem]:
    for keyword, value in raw.items():
        if keyword not in KINDS[kind].keywords:
            yield _unsupported(name, keyword)
        elif not KEYWORDS[keyword].holds(value):
            yield _misshapen(name, keyword, KEYWORDS[keyword])


def _misshapen(name: str, keyword: str, shape: Shape) -> Problem:
    rule = {"key": "form-key", "path": "form-key", "pattern": "form-pattern", "values": "form-options"}
    return _problem(
        name,
        rule.get(keyword, "form-keyword"),
        f"{keyword} 应为{shape.words.zh}。",
        f"{keyword} must be {shape.words.en}.",
    )


def _check_parts(raw: Mapping[str, Any], name: str, kind: Kind) -> Iterator[Problem]:
    """What stands inside `validate`, `conditional`, `layout` and `appearance`."""
    for part, shapes in _PARTS.items():
        allowed = KINDS[kind].validate if part == "validate" else frozenset(shapes)
        inside = raw.get(part)
        for keyword, value in inside.items() if isinstance(inside, Mapping) else ():
            if keyword not in allowed:
                yield _unsupported(name, f"{part}.{keyword}")
            elif not shapes[keyword].holds(value):
                yield _misshapen(name, keyword, shapes[keyword])


def _check_kind(raw: Mapping[str, Any], name: str, kind: Kind) -> Iterator[Problem]:
    if "components" in KINDS[kind].keywords:
        yield from _check_list(raw, name)
    if "key" in KINDS[kind].keywords and not raw.get("key"):
        yield _problem(name, "form-key", "组件没有 key。", "The component has no key.")
    if _RESERVED & set(steps(raw)):
        reserved = ", ".join(sorted(_RESERVED))
        yield _problem(
            name, "form-key", f"key 不能使用保留名称：{reserved}。", f"A key cannot use a reserved name: {reserved}."
        )
    if kind is Kind.DYNAMICLIST:
        yield from _check_rows(raw, name)
    if kind in CHOICES:
        yield from _check_options(raw, name)
    if raw.get("defaultValue") is not None:
        yield from _check_default(raw, name, kind)


def _check_rows(raw: Mapping[str, Any], name: str) -> Iterator[Problem]:
    if not raw.get("path"):
        yield _problem(name, "form-key", "列表没有 path。", "The list has no path.")
    if "allowAddRemove" not in raw:
        yield _problem(name, "form-list", "列表应写明 allowAddRemove。", "The list must say allowAddRemove.")
    for keyword in ("minRows", "maxRows"):
        value = (raw.get("properties") or {}).get(keyword, "0")
        if not (value.isascii() and value.isdecimal() and len(value) < 4 and int(value) <= MOST_ROWS):  # noqa: PLR2004
            yield _problem(
                name,
                "form-list",
                f"{keyword} 应为 0 到 {MOST_ROWS} 的整数。",
                f"{keyword} must be a whole number up to {MOST_ROWS}.",
            )
    if raw.get("allowAddRemove"):
        yield from _check_locked_cells(raw)


def _check_locked_cells(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """A cell that the context fills needs rows that stay where they are."""
    for cell, name in raw_components(raw):
        if cell.get("readonly") or cell.get("disabled"):
            yield _problem(
                name,
                "form-list",
                "可增减行的列表中不能有只读或停用的字段。",
                "A list whose rows can be added and removed cannot hold read-only or disabled fields.",
            )


def _check_options(raw: Mapping[str, Any], name: str) -> Iterator[Problem]:
    sources = [keyword for keyword in ("values", "valuesKey", "valuesExpression") if raw.get(keyword)]
    if len(sources) != 1:
        yield _problem(
            name,
            "form-options",
            "选项应来自 values、valuesKey、valuesExpression 中的恰好一个。",
            "Options must come from exactly one of values, valuesKey and valuesExpression.",
        )
    values = [option["value"] for option in raw.get("values") or []]
    if len(set(values)) != len(values) or "" in values:
        yield _problem(
            name, "form-options", "选项的 value 不能为空或重复。", "Option values cannot be empty or repeated."
        )


def _check_default(raw: Mapping[str, Any], name: str, kind: Kind) -> Iterator[Problem]:
    try:
        value = read(Component(name, kind, (), raw), raw["defaultValue"])
    except Misfit as misfit:
        yield _problem(name, "form-default", f"defaultValue {misfit.text.zh}", f"defaultValue {misfit.text.en}")
        return
    chosen = value if isinstance(value, list) else [value]
    options = [option["value"] for option in raw.get("values") or []]
    if options and not all(any(same(item, option) for option in options) for item in chosen):
        yield _problem(name, "form-default", "defaultValue 不在选项中。", "defaultValue is not among the options.")


def _check_names(schema: Mapping[str, Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for raw, name in raw_components(schema):
        if raw.get("id") and name in seen:
            yield _problem(name, "form-duplicate", "组件的 id 重复。", "The id of the component is used twice.")
        seen.add(name)


def _check_paths(raws: Sequence[Mapping[str, Any]], element: str) -> Iterator[Problem]:
    """No two values at one place, and none on the way to another; each list has places of its own."""
    taken: dict[tuple[str, ...], str] = {}
    for raw, path, name in _values(raws, ()):
        if clash := next((other for other in taken if path[: len(other)] == other or other[: len(path)] == path), None):
            yield _problem(
                name,
                "form-duplicate",
                f"{'.'.join(path)} 与组件 {taken[clash]} 的 {'.'.join(clash)} 冲突，请改名。",
                f"{'.'.join(path)} clashes with {'.'.join(clash)} of the component {taken[clash]}; rename one.",
            )
        taken[path] = name
        if raw["type"] == Kind.DYNAMICLIST:
            yield from _check_paths(raw["components"], element)


def _values(
    raws: Sequence[Mapping[str, Any]], base: tuple[str, ...]
) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...], str]]:
    for number, raw in enumerate(raws):
        path = base + steps(raw)
        if raw["type"] == Kind.GROUP:
            yield from _values(raw["components"], path)
        elif KINDS[Kind(raw["type"])].has_value:
            yield raw, path, name_of(raw, number)
