"""Multi-instance: one task or sub-process for each item of a collection, and what is gathered from them.

The collection and the outputs are kept with the loop's own node as JSON text; later changes to the variable do not reach
a loop that is open.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.diagram import MultiInstance
    from engine.spiff.run import Run

_ITEMS, _OUTPUTS = "items", "outputs"


class Loops:
    """The open loops of an instance while it moves."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._entered: dict[Any, dict[str, Any]] = {}

    def open(self, task: Any) -> int:
        """How many there are to do; `task` is the loop's own."""
        element = self.run.element(task)
        items = self.run.host.evaluator.json(self._loop(task).input_collection, self.run.scopes.seen(task))
        if not isinstance(items, list):
            raise InvalidError(
                f"{element.id}: 多实例集合应为列表, 实际为{items!r}",
                f"{element.id}: the collection should be a list, found {items!r}",
            )
        task.internal_data[_ITEMS] = json.dumps(items, ensure_ascii=False)
        task.internal_data[_OUTPUTS] = json.dumps([None] * len(items))
        return len(items)

    def is_turn(self, task: Any) -> bool:
        return task.parent is not None and _ITEMS in task.parent.internal_data

    def item(self, task: Any) -> dict[str, Any]:
        """What one turn of the loop has of its own, as JSON; `task` is that turn's."""
        loop = self._loop(task)
        index = task.internal_data.get("key_or_index", task.internal_data.get("item"))
        item = {"loopCounter": index + 1}
        if loop.input_element:
            item[loop.input_element] = json.loads(task.parent.internal_data[_ITEMS])[index]
        return item

    def collect(self, task: Any, result: Mapping[str, Any]) -> None:
        """Gather what a turn brought. The completion condition, asked while it closes, may look at it."""
        entered = self._entered[task.id] = feel.from_json(dict(result))
        loop, parent = self._loop(task), task.parent
        if loop.output_element:
            outputs = json.loads(parent.internal_data[_OUTPUTS])
            seen = {**self.run.scopes.seen(task), **entered}
            outputs[int(seen["loopCounter"]) - 1] = self.run.host.evaluator.json(loop.output_element, seen)
            parent.internal_data[_OUTPUTS] = json.dumps(outputs, ensure_ascii=False)

    def close(self, task: Any) -> None:
        """All is done, or enough; `task` is the loop's own."""
        collection = self._loop(task).output_collection
        if collection:
            self.run.scopes.write(task, {collection: json.loads(task.internal_data[_OUTPUTS])})

    def names(self, task: Any) -> dict[str, Any]:
        """What a completion condition sees beside everything else: what was entered, and the counts."""
        parent = task.parent
        if parent is None or _ITEMS not in parent.internal_data:
            return {}
        total = len(json.loads(parent.internal_data[_ITEMS]))
        done = len(parent.internal_data.get("merged", []))
        counts = {"numberOfInstances": total, "numberOfCompletedInstances": done}
        return {**self._entered.get(task.id, {}), **feel.from_json(counts)}

    def _loop(self, task: Any) -> MultiInstance:
        loop = self.run.element(task).loop
        assert loop is not None
        return loop
