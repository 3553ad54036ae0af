"""What SpiffWorkflow asks of a script engine, answered with FEEL or refused: its own language is out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from engine.errors import InvalidError
from engine.spiff.specs import CARDINALITY

if TYPE_CHECKING:
    from engine.spiff.run import Run


class Refusing:
    """Stands where the library keeps its Python environment."""

    def __getattr__(self, name: str) -> NoReturn:
        raise InvalidError(f"流程图中不能运行脚本({name})", f"diagrams cannot run scripts here ({name})")


class FeelScriptEngine:
    """Conditions and loops are FEEL; `run` is set for the length of one step."""

    def __init__(self, run: Run) -> None:
        self.environment = Refusing()
        self.run = run

    def evaluate(self, task: Any, expression: str, external_context: object = None) -> Any:  # noqa: ARG002  the library's name
        if expression == CARDINALITY:
            return self.run.open_loop(task)
        return self.run.condition(task, expression)

    def enter(self, task: Any) -> None:
        self.run.enter(task)

    def leave(self, task: Any) -> None:
        self.run.leave(task)

    def close_loop(self, task: Any) -> None:
        self.run.close_loop(task)

    def refuse_choice(self, task: Any) -> NoReturn:
        element = self.run.element(task)
        raise InvalidError(
            f"{element.id}: 没有一条连线的条件成立, 也没有默认连线。请补充默认连线或检查数据。",
            f"{element.id}: no flow's condition is true and there is no default flow. Add a default flow, or check the data.",
        )

    def refuse_crowd(self, task: Any) -> NoReturn:
        """Two tokens by one flow: which belongs to which of the others nobody could say."""
        element = self.run.element(task)
        raise InvalidError(
            f"{element.id}: 同一条连线上来了两次, 无法分清哪些属于一起。请流程负责人把可能重复的步骤放进子流程。",
            f"{element.id}: two tokens came by the same flow, and nobody could say which belong together. Tell the process owner "
            "to put the steps that may be repeated into a sub-process.",
        )

    def execute(self, task: Any, _script: str, external_context: object = None) -> NoReturn:  # noqa: ARG002
        raise InvalidError(
            f"{task.task_spec.name}: 不能运行脚本, 请改用FEEL表达式",
            f"{task.task_spec.name}: scripts cannot run here; use FEEL",
        )

    call_service = execute
