"""A form as facts: every field by its id; where it stands on the page in columns says nothing, its order does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.difference.facts import ORDER, Facts, Kind, Place, leaves
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

_ITS_OWN = frozenset({"id", "components", "layout", "type"})
_OF_TOOLS = frozenset(
    {"components", "exporter", "schemaVersion", "executionPlatform", "executionPlatformVersion", "type", "id"}
)


def read(facts: Facts, path: str, content: bytes) -> None:
    schema = json.loads(content)
    holder = str(schema.get("id") or path)
    facts.part(Kind.FORM, holder, "", "form", Text(holder, holder))
    for what, value in leaves({key: value for key, value in schema.items() if key not in _OF_TOOLS}):
        facts.say(Kind.FORM, holder, "", what, value)
    _inside(facts, holder, "", schema.get("components") or [])


def _inside(facts: Facts, holder: str, within: str, components: list[Mapping[str, Any]]) -> None:
    facts.orders[Place(Kind.FORM, holder, within, ORDER)] = [str(one.get("id")) for one in components]
    for one in components:
        part = str(one.get("id") or one.get("key") or one.get("path"))
        facts.part(Kind.FORM, holder, part, str(one.get("type")), _name(one, part))
        facts.say(Kind.FORM, holder, part, "type", str(one.get("type")))
        facts.say(Kind.FORM, holder, part, "within", within)
        for what, value in leaves({key: value for key, value in one.items() if key not in _ITS_OWN}):
            facts.say(Kind.FORM, holder, part, what, value)
        _inside(facts, holder, part, one.get("components") or [])


def _name(one: Mapping[str, Any], part: str) -> Text:
    zh = str(one.get("label") or one.get("dateLabel") or one.get("key") or part)
    return Text(zh, str((one.get("properties") or {}).get("en") or zh))
