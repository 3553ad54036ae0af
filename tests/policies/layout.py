"""How a diagram is laid out, counted from its file: `python -m tests.policies.layout FILE...` prints what is not apart.

Shapes that overlap, labels on shapes or labels, flows through shapes, flows that cross or run over each other. Flows that
leave or enter one element together share its side and are not counted.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

from lxml import etree

_NS = {
    "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "d": "http://www.omg.org/spec/DD/20100524/DI",
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL",
}
_HOLDING = {"participant", "lane", "subProcess"}


@dataclass(frozen=True)
class Layout:
    """Boxes are (left, top, right, bottom), ways lists of points; both by the id of their element."""

    tags: dict
    hosts: dict
    ends: dict
    shapes: dict
    labels: dict
    ways: dict


@dataclass(frozen=True)
class Counted:
    """What is not apart, as pairs of ids."""

    overlapping: list
    labels_on_shapes: list
    through_shapes: list
    crossing: list


def read(path):
    root = etree.parse(path)
    drawn = [node for node in root.iter() if isinstance(node.tag, str)]
    tags = {node.get("id"): etree.QName(node).localname for node in drawn if node.get("id")}
    hosts = {node.get("id"): node.get("attachedToRef") for node in root.iter(f"{{{_NS['b']}}}boundaryEvent")}
    ends = {
        node.get("id"): (node.get("sourceRef"), node.get("targetRef"))
        for node in root.iter(f"{{{_NS['b']}}}sequenceFlow")
    }
    shapes, labels, ways = {}, {}, {}
    for node in drawn:
        name, element = etree.QName(node).localname, node.get("bpmnElement")
        if name == "BPMNShape":
            shapes[element] = _box(node.find("dc:Bounds", _NS))
        elif name == "BPMNEdge":
            ways[element] = [(float(at.get("x")), float(at.get("y"))) for at in node.findall("d:waypoint", _NS)]
        if name in {"BPMNShape", "BPMNEdge"} and (label := node.find("di:BPMNLabel/dc:Bounds", _NS)) is not None:
            labels[element] = _box(label)
    return Layout(tags, hosts, ends, shapes, labels, ways)


def count(path):
    layout = read(path)
    solid = {element: box for element, box in layout.shapes.items() if layout.tags[element] not in _HOLDING}
    attached = {frozenset(pair) for pair in layout.hosts.items()}
    return Counted(
        overlapping=[
            (one, other)
            for one, other in combinations(solid, 2)
            if frozenset((one, other)) not in attached and _overlap(solid[one], solid[other])
        ],
        labels_on_shapes=[
            (one, other)
            for one, box in layout.labels.items()
            for other, shape in solid.items()
            if one != other and _overlap(box, shape, 1)
        ]
        + [
            (one, other)
            for one, other in combinations(layout.labels, 2)
            if _overlap(layout.labels[one], layout.labels[other], 1)
        ],
        through_shapes=[
            (flow, element)
            for flow, way in layout.ways.items()
            for element, box in solid.items()
            if element not in layout.ends.get(flow, ())
            and any(_overlap(box, _thin(*piece), 1) for piece in pairwise(way))
        ],
        crossing=[
            (one, other)
            for one, other in combinations(layout.ways, 2)
            if not _share(layout, one, other)
            and any(_meet(*a, *b) for a in pairwise(layout.ways[one]) for b in pairwise(layout.ways[other]))
        ],
    )


def _box(bounds):
    left, top = float(bounds.get("x")), float(bounds.get("y"))
    return left, top, left + float(bounds.get("width")), top + float(bounds.get("height"))


def _overlap(one, other, slack=0.0):
    return (
        one[0] < other[2] - slack
        and other[0] < one[2] - slack
        and one[1] < other[3] - slack
        and other[1] < one[3] - slack
    )


def _thin(start, end):
    left, right = sorted((start[0], end[0]))
    top, bottom = sorted((start[1], end[1]))
    return left - 0.5, top - 0.5, right + 0.5, bottom + 0.5


def _share(layout, one, other):
    """Whether two flows leave one element together, or come to one."""
    mine, theirs = layout.ends.get(one, ("", "")), layout.ends.get(other, ("", ""))
    return mine[0] == theirs[0] or mine[1] == theirs[1]


def _meet(a, b, c, d):
    return _overlap(_thin(a, b), _thin(c, d)) and not {a, b} & {c, d}


if __name__ == "__main__":
    for file in map(Path, sys.argv[1:]):
        found = count(file)
        print(file.name, *(f"{name} {len(pairs)}{pairs or ''}" for name, pairs in vars(found).items()), sep="\n  ")
