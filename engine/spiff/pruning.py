"""Forgets the past of a task tree: what is over and what nobody will ask for again.

The library keeps every task that ever was, so a step would cost more with each one before it, and at a depth of a thousand
it stops without a word. What happened stands in the history; a state only has to know how to go on.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.util.task import TaskState

from engine.spiff.specs import ParallelGateway, is_used

_OVER = TaskState.FINISHED_MASK


def prune(workflow: Any) -> None:
    """In the process and each of its sub-processes; between steps, when everything waits."""
    for part in (workflow, *workflow.subprocesses.values()):
        _prune(part)


def _prune(workflow: Any) -> None:
    """The youngest first, so that what a branch leaves behind goes in one pass from its end to its beginning."""
    for task in reversed(list(workflow.tasks.values())):
        if task.parent is None or not task.has_state(_OVER) or _is_asked_for(task):
            continue
        children = task.children
        if not children:
            _forget(task)
        elif len(children) == 1 and not _asks_for_parent(children[0]):
            _forget(task, heir=children[0])


def _is_asked_for(task: Any) -> bool:
    """Whether what still goes on looks at this task."""
    if isinstance(task.task_spec, BoundaryEventSplit):
        return _is_open(task)
    if _waits_for_others(task):
        return True
    return any(_is_open(split) for split in (task.parent, task.parent.parent) if _is_split(split))


def _is_split(task: Any) -> bool:
    return task is not None and isinstance(task.task_spec, BoundaryEventSplit)


def _is_open(split: Any) -> bool:
    """Whether the activity behind it goes on, or something is still to be told that it is over."""
    joins = (
        join for child in split.children for join in child.children if isinstance(join.task_spec, BoundaryEventJoin)
    )
    return any(not task.has_state(_OVER) for task in (*split.children, *joins))


def _asks_for_parent(task: Any) -> bool:
    """A join counts the ways by which its tokens came."""
    return _waits_for_others(task) or (isinstance(task.task_spec, Join) and not task.has_state(_OVER))


def _waits_for_others(task: Any) -> bool:
    """A token that came to a parallel join; the library cancels it when the next one comes, the join counts it still."""
    return isinstance(task.task_spec, ParallelGateway) and not task.has_state(TaskState.COMPLETED) and not is_used(task)


def _forget(task: Any, heir: Any = None) -> None:
    """Take a task out of the tree; its one child takes its place."""
    parent = task.parent
    place = parent._children.index(task.id)  # noqa: SLF001  the library can only remove whole branches
    parent._children[place : place + 1] = [] if heir is None else [heir.id]  # noqa: SLF001
    if heir is not None:
        heir.parent = parent
    del task.workflow.tasks[task.id]
