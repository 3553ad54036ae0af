"""Secret ballots: a vote goes into its box without its person, and what is in the box is read when nobody votes any more.

Nothing that is kept joins the two: neither the history, nor what repeats a request, nor the order or the moment of the rows.
"""

from __future__ import annotations

import hashlib
import random
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from engine.audit import Event
from engine.tables import task
from engine.tables.ballots import ballot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from engine.commands.locked_tasks import Task
    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.transaction import Transaction
    from forms.ballot import Ballot

CLOSED = "ballot closed"
_SHUFFLED = random.SystemRandom()


def ballots_of(compiled: Compiled, process: str) -> dict[str, Ballot]:
    """The ballots of a process by the element whose form has one."""
    elements = compiled.diagrams[process].elements.values()
    forms = {element.id: compiled.forms.get(element.form_id or "") for element in elements}
    return {element: form.ballot for element, form in forms.items() if form is not None and form.ballot is not None}


def cast(tx: Transaction, instance: Instance, found: Task, choice: str) -> None:
    """Put a vote into its box. All its slips are written anew, so that no row was written together with a person's task."""
    same = ballot.c.box == found.box
    choices = [*tx.session.scalars(select(ballot.c.choice).where(same)), choice]
    _SHUFFLED.shuffle(choices)
    tx.session.execute(delete(ballot).where(same))
    told = {"box": found.box, "instance_id": instance.id, "element": found.element}
    tx.session.execute(insert(ballot), [{**told, "slip": secrets.token_hex(16), "choice": one} for one in choices])


def counts(
    tx: Transaction, ballots: Mapping[str, Ballot], instance: Instance, completing: Task | None
) -> dict[str, Any]:
    """For expressions, as `process.ballots`: by element how often each choice was voted for; null while others still vote."""
    found: dict[str, Any] = dict.fromkeys(ballots)
    for element, box in _boxes(tx, instance, completing).items() if ballots else ():
        if element in ballots and not _others_vote(tx, box, completing):
            found[element] = _counted(tx, box, ballots[element])
    return found


def closing(tx: Transaction, ballots: Mapping[str, Ballot], completing: Task) -> tuple[Event, ...]:
    """What the history says when the last has voted: the counts, how many voted, and a digest of the slips."""
    if completing.element not in ballots or completing.box is None or _others_vote(tx, completing.box, completing):
        return ()
    counted = _counted(tx, completing.box, ballots[completing.element])
    voted = select(func.count()).where(task.c.box == completing.box, task.c.status == "completed")
    told = {"box": completing.box, "counts": counted, "voted": (tx.session.scalar(voted) or 0) + 1}
    return (Event(CLOSED, completing.element, {**told, "slips": sealed(tx, [completing.box])[completing.box]}),)


def sealed(tx: Transaction, boxes: Collection[str]) -> dict[str, str]:
    """A digest of what is in each box: another one as soon as somebody changes it."""
    slips = select(ballot.c.box, ballot.c.slip, ballot.c.choice).where(ballot.c.box.in_(boxes)).order_by(ballot.c.slip)
    found: dict[str, list[str]] = {box: [] for box in boxes}
    for row in tx.session.execute(slips):
        found[row.box].append(f"{row.slip} {row.choice}")
    return {box: hashlib.sha256("\n".join(lines).encode()).hexdigest() for box, lines in found.items()}


def _boxes(tx: Transaction, instance: Instance, completing: Task | None) -> dict[str, str]:
    """The box of each element that was opened last."""
    opened = select(task.c.element, task.c.box).where(task.c.instance_id == instance.id, task.c.box.is_not(None))
    rows: Iterable[Any] = tx.session.execute(opened.order_by(task.c.opened_at, task.c.status == "open"))
    last = {row.element: row.box for row in rows}
    return last | ({completing.element: completing.box} if completing is not None and completing.box else {})


def _others_vote(tx: Transaction, box: str, completing: Task | None) -> bool:
    """Whether somebody else has yet to vote where this step is one vote; any other step ends the voting as it is."""
    if completing is None or completing.box != box:
        return False
    others = select(task.c.id).where(task.c.box == box, task.c.status == "open", task.c.id != completing.id)
    return tx.session.execute(others.limit(1)).first() is not None


def _counted(tx: Transaction, box: str, kind: Ballot) -> Mapping[str, int]:
    rows = tx.session.execute(
        select(ballot.c.choice, func.count().label("times")).where(ballot.c.box == box).group_by(ballot.c.choice)
    )
    return dict.fromkeys(kind.choices, 0) | {row.choice: row.times for row in rows}
