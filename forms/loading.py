"""A submission -> the values to keep, or a sentence for every field that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forms.data import too_large
from forms.errors import FormError
from forms.naming import name_at
from forms.rules import Judge, refusal
from forms.schema import load_types
from forms.sentences import TOO_LARGE, about
from forms.settling import Circumstances, Spot, every, filled, settle, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from forms.components import Path
    from forms.form import Form
    from forms.text import Text


def load(form: Form, submitted: Any, given: Circumstances, today: date) -> dict[str, Any]:
    """Raises `FormError`; see `Form.load`."""
    if not isinstance(submitted, Mapping) or too_large(submitted):
        raise FormError({"": about(name_at({}, ()), TOO_LARGE)})
    valid, misfits = load_types(form.schema, submitted)
    spots = settle(form.components, filled(form.components, valid, given, frozenset(misfits)), given)
    refused = _refused(spots, misfits, Judge(given, today))
    if refused:
        raise FormError({".".join(path): about(name_at(form.tree, path), rest) for path, rest in refused.items()})
    return values_of(spots, _is_taken)


def _refused(spots: Sequence[Spot], misfits: Mapping[Path, Text], judge: Judge) -> dict[Path, Text]:
    """Half sentences by path, in the order of the page; what the form does not know comes last."""
    refused: dict[Path, Text] = {}
    for spot in every(spots):
        if _is_judged(spot) and (rest := misfits.get(spot.path) or _refusal(spot, misfits, judge)):
            refused[spot.path] = rest
    dropped = {spot.path for spot in every(spots) if spot.component.has_value and not _is_judged(spot)}
    others = {path: rest for path, rest in misfits.items() if not _within(path, dropped)}
    return refused | others


def _refusal(spot: Spot, misfits: Mapping[Path, Text], judge: Judge) -> Text | None:
    """None for the fields of what could not be read as a whole: that one sentence is enough."""
    return None if _within(spot.path, set(misfits)) else refusal(spot, judge)


def _is_judged(spot: Spot) -> bool:
    return spot.component.has_value and not spot.hidden and not spot.locked


def _within(path: Path, places: set[Path]) -> bool:
    """Whether the path is one of the places or lies under one."""
    return any(path[:length] in places for length in range(1, len(path) + 1))


def _is_taken(spot: Spot) -> bool:
    """Hidden and disabled fields are left out; read-only ones stay, with the context's value."""
    return not spot.hidden and spot.component.raw.get("disabled") is not True
