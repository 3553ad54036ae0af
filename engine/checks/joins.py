"""Joins that may wait for ever, or get a token too many: every way in which the tokens of a scope can move, tried out.

What a choice depends on is not known here, so every flow of a choice counts as possible, and so does every event on a
boundary; one that does not interrupt may happen twice.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, deque
from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.diagram import Diagram

    # The flows that hold a token, each as often as it holds one.
    Marking = tuple[str, ...]

# Beyond this no more is tried: what was found is certain, and nothing is refused for being large.
MAX_MARKINGS = 5000
MAX_TOKENS = 600
_MOST_BRANCHES = 5


@dataclass(frozen=True, slots=True)
class _Net:
    """A scope's flows by the elements that they leave and enter."""

    diagram: Diagram
    scope: str | None
    leaving: Mapping[str, list[str]]
    entering: Mapping[str, list[str]]
    # The flows from which a token may come to a join, or end all others; where the rest goes is of no matter.
    telling: frozenset[str]

    def target(self, flow: str) -> str:
        return self.diagram.flows[flow].target

    def tag(self, element: str) -> str:
        return self.diagram.elements[element].tag

    def joins(self, element: str, tag: str) -> bool:
        return self.tag(element) == tag and len(self.entering[element]) > 1

    def waits_for_others(self, element: str) -> bool:
        return self.joins(element, "parallelGateway") or self.joins(element, "inclusiveGateway")

    def ends_all(self, element: str) -> bool:
        return self.tag(element) == "endEvent" and self.diagram.elements[element].event in {"terminate", "error"}


@dataclass(slots=True)
class Found:
    """For each join that can be left waiting the elements from which nothing comes; the joins that can get too many."""

    stuck: dict[str, list[str]]
    crowded: dict[str, str]


def try_joins(diagram: Diagram, scope: str | None) -> Found:
    elements = [element.id for element in diagram.inside(scope)]
    net = _net(diagram, scope, elements)
    found = Found({}, {})
    starts = [element for element in elements if net.tag(element) == "startEvent"]
    if len(starts) != 1 or not any(net.waits_for_others(element) for element in elements):
        return found
    first = tuple(sorted(net.telling.intersection(net.leaving[starts[0]])))
    seen, waiting = {first}, deque([first])
    while waiting:
        marking = waiting.popleft()
        found.crowded.update(_crowded(marking, net))
        if found.crowded:
            break
        following = list(_following(marking, net))
        if not following:
            found.stuck.update(_missing(marking, net))
        new = [other for other in dict.fromkeys(following) if other not in seen]
        seen.update(new)
        waiting.extend(new)
        if len(seen) > MAX_MARKINGS or len(marking) > MAX_TOKENS:
            break
    return found


def _net(diagram: Diagram, scope: str | None, elements: list[str]) -> _Net:
    leaving = {element: [flow.id for flow in diagram.outgoing(element)] for element in elements}
    entering = {element: [flow.id for flow in diagram.incoming(element)] for element in elements}
    net = _Net(diagram, scope, leaving, entering, frozenset())
    waiting = [element for element in elements if net.waits_for_others(element) or net.ends_all(element)]
    telling: set[str] = set()
    while waiting:
        current = waiting.pop()
        found = [flow for flow in entering.get(current, ()) if flow not in telling]
        telling.update(found)
        attached_to = diagram.elements[current].attached_to
        waiting += [*(diagram.flows[flow].source for flow in found), *([attached_to] if attached_to else ())]
    return dataclasses.replace(net, telling=frozenset(telling))


def _following(marking: Marking, net: _Net) -> Iterator[Marking]:
    """Every marking one step on: a token that can move alone does so first, in whatever order the others come."""
    for token in dict.fromkeys(marking):
        element = net.target(token)
        if not net.waits_for_others(element):
            rest = _without(marking, [token])
            for flows in _ways(element, net):
                yield tuple(sorted((*rest, *flows))) if flows is not _ALL_OVER else ()
            return
    for gateway in dict.fromkeys(net.target(token) for token in marking):
        needed = net.entering[gateway]
        if net.joins(gateway, "parallelGateway") and set(needed) <= set(marking):
            yield tuple(sorted((*_without(marking, needed), *net.leaving[gateway])))
            return
    yield from _merged(marking, net)


_ALL_OVER: tuple[str, ...] = ("*",)


def _ways(element: str, net: _Net) -> Iterator[tuple[str, ...]]:
    """The flows on which the tokens may be that an element makes of one."""
    if net.ends_all(element):
        yield _ALL_OVER
        return
    leaving = net.leaving[element]
    if net.tag(element) in {"exclusiveGateway", "eventBasedGateway"}:
        ways: list[tuple[str, ...]] = [(flow,) for flow in leaving]
    elif net.tag(element) == "inclusiveGateway":
        ways = list(_subsets(leaving))
    else:
        ways = [tuple(leaving)]
    interrupting: list[tuple[str, ...]] = []
    beside: list[tuple[str, ...]] = [()]
    for boundary in net.diagram.boundaries(element):
        flows = tuple(net.leaving.get(boundary.id, ()))
        if boundary.interrupting:
            interrupting.append(flows)
        else:
            beside = [(*other, *flows * times) for other in beside[:9] for times in range(3)]
    every = ((*way, *more) for way in (*ways, *interrupting) for more in beside)
    yield from dict.fromkeys(tuple(flow for flow in flows if flow in net.telling) for flows in every)


def _subsets(flows: list[str]) -> Iterator[tuple[str, ...]]:
    """Every choice of some; of very many only each alone and all together."""
    if len(flows) > _MOST_BRANCHES:
        return iter([*((flow,) for flow in flows), tuple(flows)])
    return chain.from_iterable(combinations(flows, count) for count in range(1, len(flows) + 1))


def _merged(marking: Marking, net: _Net) -> Iterator[Marking]:
    """Only joins are left: an inclusive one goes on when no other token can come to it."""
    for gateway in dict.fromkeys(net.target(token) for token in marking):
        tokens = [token for token in marking if net.target(token) == gateway]
        others = {net.target(token) for token in marking} - {gateway}
        if net.joins(gateway, "inclusiveGateway") and not any(
            gateway in _after(other, gateway, net) for other in others
        ):
            rest = _without(marking, tokens)
            for flows in _ways(gateway, net):
                yield tuple(sorted((*rest, *flows)))
            return


def _after(element: str, stop: str, net: _Net) -> set[str]:
    found: set[str] = set()
    waiting = [element]
    while waiting:
        for flow in net.leaving[waiting.pop()]:
            target = net.target(flow)
            if target not in found:
                found.add(target)
                waiting += [] if target == stop else [target]
    return found


def _without(marking: Marking, tokens: list[str]) -> list[str]:
    rest = list(marking)
    for token in tokens:
        rest.remove(token)
    return rest


def _crowded(marking: Marking, net: _Net) -> dict[str, str]:
    """Joins with two tokens on one way in: which of them belongs to which of the others nobody could say."""
    return {
        net.target(flow): net.diagram.flows[flow].source
        for flow, count in Counter(marking).items()
        if count > 1 and net.waits_for_others(net.target(flow))
    }


def _missing(marking: Marking, net: _Net) -> dict[str, list[str]]:
    return {
        gateway: [net.diagram.flows[flow].source for flow in net.entering[gateway] if flow not in marking]
        for gateway in (net.target(token) for token in marking)
    }
