"""An instance's state as bytes: the task tree without its spec and without data, in SpiffWorkflow's own key order."""

from __future__ import annotations

import json
import zlib
from functools import cache
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.workflow import (
    BpmnEventConverter,
    BpmnSubWorkflowConverter,
    BpmnWorkflowConverter,
    TaskConverter,
    WorkflowConverter,
)
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task

FORMAT = 1


class _WorkflowConverter(BpmnWorkflowConverter):  # type: ignore[misc]
    """The library's converter, but the spec stays with the deployment and the script engine is ours from the start."""

    def to_dict(self, workflow: BpmnWorkflow) -> dict[str, Any]:
        return {
            **WorkflowConverter.to_dict(self, workflow),
            "subprocesses": self.mapping_to_dict(workflow.subprocesses),
            "bpmn_events": self.registry.convert(workflow.bpmn_events),
        }

    def from_dict(self, dct: dict[str, Any], spec: Any, inner: dict[str, Any], script_engine: Any) -> BpmnWorkflow:
        workflow = self.target_class(spec, inner, script_engine=script_engine, deserializing=True)
        workflow.tasks = self.mapping_from_dict(dct["tasks"], UUID, workflow=workflow)
        workflow.task_tree = workflow.tasks[UUID(dct["root"])]
        self.set_default_attributes(workflow, dct)
        self.subprocesses_from_dict(dct["subprocesses"], workflow)
        workflow.bpmn_events = self.registry.restore(dct.pop("bpmn_events", []))
        return workflow


@cache
def _serializer() -> BpmnWorkflowSerializer:
    converters = {
        BpmnWorkflow: _WorkflowConverter,
        BpmnSubWorkflow: BpmnSubWorkflowConverter,
        Task: TaskConverter,
        BpmnEvent: BpmnEventConverter,
    }
    return BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(converters))


def dump(workflow: BpmnWorkflow) -> bytes:
    document = {"format": FORMAT, "workflow": _serializer().to_dict(workflow)}
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), level=6)


def load(state: bytes, spec: Any, inner: dict[str, Any], script_engine: Any) -> BpmnWorkflow:
    """`inner` are the specs of the sub-processes, by id."""
    document = json.loads(zlib.decompress(state))
    workflow: BpmnWorkflow = _serializer().from_dict(
        document["workflow"], spec=spec, inner=inner, script_engine=script_engine
    )
    return workflow
