"""Built-in functions that take lists apart and put them together."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from engine.feel.functions import feel
from engine.feel.limits import MAX_LIST, too_long
from engine.feel.operators import conjunction, disjunction, equals, order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.feel.limits import Run
    from engine.feel.values import Function


# Kinds of which Python's equality is FEEL's.
PLAIN = frozenset((str, Decimal, bool))


def place(position: Decimal, length: int) -> int | None:
    """A FEEL position (from 1, or from -1 backwards) as an index; None outside the list."""
    index = int(position)
    if index != position or index == 0 or abs(index) > length:
        return None
    return index - 1 if index > 0 else length + index


def joined(lists: Sequence[list[Any]]) -> list[Any]:
    """All items in one list, unless they are too many."""
    if sum(len(items) for items in lists) > MAX_LIST:
        raise too_long()
    return [item for items in lists for item in items]


def same(run: Run, one: Any, other: Any) -> bool:
    run.spend()
    return equals(one, other) is True


@feel("list contains(list: list, element: any)")
def list_contains(run: Run, items: list[Any], element: Any) -> bool:
    return any(same(run, item, element) for item in items)


@feel("count(list: list)")
def count(_run: Run, items: list[Any]) -> int:
    return len(items)


@feel("is empty(list: list)")
def is_empty(_run: Run, items: list[Any]) -> bool:
    return not items


def _extreme(run: Run, items: list[Any], sign: int) -> Any:
    if not items:
        return None
    best = items[0]
    for item in items:
        run.spend()
        found = order(item, best)
        if found is None:
            return None
        best = item if found == sign else best
    return best


@feel("min(list: list)")
def least(run: Run, items: list[Any]) -> Any:
    return _extreme(run, items, -1)


@feel("min(values: any...)")
def least_of(run: Run, *items: Any) -> Any:
    return _extreme(run, list(items), -1)


@feel("max(list: list)")
def greatest(run: Run, items: list[Any]) -> Any:
    return _extreme(run, items, 1)


@feel("max(values: any...)")
def greatest_of(run: Run, *items: Any) -> Any:
    return _extreme(run, list(items), 1)


@feel("all(list: list)")
def every_one(_run: Run, items: list[Any]) -> bool | None:
    return conjunction(items)


@feel("all(values: any...)")
def every_one_of(_run: Run, *items: Any) -> bool | None:
    return conjunction(list(items))


@feel("any(list: list)")
def any_one(_run: Run, items: list[Any]) -> bool | None:
    return disjunction(items)


@feel("any(values: any...)")
def any_one_of(_run: Run, *items: Any) -> bool | None:
    return disjunction(list(items))


@feel("sublist(list: list, start position: number, [length: number])")
def sublist(_run: Run, items: list[Any], start_position: Decimal, length: Decimal | None = None) -> list[Any] | None:
    first = place(start_position, len(items))
    if first is None or (length is not None and (length < 0 or first + length > len(items))):
        return None
    return items[first:] if length is None else items[first : first + int(length)]


@feel("append(list: list, items: any...)")
def append(_run: Run, items: list[Any], *more: Any) -> list[Any]:
    return [*items, *more]


@feel("concatenate(lists: list...)")
def concatenate(_run: Run, *lists: list[Any]) -> list[Any]:
    return joined(lists)


@feel("insert before(list: list, position: number, newItem: any)")
def insert_before(_run: Run, items: list[Any], position: Decimal, new_item: Any) -> list[Any] | None:
    index = place(position, len(items))
    return None if index is None else [*items[:index], new_item, *items[index:]]


@feel("remove(list: list, position: number)")
def remove(_run: Run, items: list[Any], position: Decimal) -> list[Any] | None:
    index = place(position, len(items))
    return None if index is None else [*items[:index], *items[index + 1 :]]


@feel("list replace(list: list, position: number, newItem: any)")
def replace_at(_run: Run, items: list[Any], position: Decimal, new_item: Any) -> list[Any] | None:
    index = place(position, len(items))
    return None if index is None else [*items[:index], new_item, *items[index + 1 :]]


@feel("list replace(list: list, match: function, newItem: any)")
def replace_matching(run: Run, items: list[Any], match: Function, new_item: Any) -> list[Any] | None:
    verdicts = [match.call(run, [item, new_item]) for item in items]
    if any(not isinstance(verdict, bool) for verdict in verdicts):
        return None
    return [new_item if verdict else item for item, verdict in zip(items, verdicts, strict=True)]


@feel("reverse(list: list)")
def reverse(_run: Run, items: list[Any]) -> list[Any]:
    return items[::-1]


@feel("index of(list: list, match: any)")
def index_of(run: Run, items: list[Any], match: Any) -> list[Any]:
    return [Decimal(number) for number, item in enumerate(items, 1) if same(run, item, match)]


@feel("distinct values(list: list)")
def distinct_values(run: Run, items: list[Any]) -> list[Any]:
    plain: set[tuple[type, Any]] = set()
    found: list[Any] = []
    for item in items:
        key = (type(item), item) if type(item) in PLAIN else None
        if key not in plain and (key or not any(same(run, item, known) for known in found)):
            found.append(item)
        if key:
            plain.add(key)
    return found


@feel("duplicate values(list: list)")
def duplicate_values(run: Run, items: list[Any]) -> list[Any]:
    twice = [item for at, item in enumerate(items) if any(same(run, item, other) for other in items[:at])]
    return list(distinct_values(run, twice))


@feel("union(lists: list...)")
def union(run: Run, *lists: list[Any]) -> list[Any]:
    return list(distinct_values(run, joined(lists)))


@feel("flatten(list: list)")
def flatten(run: Run, items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    waiting = items[::-1]
    while waiting:
        run.spend()
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item[::-1])
        else:
            flat.append(item)
    return flat


@feel("sort(list: list, precedes: function)")
def sort(run: Run, items: list[Any], precedes: Function) -> list[Any] | None:
    verdicts: set[object] = set()

    def comes_first(one: Any, other: Any) -> bool:
        verdict = precedes.call(run, [one, other])
        verdicts.add(verdict if isinstance(verdict, bool) else None)
        return verdict is True

    def place_of(one: Any, other: Any) -> int:
        return -1 if comes_first(one, other) else int(comes_first(other, one))

    found = sorted(items, key=cmp_to_key(place_of))
    return run.null("precedes 应得到真或假", "precedes should yield true or false") if None in verdicts else found


@feel("sort(list: list)")
def sort_naturally(run: Run, items: list[Any]) -> list[Any] | None:
    run.spend(len(items))
    if any(order(items[0], item) is None for item in items):
        return None
    return sorted(items, key=cmp_to_key(lambda one, other: order(one, other) or 0))


@feel("partition(list: list, size: number)")
def partition(_run: Run, items: list[Any], size: Decimal) -> list[Any] | None:
    step = int(size)
    return [items[at : at + step] for at in range(0, len(items), step)] if step > 0 else None
