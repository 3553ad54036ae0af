"""What SpiffWorkflow asks of a script engine, answered with FEEL or refused: its own language is out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from engine.errors import InvalidError
from engine.spiff.parser import CARDINALITY

if TYPE_CHECKING:
    from engine.spiff.run import Run


class Refusing:
    """Stands where the library keeps its Python environment."""

    def __getattr__(self, name: str) -> NoReturn:
        raise InvalidError(f"流程图中不能运行脚本({name})", f"diagrams cannot run scripts here ({name})")


class FeelScriptEngine:
    """Conditions and loops are FEEL; `run` is set for the length of one step."""

    def __init__(self) -> None:
        self.environment = Refusing()
        self.run: Run | None = None

    def evaluate(self, task: Any, expression: str, external_context: object = None) -> Any:  # noqa: ARG002  the library's name
        assert self.run is not None
        if expression == CARDINALITY:
            return self.run.open_loop(task)
        return self.run.condition(task, expression)

    def send(self, task: Any) -> None:
        assert self.run is not None
        self.run.send(task)

    def execute(self, task: Any, _script: str, external_context: object = None) -> NoReturn:  # noqa: ARG002
        raise InvalidError(
            f"{task.task_spec.name}: 不能运行脚本, 请改用FEEL表达式",
            f"{task.task_spec.name}: scripts cannot run here; use FEEL",
        )

    call_service = execute
