"""Forms: supported components only, and every expression parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import forms
from engine.errors import FeelError
from engine.expressions import parse
from engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.compiled import Parts


def check_forms(parts: Parts) -> Iterator[Finding]:
    for path, schema in parts.forms.values():
        problems = forms.check_form(schema, path)
        for problem in problems:
            yield Finding(path, problem.element, problem.rule, problem.text)
        if not problems:
            yield from _check_expressions(path, schema)


def _check_expressions(path: str, schema: dict[str, object]) -> Iterator[Finding]:
    for component, expression, unary in forms.expressions(schema):
        try:
            parse(expression, unary=unary)
        except FeelError as error:
            yield Finding(path, component, "expression", error.text)
