"""The front door of what is in force: versions proposed, examined, approved, extended, put in force again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.commands import activations, beginnings, deployments, examinations, proposals
from engine.permissions import SYSTEM
from engine.queries import force as force_queries
from engine.queries import proposals as proposal_queries
from engine.queries import rehearsals as rehearsal_queries
from engine.queries import staging

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from engine.commands.examinations import Piece, Rehearsed
    from engine.driving import Driver
    from engine.files import File
    from engine.gate import Extension, Wanted
    from engine.library import Library
    from engine.permissions import Actor


class Redeployment:
    """Every method is one transaction, as those of `Engine`."""

    def __init__(self, driver: Driver, library: Library) -> None:
        self._driver, self._library = driver, library

    # --- on the way into force

    def stage(self, actor: Actor, content: bytes) -> str:
        """See engine.commands.deployments.stage."""
        return self._driver.write(actor, lambda tx: deployments.stage(tx, content))

    def staged(self, actor: Actor, digest: str) -> staging.Staged:
        return self._driver.read(actor, lambda tx: staging.staged(tx, digest))

    def propose(self, actor: Actor, wanted: Wanted, *, idempotency_key: str | None = None) -> dict[str, Any]:
        """See engine.commands.proposals.propose."""
        return self._driver.write(actor, lambda tx: proposals.propose(tx, wanted, idempotency_key))

    def approve(
        self, actor: Actor, proposal_id: int, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.proposals.approve."""
        return self._driver.write(actor, lambda tx: proposals.approve(tx, proposal_id, reason, idempotency_key))

    def refuse(
        self, actor: Actor, proposal_id: int, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.proposals.refuse."""
        return self._driver.write(actor, lambda tx: proposals.refuse(tx, proposal_id, reason, idempotency_key))

    def withdraw(
        self, actor: Actor, proposal_id: int, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.proposals.withdraw."""
        return self._driver.write(actor, lambda tx: proposals.withdraw(tx, proposal_id, reason, idempotency_key))

    def proposals(self, actor: Actor) -> list[proposal_queries.ProposalLine]:
        return self._driver.read(actor, proposal_queries.proposals)

    def proposal(self, actor: Actor, proposal_id: int) -> proposal_queries.ProposalDetail:
        return self._driver.read(actor, lambda tx: proposal_queries.proposal_detail(tx, proposal_id))

    def rehearsal(
        self, actor: Actor, proposal_id: int, *, after: str | None = None, limit: int | None = rehearsal_queries.LIMIT
    ) -> rehearsal_queries.Report:
        """See engine.queries.rehearsals.report."""
        return self._driver.read(
            actor, lambda tx: rehearsal_queries.report(tx, self._library, proposal_id, after, limit)
        )

    # --- in force

    def in_force(self, actor: Actor) -> force_queries.InForce:
        """See engine.queries.force.in_force."""
        return self._driver.read(actor, lambda tx: force_queries.in_force(tx, self._library))

    def version(self, actor: Actor, deployment_id: int) -> force_queries.VersionDetail:
        return self._driver.read(actor, lambda tx: force_queries.version_detail(tx, deployment_id))

    def document(self, actor: Actor, activation_id: int) -> File:
        """See engine.queries.force.document."""
        return self._driver.read(actor, lambda tx: force_queries.document(tx, activation_id))

    def extend(
        self, actor: Actor, deployment_id: int, wanted: Extension, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.activations.extend."""
        return self._driver.write(actor, lambda tx: activations.extend(tx, deployment_id, wanted, idempotency_key))

    def roll_back(
        self,
        actor: Actor,
        deployment_id: int,
        reason: str,
        from_on: date | None = None,
        longer: Extension | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """See engine.commands.activations.roll_back."""
        return self._driver.write(
            actor, lambda tx: activations.roll_back(tx, deployment_id, from_on, reason, longer, idempotency_key)
        )

    def cancel(
        self, actor: Actor, activation_id: int, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.activations.cancel."""
        return self._driver.write(actor, lambda tx: activations.cancel(tx, activation_id, reason, idempotency_key))

    # --- the worker

    def note_due(self) -> int:
        """See engine.commands.beginnings.note_due."""
        if not self._driver.read(SYSTEM, beginnings.is_any_due):
            return 0
        return self._driver.write(SYSTEM, beginnings.note_due)

    def take_piece(self) -> Piece | None:
        """See engine.commands.examinations.take_next."""
        if not self._driver.read(SYSTEM, proposal_queries.is_any_waiting):
            return None
        return self._driver.write(SYSTEM, examinations.take_next)

    def keep_piece(
        self, piece: Piece, at: str, done: int, result: Mapping[str, Any], found: Sequence[Rehearsed] = ()
    ) -> None:
        """See engine.commands.examinations.keep."""
        self._driver.write(SYSTEM, lambda tx: examinations.keep(tx, piece, at, done, result, found))

    def finish_piece(self, piece: Piece, *, passed: bool, result: Mapping[str, Any]) -> None:
        """See engine.commands.examinations.finish."""
        self._driver.write(SYSTEM, lambda tx: examinations.finish(tx, piece, passed=passed, result=result))
