"""An instance's state as bytes: the task tree without specs and without data, in the order in which its tasks came to be.

The library's own form repeats every key for every task and takes most of a step's time. Children come in the order of
their creation, so a task's parent is all that needs to be said of the tree.
"""

from __future__ import annotations

import json
import zlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task

from engine.errors import InvalidError
from engine.spiff.pruning import prune

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 2
_LIBRARY = version("SpiffWorkflow")


def dump(workflow: BpmnWorkflow) -> bytes:
    """With the format and the library's version, so that a later release knows what it reads."""
    prune(workflow)
    document = {"format": FORMAT, "library": _LIBRARY, **_part(workflow)}
    document["inner"] = [[str(owner), _part(inner)] for owner, inner in workflow.subprocesses.items()]
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), level=1)


def renamed(state: bytes, ids: Mapping[str, str]) -> bytes:
    """The same state with other ids for some of its tasks."""
    text = zlib.decompress(state).decode()
    for old, new in ids.items():
        text = text.replace(old, new)
    return zlib.compress(text.encode(), level=1)


def _part(workflow: Any) -> dict[str, Any]:
    """One workflow: the process, or one of its sub-processes."""
    places = {task_id: place for place, task_id in enumerate(workflow.tasks)}
    return {
        "completed": workflow.completed,
        "success": workflow.success,
        "last": None if workflow.last_task is None else places.get(workflow.last_task.id),
        "tasks": [_row(task, places) for task in workflow.tasks.values()],
    }


def _row(task: Any, places: Mapping[UUID, int]) -> list[Any]:
    assert not task.data, "variables are kept outside"
    parent = None if task.parent is None else places[task.parent.id]
    row = [str(task.id), parent, task.task_spec.name, task.state]
    return [*row, task.internal_data, task.triggered] if task.internal_data or task.triggered else row


def load(state: bytes, spec: Any, inner: dict[str, Any], script_engine: Any) -> BpmnWorkflow:
    """`inner` are the specs of the sub-processes, by id. Raises InvalidError for what a later release wrote."""
    document = json.loads(zlib.decompress(state))
    if document["format"] != FORMAT:
        raise InvalidError(
            f"此事项的状态格式为{document['format']}, 本版本只能读取{FORMAT}。请升级系统后再继续。",
            f"the state of this matter has the format {document['format']}, this release reads {FORMAT}. Upgrade before going on.",
        )
    workflow = BpmnWorkflow(spec, inner, script_engine=script_engine, deserializing=True)
    _restore(workflow, document)
    # A sub-process stands after the one that its task is in.
    for owner_id, part in document["inner"]:
        owner = workflow.get_task_from_id(UUID(owner_id))
        restored = BpmnSubWorkflow(inner[owner.task_spec.spec], owner.id, workflow, deserializing=True)
        _restore(restored, part)
        workflow.subprocesses[owner.id] = restored
        restored.completed_event.connect(owner.task_spec._on_subworkflow_completed, owner)  # noqa: SLF001
    return workflow


def _restore(workflow: Any, part: Mapping[str, Any]) -> None:
    tasks: list[Any] = []
    specs = workflow.spec.task_specs
    for task_id, parent, name, state, *rest in part["tasks"]:
        # Its constructor tells the parent, which so has its children in the old order.
        task = Task(workflow, specs[name], None if parent is None else tasks[parent], state, UUID(task_id))
        if rest:
            task.internal_data, task.triggered = rest
        tasks.append(task)
    workflow.task_tree = tasks[0]
    workflow.completed, workflow.success = part["completed"], part["success"]
    workflow.last_task = None if part["last"] is None else tasks[part["last"]]
