"""An uploaded bundle beside what is deployed: what would change, before anybody says yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.checks import compile_bundle
from engine.commands.deployments import staged as staged_bundle
from engine.difference import difference, drawings
from engine.queries.deployments import DeploymentLine, deployments, files
from engine.tables import deployment

if TYPE_CHECKING:
    from engine.difference import Change, Drawing
    from engine.transaction import Transaction
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class Staged:
    """`against` is the version compared with; None where the policy is new here or these files are deployed already."""

    digest: str
    title: Text
    policy: str
    against: int | None
    deployed_as: int | None
    changes: tuple[Change, ...]
    drawings: tuple[Drawing, ...]


def staged(tx: Transaction, digest: str) -> Staged:
    """Raises NotFoundError, NotPermittedError."""
    bundle = staged_bundle(tx, digest)
    policy = compile_bundle(bundle).policy
    query = select(deployment.c.id, deployment.c.version, deployment.c.digest).where(deployment.c.policy == policy.id)
    rows = tx.session.execute(query.order_by(deployment.c.version.desc())).all()
    newest = rows[0] if rows else None
    before = files(tx, newest.id) if newest else bundle.files
    changes = difference(before, bundle.files)
    return Staged(
        digest=digest,
        title=policy.title,
        policy=policy.id,
        against=newest.version if newest else None,
        deployed_as=next((row.version for row in rows if row.digest == digest), None),
        changes=tuple(changes),
        drawings=drawings(before, bundle.files, changes),
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """Two deployed versions and what differs from the first to the second; their policies may be two."""

    old: DeploymentLine
    new: DeploymentLine
    changes: tuple[Change, ...]
    drawings: tuple[Drawing, ...]


def compared(tx: Transaction, old_id: int, new_id: int) -> Compared:
    """Raises NotFoundError, NotPermittedError."""
    old, new = files(tx, old_id), files(tx, new_id)
    changes = difference(old, new)
    lines = {line.id: line for line in deployments(tx)}
    return Compared(lines[old_id], lines[new_id], tuple(changes), drawings(old, new, changes))
