"""A diagram to a SpiffWorkflow spec: control flow only. What a task does is decided by the diagram's own elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import (
    EndEventParser,
    EventDefinitionParser,
    IntermediateCatchEventParser,
    IntermediateThrowEventParser,
    ReceiveTaskParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.defaults import (
    EndEvent,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    ReceiveTask,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine.diagram import parse_xml
from engine.errors import InvalidError

if TYPE_CHECKING:
    from lxml import etree

    from engine.diagram import Diagram

# Stands where SpiffWorkflow expects the number of a multi-instance's children; engine.spiff.script answers it.
CARDINALITY = "#items"

# What the library raises for a diagram that it does not like: its own refusals, and what it stumbles over.
_REFUSALS = (SpiffWorkflowException, AssertionError, LookupError, ValueError, TypeError, AttributeError, RecursionError)

HOST_TASKS = ("userTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask")


class HostTimer(EventDefinition):  # type: ignore[misc]
    """A timer that never looks at a clock: it has fired when the host said so."""


class HostMessage(EventDefinition):  # type: ignore[misc]
    """A message that the host sends and delivers; SpiffWorkflow's own event passing is not used."""

    def throw(self, my_task: Any) -> None:
        my_task.workflow.top_workflow.script_engine.send(my_task)


class _HostTaskParser(TaskParser):  # type: ignore[misc]
    """A task that the host works on, whatever its tag; loops come from zeebe:loopCharacteristics."""

    task: Any

    def _add_multiinstance_task(self, loop: etree._Element) -> None:
        kind = self.SEQUENTIAL_MI_CLASS if loop.get("isSequential") == "true" else self.PARALLEL_MI_CLASS
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


class _HostEvents(EventDefinitionParser):  # type: ignore[misc]
    def parse_timer_event(self, _event: etree._Element) -> HostTimer:
        return HostTimer(self.node.get("id"))

    def parse_message_event(self, _event: etree._Element) -> HostMessage:
        return HostMessage(self.node.get("id"))


class _EndParser(_HostEvents, EndEventParser):  # type: ignore[misc]
    pass


class _CatchParser(_HostEvents, IntermediateCatchEventParser):  # type: ignore[misc]
    pass


class _ThrowParser(_HostEvents, IntermediateThrowEventParser):  # type: ignore[misc]
    pass


class _ReceiveParser(_HostEvents, ReceiveTaskParser):  # type: ignore[misc]
    pass


class _Parser(BpmnParser):  # type: ignore[misc]
    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012  the library's own shape
        **{full_tag(tag): (_HostTaskParser, UserTask) for tag in HOST_TASKS},
        full_tag("endEvent"): (_EndParser, EndEvent),
        full_tag("intermediateCatchEvent"): (_CatchParser, IntermediateCatchEvent),
        full_tag("intermediateThrowEvent"): (_ThrowParser, IntermediateThrowEvent),
        full_tag("receiveTask"): (_ReceiveParser, ReceiveTask),
    }


def parse_spec(diagram: Diagram) -> Any:
    """SpiffWorkflow's spec of a diagram that has passed the checks; raises InvalidError with the library's reason."""
    parser = _Parser()
    root = parse_xml(diagram.xml, diagram.file)  # the same texts as the checks and the step have read
    try:
        parser.add_bpmn_xml(root, diagram.file)
        return parser.get_spec(diagram.process)
    except _REFUSALS as error:
        raise InvalidError(
            f"{diagram.file}: 流程图无法执行: {error}。请检查连线与元素。",
            f"{diagram.file}: the diagram cannot be run: {error}. Check its flows and elements.",
        ) from error
