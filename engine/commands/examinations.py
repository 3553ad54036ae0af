"""The worker's part of the gate: which piece comes next, and what came of it. A piece that nobody finished is taken again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update

from engine.audit import Event, append_to
from engine.commands.deployments import uploaded
from engine.gate import DONE, FAILED, RUNNING, WAITING, Exam, Status
from engine.permissions import Act, require
from engine.tables import process_instance
from engine.tables.policies import examination, proposal, rehearsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.bundle import Bundle
    from engine.transaction import Transaction

# Whoever has a piece in hand and is not heard of for so long has died.
LEASE = timedelta(minutes=5)
# So many instances are played in one piece: an interrupted worker loses no more.
PIECE = 25
_WORKED = (Exam.CASES, Exam.REHEARSAL)


@dataclass(frozen=True, slots=True)
class Piece:
    """What is to be done next of an examination; `at` is where the last piece ended, `so_far` what came of it."""

    proposal_id: int
    kind: Exam
    bundle: Bundle
    at: str | None
    done: int
    so_far: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """An instance that came out differently; `found` is JSON: `effects` and `traces`."""

    instance_id: str
    kinds: Sequence[str]
    found: Mapping[str, Any]


def take_next(tx: Transaction) -> Piece | None:
    """The oldest piece that nobody has in hand."""
    require(tx.actor, Act.FIRE_TIMER)
    is_free = examination.c.held_until.is_(None) | (examination.c.held_until <= tx.real)
    query = (
        select(examination, proposal.c.digest)
        .join(proposal, proposal.c.id == examination.c.proposal_id)
        .where(examination.c.kind.in_(_WORKED), examination.c.status.in_((WAITING, RUNNING)), is_free)
        .where(proposal.c.status == Status.OPEN)
        .order_by(examination.c.proposal_id, examination.c.kind)
        .limit(1)
        .with_for_update(of=examination, skip_locked=True)
    )
    row = tx.session.execute(query).first()
    if row is None:
        return None
    held = {"status": RUNNING, "held_until": tx.real + LEASE, "began_at": row.began_at or tx.real}
    _set(tx, row.proposal_id, row.kind, held)
    return Piece(row.proposal_id, Exam(row.kind), uploaded(tx, row.digest), row.at, row.done, row.result or {})


def next_instances(tx: Transaction, after: str | None) -> list[str]:
    """The ids of the next instances to be played, in their order."""
    query = select(process_instance.c.id).order_by(process_instance.c.id).limit(PIECE)
    return list(tx.session.scalars(query.where(process_instance.c.id > after) if after else query))


def keep(
    tx: Transaction, piece: Piece, at: str, done: int, result: Mapping[str, Any], found: Sequence[Rehearsed] = ()
) -> None:
    """What a piece brought; nothing where another worker has taken it meanwhile and gone on."""
    require(tx.actor, Act.FIRE_TIMER)
    if _locked(tx, piece).at != piece.at:
        return
    rows = [
        {
            "proposal_id": piece.proposal_id,
            "instance_id": one.instance_id,
            "kinds": list(one.kinds),
            "effects": one.found,
        }
        for one in found
    ]
    if rows:
        tx.session.execute(insert(rehearsed), rows)
    values = {"at": at, "done": piece.done + done, "result": dict(result), "held_until": None}
    _set(tx, piece.proposal_id, piece.kind, values)


def finish(tx: Transaction, piece: Piece, *, passed: bool, result: Mapping[str, Any]) -> None:
    """The last piece is done; nothing where another worker has gone on meanwhile."""
    require(tx.actor, Act.FIRE_TIMER)
    row = _locked(tx, piece)
    if row.status != RUNNING or row.at != piece.at:
        return
    status = DONE if passed else FAILED
    ended = {"status": status, "result": dict(result), "total": piece.done, "held_until": None, "ended_at": tx.real}
    _set(tx, piece.proposal_id, piece.kind, ended)
    told = {name: value for name, value in result.items() if isinstance(value, int)}
    append_to(
        tx, f"proposal/{piece.proposal_id}", Event("examined", None, {"by": piece.kind, "status": status, **told})
    )


def merged(so_far: Mapping[str, Any], counts: Mapping[str, Counter[str]]) -> dict[str, Any]:
    """The counts of the pieces before with those of this one."""
    return {
        **so_far,
        **{name: dict(Counter(so_far.get(name) or {}) + counted) for name, counted in counts.items()},
    }


def _locked(tx: Transaction, piece: Piece) -> Row[Any]:
    its = (examination.c.proposal_id == piece.proposal_id, examination.c.kind == piece.kind)
    return tx.session.execute(select(examination).where(*its).with_for_update()).one()


def _set(tx: Transaction, proposal_id: int, kind: str, values: Mapping[str, Any]) -> None:
    its = (examination.c.proposal_id == proposal_id, examination.c.kind == kind)
    tx.session.execute(update(examination).where(*its).values(**values))
