"""What is in force when, by whose decision; one version with all that was decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine import in_force as forces
from engine.errors import NotFoundError
from engine.files import File
from engine.in_force import Kind
from engine.permissions import Act, may, require
from engine.queries.deployments import DeploymentLine, deployments, process_names
from engine.tables import person
from engine.tables.policies import activation, proposal

if TYPE_CHECKING:
    from datetime import date, datetime

    from engine.in_force import Range
    from engine.library import Library
    from engine.transaction import Transaction
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class Line:
    """The days of these processes, without a break."""

    processes: tuple[Text, ...]
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """`today` is a day of Asia/Shanghai. Most processes share one line."""

    today: date
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """One activation, as it was decided."""

    id: int
    kind: Kind
    from_on: date
    until_on: date | None
    reason: str
    basis: str | None
    document_name: str | None
    by: str
    at: datetime
    cancelled_at: datetime | None
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class VersionDetail:
    """A version, what was decided about it (the newest first), and the proposal that it came by."""

    line: DeploymentLine
    decisions: tuple[Decision, ...]
    proposal_id: int | None
    may_decide: bool
    today: date


def in_force(tx: Transaction, library: Library) -> InForce:
    require(tx.actor, Act.SEE_DEPLOYMENTS)
    names = dict(process_names(tx, library))
    lines = [
        Line(tuple(names[each] for each in processes), tuple(ranges))
        for processes, ranges in forces.lines(forces.activations(tx))
    ]
    return InForce(forces.today(tx), tuple(sorted(lines, key=lambda line: -len(line.processes))))


def version_detail(tx: Transaction, deployment_id: int) -> VersionDetail:
    """Raises NotFoundError."""
    line = next((each for each in deployments(tx) if each.id == deployment_id), None)
    if line is None:
        raise NotFoundError(f"没有编号为{deployment_id}的部署", f"there is no deployment {deployment_id}")
    may_decide = may(tx.actor, Act.DECIDE_POLICY)
    rows = tx.session.execute(
        select(activation, person.c.name.label("by_name"))
        .outerjoin(person, person.c.id == activation.c.decided_by)
        .where(activation.c.deployment_id == deployment_id)
        .order_by(activation.c.id.desc())
    )
    today = forces.today(tx)
    decisions = tuple(
        Decision(
            row.id,
            Kind(row.kind),
            row.from_on,
            row.until_on,
            row.reason,
            row.basis,
            row.document_name,
            row.by_name or row.decided_by,
            row.decided_at,
            row.cancelled_at,
            may_cancel=may_decide and row.cancelled_at is None and row.from_on > today,
        )
        for row in rows
    )
    came = select(proposal.c.id).where(proposal.c.deployment_id == deployment_id).order_by(proposal.c.id.desc())
    came_by = tx.session.scalar(came.limit(1))
    return VersionDetail(line, decisions, came_by, may_decide, today)


def document(tx: Transaction, activation_id: int) -> File:
    """What an extension rests on. Raises NotFoundError."""
    require(tx.actor, Act.SEE_DEPLOYMENTS)
    row = tx.session.execute(select(activation).where(activation.c.id == activation_id)).first()
    if row is None or row.document is None:
        raise NotFoundError("没有这份文件。", "there is no such document.")
    return File(row.document_name, row.document_type, "", row.document)
