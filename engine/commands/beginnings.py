"""Noting that a version has begun or is over, and telling whoever works by it; what is law does not wait for this."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, or_, select, update

from engine import in_force
from engine.announcing import active, announce
from engine.audit import Event, append_to
from engine.commands.activations import LOCK, POLICY
from engine.hooks import Heard
from engine.in_force import Kind, today
from engine.permissions import Act, Role, require
from engine.queries import people
from engine.tables import deployment
from engine.tables.policies import activation
from engine.telling import tell
from engine.transaction import lock_name
from forms.text import Text

if TYPE_CHECKING:
    from datetime import date

    from engine.transaction import Transaction

_DAY = timedelta(days=1)
# Who is told that a policy has begun or is over: whoever works by it.
_TOLD = frozenset({Role.ADMIN, Role.OWNER, Role.BUREAU, Role.CENTRE, Role.HR, Role.LEADER})


def is_any_due(tx: Transaction) -> bool:
    """Whether there is something to note."""
    return tx.session.execute(_due(tx).limit(1)).first() is not None


def note_due(tx: Transaction) -> int:
    """Note what has begun and what is over by today, and tell whoever works by it; says how many were noted."""
    require(tx.actor, Act.FIRE_TIMER)
    lock_name(tx, LOCK)
    rows = tx.session.execute(_due(tx)).all()
    for row in rows:
        if row.begun_at is None:
            _note(tx, row, "begun_at", "came into force", row.from_on)
        if row.over_at is None and row.until_on is not None and row.until_on < today(tx):
            _note(tx, row, "over_at", "term ended", row.until_on)
    return len(rows)


def _due(tx: Transaction) -> Any:
    begins = activation.c.begun_at.is_(None) & (activation.c.from_on <= today(tx))
    ends = activation.c.over_at.is_(None) & (activation.c.until_on < today(tx))
    columns = (activation, deployment.c.policy, deployment.c.version, deployment.c.title)
    joined = select(*columns).join(deployment, deployment.c.id == activation.c.deployment_id)
    return joined.where(or_(begins, ends), activation.c.cancelled_at.is_(None)).order_by(activation.c.id)


def _note(tx: Transaction, row: Row[Any], column: str, kind: str, day: date) -> None:
    tx.session.execute(update(activation).where(activation.c.id == row.id).values({column: tx.now}))
    told = {"activation": row.id, "on": day.isoformat()}
    append_to(tx, f"deployment/{row.deployment_id}", Event(kind, None, told))
    is_begin = column == "begun_at"
    if (row.kind == Kind.EXTENSION or not is_begin) and _goes_on(tx, row, day, before=is_begin):
        return  # an extension is nothing new to who works by it
    heard = Heard.IN_FORCE if is_begin else Heard.OVER
    announce(tx, active(tx), heard, {"deployment": row.deployment_id, "policy": row.policy, "version": row.version})
    if is_begin:  # that a term ends is told ahead (engine.commands.alarms)
        _tell_begun(tx, row, day)


def _tell_begun(tx: Transaction, row: Row[Any], day: date) -> None:
    title = Text(row.title["zh"], row.title["en"])
    said = Text(
        f"《{title.zh}》第{row.version}版自{day}起施行，新发起的事项按此办理；正在进行的仍按原版本。",
        f"Version {row.version} of “{title.en}” is in force from {day} on: what is begun now follows it, what is under way keeps "
        "its version.",
    )
    told = [each.id for each in people.with_roles(tx, _TOLD)]
    tell(tx, told, f"{POLICY} came into force {row.id}", POLICY, said)


def _goes_on(tx: Transaction, row: Row[Any], day: date, *, before: bool) -> bool:
    """Whether the same version held on the day before its first, or holds on the day after its last."""
    beside = day - _DAY if before else day + _DAY
    its = (each for each in in_force.activations(tx) if each.deployment_id == row.deployment_id and each.id != row.id)
    return any(each.holds_on(beside) for each in its)
