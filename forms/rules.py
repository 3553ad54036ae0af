"""Whether a field's value is allowed: every rule returns the half sentence that refuses it, or none.

The values have the right type by now; limits may be expressions, options may hang on other fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import regex

from forms import sentences
from forms.components import CHOICES, Component, Evaluate, Kind, expression_of
from forms.data import as_json, same
from forms.options import options_of
from forms.reading import blank, utf16_length
from forms.settling import fixed_rows
from forms.times import day_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from forms.settling import Circumstances, Spot
    from forms.text import Text

PATTERN_SECONDS = 0.2
EMAIL = regex.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", regex.ASCII)
PHONE = regex.compile(r"\+?[0-9](?:[ -]?[0-9]){4,19}", regex.ASCII)


@dataclass(frozen=True, slots=True)
class Judge:
    """What a rule may look at besides the field itself."""

    given: Circumstances
    today: date


def refusal(spot: Spot, judge: Judge) -> Text | None:
    """The first rule that the field breaks."""
    if spot.component.kind is Kind.DYNAMICLIST:
        return _rows(spot, judge)
    if spot.value == blank(spot.component):
        return _missing(spot.component)
    return next((text for rule in _RULES if (text := rule(spot, judge))), None)


def limit(spot: Spot, keyword: str, evaluate: Evaluate) -> Decimal | None:
    """A limit of `validate`, computed where it is an expression; none where there is none."""
    raw = spot.component.validate.get(keyword)
    if (expression := expression_of(raw)) is not None:
        raw = as_json(evaluate(expression, spot.scope, False))
    return number_of(raw)


def number_of(raw: Any) -> Decimal | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


_MISSING = {
    Kind.CHECKBOX: sentences.NOT_TICKED,
    Kind.CHECKLIST: sentences.NONE_CHOSEN,
    Kind.SELECT: sentences.NOT_CHOSEN,
    Kind.RADIO: sentences.NOT_CHOSEN,
}


def _missing(component: Component) -> Text | None:
    return _MISSING.get(component.kind, sentences.MISSING) if component.required else None


def _rows(spot: Spot, judge: Judge) -> Text | None:
    count, component = len(spot.value or ()), spot.component
    most = component.most_rows
    if component.raw.get("allowAddRemove") is False:
        most = fixed_rows(component, judge.given.context, spot.path)
    if count > most:
        return sentences.too_many_rows(most, count)
    if count < component.fewest_rows:
        return sentences.too_few_rows(component.fewest_rows, count)
    return None


def _option(spot: Spot, judge: Judge) -> Text | None:
    if spot.component.kind not in CHOICES:
        return None
    chosen = spot.value if isinstance(spot.value, list) else [spot.value]
    options = options_of(spot, judge.given.evaluate)
    known = all(any(same(value, option.value) for option in options) for value in chosen)
    return None if known else sentences.NO_OPTION


def _length(spot: Spot, judge: Judge) -> Text | None:
    if spot.component.kind not in {Kind.TEXTFIELD, Kind.TEXTAREA}:
        return None
    length = utf16_length(spot.value)
    fewest, most = (limit(spot, keyword, judge.given.evaluate) for keyword in ("minLength", "maxLength"))
    if fewest is not None and length < fewest:
        return sentences.too_short(int(fewest), length)
    if most is not None and length > most:
        return sentences.too_long(int(most), length)
    return None


def _pattern(spot: Spot, _judge: Judge) -> Text | None:
    validate, properties = spot.component.validate, spot.component.properties
    if not (pattern := validate.get("pattern")):
        return None
    try:
        fits = regex.search(pattern, spot.value, flags=regex.ASCII, timeout=PATTERN_SECONDS)
    except TimeoutError:
        return sentences.PATTERN_TOO_SLOW
    own = sentences.pattern_message(validate.get("patternErrorMessage"), properties.get("en.patternErrorMessage"))
    return None if fits else own


def _validation_type(spot: Spot, _judge: Judge) -> Text | None:
    match spot.component.validate.get("validationType"):
        case "email":
            return None if EMAIL.fullmatch(spot.value) else sentences.EMAIL
        case "phone":
            return None if PHONE.fullmatch(spot.value) else sentences.PHONE
        case _:
            return None


def _number(spot: Spot, judge: Judge) -> Text | None:
    number = number_of(spot.value) if spot.component.kind is Kind.NUMBER else None
    if number is None:
        return None
    least, most = (limit(spot, keyword, judge.given.evaluate) for keyword in ("min", "max"))
    if least is not None and number < least:
        return sentences.at_least(least)
    if most is not None and number > most:
        return sentences.at_most(most)
    return _steps(number, spot.component)


def _steps(number: Decimal, component: Component) -> Text | None:
    digits, increment = component.raw.get("decimalDigits"), number_of(component.raw.get("increment"))
    if digits is not None and _decimals(number) > digits:
        return sentences.too_many_decimals(digits)
    if increment and number % increment:
        return sentences.off_increment(increment)
    return None


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _passed_date(spot: Spot, judge: Judge) -> Text | None:
    if spot.component.kind is not Kind.DATETIME or spot.component.raw.get("disallowPassedDates") is not True:
        return None
    day = day_of(spot.component, spot.value)
    return sentences.PASSED_DATE if day is not None and day < judge.today else None


_RULES: tuple[Callable[[Spot, Judge], Text | None], ...] = (
    _option,
    _length,
    _validation_type,
    _pattern,
    _number,
    _passed_date,
)
