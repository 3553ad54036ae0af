"""The diagram of a process instance for the live view: the file as deployed, its names in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from api import words
from engine.diagram import BPMN, ZEEBE, parse_xml
from engine.queries.progress import State

if TYPE_CHECKING:
    from engine.queries.progress import Progress
    from forms.text import Language

_ENGLISH = f"./{{{BPMN}}}extensionElements/{{{ZEEBE}}}properties/{{{ZEEBE}}}property[@name='en']"


def live(progress: Progress, language: Language) -> dict[str, Any]:
    """What static/diagram.js draws: `passed` and `active` hold element ids, `due` a moment in words for each that has one."""
    detail = progress.detail
    under_way = detail.active | detail.entered
    return {
        "xml": drawn(detail.diagram, language),
        "passed": sorted(detail.passed - under_way),
        "active": sorted(under_way),
        "due": {
            step.element: until.pick(language)
            for step in progress.steps
            if step.state is State.ACTIVE and (until := words.deadline(step))
        },
    }


def drawn(xml: bytes, language: Language) -> str:
    """The file as the viewer wants it: names in this language, without what is not drawn."""
    root = parse_xml(xml, "diagram")
    if language == "en":
        _in_english(root)
    for unseen in list(root.iter(f"{{{BPMN}}}extensionElements")):
        parent = unseen.getparent()
        if parent is not None:
            parent.remove(unseen)
    return etree.tostring(root, encoding="unicode")


def _in_english(root: etree._Element) -> None:
    """Every element that has a property `en` under that name; the pool is named like its process."""
    english = {element.get("id"): name for element in root.iter() if (name := _english(element))}
    for element in root.iter():
        name = english.get(element.get("id")) or english.get(element.get("processRef"))
        if name:
            element.set("name", name)


def _english(element: etree._Element) -> str | None:
    found = element.find(_ENGLISH)
    return None if found is None else found.get("value")
