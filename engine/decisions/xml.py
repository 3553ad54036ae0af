"""A DMN file's bytes to elements, safely: no document type, no entities, nothing fetched. No DMN is understood here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine.errors import DecisionError

if TYPE_CHECKING:
    from collections.abc import Iterator

Element = etree._Element  # noqa: SLF001 - lxml gives its element type no other name

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
MAX_BYTES = 5_000_000


def definitions(xml: bytes, source: str) -> Element:
    """The root of a DMN 1.2 to 1.5 file; raises DecisionError for anything else."""
    if len(xml) > MAX_BYTES:
        raise refused(source, None, f"文件超过 {MAX_BYTES} 字节", f"the file is larger than {MAX_BYTES} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refused(source, None, f"不是 XML：{error}", f"not XML: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise refused(source, None, "不允许文档类型声明", "a document type is not allowed")
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in NAMESPACES:
        raise refused(source, root, "不是 DMN 1.2 至 1.5 文件", "this is not a DMN 1.2 to 1.5 file")
    return root


def tag(element: Element) -> str:
    """The name without its namespace; empty for comments and for elements of other vocabularies."""
    if not isinstance(element.tag, str):
        return ""
    name = etree.QName(element)
    return name.localname if name.namespace in NAMESPACES else ""


def children(element: Element, *tags: str) -> Iterator[Element]:
    for child in element:
        if tag(child) in tags:
            yield child


def child(element: Element, *tags: str) -> Element | None:
    return next(children(element, *tags), None)


def text_of(element: Element | None) -> str | None:
    """The content of the `text` child; None when there is none or only blanks."""
    found = None if element is None else child(element, "text")
    text = "" if found is None else "".join(found.itertext())
    return text if text.strip() else None


def attribute(element: Element, name: str) -> str:
    return str(element.get(name, ""))


def refused(source: str, element: Element | None, zh: str, en: str) -> DecisionError:
    """A DecisionError that names file, line and the nearest element with an id."""
    named = element
    while named is not None and not named.get("id") and not named.get("name"):
        named = named.getparent()
    where = "" if named is None else attribute(named, "id") or attribute(named, "name")
    line = "" if element is None else str(element.sourceline or "")
    place_zh = "，".join(part for part in (source, line and f"第 {line} 行", where) if part)
    place_en = ", ".join(part for part in (source, line and f"line {line}", where) if part)
    return DecisionError(
        f"{place_zh}：{zh}" if place_zh else zh, f"{place_en}: {en}" if place_en else en, element=where
    )
