"""FEEL, the expression language of DMN 1.5: parse once, evaluate often. No I/O, no clock, no database.

`parse` reads a text into an `Expression`; its `evaluate` takes and yields the values of `values` and `json`.
"""

from engine.feel.expression import Expression, parse
from engine.feel.functions import BUILTINS
from engine.feel.json import format_value, from_json, to_json
from engine.feel.values import Date, DateTime, DaysTime, FarDate, Function, Range, Time, YearsMonths

__all__ = [
    "BUILTINS",
    "Date",
    "DateTime",
    "DaysTime",
    "Expression",
    "FarDate",
    "Function",
    "Range",
    "Time",
    "YearsMonths",
    "format_value",
    "from_json",
    "parse",
    "to_json",
]
