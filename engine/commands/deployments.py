"""Deploying a bundle: immutable, checked, and the same files are the same version."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, insert, select

from engine import in_force
from engine.announcing import active, announce
from engine.audit import Event, append_to
from engine.bundle import read_zip
from engine.checks import compile_bundle
from engine.commands import activations
from engine.errors import NotFoundError
from engine.hooks import Heard
from engine.in_force import Kind
from engine.permissions import Act, require
from engine.tables import deployment, deployment_file, staged_bundle
from engine.transaction import lock_name

if TYPE_CHECKING:
    from engine.bundle import Bundle
    from engine.compiled import Compiled
    from engine.transaction import Transaction


class Gate(StrEnum):
    """How a version got past the gate; it stands with it for ever."""

    INSTALLED = "installed"
    APPROVED = "approved"
    EMERGENCY = "emergency"


def deploy(tx: Transaction, bundle: Bundle) -> dict[str, Any]:
    """Put a bundle in force for its whole term without asking anybody, as who sets an installation, a sandbox or a case up.

    Says `{"id", "version", "digest", "new"}`, the old version if it is there already. Raises BundleRefusedError with every
    finding. Pages, the API and the command line of a running installation propose instead (engine.commands.proposals).
    """
    require(tx.actor, Act.DEPLOY)
    lock_name(tx, activations.LOCK)
    if (found := deployed(tx, bundle.digest)) is not None:
        return {"id": found.id, "policy": found.policy, "version": found.version, "digest": found.digest, "new": False}
    compiled = compile_bundle(bundle)
    told = store(tx, bundle, compiled, Gate.INSTALLED)
    begins, ends = compiled.policy.in_force_from, compiled.policy.in_force_until
    begun = {"begun_at": tx.now} if begins <= in_force.today(tx) else {}
    activations.record(tx, told["id"], Kind.DEPLOYED, begins, ends, "", begun)
    return {**told, "new": True}


def deployed(tx: Transaction, digest: str) -> Row[Any] | None:
    """The version that has these files."""
    return tx.session.execute(select(deployment).where(deployment.c.digest == digest)).first()


def store(tx: Transaction, bundle: Bundle, compiled: Compiled, gate: Gate) -> dict[str, Any]:
    """Keep a bundle as the next version of its policy; the caller holds the lock and says when it is in force."""
    policy = compiled.policy
    newest = tx.session.scalar(select(func.max(deployment.c.version)).where(deployment.c.policy == policy.id))
    version = (newest or 0) + 1
    deployment_id = _insert(tx, bundle, compiled, version, gate)
    payload = {"policy": policy.id, "version": version, "digest": bundle.digest}
    append_to(tx, f"deployment/{deployment_id}", Event("deployed", None, {**payload, "gate": gate}))
    announce(tx, active(tx), Heard.DEPLOYED, {"deployment": deployment_id, **payload})
    return {"id": deployment_id, **payload}


def stage(tx: Transaction, content: bytes) -> str:
    """Keep an uploaded zip until it is proposed; says its digest. Raises InvalidError, BundleRefusedError."""
    require(tx.actor, Act.PROPOSE)
    bundle = read_zip(content)
    compile_bundle(bundle)
    if tx.session.execute(select(staged_bundle.c.digest).filter_by(digest=bundle.digest)).first() is None:
        row = {"digest": bundle.digest, "content": content, "staged_by": tx.actor.id, "staged_at": tx.real}
        tx.session.execute(insert(staged_bundle).values(**row))
    return bundle.digest


def staged(tx: Transaction, digest: str) -> Bundle:
    """What was uploaded; raises NotFoundError where nothing of that digest was."""
    require(tx.actor, Act.PROPOSE)
    return uploaded(tx, digest)


def uploaded(tx: Transaction, digest: str) -> Bundle:
    """The same for the gate, which has asked before."""
    content = tx.session.scalar(select(staged_bundle.c.content).filter_by(digest=digest))
    if content is None:
        raise NotFoundError(
            "没有这个待部署的政策包, 请重新上传。", "no uploaded bundle has this digest; upload it again."
        )
    return read_zip(content)


def _insert(tx: Transaction, bundle: Bundle, compiled: Compiled, version: int, gate: Gate) -> int:
    policy = compiled.policy
    result = tx.session.execute(
        insert(deployment).values(
            policy=policy.id,
            version=version,
            digest=bundle.digest,
            title=policy.title.as_json(),
            in_force_from=policy.in_force_from,
            in_force_until=policy.in_force_until,
            processes=sorted(compiled.diagrams),
            deployed_by=tx.actor.id,
            deployed_at=tx.now,
            deployed_at_real=tx.real,
            gate=gate,
        )
    )
    deployment_id: int = result.inserted_primary_key[0]  # type: ignore[attr-defined]
    rows = [
        {"deployment_id": deployment_id, "path": path, "content": content} for path, content in bundle.files.items()
    ]
    tx.session.execute(insert(deployment_file), rows)
    return deployment_id
