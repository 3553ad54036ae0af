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
    xml = detail.diagram.decode() if language == "zh" else _in_english(detail.diagram)
    return {
        "xml": xml,
        "passed": sorted(detail.passed - under_way),
        "active": sorted(under_way),
        "due": {
            step.element: until.pick(language)
            for step in progress.steps
            if step.state is State.ACTIVE and (until := words.deadline(step))
        },
    }


def _in_english(xml: bytes) -> str:
    """Every element that has a property `en` under that name; the pool is named like its process."""
    root = parse_xml(xml, "diagram")
    english = {element.get("id"): name for element in root.iter() if (name := _english(element))}
    for element in root.iter():
        name = english.get(element.get("id")) or english.get(element.get("processRef"))
        if name:
            element.set("name", name)
    return etree.tostring(root, encoding="unicode")


def _english(element: etree._Element) -> str | None:
    found = element.find(_ENGLISH)
    return None if found is None else found.get("value")
