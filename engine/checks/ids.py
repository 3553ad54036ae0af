"""The ids of a BPMN file: names that every part of the house can use, each given once."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from lxml import etree

from engine.diagram import BPMN, NOT_NODES, SCOPES
from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

# XML's NCName without dots: `round.plan` means an element of a process, and SpiffWorkflow names what it adds with a dot
# (`plan.BoundaryEventSplit`), a space and brackets (`plan [child]`).
ID = re.compile(r"[^\W\d][\w-]*")
LONGEST_PROCESS, LONGEST = 100, 200
# SpiffWorkflow makes nodes of its own under these names.
_TAKEN = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
# Besides the nodes of a process, what others refer to.
_REFERRED = frozenset({"process", "message", "sequenceFlow"})

_HOLDERS = SCOPES | {"process"}


def check_ids(root: etree._Element, file: str) -> Iterator[Finding]:
    counts = Counter(str(node.get("id")) for node in root.iter() if node.get("id") is not None)
    for given, count in counts.items():
        if count > 1:
            zh, en = (
                f"id {given} 在文件中用了{count}次, 请改名",
                f"the id {given} is used {count} times in the file; rename",
            )
            yield Finding(file, given, "duplicate-id", Text(zh, en))
    for node in root.iter(f"{{{BPMN}}}*"):
        tag = etree.QName(node).localname
        if tag in _REFERRED or (tag not in NOT_NODES and _is_in_process(node)):
            yield from _check_id(node.get("id") or "", tag, node.sourceline or 0, file)


def _is_in_process(node: etree._Element) -> bool:
    parent = node.getparent()
    return parent is not None and etree.QName(parent).localname in _HOLDERS


def _check_id(given: str, tag: str, line: int, file: str) -> Iterator[Finding]:
    longest = LONGEST_PROCESS if tag == "process" else LONGEST
    if not given:
        zh, en = f"第{line}行: {tag}没有id, 请补上", f"line {line}: this {tag} has no id; give it one"
        yield Finding(file, "", "id", Text(zh, en))
    elif not ID.fullmatch(given) or len(given) > longest:
        zh = f"第{line}行: id {given[:80]!r} 应以字母开头, 只含字母、数字、下划线、横线, 不超过{longest}个字符。请改名"
        en = (
            f"line {line}: the id {given[:80]!r} should begin with a letter and hold letters, digits, _ and - only, at most "
            f"{longest} of them; rename it"
        )
        yield Finding(file, given, "id", Text(zh, en))
    elif given in _TAKEN:
        yield Finding(file, given, "id", Text(f"id不能为{given}, 请改名", f"the id {given} is taken; rename it"))
