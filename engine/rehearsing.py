"""What a new version would have done to recorded instances: each played on its own version and on the new one. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.replay import Effect, Played, effects, play, traces
from engine.replay.playing import TASK
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from engine.compiled import Compiled
    from engine.replay import Recorded

# Its own version does not bring about what is recorded: nothing can be said of another one.
UNPLAYABLE = "unplayable"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is different for one instance; nothing where `found` is empty."""

    instance_id: str
    process: str
    found: tuple[Effect, ...]
    traces: tuple[Mapping[str, Any], ...] = ()

    @property
    def kinds(self) -> list[str]:
        return sorted({each.kind for each in self.found})

    def as_json(self) -> dict[str, Any]:
        return {"effects": [each.as_json() for each in self.found], "traces": list(self.traces)}


def rehearse(
    recorded: Recorded, old: Compiled, new: Compiled, evaluator: Callable[[datetime], Any], until: datetime
) -> Rehearsal:
    """Play it on both. An instance whose own version does not lead to what is recorded is said to be unplayable."""
    instance = recorded.instance
    before = play(recorded, old, evaluator, until)
    if (why := _unfaithful(recorded, before)) is not None:
        return unplayable(recorded, why)
    after = play(recorded, new, evaluator, until, _known(old, instance.process))
    found = effects(before, after)
    return Rehearsal(instance.id, instance.process, tuple(found), tuple(traces(before, after, found)))


def unplayable(recorded: Recorded, why: Text) -> Rehearsal:
    instance = recorded.instance
    return Rehearsal(instance.id, instance.process, (Effect(UNPLAYABLE, "", 1, None, why.as_json()),))


def counts(found: list[Rehearsal]) -> dict[str, Counter[str]]:
    """How many instances of each process were played and are different, and how many have each kind of effect."""
    return {
        "played": Counter(each.process for each in found),
        "different": Counter(each.process for each in found if each.found),
        "kinds": Counter(kind for each in found for kind in each.kinds),
    }


def _known(old: Compiled, process: str) -> frozenset[str]:
    return frozenset(old.diagrams[process].elements) if process in old.diagrams else frozenset()


def _unfaithful(recorded: Recorded, played: Played) -> Text | None:
    if played.stopped is not None:
        return played.stopped
    waiting = Counter(each.element for each in recorded.tasks.values() if each.is_open)
    played_on = Counter(each.element for each in played.waits.values() if each.kind == TASK)
    if played.unheard or dict(played.variables) != dict(recorded.instance.variables) or waiting != played_on:
        return Text(
            "按其记录重演, 得不到现在的数据(记录可能早于现在的格式)",
            "played by its record it does not come to its present data (the record may be older than this format)",
        )
    return None
