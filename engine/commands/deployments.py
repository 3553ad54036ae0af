"""Deploying a bundle: immutable, checked, and the same files are the same version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from engine.announcing import active, announce
from engine.audit import Event, append_to
from engine.bundle import read_zip
from engine.checks import compile_bundle
from engine.errors import NotFoundError
from engine.hooks import Heard
from engine.permissions import Act, require
from engine.tables import deployment, deployment_file, staged_bundle
from engine.transaction import lock_name

if TYPE_CHECKING:
    from engine.bundle import Bundle
    from engine.compiled import Compiled
    from engine.transaction import Transaction


def deploy(tx: Transaction, bundle: Bundle) -> dict[str, Any]:
    """Store a bundle as a new version; says `{"id", "version", "digest", "new"}`, the old version if it is there already.

    Raises BundleRefusedError with every finding.
    """
    require(tx.actor, Act.DEPLOY)
    lock_name(tx, "deploy")
    found = tx.session.execute(select(deployment).where(deployment.c.digest == bundle.digest)).first()
    if found is not None:
        return {"id": found.id, "policy": found.policy, "version": found.version, "digest": found.digest, "new": False}
    compiled = compile_bundle(bundle)
    policy = compiled.policy
    version = (
        tx.session.scalar(select(func.max(deployment.c.version)).where(deployment.c.policy == policy.id)) or 0
    ) + 1
    deployment_id = _insert(tx, bundle, compiled, version)
    payload = {"policy": policy.id, "version": version, "digest": bundle.digest}
    append_to(tx, f"deployment/{deployment_id}", Event("deployed", None, payload))
    announce(tx, active(tx), Heard.DEPLOYED, {"deployment": deployment_id, **payload})
    return {"id": deployment_id, **payload, "new": True}


def deploy_zip(tx: Transaction, content: bytes) -> dict[str, Any]:
    """Deploy a zip at once; raises InvalidError where it is none, else as `deploy`."""
    require(tx.actor, Act.DEPLOY)
    return deploy(tx, read_zip(content))


def stage(tx: Transaction, content: bytes) -> str:
    """Keep an uploaded zip until it is deployed; says its digest. Raises InvalidError, BundleRefusedError."""
    require(tx.actor, Act.DEPLOY)
    bundle = read_zip(content)
    compile_bundle(bundle)
    if tx.session.execute(select(staged_bundle.c.digest).filter_by(digest=bundle.digest)).first() is None:
        row = {"digest": bundle.digest, "content": content, "staged_by": tx.actor.id, "staged_at": tx.real}
        tx.session.execute(insert(staged_bundle).values(**row))
    return bundle.digest


def deploy_staged(tx: Transaction, digest: str) -> dict[str, Any]:
    """Deploy what was uploaded; raises NotFoundError where nothing of that digest was."""
    return deploy(tx, staged(tx, digest))


def staged(tx: Transaction, digest: str) -> Bundle:
    require(tx.actor, Act.DEPLOY)
    content = tx.session.scalar(select(staged_bundle.c.content).filter_by(digest=digest))
    if content is None:
        raise NotFoundError(
            "没有这个待部署的政策包, 请重新上传。", "no uploaded bundle has this digest; upload it again."
        )
    return read_zip(content)


def _insert(tx: Transaction, bundle: Bundle, compiled: Compiled, version: int) -> int:
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
        )
    )
    deployment_id: int = result.inserted_primary_key[0]  # type: ignore[attr-defined]
    rows = [
        {"deployment_id": deployment_id, "path": path, "content": content} for path, content in bundle.files.items()
    ]
    tx.session.execute(insert(deployment_file), rows)
    return deployment_id
