"""What of an application is for the employer's staff and the applicant alone: a form's `properties.shownTo` `staff`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forms.components import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from forms import FieldView, Form, FormView
    from forms.components import Component, Path


def without_personal(view: FormView, form: Form) -> FormView:
    """The application as experts and others with a part in it read it."""
    return replace(view, fields=_fields(view.fields, frozenset(_for_staff(form.components))))


def _for_staff(components: Iterable[Component], base: Path = ()) -> Iterator[Path]:
    """Paths without the numbers of rows."""
    for component in components:
        path = base + component.path
        if component.has_value and component.properties.get("shownTo") == "staff":
            yield path
        yield from _for_staff(component.children, path if component.kind is Kind.DYNAMICLIST else base)


def _fields(fields: Sequence[FieldView], for_staff: frozenset[Path]) -> tuple[FieldView, ...]:
    """Those that may be read; what is for staff is not merely hidden but gone."""
    return tuple(
        replace(
            one,
            fields=_fields(one.fields, for_staff),
            rows=tuple(replace(row, fields=_fields(row.fields, for_staff)) for row in one.rows),
        )
        for one in fields
        if tuple(step for step in one.name.split(".") if not step.isdecimal()) not in for_staff
    )
