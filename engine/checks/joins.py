"""Parallel joins that may wait for ever: every way in which the tokens of a diagram can move, tried out.

What a choice depends on is not known here, so every flow of an exclusive gateway counts as possible.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.diagram import Diagram

    # The flows that hold a token, each as often as it holds one.
    Marking = tuple[str, ...]

# Beyond this no more is tried: what was found is certain, and nothing is refused for being large.
MAX_MARKINGS = 5000
MAX_TOKENS = 600


@dataclass(frozen=True, slots=True)
class _Net:
    """A diagram's flows by the elements that they leave and enter."""

    diagram: Diagram
    leaving: Mapping[str, list[str]]
    entering: Mapping[str, list[str]]

    def target(self, flow: str) -> str:
        return self.diagram.flows[flow].target

    def is_join(self, element: str) -> bool:
        return self.diagram.elements[element].tag == "parallelGateway" and len(self.entering[element]) > 1


def stuck_joins(diagram: Diagram) -> dict[str, list[str]]:
    """For each join that can be left waiting the elements from which nothing comes."""
    net = _Net(
        diagram,
        {element: [flow.id for flow in diagram.outgoing(element)] for element in diagram.elements},
        {element: [flow.id for flow in diagram.incoming(element)] for element in diagram.elements},
    )
    starts = [element.id for element in diagram.elements.values() if element.tag == "startEvent"]
    if len(starts) != 1 or not any(net.is_join(element) for element in diagram.elements):
        return {}
    first = tuple(sorted(net.leaving[starts[0]]))
    seen, waiting = {first}, deque([first])
    stuck: dict[str, list[str]] = {}
    while waiting:
        marking = waiting.popleft()
        following = _following(marking, net)
        if not following:
            stuck.update(_missing(marking, net))
        new = [other for other in following if other not in seen]
        seen.update(new)
        waiting.extend(new)
        if len(seen) > MAX_MARKINGS or len(marking) > MAX_TOKENS:
            break
    return stuck


def _following(marking: Marking, net: _Net) -> list[Marking]:
    """Every marking one step on: a token that can move alone does so first, in whatever order the others come."""
    for token in dict.fromkeys(marking):
        element = net.target(token)
        if not net.is_join(element):
            rest = _without(marking, [token])
            if net.diagram.elements[element].tag == "exclusiveGateway":
                return [tuple(sorted((*rest, flow))) for flow in net.leaving[element]]
            return [tuple(sorted((*rest, *net.leaving[element])))]
    for gateway in dict.fromkeys(net.target(token) for token in marking):
        needed = net.entering[gateway]
        if set(needed) <= set(marking):
            return [tuple(sorted((*_without(marking, needed), *net.leaving[gateway])))]
    return []


def _without(marking: Marking, tokens: list[str]) -> list[str]:
    rest = list(marking)
    for token in tokens:
        rest.remove(token)
    return rest


def _missing(marking: Marking, net: _Net) -> dict[str, list[str]]:
    return {
        gateway: [net.diagram.flows[flow].source for flow in net.entering[gateway] if flow not in marking]
        for gateway in (net.target(token) for token in marking)
    }
