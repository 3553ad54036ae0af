"""Small bundles for tests: one diagram, the forms and tables it names, nothing else."""

import itertools
import json
import re

from engine.bundle import Bundle, make_bundle

POLICY = """
id: small
title: {zh: 测试, en: test}
in_force: {from: 2024-04-01, until: 2026-03-31}
roles: {hr: {zh: 人事, en: HR}, leader: {zh: 负责人, en: head}, expert: {zh: 专家, en: expert}, candidate: {zh: 申报人, en: candidate}}
settings:
  publicity.days: {default: 5, type: integer, min: 1, max: 60, unit: day, label: {zh: 天数, en: days}, source: A10.3a}
start:
  - {process: p, roles: [hr]}
"""

FORM = {
    "id": "any",
    "type": "default",
    "schemaVersion": 16,
    "components": [
        {"type": "textfield", "key": "note", "label": "说明", "id": "note_field"},
        {"type": "number", "key": "amount", "label": "数", "id": "amount_field"},
    ],
}

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="http://pingpin.example/tests">
"""
_DI = (
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
)


def task(element, assignment='candidateGroups="hr"', inside="", form="any", after=""):
    return f"""<bpmn:userTask id="{element}" name="{element}"><bpmn:extensionElements><zeebe:userTask />
      <zeebe:formDefinition formId="{form}" /><zeebe:assignmentDefinition {assignment} />{inside}</bpmn:extensionElements>
      {after}</bpmn:userTask>"""


def flow(source, target, condition=None):
    text = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
        if condition
        else ""
    )
    return f'<bpmn:sequenceFlow id="{source}_to_{target}" sourceRef="{source}" targetRef="{target}">{text}</bpmn:sequenceFlow>'


def line(*elements):
    """Flows from each to the next."""
    return "".join(flow(source, target) for source, target in itertools.pairwise(elements))


def process(body, process_id="p", properties="", before=""):
    inside = f'<bpmn:startEvent id="begin" /><bpmn:endEvent id="finish" />{body}'
    if process_id != "p":  # an id stands once in a file
        inside = re.sub(r"(?<!\w)(begin|finish)(?![^\W_])", rf"{process_id}_\1", inside)
    return f"""{before}<bpmn:process id="{process_id}" name="{process_id}" isExecutable="true">
      <bpmn:extensionElements><zeebe:properties>{properties}</zeebe:properties></bpmn:extensionElements>
      {inside}</bpmn:process>"""


def diagram(*processes, messages=""):
    return HEAD + messages + "".join(processes) + "</bpmn:definitions>"


def drawn(content, *elements, process_id="p"):
    """The diagram with shapes for these elements, each right of the one before, and the flows from each to the next."""
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{one}_di" bpmnElement="{one}"><dc:Bounds x="{number * 150}" y="100" width="100" height="80" />'
        "</bpmndi:BPMNShape>"
        for number, one in enumerate(elements)
    )
    edges = "".join(
        f'<bpmndi:BPMNEdge id="{source}_{target}_di" bpmnElement="{source}_to_{target}">'
        f'<di:waypoint x="{number * 150 + 100}" y="140" /><di:waypoint x="{number * 150 + 150}" y="140" /></bpmndi:BPMNEdge>'
        for number, (source, target) in enumerate(itertools.pairwise(elements))
    )
    plane = f'<bpmndi:BPMNPlane id="plane" bpmnElement="{process_id}">{shapes}{edges}</bpmndi:BPMNPlane>'
    diagram = f'<bpmndi:BPMNDiagram id="drawn" {_DI}>{plane}</bpmndi:BPMNDiagram>'
    return content.replace(b"</bpmn:definitions>", f"{diagram}</bpmn:definitions>".encode())


def small(body, *, policy=POLICY, files=None, **options) -> Bundle:
    """A bundle of one process `p` with this body between `begin` and `finish`."""
    return make_bundle(
        {
            "policy.yaml": policy.encode(),
            "p.bpmn": diagram(process(body, **options)).encode(),
            "any.form": json.dumps(FORM).encode(),
            **(files or {}),
        }
    )
