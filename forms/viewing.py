"""A form under the present values -> what a page shows. Nothing is refused here: what was typed is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forms.components import Component, Kind, Path, expression_of
from forms.data import ABSENT, as_json, pick, put, same, too_large
from forms.naming import name_at
from forms.options import options_of
from forms.rules import limit
from forms.schema import load_types
from forms.sentences import beside
from forms.settling import Circumstances, Spot, every, filled, fixed_rows, settle
from forms.shown import is_plain, shown, wanted_by_html
from forms.text import Text
from forms.tree import holders
from forms.views import ErrorView, FieldView, FormView, OptionView, RowView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forms.components import Evaluate
    from forms.form import Form
    from forms.tree import Tree


@dataclass(frozen=True, slots=True)
class _Page:
    """What every field of one view is drawn from."""

    typed: Mapping[str, Any]
    evaluate: Evaluate
    errors: Mapping[str, Text]
    steering: frozenset[str]
    tree: Tree


def view(form: Form, values: Mapping[str, Any], given: Circumstances, errors: Mapping[str, Text]) -> FormView:
    """See `Form.view`."""
    typed = _prefilled(form.components, {} if too_large(values) else values, given.context)
    valid, misfits = load_types(form.schema, typed)
    spots = settle(form.components, filled(form.components, valid, given, frozenset(misfits)), given)
    page = _Page(typed, given.evaluate, errors, form.steering, form.tree)
    fields = tuple(_field(spot, page) for spot in spots)
    summary = Text(f"有 {len(errors)} 处需要改正", _places(len(errors))) if errors else None
    return FormView(fields, summary, _error_views(errors, spots))


def _places(count: int) -> str:
    return "1 place needs correcting" if count == 1 else f"{count} places need correcting"


def _prefilled(
    components: Sequence[Component], values: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """The values as typed; where nothing was, those of the context; for a list at least the rows it begins with."""
    typed: dict[str, Any] = {}
    for component in holders(components):
        value = pick(values, component.path)
        if value is ABSENT:
            value = _first_value(component, context)
        if value is not ABSENT:
            put(typed, component.path, value)
    return typed


def _first_value(component: Component, context: Mapping[str, Any]) -> Any:
    known = pick(context, component.path)
    if component.kind is not Kind.DYNAMICLIST:
        return ABSENT if known is ABSENT else as_json(known)
    if isinstance(known, list | tuple):
        return as_json(known)
    count = max(fixed_rows(component, context, component.path), component.fewest_rows)
    return [{} for _ in range(count)]


def _field(spot: Spot, page: _Page) -> FieldView:
    component = spot.component
    if spot.hidden:
        return FieldView(component.kind, _name(spot), _id(spot.path), component.name, hidden=True)
    typed = _typed(spot, page)
    options = _options(spot, typed, page)
    return FieldView(
        kind=component.kind,
        name=_name(spot),
        id=_id(spot.path),
        label=_label(spot, page),
        description=_said(component.raw.get("description"), component.properties.get("en.description"), spot, page),
        value=wanted_by_html(component, typed),
        shown=shown(component, typed, options),
        options=options,
        required=component.required,
        readonly=spot.locked,
        error=_error(spot, page),
        clause=component.properties.get("clause", ""),
        steers=not page.steering.isdisjoint(spot.path),
        plain=is_plain(component, typed),
        **_extras(spot, page),
        fields=tuple(_field(child, page) for child in spot.children),
        rows=_rows(spot, page),
        extendable=_may_change_rows(component) and len(spot.rows) < component.most_rows,
    )


def _error(spot: Spot, page: _Page) -> Text | None:
    sentence = page.errors.get(_name(spot)) if spot.component.has_value else None
    return beside(name_at(page.tree, spot.path), sentence) if sentence else None


def _extras(spot: Spot, page: _Page) -> dict[str, Any]:
    raw = spot.component.raw
    appearance, layout = raw.get("appearance") or {}, raw.get("layout") or {}
    longest = limit(spot, "maxLength", page.evaluate)
    return {
        "subtype": raw.get("subtype", "date") if spot.component.kind is Kind.DATETIME else "",
        "prefix": _said(appearance.get("prefixAdorner"), spot.component.properties.get("en.prefix"), spot, page),
        "suffix": _said(appearance.get("suffixAdorner"), spot.component.properties.get("en.suffix"), spot, page),
        "longest": None if longest is None else int(longest),
        "columns": layout.get("columns"),
    }


def _typed(spot: Spot, page: _Page) -> Any:
    """What was typed, even where it is wrong; what the server knows where the field is locked."""
    if not spot.component.has_value or spot.locked:
        return spot.value
    typed = pick(page.typed, spot.path)
    return spot.value if typed is ABSENT else typed


def _options(spot: Spot, value: Any, page: _Page) -> tuple[OptionView, ...]:
    chosen = value if isinstance(value, list) else [value]
    return tuple(
        OptionView(option.value, option.name, option.label, any(same(option.value, item) for item in chosen))
        for option in options_of(spot, page.evaluate)
    )


def _rows(spot: Spot, page: _Page) -> tuple[RowView, ...]:
    removable = _may_change_rows(spot.component) and len(spot.rows) > spot.component.fewest_rows
    return tuple(
        RowView(f"{_name(spot)}.{number}", number + 1, tuple(_field(child, page) for child in row), removable)
        for number, row in enumerate(spot.rows)
    )


def _may_change_rows(component: Component) -> bool:
    return component.kind is Kind.DYNAMICLIST and component.raw.get("allowAddRemove") is not False


def _label(spot: Spot, page: _Page) -> Text:
    component = spot.component
    if component.kind is Kind.TEXT:
        said = _said(component.raw.get("text"), component.properties.get("en.text"), spot, page)
    else:
        said = _said(component.label, component.properties.get("en"), spot, page)
    return said or Text("", "")


def _said(zh: str | None, en: str | None, spot: Spot, page: _Page) -> Text | None:
    """Words of the file in both languages, computed where they are expressions; Chinese stands in for English."""
    if not zh:
        return None
    chinese = _computed(zh, spot, page)
    return Text(chinese, _computed(en, spot, page) if en else chinese)


def _computed(words: str, spot: Spot, page: _Page) -> str:
    if (expression := expression_of(words)) is None:
        return words
    value = as_json(page.evaluate(expression, spot.scope, False))
    return "" if value is None else str(value)


def _name(spot: Spot) -> str:
    return ".".join(spot.path) if spot.component.has_value else ""


def _id(path: Path) -> str:
    return "-".join(("field", *path))


def _error_views(errors: Mapping[str, Text], spots: Sequence[Spot]) -> tuple[ErrorView, ...]:
    here = {_name(spot): _id(spot.path) for spot in every(spots) if spot.component.has_value and not spot.hidden}
    return tuple(ErrorView(here.get(path, ""), text) for path, text in errors.items())
