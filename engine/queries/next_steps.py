"""What the diagram says comes after a step: what, by whom, and under which of the conditions on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.diagram import Diagram, Element, Flow

_STARTER = Text("发起人", "whoever began it")
_BY_ITSELF = Text("系统", "the system")
_AUTOMATIC = frozenset({"businessRuleTask", "serviceTask", "scriptTask", "sendTask"})


@dataclass(frozen=True, slots=True)
class NextStep:
    """`by` is none for what simply comes; `when` the answers on the way to it, empty where it comes in any case."""

    name: Text
    by: Text | None
    when: tuple[Text, ...]


def next_steps(diagram: Diagram, element: Element, roles: Mapping[str, Text]) -> tuple[NextStep, ...]:
    """The named elements that may come next, looking through gateways, the nearest first."""
    found: dict[str, NextStep] = {}
    seen: set[str] = set()
    waiting: list[tuple[Flow, tuple[Text, ...]]] = [(flow, ()) for flow in diagram.outgoing(element.id)]
    while waiting:
        flow, when = waiting.pop(0)
        current = diagram.elements[flow.target]
        if current.id in seen:
            continue
        seen.add(current.id)
        if current.tag.endswith("Gateway") or not current.name:
            waiting += [(one, (*when, *_answer(diagram, current, one))) for one in diagram.outgoing(current.id)]
        else:
            found[current.id] = NextStep(Text(current.name, current.name_en), by_whom(current, roles), when)
    return tuple(found.values())


def _answer(diagram: Diagram, gateway: Element, flow: Flow) -> tuple[Text, ...]:
    """`是否受理：是`; a gateway that does not choose says nothing."""
    if gateway.tag not in {"exclusiveGateway", "inclusiveGateway"} or len(diagram.outgoing(gateway.id)) < 2:  # noqa: PLR2004
        return ()
    answer = Text(flow.name, flow.name_en or flow.name) if flow.name else Text("其他情况", "otherwise")
    return (Text(f"{gateway.name}：{answer.zh}", f"{gateway.name_en}: {answer.en}") if gateway.name else answer,)


def by_whom(element: Element, roles: Mapping[str, Text]) -> Text | None:
    """The roles that may claim it; of a task that is assigned by name, the role that its lane is called after."""
    if element.tag in _AUTOMATIC:
        return _BY_ITSELF
    if "process.initiator" in (element.assignee or ""):
        return _STARTER
    groups = element.candidate_groups or ""
    named = [roles[name.strip()] for name in groups.split(",") if name.strip() in roles]
    named = named or [words for words in roles.values() if element.assignee and words.zh == element.lane]
    return Text("、".join(one.zh for one in named), ", ".join(one.en for one in named)) if named else None
