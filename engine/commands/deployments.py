"""Deploying a bundle: immutable, checked, and the same files are the same version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from engine.audit import Event, append_to
from engine.checks import compile_bundle
from engine.permissions import Act, require
from engine.tables import deployment, deployment_file

if TYPE_CHECKING:
    from engine.bundle import Bundle
    from engine.policy import Policy
    from engine.transaction import Transaction


def deploy(tx: Transaction, bundle: Bundle) -> dict[str, Any]:
    """Store a bundle as a new version; says `{"id", "version", "digest", "new"}`, the old version if it is there already.

    Raises BundleRefusedError with every finding.
    """
    require(tx.actor, Act.DEPLOY)
    found = tx.session.execute(select(deployment).where(deployment.c.digest == bundle.digest)).first()
    if found is not None:
        return {"id": found.id, "policy": found.policy, "version": found.version, "digest": found.digest, "new": False}
    policy = compile_bundle(bundle).policy
    version = (
        tx.session.scalar(select(func.max(deployment.c.version)).where(deployment.c.policy == policy.id)) or 0
    ) + 1
    deployment_id = _insert(tx, bundle, policy, version)
    payload = {"policy": policy.id, "version": version, "digest": bundle.digest}
    append_to(tx, f"deployment/{deployment_id}", Event("deployed", None, payload))
    return {"id": deployment_id, **payload, "new": True}


def _insert(tx: Transaction, bundle: Bundle, policy: Policy, version: int) -> int:
    result = tx.session.execute(
        insert(deployment).values(
            policy=policy.id,
            version=version,
            digest=bundle.digest,
            title=policy.title.as_json(),
            in_force_from=policy.in_force_from,
            in_force_until=policy.in_force_until,
            deployed_by=tx.actor.id,
            deployed_at=tx.now,
            deployed_at_real=tx.real,
        )
    )
    deployment_id: int = result.inserted_primary_key[0]  # type: ignore[attr-defined]
    rows = [
        {"deployment_id": deployment_id, "path": path, "content": content} for path, content in bundle.files.items()
    ]
    tx.session.execute(insert(deployment_file), rows)
    return deployment_id
