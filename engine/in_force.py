"""Which version is in force on which day (A15.1): recorded activations, and the line of days that they make.

Of several activations that hold on a day the one that was decided last counts. Read only.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.clock import SHANGHAI
from engine.tables import deployment
from engine.tables.policies import activation
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.transaction import Transaction

_DAY = dt.timedelta(days=1)


class Kind(StrEnum):
    """Why a version is in force on these days."""

    DEPLOYED = "deployed"
    EXTENSION = "extension"
    ROLLBACK = "rollback"


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
    """Days on which the same holds: `current` is None in a gap; `behind` hold too, but others were decided after them."""

    from_on: dt.date
    until_on: dt.date | None
    current: Activation | None
    behind: tuple[Activation, ...] = ()


def today(tx: Transaction) -> dt.date:
    return tx.now.astimezone(SHANGHAI).date()


def activations(tx: Transaction) -> list[Activation]:
    """All of them, the one decided last first."""
    query = (
        select(activation, deployment.c.policy, deployment.c.version, deployment.c.title, deployment.c.processes)
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
            until_on=row.until_on,
            is_cancelled=row.cancelled_at is not None,
        )
        for row in tx.session.execute(query)
    ]


def current(known: Sequence[Activation], process: str, day: dt.date) -> Activation | None:
    """What new instances of the process start on; `known` has the one decided last first."""
    return next((each for each in known if process in each.processes and each.holds_on(day)), None)


def replaced(known: Sequence[Activation], processes: frozenset[str], day: dt.date) -> int | None:
    """The version that one with these processes takes the place of: what holds for most of them, else the last that did."""
    holding = [current(known, process, day) for process in processes]
    counted = Counter(each.deployment_id for each in holding if each is not None)
    if counted:
        return counted.most_common(1)[0][0]
    return next((each.deployment_id for each in known if each.processes & processes), None)


def line(known: Sequence[Activation], process: str) -> list[Range]:
    """The days from the first activation on, without a break: the last range is open, in force or not."""
    of_process = [each for each in known if process in each.processes and not each.is_cancelled]
    days = {each.from_on for each in of_process} | {each.until_on + _DAY for each in of_process if each.until_on}
    found: list[Range] = []
    for begins, ends in _between(sorted(days)):
        holding = [each for each in of_process if each.holds_on(begins)]
        now = Range(begins, ends, holding[0] if holding else None, tuple(holding[1:]))
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
