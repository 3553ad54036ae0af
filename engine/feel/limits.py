"""How much an expression may do, and the record of one evaluation. No semantics live here.

An expression comes from a process owner: it must neither hang nor exhaust a worker. Loops, calls and list functions
pay steps; strings and lists have a greatest size; calls have a greatest depth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import FeelError
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_TEXT = 100_000
MAX_NESTING = 48
MAX_STEPS = 200_000
MAX_DEPTH = 60
MAX_STRING = 500_000
MAX_LIST = 50_000
MAX_PARTS = 300_000
MAX_WARNINGS = 50
REGEX_SECONDS = 0.5
LIST_STEP, TEXT_STEP = 20, 1000
TEXT_PART = 100  # so many characters weigh as much as one more part of a value


class Run:
    """One evaluation: what the host lends it, what it has used up, and why something became null."""

    __slots__ = ("depth", "functions", "regex_seconds", "steps", "warnings")

    def __init__(
        self, functions: Mapping[str, Callable[..., Any]] | None = None, warnings: list[Text] | None = None
    ) -> None:
        self.functions: Mapping[str, Callable[..., Any]] = functions or {}
        self.warnings = warnings
        self.steps = 0
        self.depth = 0
        self.regex_seconds = REGEX_SECONDS

    @classmethod
    def afterwards(cls, functions: Mapping[str, Callable[..., Any]] | None, times: int) -> Run:
        """For what is asked again to explain an evaluation: as many steps as so many evaluations may take."""
        run = cls(functions)
        run.steps = -MAX_STEPS * (times - 1)
        return run

    def null(self, zh: str, en: str) -> Any:
        """Note why a value is null; yields that null, so that it can be returned."""
        if self.warnings is not None and len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(Text(zh, en))
        return None

    def spend(self, steps: int = 1) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise FeelError(
                f"表达式运算步数超过上限 {MAX_STEPS}；请减少循环或列表长度",
                f"the expression takes more than {MAX_STEPS} steps; use fewer loops or shorter lists",
            )

    def spend_on(self, arguments: Sequence[Any]) -> None:
        """The price of a built-in function: by the size of what it is given."""
        steps = 1
        for argument in arguments:
            if type(argument) is list:
                steps += len(argument) // LIST_STEP
            elif type(argument) is str:
                steps += len(argument) // TEXT_STEP
        self.spend(steps)

    def enter(self) -> None:
        self.spend()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FeelError(
                f"函数调用层数超过上限 {MAX_DEPTH}；请检查是否无限递归",
                f"functions call each other more than {MAX_DEPTH} deep; look for endless recursion",
            )

    def leave(self) -> None:
        self.depth -= 1

    def sized_text(self, text: str) -> str:
        if len(text) > MAX_STRING:
            raise too_long_text()
        return text

    def sized_list(self, items: list[Any]) -> list[Any]:
        if len(items) > MAX_LIST:
            raise too_long()
        return items


def too_long_text() -> FeelError:
    return FeelError(f"文本长度超过上限 {MAX_STRING} 个字符", f"a string grew longer than {MAX_STRING} characters")


def too_big() -> FeelError:
    return FeelError(f"值超过 {MAX_PARTS} 个部分", f"the value has more than {MAX_PARTS} parts")


def too_long() -> FeelError:
    return FeelError(f"列表长度超过上限 {MAX_LIST} 项", f"a list grew longer than {MAX_LIST} items")
