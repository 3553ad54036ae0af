"""A diagram to a SpiffWorkflow spec: control flow only. What a task does is decided by the diagram's own elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import EventDefinitionParser
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser, SubWorkflowParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    ReceiveTask,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine.errors import InvalidError
from engine.spiff.lowering import lower
from engine.spiff.specs import (
    CARDINALITY,
    EventGateway,
    HostEvent,
    InclusiveGateway,
    ParallelGateway,
    ParallelLoop,
    SequentialLoop,
    SubProcess,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree

    from engine.diagram import Diagram

# What the library raises for a diagram that it does not like: its own refusals, and what it stumbles over.
_REFUSALS = (SpiffWorkflowException, AssertionError, LookupError, ValueError, TypeError, AttributeError, RecursionError)

HOST_TASKS = ("userTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask", "manualTask", "task")


@dataclass(frozen=True, slots=True)
class Runnable:
    """What `advance` runs: SpiffWorkflow's specs of a process and its sub-processes, and what their elements mean."""

    spec: Any
    inner: Mapping[str, Any]
    diagram: Diagram


class _Looping(TaskParser):  # type: ignore[misc]
    """Loops come from zeebe:loopCharacteristics."""

    task: Any

    def _add_multiinstance_task(self, loop: etree._Element) -> None:
        kind = SequentialLoop if loop.get("isSequential") == "true" else ParallelLoop
        condition = self.xpath("./bpmn:multiInstanceLoopCharacteristics/bpmn:completionCondition")
        original = self.spec.task_specs.pop(self.task.name)
        self.task = kind(
            self.spec,
            original.name,
            task_spec="",
            cardinality=CARDINALITY,
            condition=condition[0].text if condition else None,
        )
        self._copy_task_attrs(original)
        # The library connects this when it creates a child, so in another process the loop would never hear of its end.
        original.completed_event.connect(self.task.merge_child)


class _SubProcessParser(_Looping, SubWorkflowParser):  # type: ignore[misc]
    pass


class _CatchParser(_Looping, EventDefinitionParser):  # type: ignore[misc]
    """An event that the host lets happen."""

    def create_task(self) -> Any:
        interrupting = self.node.get("cancelActivity", "true") == "true" if self.spec_class is BoundaryEvent else None
        return self._create_task(HostEvent(self.node.get("id")), interrupting)


class _ThrowParser(EventDefinitionParser):  # type: ignore[misc]
    """An event that the host throws: ready, it waits for the host like a task."""

    def create_task(self) -> Any:
        task = self._create_task(NoneEventDefinition())
        task.manual = bool(self.xpath("./*[contains(local-name(), 'EventDefinition')]"))
        if self.spec_class is EndEvent:
            task.connect(self.spec.end)
        return task


class _Parser(BpmnParser):  # type: ignore[misc]
    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012  the library's own shape
        **{full_tag(tag): (_Looping, UserTask) for tag in HOST_TASKS},
        full_tag("subProcess"): (_SubProcessParser, SubProcess),
        full_tag("endEvent"): (_ThrowParser, EndEvent),
        full_tag("intermediateThrowEvent"): (_ThrowParser, IntermediateThrowEvent),
        full_tag("intermediateCatchEvent"): (_CatchParser, IntermediateCatchEvent),
        full_tag("receiveTask"): (_CatchParser, ReceiveTask),
        full_tag("boundaryEvent"): (_CatchParser, BoundaryEvent),
        full_tag("eventBasedGateway"): (GatewayParser, EventGateway),
        full_tag("parallelGateway"): (GatewayParser, ParallelGateway),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, InclusiveGateway),
    }


def prepare(diagram: Diagram, diagrams: Mapping[str, Diagram]) -> Runnable:
    """A diagram that has passed the checks, ready to run; raises InvalidError with the library's reason.

    `diagrams` are the bundle's, by process, for what it calls.
    """
    parser = _Parser()
    try:
        root, meaning = lower(diagram, diagrams)  # the same texts as the checks have read
        parser.add_bpmn_xml(root, diagram.file)
        return Runnable(parser.get_spec(diagram.process), parser.get_subprocess_specs(diagram.process), meaning)
    except _REFUSALS as error:
        raise InvalidError(
            f"{diagram.file}: 流程图无法执行: {error}。请检查连线与元素。",
            f"{diagram.file}: the diagram cannot be run: {error}. Check its flows and elements.",
        ) from error
