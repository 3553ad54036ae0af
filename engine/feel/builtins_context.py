"""Built-in functions on contexts and on whether a value is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.feel.functions import feel
from engine.feel.operators import equals, kind_of
from engine.feel.values import DateTime, Time

if TYPE_CHECKING:
    from engine.feel.limits import Run


@feel("get value(m: context, key: string)")
def get_value(_run: Run, m: dict[str, Any], key: str) -> Any:
    return m.get(key)


@feel("get value(m: context, keys: list)")
def get_nested_value(_run: Run, m: dict[str, Any], keys: list[Any]) -> Any:
    found: Any = m
    for key in keys:
        found = found.get(key) if isinstance(found, dict) and isinstance(key, str) else None
    return found if keys else None


@feel("get entries(m: context)")
def get_entries(_run: Run, m: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in m.items()]


@feel("context(entries: list)")
def context(_run: Run, entries: list[Any]) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry:
            return None
        key = entry.get("key")
        if not isinstance(key, str) or key in made:
            return None
        made[key] = entry["value"]
    return made


@feel("context put(context: context, key: string, value: any)")
def context_put(_run: Run, m: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    return m | {key: value}


@feel("context put(context: context, keys: list, value: any)")
def context_put_nested(run: Run, m: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any] | None:
    if not keys or not isinstance(keys[0], str):
        return None
    if len(keys) == 1:
        return m | {keys[0]: value}
    run.spend()
    inner = m.get(keys[0])
    if not isinstance(inner, dict):
        return None
    changed = context_put_nested(run, inner, keys[1:], value)
    return None if changed is None else m | {keys[0]: changed}


@feel("context merge(contexts: list)")
def context_merge(_run: Run, contexts: list[Any]) -> dict[str, Any] | None:
    merged: dict[str, Any] = {}
    for item in contexts:
        if not isinstance(item, dict):
            return None
        merged |= item
    return merged


@feel("not(negand: any)")
def negation(_run: Run, negand: Any) -> bool | None:
    return not negand if isinstance(negand, bool) else None


@feel("is(value1: any, value2: any)")
def identical(_run: Run, value1: Any, value2: Any) -> bool | None:
    """The same value in the same notation: 00:00Z is not 08:00+08:00."""
    if kind_of(value1) != kind_of(value2):
        return False
    if isinstance(value1, (Time, DateTime)):
        return bool(value1 == value2)
    return equals(value1, value2)


@feel("is defined(value: any)")
def is_defined(_run: Run, value: Any) -> bool:
    return value is not None


@feel("get or else(value: any, default: any)")
def get_or_else(_run: Run, value: Any, default: Any) -> Any:
    return default if value is None else value
