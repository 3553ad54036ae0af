"""Proposals: the list, and one with everything that the gate has asked and been told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine import gate
from engine.commands.proposals import examined
from engine.errors import NotFoundError
from engine.gate import DONE, RUNNING, WAITING, Exam, Examined, Status
from engine.permissions import Act, may, require
from engine.queries.deployments import DeploymentLine, deployments
from engine.queries.staging import Staged, compared_with
from engine.tables import person, process_instance
from engine.tables.policies import approval, examination, proposal
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from engine.transaction import Transaction


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """One proposal in a list."""

    id: int
    policy: str
    title: Text
    from_on: date
    reason: str
    emergency: bool
    status: Status
    by: str
    at: datetime
    deployment_id: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """What somebody said, and when."""

    by: str
    approves: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposalDetail:
    """`lacking`: what keeps it from being approved; `needed`: how many approvals it takes in all.

    `unrehearsed`: how many matters were begun since its rehearsal ended.
    """

    line: ProposalLine
    digest: str
    against: DeploymentLine | None
    examined: tuple[Examined, ...]
    approvals: tuple[Approval, ...]
    lacking: tuple[Text, ...]
    needed: int
    unrehearsed: int
    staged: Staged
    may_approve: bool
    may_withdraw: bool


def is_any_waiting(tx: Transaction) -> bool:
    """Whether a worker has something to do for the gate."""
    open_ = select(proposal.c.id).where(proposal.c.status == Status.OPEN)
    waits = select(examination.c.kind).where(
        examination.c.status.in_((WAITING, RUNNING)), examination.c.proposal_id.in_(open_)
    )
    return tx.session.execute(waits.limit(1)).first() is not None


def proposals(tx: Transaction) -> list[ProposalLine]:
    """The newest first."""
    require(tx.actor, Act.SEE_DEPLOYMENTS)
    return [_line(row) for row in tx.session.execute(_query().order_by(proposal.c.id.desc()))]


def proposal_detail(tx: Transaction, proposal_id: int) -> ProposalDetail:
    """Raises NotFoundError."""
    require(tx.actor, Act.SEE_DEPLOYMENTS)
    row = tx.session.execute(_query().where(proposal.c.id == proposal_id)).first()
    if row is None:
        raise NotFoundError(f"没有第{proposal_id}号提案。", f"there is no proposal {proposal_id}.")
    found, said = tuple(examined(tx, proposal_id)), _approvals(tx, proposal_id)
    is_open = row.status == Status.OPEN
    has_spoken = tx.actor.id in {row.proposed_by, *(person_id for person_id, _ in said)}
    return ProposalDetail(
        line=_line(row),
        digest=row.digest,
        against=next((each for each in deployments(tx) if each.id == row.against_id), None),
        examined=found,
        approvals=tuple(each for _, each in said),
        lacking=tuple(gate.missing(found, emergency=row.emergency)) if is_open else (),
        needed=gate.approvals_needed(emergency=row.emergency),
        unrehearsed=_begun_since(tx, found) if is_open else 0,
        staged=compared_with(tx, row.digest, row.against_id),
        may_approve=is_open and may(tx.actor, Act.APPROVE) and not has_spoken,
        may_withdraw=is_open and may(tx.actor, Act.PROPOSE) and row.proposed_by == tx.actor.id,
    )


def _begun_since(tx: Transaction, found: Sequence[Examined]) -> int:
    """Matters are never deleted, so what it did not play has come since."""
    played = next((each.done for each in found if (each.kind, each.status) == (Exam.REHEARSAL, DONE)), None)
    return (
        0 if played is None else (tx.session.scalar(select(func.count()).select_from(process_instance)) or 0) - played
    )


def _query() -> Any:
    return select(proposal, person.c.name.label("by_name")).outerjoin(person, person.c.id == proposal.c.proposed_by)


def _line(row: Any) -> ProposalLine:
    return ProposalLine(
        row.id,
        row.policy,
        Text(row.title["zh"], row.title["en"]),
        row.from_on,
        row.reason,
        row.emergency,
        Status(row.status),
        row.by_name or row.proposed_by,
        row.proposed_at,
        row.deployment_id,
    )


def _approvals(tx: Transaction, proposal_id: int) -> list[tuple[str, Approval]]:
    rows = tx.session.execute(
        select(approval, person.c.name)
        .join(person, person.c.id == approval.c.person_id)
        .where(approval.c.proposal_id == proposal_id)
        .order_by(approval.c.at_real)
    )
    return [(row.person_id, Approval(row.name, row.approves, row.reason, row.at)) for row in rows]
