"""What events do to the tokens around them: interrupt, listen again, end a scope, find who catches an error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from engine.spiff.scopes import owners
from engine.spiff.specs import BODY, ParallelLoop, SequentialLoop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.spiff.run import Run

_LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


def interrupt(boundary: Any) -> None:
    """End the activity and its other waits at once; the library would do so after the activity had its chance to go on.

    An event sub-process that interrupts also ends those that already run beside the body of its scope.
    """
    others = list(boundary.parent.children)
    if begins_handler(boundary):
        others += [task for task in boundary.workflow.tasks.values() if task.has_state(_LIVE)]
    for other in others:
        if other is not boundary and not other.has_state(TaskState.FINISHED_MASK):
            other.cancel()


def begins_handler(task: Any) -> bool:
    """Whether it is the start of an event sub-process, which has become an event on the boundary of its scope's body."""
    return isinstance(task.task_spec, BoundaryEvent) and is_body(activity_of(task))


def is_body(task: Any) -> bool:
    return str(task.task_spec.bpmn_id or "").endswith(BODY)


def listen_again(boundary: Any) -> None:
    """An event that does not interrupt may happen any number of times, a timer as often as its cycle says."""
    cycle = boundary.internal_data.get("cycle")
    left = cycle["left"] if cycle else None
    if boundary.internal_data.get("once") or left == 0:
        return
    again = boundary.parent._add_child(boundary.task_spec, TaskState.WAITING)  # noqa: SLF001  the library has no other way
    if cycle:
        again.internal_data["cycle"] = {**cycle, "turn": cycle["turn"] + 1, "left": None if left is None else left - 1}
    if "was" in boundary.internal_data:
        again.internal_data["was"] = True
    again.task_spec._predict(again, mask=TaskState.NOT_FINISHED_MASK)  # noqa: SLF001  else nothing would follow it


def close_others(event: Any) -> None:
    """Of the waits behind an event gateway the first one wins."""
    for other in event.parent.children:
        if other is not event and not other.has_state(TaskState.FINISHED_MASK):
            other.cancel()


def has_become_true(task: Any, is_true: bool) -> bool:
    """Whether a condition is true now and was not before; remembered where it can happen again."""
    was = task.internal_data.get("was", False)
    task.internal_data["was"] = is_true
    return is_true and not was


def terminate(end: Any) -> None:
    """End everything else in the scope of this end event, the event sub-processes beside its body included."""
    current = end
    while True:
        after = set(_below(current))
        for other in list(current.workflow.tasks.values()):
            if other.has_state(_LIVE) and other.id not in after:
                other.cancel()
        owner = next(owners(current), None)
        if owner is None or not is_body(owner):
            return
        current = owner


def _below(task: Any) -> Iterator[Any]:
    """The ids of a node and of all that may come after it."""
    waiting = [task]
    while waiting:
        current = waiting.pop()
        yield current.id
        waiting += current.children


def raise_to(run: Run, task: Any, kind: str, code: str | None, payload: Mapping[str, Any]) -> bool:
    """Let the innermost catching event of this code happen, one for every code as the last resort; whether there is one."""
    for activity in _activities(task):
        catchers = [
            boundary
            for boundary in _boundaries(activity)
            if run.element(boundary).event == kind and boundary.state == TaskState.WAITING
        ]
        found = [boundary for boundary in catchers if run.element(boundary).code == code and code]
        found += [boundary for boundary in catchers if run.element(boundary).code is None]
        if found:
            run.happen(found[0], payload)
            return True
    return False


def _activities(task: Any) -> Iterator[Any]:
    """The task itself and the sub-processes around it, each as what boundary events are attached to.

    An event sub-process stands in its scope, whose others may catch what it throws; an interrupting one has ended them.
    """
    for inner in (task, *owners(task)):
        before = inner.parent
        is_turn = before is not None and isinstance(before.task_spec, ParallelLoop | SequentialLoop)
        is_begun = before is not None and isinstance(before.task_spec, BoundaryEvent) and begins_handler(before)
        yield before if is_turn or is_begun else inner


def _boundaries(activity: Any) -> list[Any]:
    """The events beside an activity; beside an event sub-process those of the others, since nothing catches itself."""
    siblings = activity.parent.children if activity.parent is not None else []
    return [
        sibling
        for sibling in siblings
        if isinstance(sibling.task_spec, BoundaryEvent) and sibling.task_spec is not activity.task_spec
    ]


def activity_of(boundary: Any) -> Any:
    """What a boundary event is attached to."""
    return next(task for task in boundary.parent.children if not isinstance(task.task_spec, BoundaryEvent))


def changed(task: Any) -> dict[str, Any]:
    """What a called process brought or changed of what it was given."""
    given, now = (json.loads(task.internal_data[kept]) for kept in ("given", "local"))
    return {name: value for name, value in now.items() if name not in given or given[name] != value}
