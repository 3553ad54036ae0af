"""Built-in functions on numbers."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import TYPE_CHECKING

from engine.feel.functions import feel
from engine.feel.numbers import CONTEXT, WIDE, finite, whole
from engine.feel.values import DaysTime, YearsMonths

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.limits import Run

MIN_SCALE, MAX_SCALE = -6111, 6176
ROUNDINGS = {
    "decimal": decimal.ROUND_HALF_EVEN,
    "round up": decimal.ROUND_UP,
    "round down": decimal.ROUND_DOWN,
    "round half up": decimal.ROUND_HALF_UP,
    "round half down": decimal.ROUND_HALF_DOWN,
    "floor": decimal.ROUND_FLOOR,
    "ceiling": decimal.ROUND_CEILING,
}
OPTIONAL_SCALE = ("floor", "ceiling")


def rounded(value: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    """So many places after the point; a negative scale rounds to tens, hundreds and so on."""
    places = int(scale)
    if not MIN_SCALE <= places <= MAX_SCALE:
        return None
    if places >= -int(value.as_tuple().exponent):
        return value
    return finite(CONTEXT.plus(value.quantize(Decimal((0, (1,), -places)), rounding, WIDE)))


def _rounder(rounding: str) -> Callable[..., Decimal | None]:
    def call(_run: Run, number: Decimal, scale: Decimal = Decimal(0)) -> Decimal | None:
        return rounded(number, scale, rounding)

    return call


for _name, _rounding in ROUNDINGS.items():
    _scale = "[scale: number]" if _name in OPTIONAL_SCALE else "scale: number"
    feel(f"{_name}(n: number, {_scale})")(_rounder(_rounding))


@feel("abs(n: number)")
def absolute(_run: Run, number: Decimal) -> Decimal:
    return abs(number)


@feel("abs(n: years and months duration)")
def absolute_months(_run: Run, duration: YearsMonths) -> YearsMonths:
    return YearsMonths(abs(duration.months))


@feel("abs(n: days and time duration)")
def absolute_days(_run: Run, duration: DaysTime) -> DaysTime:
    return DaysTime(abs(duration.nanoseconds))


@feel("modulo(dividend: number, divisor: number)")
def modulo(_run: Run, dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """The remainder with the divisor's sign."""
    if not divisor:
        return None
    digits = abs(dividend.adjusted() - divisor.adjusted()) + 3 * CONTEXT.prec
    exact = decimal.Context(prec=digits, rounding=decimal.ROUND_FLOOR, Emin=-99_999, Emax=99_999, traps=[])
    quotient = exact.to_integral_value(exact.divide(dividend, divisor))
    return finite(CONTEXT.plus(exact.subtract(dividend, exact.multiply(divisor, quotient))))


@feel("sqrt(number: number)")
def sqrt(_run: Run, number: Decimal) -> Decimal | None:
    return finite(CONTEXT.sqrt(number))


@feel("log(number: number)")
def log(_run: Run, number: Decimal) -> Decimal | None:
    return finite(CONTEXT.ln(number))


@feel("exp(number: number)")
def exp(_run: Run, number: Decimal) -> Decimal | None:
    return finite(CONTEXT.exp(number))


@feel("odd(number: number)")
def odd(_run: Run, number: Decimal) -> bool | None:
    found = whole(number)
    return None if found is None else found % 2 == 1


@feel("even(number: number)")
def even(_run: Run, number: Decimal) -> bool | None:
    found = whole(number)
    return None if found is None else found % 2 == 0
