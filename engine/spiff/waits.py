"""What an instance waits for, as data: the user tasks, jobs, timers and subscriptions that a step opened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent

from engine import feel
from engine.errors import InvalidError
from engine.expressions import counted
from engine.permissions import Role
from engine.spiff import events
from engine.spiff.snapshot import OpenedJob, OpenedSubscription, OpenedTask, OpenedTimer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.diagram import Element
    from engine.spiff.run import Run

_CYCLE = re.compile(r"R(?P<times>([1-9]\d{0,5})?)(/(?P<start>[^P/][^/]*))?/(?P<every>P[^/]+)")


def opened(run: Run, task: Any) -> OpenedTask | OpenedJob | OpenedTimer | OpenedSubscription:
    element = run.element(task)
    match run.kind(task):
        case "task":
            return _task(run, task, element)
        case "job":
            run.open_scope(task)
            return OpenedJob(str(task.id), element.id, element.task_type or "", run.scopes.own(task))
        case "timer":
            return _timer(run, task, element)
        case _:
            return _subscription(run, task, element)


def seen(run: Run, task: Any) -> dict[str, Any]:
    """What a wait's expressions find; an event on a boundary also what is its activity's own."""
    if not isinstance(task.task_spec, BoundaryEvent):
        run.open_scope(task)
        return run.scopes.seen(task)
    names = run.scopes.seen(task)
    activity = events.activity_of(task)
    if run.element(activity).loop is None:
        run.open_scope(activity)
    return {**names, **run.scopes.local(activity)}


def _task(run: Run, task: Any, element: Element) -> OpenedTask:
    run.open_scope(task)
    names, evaluator = run.scopes.seen(task), run.host.evaluator
    known = len(evaluator.counts)
    due = evaluator.due(element.due, names, element.id) if element.due else None
    counts = tuple(counted(count) for count in evaluator.counts[known:])
    assignee = evaluator.json(element.assignee, names) if element.assignee else None
    roles = _names(evaluator.json(element.candidate_groups or "", names))
    if assignee is None and not set(roles) & set(Role):
        raise InvalidError(
            f"{element.id}: 没有办理人, 候选角色{list(roles)}也无人可办。请检查分配表达式所用的数据。",
            f"{element.id}: nobody is assigned and nobody has the roles {list(roles)}. Check the data of its assignment.",
        )
    return OpenedTask(
        id=str(task.id),
        element=element.id,
        assignee_id=None if assignee is None else str(assignee),
        roles=roles,
        barred_ids=_names(evaluator.json(element.properties.get("notBy", ""), names)),
        due_at=due,
        local=_around(run, task),
        counts=counts,
        run=str(task.parent.id if run.loops.is_turn(task) else task.id),
    )


def _around(run: Run, task: Any) -> dict[str, Any]:
    """What a form sees beside the instance's variables: what belongs to the task and to the sub-processes around it."""
    own = run.scopes.own(task)
    if task.workflow.parent_task_id is None:
        return own
    outer = run.scopes.variables
    around = run.scopes.seen_variables(task)
    return {**{name: value for name, value in around.items() if name not in outer or outer[name] != value}, **own}


def _timer(run: Run, task: Any, element: Element) -> OpenedTimer:
    assert element.timer is not None
    evaluator = run.host.evaluator
    known, names = len(evaluator.counts), seen(run, task)
    if element.timer.kind == "timeCycle":
        due = _next_turn(run, task, element, names)
    else:
        due = evaluator.moment(element.timer.expression, names, element.id)
        task.internal_data["once"] = True
    counts = tuple(counted(count) for count in evaluator.counts[known:])
    return OpenedTimer(str(task.id), element.id, due, element.properties.get("window"), counts)


def _next_turn(run: Run, task: Any, element: Element, names: Mapping[str, Any]) -> Any:
    """When a cycle's next turn falls: counted from its first moment, so that no delay adds up and months stay months."""
    evaluator = run.host.evaluator
    cycle = task.internal_data.get("cycle")
    if cycle is None:
        assert element.timer is not None
        text = str(evaluator.value(element.timer.expression, names))
        cycle = task.internal_data["cycle"] = _first_turn(run, element, text)
    anchor = "=date and time(anchor) + duration(interval) * turn"
    return evaluator.moment(anchor, feel.from_json(cycle), element.id)


def _first_turn(run: Run, element: Element, text: str) -> dict[str, Any]:
    found = _CYCLE.fullmatch(text)
    evaluator = run.host.evaluator
    if found is None:
        raise InvalidError(
            f"{element.id}: 循环定时 {text} 应写作 R3/PT1H 或 R/2025-07-01T09:00:00/P1D 的形式。请更正。",
            f"{element.id}: the cycle {text} should read like R3/PT1H or R/2025-07-01T09:00:00/P1D. Correct it.",
        )
    start, times = found["start"], found["times"]
    anchor = evaluator.moment(start or "=now()", {}, element.id)
    after = evaluator.moment(f'=now() + duration("{found["every"]}")', {}, element.id)
    assert anchor is not None
    assert after is not None
    if after <= evaluator.now:
        raise InvalidError(
            f"{element.id}: 循环定时 {text} 的间隔应大于零。请更正。",
            f"{element.id}: the interval of the cycle {text} should be more than nothing. Correct it.",
        )
    return {
        "anchor": anchor.isoformat(),
        "interval": found["every"],
        "turn": 0 if start else 1,
        "left": int(times) - 1 if times else None,
    }


def _subscription(run: Run, task: Any, element: Element) -> OpenedSubscription:
    if element.event == "signal":
        return OpenedSubscription(str(task.id), element.id, element.code or "", None, None, is_signal=True)
    assert element.message is not None
    key = element.message.correlation_key
    value = run.host.evaluator.json(key, seen(run, task)) if key else None
    return OpenedSubscription(
        str(task.id),
        element.id,
        element.message.name,
        None if value is None else str(value),
        element.properties.get("fanIn"),
        is_signal=False,
    )


def _names(value: Any) -> tuple[str, ...]:
    """A FEEL list, or text with commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list):
        return tuple(str(part) for part in value if part is not None)
    return ()
