"""What a form refuses: a submission (`FormError`) or, at deployment, the form itself (`Problem`, `FormRefusedError`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class FormError(Exception):
    """A submission that was not taken; `fields` maps the path of each field ("intervals.0.start") to its sentence."""

    def __init__(self, fields: Mapping[str, Text]) -> None:
        self.fields = dict(fields)
        self.text = _summary(self.fields)
        super().__init__("; ".join(f"{path}: {text.en}" for path, text in self.fields.items()))


def _summary(fields: Mapping[str, Text]) -> Text:
    count = len(fields)
    noun = "place needs" if count == 1 else "places need"
    return Text(f"有 {count} 处需要改正，改正后再提交。", f"{count} {noun} correcting before this can be submitted.")


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason not to deploy a form: `element` is the component's id (or the form's), `rule` the id of the check."""

    element: str
    rule: str
    text: Text

    def __str__(self) -> str:
        return f"{self.element}: {self.rule}: {self.text.en}"


class FormRefusedError(Exception):
    """A form that cannot be compiled; `problems` are those of `check_form`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))
