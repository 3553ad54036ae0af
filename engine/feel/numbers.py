"""FEEL's numbers: decimals of 34 digits. What cannot be computed (infinite, not a number) is None."""

from __future__ import annotations

import decimal
from decimal import Decimal

CONTEXT = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[])
# Rounding to n places and remainders need more digits on the way than a result may keep.
WIDE = decimal.Context(prec=14_000, rounding=decimal.ROUND_HALF_EVEN, Emin=-99_999, Emax=99_999, traps=[])


def finite(value: Decimal) -> Decimal | None:
    return value if value.is_finite() else None


def whole(value: Decimal) -> int | None:
    """The integer that a number is, or None when it has a fraction."""
    return int(value) if value == value.to_integral_value() else None


def format_number(value: Decimal) -> str:
    """Plain digits without exponent or trailing zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def parse_number(text: str) -> Decimal | None:
    """A decimal literal; None for anything else."""
    return finite(CONTEXT.create_decimal(text.strip())) if text.isascii() and "_" not in text else None
