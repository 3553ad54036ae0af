"""Where somebody fills in a form: a task, the start of a process, what is set off in a matter; or a matter without a form."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import NotFoundError

_PARTS = {"task": 1, "start": 2, "set-off": 2, "matter": 1}
MOST = 400


@dataclass(frozen=True, slots=True)
class Place:
    """`task` id, `start` process and parent, `set-off` instance and element, `matter` instance."""

    kind: str
    first: str
    second: str = ""

    def __str__(self) -> str:
        return ":".join((self.kind, self.first, self.second)[: 1 + _PARTS[self.kind]])


def of_task(task_id: str) -> Place:
    return Place("task", task_id)


def of_start(process: str, parent_id: str | None) -> Place:
    return Place("start", process, parent_id or "")


def of_offer(instance_id: str, element: str) -> Place:
    return Place("set-off", instance_id, element)


def of_matter(instance_id: str) -> Place:
    return Place("matter", instance_id)


def place_of(text: str) -> Place:
    """Raises NotFoundError for what is none."""
    kind, *parts = text.split(":")
    if len(text) > MOST or "\0" in text or _PARTS.get(kind) != len(parts) or not parts[0]:
        raise NotFoundError(
            "没有这个表单。请从待办中重新打开。", "there is no such form; open it from the inbox again."
        )
    return Place(kind, *parts)
