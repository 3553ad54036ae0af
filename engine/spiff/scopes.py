"""Whose variables are seen and written where: the instance's own, and those of the sub-processes around a task.

What belongs to one task or sub-process alone is kept with it as JSON text, so that no key of it can be mistaken for the
library's own. A called process sees nothing of its caller but what it was given.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.errors import InvalidError
from engine.expressions import RESERVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_LOCAL = "local"


class Scopes:
    """The variables of one instance while it moves; `variables` is JSON, names are FEEL values."""

    def __init__(
        self, variables: Mapping[str, Any], facts: Mapping[str, Any], is_called: Callable[[Any], bool]
    ) -> None:
        """`facts` are the read-only names; `is_called` says whether a task runs another process."""
        self.variables = dict(variables)
        self.facts, self._is_called = facts, is_called
        self._names: dict[str, Any] = {key: feel.from_json(value) for key, value in variables.items()} | dict(facts)
        self._locals: dict[Any, dict[str, Any]] = {}

    def seen(self, task: Any) -> dict[str, Any]:
        """Every name that an expression of this task finds, as FEEL values."""
        names = dict(self.local(task))
        for owner in owners(task):
            names = {**self.local(owner), **names}
            if self._is_called(owner):
                return {**self.facts, **names}
        return {**self._names, **names}

    def seen_variables(self, task: Any) -> dict[str, Any]:
        """The same as JSON, without facts and without what is the task's own."""
        found: dict[str, Any] = {}
        for owner in owners(task):
            found = {**self.own(owner), **found}
            if self._is_called(owner):
                return found
        return {**self.variables, **found}

    def local(self, task: Any) -> dict[str, Any]:
        """What is this task's own, as FEEL values."""
        if task.id not in self._locals:
            self._locals[task.id] = {name: feel.from_json(value) for name, value in self.own(task).items()}
        return self._locals[task.id]

    def own(self, task: Any) -> dict[str, Any]:
        """What is this task's own, as JSON."""
        text = task.internal_data.get(_LOCAL)
        return dict(json.loads(text)) if text else {}

    def is_set(self, task: Any) -> bool:
        return _LOCAL in task.internal_data

    def keep(self, task: Any, values: Mapping[str, Any]) -> None:
        """Make these the task's own, beside what is."""
        task.internal_data[_LOCAL] = json.dumps({**self.own(task), **values}, ensure_ascii=False)
        self._locals.pop(task.id, None)

    def write(self, task: Any, values: Mapping[str, Any]) -> None:
        """Set variables from within a task.

        Each goes to the nearest sub-process around it that has one of that name, else to the process that it belongs to.
        """
        for name, value in values.items():
            if name in RESERVED:
                raise InvalidError(f"变量名{name}为系统保留", f"the name {name} is reserved; rename the variable")
            home = self._home(task, name)
            if home is None:
                self.variables[name] = value
                self._names[name] = feel.from_json(value)
            else:
                self.keep(home, {name: value})

    def _home(self, task: Any, name: str) -> Any:
        return next((owner for owner in owners(task) if name in self.own(owner) or self._is_called(owner)), None)


def owners(task: Any) -> Iterator[Any]:
    """The sub-processes around a task, the innermost first."""
    workflow = task.workflow
    while workflow.parent_task_id is not None:
        owner = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
        yield owner
        workflow = owner.workflow
