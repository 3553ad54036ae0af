"""The notice of a publicity window as it is put up: whom it is about, until when, by which arithmetic, how to object.

What it says is the diagram's to tell (property `notice` of the window's timer), so that nothing personal is on it that the
policy does not put there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import feel
from engine.clock import SHANGHAI
from engine.errors import NotFoundError
from engine.instance import COLUMNS, JOINED, as_instance
from engine.queries.instances import Window, may_see, windows
from engine.tables import process_instance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.library import Library
    from engine.transaction import Transaction
    from forms.text import Text

_STANDING = ("open", "incident")
# What a row of the list may show, in this order (personal data: domain of the public notice).
COLUMNS_SHOWN = ("name", "unit", "trade", "level", "note")


@dataclass(frozen=True, slots=True)
class Posted:
    """One notice. `people` have the keys of `COLUMNS_SHOWN`; `facts` are `title`, `place`, `contact`, `rule`."""

    instance_id: str
    employer_name: str | None
    policy: Text
    document: str
    facts: Mapping[str, Any]
    people: tuple[Mapping[str, str], ...]
    window: Window
    posted_on: date


def posted(tx: Transaction, library: Library, instance_id: str) -> Posted:
    """Raises NotFoundError where no window is open that the actor may see: it is taken down when the window is over."""
    row = tx.session.execute(select(*COLUMNS).select_from(JOINED).where(process_instance.c.id == instance_id)).first()
    if row is None or not may_see(tx, instance_id):
        raise _none()
    instance = as_instance(row)
    compiled = library.get(tx.session, instance.deployment_id)
    elements = compiled.diagrams[instance.process].elements
    window = next((one for one in windows(tx, compiled, instance) if one.window and one.status in _STANDING), None)
    told = elements[window.element].properties.get("notice") if window else None
    if window is None or told is None:
        raise _none()
    found = library.evaluator(tx.now).json(told, feel.from_json(instance.scope(compiled.settings)))
    facts = found if isinstance(found, dict) else {}
    people = tuple(
        {name: str(one.get(name) or "") for name in COLUMNS_SHOWN}
        for one in _listed(facts.get("people"))
        if isinstance(one, dict)
    )
    policy, today = compiled.policy, tx.now.astimezone(SHANGHAI).date()
    number = str(policy.document.get("number") or "")
    posted_on = _day(facts.get("posted_on")) or today
    return Posted(instance_id, instance.employer_name, policy.title, number, facts, people, window, posted_on)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _none() -> NotFoundError:
    return NotFoundError(
        "没有正在进行的公示。公示期满后不再提供公示文本, 记录见该事项的全部记录。",
        "no publicity is going on there; when the window is over the notice is taken down, and the matter's history tells of it.",
    )
