"""Functions that Camunda adds to the standard and the FEEL editor therefore offers.

Left out: `random number` and `uuid`. A rule that draws lots can neither be explained nor played again.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from engine.feel import builtins_text, patterns
from engine.feel.functions import feel
from engine.feel.json import from_json, to_json

if TYPE_CHECKING:
    from engine.feel.limits import Run


@feel("assert(value: any, condition: any, [cause: string?])")
def assert_(run: Run, value: Any, condition: Any, cause: str | None = None) -> Any:
    """The value where the condition is true; else null, with the cause among the warnings."""
    if condition is True:
        return value
    return run.null(cause or "断言的条件不成立", cause or "the asserted condition does not hold")


@feel("extract(string: string, pattern: string)")
def extract(run: Run, string: str, pattern: str) -> list[str] | None:
    """Every part of the text that the pattern matches."""
    found = patterns.compiled(pattern)
    return None if found is None else patterns.every(run, string, found)


@feel("to base64(value: string)")
def to_base64(_run: Run, value: str) -> str:
    return base64.b64encode(value.encode()).decode()


@feel("from json(value: string)")
def read_json(_run: Run, value: str) -> Any:
    return from_json(json.loads(value, parse_constant=_refused))


def _refused(constant: str) -> Any:
    raise ValueError(constant)


@feel("to json(value: any)")
def write_json(_run: Run, value: Any) -> str:
    return json.dumps(to_json(value), ensure_ascii=False, separators=(",", ":"))


@feel("string join(list: list, delimiter: string?, prefix: string?, suffix: string?)")
def string_join(
    run: Run, items: list[Any], delimiter: str | None, prefix: str | None, suffix: str | None
) -> str | None:
    joined = builtins_text.string_join(run, items, delimiter)
    return None if joined is None else f"{prefix or ''}{joined}{suffix or ''}"
