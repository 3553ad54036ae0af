"""The files of a bundle as they are: of an encoding that everybody reads alike, and each diagram's own order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine.checks.decisions import check_decisions
from engine.checks.extensions import check_extensions
from engine.checks.ids import LONGEST, check_ids
from engine.diagram import BPMN, parse_xml
from engine.errors import InvalidError
from engine.findings import Finding
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.compiled import Parts

_NAMED = {"message": Text("消息", "message"), "signal": Text("信号", "signal")}
_ENCODINGS = frozenset({None, "UTF-8", "US-ASCII", "ASCII"})


def check_files(parts: Parts) -> Iterator[Finding]:
    for path, content in parts.files.items():
        is_xml = path.endswith((".bpmn", ".dmn"))
        if not _is_utf8(content) or (b"\0" in content and not is_xml):
            yield _no_utf8(path)
        elif is_xml:
            yield from _check_xml(path, content, parts)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _no_utf8(path: str) -> Finding:
    text = Text("文件编码应为UTF-8, 请用UTF-8重新保存", "the file is not in UTF-8; save it again as UTF-8")
    return Finding(path, "", "encoding", text)


def _check_xml(path: str, content: bytes, parts: Parts) -> Iterator[Finding]:
    try:
        root = parse_xml(content, path)
    except InvalidError:
        return  # said already, when the file was read
    encoding = root.getroottree().docinfo.encoding
    if (encoding and encoding.upper()) not in _ENCODINGS:
        yield _no_utf8(path)
    if path.endswith(".dmn"):
        yield from check_decisions(root, path, parts)
    elif etree.QName(root).namespace == BPMN:
        yield from check_ids(root, path)
        yield from check_extensions(root, path)
        yield from _check_definitions(root, path)


def _check_definitions(root: etree._Element, path: str) -> Iterator[Finding]:
    processes = root.findall(f"{{{BPMN}}}process")
    if not any(process.get("isExecutable", "true") == "true" for process in processes):
        zh, en = "文件中没有可执行的流程, 请设isExecutable", "no process of the file is executable; set isExecutable"
        yield Finding(path, "", "process", Text(zh, en))
    yield from _check_lanes(root, path)
    for tag, what in _NAMED.items():
        for node in root.findall(f"{{{BPMN}}}{tag}"):
            name = node.get("name", "")
            if not name.strip() or len(name) > LONGEST or not name.isprintable() or name.startswith("="):
                zh = f"{what.zh}应有名称, 是不超过{LONGEST}个字符的文字, 不是表达式"
                en = f"a {what.en} has a name, text of at most {LONGEST} characters and no expression"
                yield Finding(path, node.get("id", ""), tag, Text(zh, en))


def _check_lanes(root: etree._Element, path: str) -> Iterator[Finding]:
    """Each element stands in one lane and those around it; a lane holds what is there."""
    known = {node.get("id") for node in root.iter(f"{{{BPMN}}}*")}
    lanes: dict[str, str] = {}
    for reference in root.iter(f"{{{BPMN}}}flowNodeRef"):
        element, lane = (reference.text or "").strip(), reference.getparent()
        here = lane.get("id", "") if lane is not None else ""
        if element not in known:
            zh, en = (
                f"泳道中的{element}不存在, 请在建模工具中重新保存",
                f"holds {element}, which is not there; save it again in the modeler",
            )
            yield Finding(path, here, "lane", Text(zh, en))
        elif lanes.setdefault(element, here) != here and lanes[element] not in _outer_lanes(lane):
            zh, en = (
                f"同时在泳道{lanes[element]}和{here}中, 请移到一处",
                f"stands in the lanes {lanes[element]} and {here}; move it to one",
            )
            yield Finding(path, element, "lane", Text(zh, en))


def _outer_lanes(lane: etree._Element | None) -> set[str]:
    return set() if lane is None else {outer.get("id", "") for outer in lane.iterancestors(f"{{{BPMN}}}lane")}
