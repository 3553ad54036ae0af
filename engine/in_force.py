"""Which version is in force on which day (A15.1): recorded activations, and the line of days that they make.

Of several activations that hold on a day the one that begins last counts; what was decided later ends what began before it
for good, so that a version that was replaced or rolled back never comes back by itself. Read only.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select

from engine.clock import SHANGHAI
from engine.tables import deployment
from engine.tables.policies import activation
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.transaction import Transaction

_DAY = dt.timedelta(days=1)
# A day after this one is as good as no last day: people write 9999-12-31 for it.
LAST_DAY = dt.date(2200, 12, 31)


class Kind(StrEnum):
    """Why a version is in force on these days."""

    DEPLOYED = "deployed"
    EXTENSION = "extension"
    ROLLBACK = "rollback"

    @property
    def ends_others(self) -> bool:
        """An extension fills a gap; the others take the place of what is there."""
        return self is not Kind.EXTENSION


class Spell(Protocol):
    """Days of a version, as an activation or its row says them."""

    @property
    def kind(self) -> str: ...
    @property
    def from_on(self) -> dt.date: ...
    @property
    def until_on(self) -> dt.date | None: ...


@dataclass(frozen=True, slots=True)
class Activation:
    """A version on these days of Asia/Shanghai, both included; a cancelled one holds on none."""

    id: int
    deployment_id: int
    policy: str
    version: int
    title: Text
    processes: frozenset[str]
    kind: Kind
    from_on: dt.date
    until_on: dt.date | None
    is_cancelled: bool = False

    def holds_on(self, day: dt.date) -> bool:
        return not self.is_cancelled and self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class Range:
    """Days on which the same holds: `current` is None in a gap; `behind` are those in whose place it is."""

    from_on: dt.date
    until_on: dt.date | None
    current: Activation | None
    behind: tuple[Activation, ...] = ()


def today(tx: Transaction) -> dt.date:
    return tx.now.astimezone(SHANGHAI).date()


def activations(tx: Transaction) -> list[Activation]:
    """All of them, the one decided last first."""
    its = activation.c  # without the documents, which are megabytes
    columns = (its.id, its.deployment_id, its.kind, its.from_on, its.until_on, its.cancelled_at)
    query = (
        select(*columns, deployment.c.policy, deployment.c.version, deployment.c.title, deployment.c.processes)
        .join(deployment, deployment.c.id == activation.c.deployment_id)
        .order_by(activation.c.id.desc())
    )
    return [
        Activation(
            id=row.id,
            deployment_id=row.deployment_id,
            policy=row.policy,
            version=row.version,
            title=Text(row.title["zh"], row.title["en"]),
            processes=frozenset(row.processes),
            kind=Kind(row.kind),
            from_on=row.from_on,
            until_on=last_day(row.until_on),
            is_cancelled=row.cancelled_at is not None,
        )
        for row in tx.session.execute(query)
    ]


def last_day(day: dt.date | None) -> dt.date | None:
    """None for a day so far off that it means no end."""
    return None if day is None or day > LAST_DAY else day


def is_ended(known: Sequence[Activation], one: Activation, process: str, day: dt.date) -> bool:
    """Whether something that was decided after it, and has begun by then, has taken its place for good."""
    return any(
        each.id > one.id
        and each.kind.ends_others
        and not each.is_cancelled
        and process in each.processes
        and each.from_on <= day
        and (one.from_on <= each.from_on or _goes_with(one, each))
        for each in known
    )


def _goes_with(one: Activation, other: Activation) -> bool:
    """An extension that is still to come goes with its version when another takes that one's place."""
    return one.kind is Kind.EXTENSION and one.deployment_id != other.deployment_id


def current(known: Sequence[Activation], process: str, day: dt.date) -> Activation | None:
    """What new instances of the process start on."""
    holding = [each for each in known if process in each.processes and each.holds_on(day)]
    standing = [each for each in holding if not is_ended(known, each, process, day)]
    return max(standing, key=_begins_last, default=None)


def end_of_term(its: Iterable[Spell]) -> dt.date | None:
    """To which day a version goes on without a break, by its uncancelled activations; a rollback is law across a break."""
    first, *others = sorted(its, key=lambda each: each.from_on)
    last = last_day(first.until_on)
    for each in others:
        if last is None or (each.from_on > last + _DAY and each.kind != Kind.ROLLBACK):
            break
        until = last_day(each.until_on)
        last = None if until is None else max(last, until)
    return last


def holding(known: Sequence[Activation], day: dt.date) -> list[Activation]:
    """Those on which anything starts on this day, the one that begins last first."""
    found = {current(known, process, day) for process in {process for each in known for process in each.processes}}
    return sorted((each for each in found if each is not None), key=_begins_last, reverse=True)


def _begins_last(each: Activation) -> tuple[dt.date, int]:
    return each.from_on, each.id


def replaced(known: Sequence[Activation], processes: frozenset[str], day: dt.date) -> int | None:
    """The version that one with these processes takes the place of: what holds for most of them, else the last that did."""
    its = [current(known, process, day) for process in sorted(processes)]
    counted = Counter(each.deployment_id for each in its if each is not None)
    if counted:
        return counted.most_common(1)[0][0]
    return next((each.deployment_id for each in known if each.processes & processes and not each.is_cancelled), None)


def line(known: Sequence[Activation], process: str) -> list[Range]:
    """The days from the first activation on, without a break: the last range is open, in force or not."""
    of_process = [each for each in known if process in each.processes and not each.is_cancelled]
    days = {each.from_on for each in of_process} | {each.until_on + _DAY for each in of_process if each.until_on}
    found: list[Range] = []
    for begins, ends in _between(sorted(days)):
        its = current(of_process, process, begins)
        others = tuple(each for each in of_process if each is not its and each.holds_on(begins)) if its else ()
        now = Range(begins, ends, its, others)
        if found and (found[-1].current, found[-1].behind) == (now.current, now.behind):
            found[-1] = Range(found[-1].from_on, ends, now.current, now.behind)
        else:
            found.append(now)
    return found


def _between(days: Sequence[dt.date]) -> list[tuple[dt.date, dt.date | None]]:
    ends: list[dt.date | None] = [day - _DAY for day in days[1:]]
    return list(zip(days, [*ends, None], strict=True)) if days else []


def lines(known: Sequence[Activation]) -> list[tuple[tuple[str, ...], list[Range]]]:
    """The line of every process, those with the same line together."""
    found: dict[tuple[Range, ...], list[str]] = {}
    for process in sorted({process for each in known for process in each.processes}):
        found.setdefault(tuple(line(known, process)), []).append(process)
    return [(tuple(processes), list(ranges)) for ranges, processes in found.items()]


def coming(known: Sequence[Activation], process: str, day: dt.date) -> Range | None:
    """The next days after this one on which something is in force."""
    return next((each for each in line(known, process) if each.from_on > day and each.current is not None), None)


def before(known: Sequence[Activation], process: str, day: dt.date) -> Range | None:
    """The last days before this one on which something was in force."""
    over = [each for each in line(known, process) if each.current is not None and each.from_on <= day]
    return over[-1] if over else None
