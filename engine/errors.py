"""Every refusal of the engine: one class per thing that a caller may tell apart.

A refusal is raised before anything is written. Its `text` names the thing, what was expected, what was found and what
to do next, in both languages; whatever a program needs stands in attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.findings import Finding


class PingpinError(Exception):
    """What the engine refuses; `text` is for people, the class for programs."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


class NotPermittedError(PingpinError):
    """The actor may not do this; by role, employer or separation of duties."""


class NotFoundError(PingpinError):
    """No such thing, or none that this actor may see (the two are not told apart)."""


class ConflictError(PingpinError):
    """The thing has moved on since the caller looked: closed, claimed, changed, or done already."""


class StaleRevisionError(ConflictError):
    """Asked for at a revision that the instance has left behind; `current` is the one that it is at."""

    def __init__(self, zh: str, en: str, *, current: int) -> None:
        super().__init__(zh, en)
        self.current = current


class BusyError(ConflictError):
    """The database was too busy for this command, more than once; nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            "系统正忙, 未作任何更改, 请稍后重试。", "the system is busy; nothing was changed, try again in a moment."
        )


class InvalidError(PingpinError):
    """The input is wrong; nothing was written."""


class PolicyNotInForceError(InvalidError):
    """Started outside the policy's term (A15.1)."""


class BpmnError(PingpinError):
    """A service's outcome that the diagram is meant to catch on a boundary; `code` is the error event's."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.code = code


class FeelError(InvalidError):
    """An expression that cannot be parsed or broke a limit; `line` and `column` count from 1."""

    def __init__(self, zh: str, en: str, *, line: int = 1, column: int = 1) -> None:
        super().__init__(zh, en)
        self.line, self.column = line, column


class DecisionError(InvalidError):
    """A decision table or graph that cannot be evaluated; `element` is the id in the file."""

    def __init__(self, zh: str, en: str, *, element: str = "") -> None:
        super().__init__(zh, en)
        self.element = element


class BundleRefusedError(InvalidError):
    """A bundle with errors; `findings` are those of `pingpin check`."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        lines = "\n".join(str(finding) for finding in findings)
        super().__init__(f"政策包未通过检查:\n{lines}", f"the bundle did not pass its checks:\n{lines}")
        self.findings = tuple(findings)
