"""What may be chosen: `values` of the file, `valuesKey` of the context, or `valuesExpression`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forms.components import CHOICES, expression_of
from forms.data import ABSENT, as_json, canonical, pick
from forms.text import Text
from forms.views import OptionView

if TYPE_CHECKING:
    from forms.components import Component, Evaluate
    from forms.settling import Spot

CODED = "json:"
"""Before the text of an option in HTML that is not itself a text (or a text that begins like this)."""

_MOST_OPTIONS = 500


def options_of(spot: Spot, evaluate: Evaluate) -> tuple[OptionView, ...]:
    """The options as they are under the present values."""
    if spot.component.kind not in CHOICES:
        return ()
    items = _items(spot, evaluate)
    found = items[:_MOST_OPTIONS] if isinstance(items, list) else []
    return tuple(option for item in found if (option := option_of(item, spot.component)))


def _items(spot: Spot, evaluate: Evaluate) -> Any:
    raw = spot.component.raw
    if (expression := expression_of(raw.get("valuesExpression"))) is not None:
        return as_json(evaluate(expression, spot.scope, False))
    if key := raw.get("valuesKey"):
        known = pick(spot.scope, tuple(key.split(".")))
        return [] if known is ABSENT else as_json(known)
    return raw.get("values") or []


def option_of(item: Any, component: Component) -> OptionView | None:
    """From `{label, value}` (and `en`) or a bare value; none for what no field can hold."""
    described = item if isinstance(item, Mapping) else {"value": item}
    value = described.get("value")
    if not isinstance(value, str | int | float):
        return None
    zh = str(described.get("label") or value)
    en = component.properties.get(f"en.{value}") or described.get("en") or zh
    return OptionView(value=value, name=option_name(value), label=Text(zh, str(en)))


def option_name(value: Any) -> str:
    """The option's value in HTML; `value_of_name` reads it."""
    if isinstance(value, str) and not value.startswith(CODED):
        return value
    return CODED + canonical(value)
