"""SpiffWorkflow's kinds of nodes where the host needs them to be otherwise; each says what the library would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    NoneTask,
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
    SubWorkflowTask,
)
from SpiffWorkflow.bpmn.specs.defaults import (
    InclusiveGateway as LibraryInclusiveGateway,
)
from SpiffWorkflow.bpmn.specs.defaults import (
    ParallelGateway as LibraryParallelGateway,
)
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable

# Stands where SpiffWorkflow expects the number of a multi-instance's children; engine.spiff.script answers it.
CARDINALITY = "#items"
# How the id of a scope's body ends that engine.spiff.lowering has made for its event sub-processes to stand on.
BODY = ".body"

_USED = "used"
_LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


class HostEvent(EventDefinition):  # type: ignore[misc]
    """A timer, message, signal, error, escalation or condition that has happened when the host said so.

    The library would look at its own clock, send messages of its own, and let two timers of a gateway share one moment.
    """


class EventGateway(NoneTask):  # type: ignore[misc]
    """Opens every wait behind it; the host closes the others when one has happened.

    The library looks ahead through events as if they were certain, without end where a loop leads through them alone.
    """

    def _predict(
        self, my_task: Any, _seen: Any = None, _looked_ahead: int = 0, mask: int = TaskState.PREDICTED_MASK
    ) -> None:
        if my_task.has_state(mask):
            self._predict_hook(my_task)

    def _run_hook(self, my_task: Any) -> bool:
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)  # noqa: SLF001
        return True


class _Gateway:
    """The library merges task data here, which are empty, and drops whole branches while it does so."""

    def _run_hook(self, _my_task: Any) -> bool:
        return True


class ParallelGateway(_Gateway, LibraryParallelGateway):  # type: ignore[misc]
    """Joins what has come by every flow since it joined last; the library counts what came in earlier rounds of a loop too."""

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        here = [
            task
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self and task.parent.state == TaskState.COMPLETED and _USED not in task.internal_data
        ]
        came = [task.parent.task_spec for task in here]
        if len(came) > len(set(came)):
            my_task.workflow.script_engine.refuse_crowd(my_task)
        if set(came) != set(self.inputs):
            return False
        for task in here:
            task.internal_data[_USED] = True
        return True


class InclusiveGateway(LibraryInclusiveGateway):  # type: ignore[misc]
    """Joins when no other token of its scope can still come here; the library follows only one way back from each input."""

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        others = [task for task in my_task.workflow.tasks.values() if _is_token(task) and task.task_spec is not self]
        return not any(self in _reachable(task.task_spec, self) for task in others)

    def _run_hook(self, my_task: Any) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            my_task.workflow.script_engine.refuse_choice(my_task)
        my_task._sync_children(matches or defaults, TaskState.FUTURE)  # noqa: SLF001  the library's own way to choose
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)  # noqa: SLF001
        return True


def _is_token(task: Any) -> bool:
    """Whether a token rests here; a sibling that the same split is about to reach is one already."""
    if task.has_state(_LIVE):
        return True
    return bool(task.state == TaskState.FUTURE and task.parent is not None and task.parent.state == TaskState.COMPLETED)


def _reachable(start: Any, join: Any) -> set[Any]:
    """The nodes that a token of this node may come to before it passes the join."""
    found: set[Any] = set()
    waiting = list(start.outputs)
    while waiting:
        spec = waiting.pop()
        if spec not in found:
            found.add(spec)
            waiting += [] if spec is join else spec.outputs
    return found


class SubProcess(SubWorkflowTask):  # type: ignore[misc]
    """Tells the host when it is entered and left; the library would copy task data in and out."""

    def start_workflow(self, my_task: Any) -> None:
        my_task.workflow.script_engine.enter(my_task)
        super().start_workflow(my_task)

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        pass

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        pass

    def _on_subworkflow_completed(self, subworkflow: Any, my_task: Any) -> None:
        if not self._is_held(my_task):
            super()._on_subworkflow_completed(subworkflow, my_task)

    def _update_hook(self, my_task: Any) -> bool | None:
        """What is over is not begun again once its inner tasks have been forgotten."""
        if my_task.has_state(TaskState.FINISHED_MASK | TaskState.READY):
            return None
        return bool(super()._update_hook(my_task)) and not self._is_held(my_task)

    def _is_held(self, my_task: Any) -> bool:
        """A scope is open, and its event sub-processes can begin, until those that run in it are over as well."""
        return str(self.bpmn_id).endswith(BODY) and any(
            task.has_state(_LIVE) and task is not my_task and not _is_at_rest(task)
            for task in my_task.workflow.tasks.values()
        )

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.script_engine.leave(my_task)
        return True


class _Loop:
    """A multi-instance that tells the host when all is done, and lets nothing of it live on when it is cancelled."""

    def _update_hook(self, my_task: Any) -> Any:
        if my_task.has_state(TaskState.PREDICTED_MASK):
            # Its token is here; the library would refuse to add children to what it takes for a mere prediction.
            my_task._set_state(TaskState.FUTURE)  # noqa: SLF001
        return super()._update_hook(my_task)  # type: ignore[misc]

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.script_engine.close_loop(my_task)
        return True

    def _on_cancel(self, my_task: Any) -> None:
        """The library drops the children without telling them, so that their sub-processes would go on for ever."""
        super()._on_cancel(my_task)  # type: ignore[misc]
        forget_orphans(my_task.workflow.top_workflow)


class ParallelLoop(_Loop, ParallelMultiInstanceTask):  # type: ignore[misc]
    """All at the same time."""


class SequentialLoop(_Loop, SequentialMultiInstanceTask):  # type: ignore[misc]
    """One after the other."""


def is_used(task: Any) -> bool:
    """Whether a token that came to a parallel join has gone on with the others."""
    return _USED in task.internal_data


def _is_at_rest(task: Any) -> bool:
    """An event sub-process that has not begun, or the end of the scope, which waits for everybody anyway."""
    return isinstance(task.task_spec, Join) or (
        isinstance(task.task_spec, BoundaryEvent) and task.state == TaskState.WAITING
    )


def forget_orphans(workflow: Any) -> None:
    """Drop sub-processes whose task is gone or over: nothing in them is of use any more."""
    while orphans := list(_orphans(workflow)):
        for task_id in orphans:
            del workflow.subprocesses[task_id]


def _orphans(workflow: Any) -> Iterable[Any]:
    tasks = {task.id: task for part in (workflow, *workflow.subprocesses.values()) for task in part.tasks.values()}
    for task_id in workflow.subprocesses:
        owner = tasks.get(task_id)
        if owner is None or owner.has_state(TaskState.FINISHED_MASK):
            yield task_id
