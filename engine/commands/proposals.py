"""A version on its way into force: proposed by one person, examined by the worker, approved by another.

An emergency does not wait for the examinations; two others approve it, and the deployment says so for ever.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, insert, select, update

from engine import gate, in_force
from engine.audit import Event, append_to
from engine.checks import advise, compile_bundle
from engine.commands import activations, idempotency
from engine.commands.deployments import Gate, deployed, staged, store, uploaded
from engine.commands.texts import required
from engine.difference import difference, say
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.gate import DONE, WAITING, Exam, Examined, Status
from engine.in_force import Kind
from engine.permissions import Act, Role, require
from engine.queries import people
from engine.tables import deployment, deployment_file, process_instance
from engine.tables.policies import approval, examination, proposal
from engine.telling import tell
from engine.transaction import lock_name
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from engine.bundle import Bundle
    from engine.compiled import Compiled
    from engine.gate import Wanted
    from engine.policy import Policy
    from engine.transaction import Transaction

CASES = "cases/"
_APPROVERS = frozenset({Role.OWNER, Role.BUREAU})


def propose(tx: Transaction, wanted: Wanted, key: str | None = None) -> dict[str, Any]:
    """Put an uploaded bundle before the gate: `{"proposal"}`. Checks and difference are kept at once, the rest is the worker's.

    Raises NotFoundError, BundleRefusedError, ConflictError where these files are deployed or proposed already,
    InvalidError for a day outside the term or over.
    """
    require(tx.actor, Act.PROPOSE)
    request = ["propose", *(str(each) for each in asdict(wanted).values())]
    return idempotency.once(tx, key, request, lambda: {"proposal": _propose(tx, wanted)})


def _propose(tx: Transaction, wanted: Wanted) -> int:
    lock_name(tx, activations.LOCK)
    bundle = staged(tx, wanted.digest)
    compiled = compile_bundle(bundle)
    policy = compiled.policy
    said = required(wanted.reason, "理由", "the reason")
    _require_new(tx, wanted.digest)
    begins = _begins(tx, policy, wanted.from_on)
    against = in_force.replaced(in_force.activations(tx), frozenset(compiled.diagrams), begins)
    values = {
        "digest": wanted.digest,
        "policy": policy.id,
        "title": policy.title.as_json(),
        "against_id": against,
        "from_on": begins,
        "reason": said,
        "emergency": wanted.emergency,
        "status": Status.OPEN,
        "proposed_by": tx.actor.id,
        "proposed_at": tx.now,
        "proposed_at_real": tx.real,
    }
    proposal_id: int = tx.session.execute(insert(proposal).values(**values)).inserted_primary_key[0]  # type: ignore[attr-defined]
    tx.session.execute(insert(examination), _examinations(tx, proposal_id, bundle, against))
    told = {"digest": wanted.digest, "from": begins.isoformat(), "reason": said, "emergency": wanted.emergency}
    append_to(tx, f"proposal/{proposal_id}", Event("proposed", None, told))
    _tell_approvers(tx, proposal_id, policy.title, emergency=wanted.emergency)
    return proposal_id


def _require_new(tx: Transaction, digest: str) -> None:
    if (found := _decided(tx, digest)) is not None:
        raise ConflictError(
            f"内容与已部署的第{found.version}版相同。如需再次施行, 请在该版本的页面“恢复此版”。",
            f"the same files are deployed as version {found.version}; to have it in force again, use that version's page.",
        )
    same = select(proposal.c.id).where(proposal.c.digest == digest, proposal.c.status == Status.OPEN)
    if (open_id := tx.session.scalar(same)) is not None:
        raise ConflictError(
            f"同样的内容已在审批中(第{open_id}号)。", f"the same files are proposed already (number {open_id})."
        )


def _decided(tx: Transaction, digest: str) -> Row[Any] | None:
    """The version with these files; one that was cancelled before it began may be proposed anew."""
    found = deployed(tx, digest)
    return found if found is not None and activations.decided(tx, found.id) else None


def earliest(tx: Transaction, policy: Policy) -> date:
    """The first day on which it may be in force."""
    return max(policy.in_force_from, in_force.today(tx))


def _begins(tx: Transaction, policy: Policy, wanted: date | None) -> date:
    day = wanted or earliest(tx, policy)
    until = min(policy.in_force_until or in_force.LAST_DAY, in_force.LAST_DAY)
    if day < in_force.today(tx):
        raise InvalidError(
            f"from_on: {day}已经过去, 不能追溯施行。请选择今天或以后的日期。",
            f"from_on: {day} is over; nothing is put in force for days that have passed. Choose today or a later day.",
        )
    if day < policy.in_force_from or day > until:
        raise InvalidError(
            f"from_on: {day}不在该政策的有效期内({policy.in_force_from}至{until})。请选择有效期内的日期。",
            f"from_on: {day} is outside the policy's term ({policy.in_force_from} to {until}); choose a day within it.",
        )
    return day


def _examinations(tx: Transaction, proposal_id: int, bundle: Bundle, against: int | None) -> list[dict[str, Any]]:
    advice = [str(finding) for finding in advise(bundle)]
    changes = [say(each).as_json() for each in difference(_files(tx, against), bundle.files)] if against else []
    cases = sum(1 for path, _ in bundle.by_suffix(".yaml") if path.startswith(CASES))
    instances = tx.session.scalar(select(func.count()).select_from(process_instance)) or 0
    here = {"proposal_id": proposal_id, "began_at": None, "ended_at": None, "result": None, "done": 0}
    done = {**here, "status": DONE, "total": 1, "done": 1, "began_at": tx.real, "ended_at": tx.real}
    return [
        {**done, "kind": Exam.CHECKS, "result": {"findings": [], "advice": advice}},
        {**done, "kind": Exam.DIFFERENCE, "result": {"against": against, "changes": changes}},
        {**here, "kind": Exam.CASES, "status": WAITING, "total": cases},
        {**here, "kind": Exam.REHEARSAL, "status": WAITING, "total": instances},
    ]


def _files(tx: Transaction, deployment_id: int) -> Mapping[str, bytes]:
    rows = tx.session.execute(select(deployment_file).where(deployment_file.c.deployment_id == deployment_id))
    return {row.path: row.content for row in rows}


def _tell_approvers(tx: Transaction, proposal_id: int, title: Text, *, emergency: bool) -> None:
    others = [each.id for each in people.with_roles(tx, _APPROVERS) if each.id != tx.actor.id]
    zh, en = ("紧急部署，", "An emergency: ") if emergency else ("", "")
    text = Text(
        f"{zh}《{title.zh}》的新版本待审批（第{proposal_id}号）。",
        f"{en}a new version of “{title.en}” waits for approval (number {proposal_id}).",
    )
    tell(tx, others, f"proposal {proposal_id}", activations.POLICY, text)


# --- the second person


def approve(tx: Transaction, proposal_id: int, reason: str, key: str | None = None) -> dict[str, Any]:
    """Say yes; the last yes that is needed deploys it: `{"proposal", "deployment"}`, null while another is to come.

    Raises NotPermittedError for who proposed it, ConflictError naming what the gate still lacks, NotFoundError.
    """
    require(tx.actor, Act.APPROVE)
    request = ["approve", proposal_id, reason]
    return idempotency.once(tx, key, request, lambda: _approve(tx, proposal_id, reason))


def _approve(tx: Transaction, proposal_id: int, reason: str) -> dict[str, Any]:
    row = _open(tx, proposal_id)
    said = required(reason, "意见", "the reason")
    _require_another(tx, row)
    lacking = gate.missing(examined(tx, proposal_id), emergency=row.emergency)
    if lacking:
        zh, en = "、".join(text.zh for text in lacking), "; ".join(text.en for text in lacking)
        raise ConflictError(f"还不能批准: {zh}。", f"this cannot be approved yet: {en}.")
    bundle = uploaded(tx, row.digest)
    compiled = compile_bundle(bundle)
    begins = _begins_still(tx, row, compiled)
    _say(tx, proposal_id, said, approves=True)
    given = tx.session.scalar(select(func.count()).where(approval.c.proposal_id == proposal_id)) or 0
    is_enough = given >= gate.approvals_needed(emergency=row.emergency)
    return {
        "proposal": proposal_id,
        "deployment": _put_in_force(tx, row, bundle, compiled, begins) if is_enough else None,
    }


def _begins_still(tx: Transaction, row: Row[Any], compiled: Compiled) -> date:
    """A day that passed while it waited for its approval is not law any more; what has changed meanwhile was not examined."""
    begins: date = max(row.from_on, in_force.today(tx))
    until = compiled.policy.in_force_until
    if until is not None and begins > until:
        raise ConflictError(
            f"该版本的有效期已于{until}届满, 不能再施行。请撤回或不予批准。",
            f"the term of this version ended on {until}; it cannot come into force any more. Withdraw or refuse it.",
        )
    _require_new_still(tx, row.digest)
    if in_force.replaced(in_force.activations(tx), frozenset(compiled.diagrams), begins) != row.against_id:
        raise ConflictError(
            f"{begins}将被取代的, 已不是提案比较和预演所依据的版本。请撤回后重新提交。",
            f"what it would replace on {begins} is no longer the version that it was compared and rehearsed with; withdraw it "
            "and propose it anew.",
        )
    return begins


def refuse(tx: Transaction, proposal_id: int, reason: str, key: str | None = None) -> dict[str, Any]:
    """Say no: it is over. Raises as `approve`."""
    require(tx.actor, Act.APPROVE)
    request = ["refuse", proposal_id, reason]
    return idempotency.once(tx, key, request, lambda: _refuse(tx, proposal_id, reason))


def _refuse(tx: Transaction, proposal_id: int, reason: str) -> dict[str, Any]:
    row = _open(tx, proposal_id)
    said = required(reason, "意见", "the reason")
    _require_another(tx, row)
    _say(tx, proposal_id, said, approves=False)
    _close(tx, proposal_id, Status.REFUSED)
    _tell_proposer(tx, row, Text("未获批准", "was refused"))
    return {"proposal": proposal_id, "deployment": None}


def withdraw(tx: Transaction, proposal_id: int, reason: str, key: str | None = None) -> dict[str, Any]:
    """Take one's own proposal back. Raises NotPermittedError for somebody else's, ConflictError once it is over."""
    require(tx.actor, Act.PROPOSE)
    request = ["withdraw proposal", proposal_id, reason]
    return idempotency.once(tx, key, request, lambda: _withdraw(tx, proposal_id, reason))


def _withdraw(tx: Transaction, proposal_id: int, reason: str) -> dict[str, Any]:
    row = _open(tx, proposal_id)
    said = required(reason, "理由", "the reason")
    if row.proposed_by != tx.actor.id:
        raise NotPermittedError(
            "只有提出人可以撤回。审批人可以不批准。", "only who proposed it takes it back; an approver may refuse it."
        )
    _close(tx, proposal_id, Status.WITHDRAWN)
    append_to(tx, f"proposal/{proposal_id}", Event("proposal withdrawn", None, {"reason": said}))
    return {"proposal": proposal_id, "deployment": None}


def _open(tx: Transaction, proposal_id: int) -> Row[Any]:
    lock_name(tx, activations.LOCK)
    row = tx.session.execute(select(proposal).where(proposal.c.id == proposal_id)).first()
    if row is None:
        raise NotFoundError(f"没有第{proposal_id}号提案。", f"there is no proposal {proposal_id}.")
    if row.status != Status.OPEN:
        raise ConflictError("该提案已经办结, 请刷新页面。", "this proposal is settled already; reload the page.")
    return row


def _require_another(tx: Transaction, row: Row[Any]) -> None:
    said = select(approval.c.person_id).where(approval.c.proposal_id == row.id, approval.c.person_id == tx.actor.id)
    if row.proposed_by == tx.actor.id or tx.session.execute(said).first() is not None:
        raise NotPermittedError(
            "须由另一人审批: 提出人和已审批的人不能再审批。",
            "another person decides this: neither who proposed it, nor who has decided already.",
        )


def _say(tx: Transaction, proposal_id: int, reason: str, *, approves: bool) -> None:
    row = {"proposal_id": proposal_id, "person_id": tx.actor.id, "approves": approves, "reason": reason}
    tx.session.execute(insert(approval).values(**row, at=tx.now, at_real=tx.real))
    kind = "proposal approved" if approves else "proposal refused"
    append_to(tx, f"proposal/{proposal_id}", Event(kind, None, {"reason": reason}))


def _put_in_force(tx: Transaction, row: Row[Any], bundle: Bundle, compiled: Compiled, begins: date) -> int:
    deployment_id = _stored(tx, bundle, compiled, Gate.EMERGENCY if row.emergency else Gate.APPROVED)
    activations.record(tx, deployment_id, Kind.DEPLOYED, begins, compiled.policy.in_force_until, row.reason, {})
    activations.settle_term(tx, deployment_id)
    _close(tx, row.id, Status.DEPLOYED, deployment_id)
    _tell_proposer(tx, row, Text(f"已获批准，自{begins}起施行", f"was approved and is in force from {begins}"))
    return deployment_id


def _stored(tx: Transaction, bundle: Bundle, compiled: Compiled, passed: Gate) -> int:
    """One that is approved anew is the same version, past this gate."""
    found = deployed(tx, bundle.digest)
    if found is None:
        new: int = store(tx, bundle, compiled, passed)["id"]
        return new
    there: int = found.id
    tx.session.execute(update(deployment).where(deployment.c.id == there).values(gate=passed))
    return there


def _require_new_still(tx: Transaction, digest: str) -> None:
    if (found := _decided(tx, digest)) is not None:
        raise ConflictError(
            f"内容与已部署的第{found.version}版相同。",
            f"the same files are deployed as version {found.version} by now.",
        )


def _close(tx: Transaction, proposal_id: int, status: Status, deployment_id: int | None = None) -> None:
    over = {"status": status, "closed_at": tx.now, "deployment_id": deployment_id}
    tx.session.execute(update(proposal).where(proposal.c.id == proposal_id).values(**over))


def _tell_proposer(tx: Transaction, row: Row[Any], what: Text) -> None:
    title = Text(row.title["zh"], row.title["en"])
    text = Text(
        f"《{title.zh}》的新版本（第{row.id}号）{what.zh}。",
        f"The new version of “{title.en}” (number {row.id}) {what.en}.",
    )
    known = [each.id for each in people.with_roles(tx, [Role.ADMIN, Role.OWNER]) if each.id == row.proposed_by]
    tell(tx, known, f"proposal {row.id} settled", activations.POLICY, text)


def examined(tx: Transaction, proposal_id: int) -> list[Examined]:
    """The examinations in their order."""
    rows = tx.session.execute(select(examination).where(examination.c.proposal_id == proposal_id)).all()
    by_kind = {row.kind: Examined(Exam(row.kind), row.status, row.done, row.total, row.result) for row in rows}
    return [by_kind[kind] for kind in Exam if kind in by_kind]
