"""When an open timer or task would be due had its wait begun by another calendar: asked, nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine.expressions import counted
from engine.spiff import waits
from engine.spiff.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.spiff.parser import Runnable
    from engine.spiff.run import Host


def when_due(
    runnable: Runnable, state: bytes, variables: Mapping[str, Any], wait_id: str, host: Host
) -> tuple[datetime | None, list[dict[str, Any]]] | None:
    """The moment (None while a calendar is missing) and the counts behind it; `host` stands where the wait began.

    None for a cycle: its turns follow from its first moment, which is part of the state. Raises InvalidError where the
    data no longer give a moment.
    """
    run = Run(runnable, state, variables, host)
    task = run.workflow.get_task_from_id(UUID(wait_id))
    element, evaluator = run.element(task), host.evaluator
    names = waits.seen(run, task)
    if element.timer is None:
        due = evaluator.due(element.due or "", names, element.id)
    elif element.timer.kind == "timeCycle":
        return None
    else:
        due = evaluator.moment(element.timer.expression, names, element.id)
    return due, [counted(count) for count in evaluator.counts]
