"""An uploaded bundle beside what is deployed: what would change, before anybody says yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import in_force
from engine.checks import compile_bundle
from engine.commands.deployments import uploaded
from engine.commands.proposals import earliest
from engine.difference import difference, drawings
from engine.permissions import Act, require
from engine.queries.deployments import DeploymentLine, deployments, files

if TYPE_CHECKING:
    from datetime import date

    from engine.difference import Change, Drawing
    from engine.transaction import Transaction
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class Staged:
    """`against` is the version that it would replace, None where there is none; `from_on` the first day it may be in force.

    `deployed_as` is the id of the deployment that has these files already and was not cancelled.
    """

    digest: str
    title: Text
    policy: str
    from_on: date
    until_on: date | None
    against: DeploymentLine | None
    deployed_as: int | None
    changes: tuple[Change, ...]
    drawings: tuple[Drawing, ...]


def staged(tx: Transaction, digest: str) -> Staged:
    """Raises NotFoundError, NotPermittedError."""
    require(tx.actor, Act.PROPOSE)
    compiled = compile_bundle(uploaded(tx, digest))
    day = earliest(tx, compiled.policy)
    against = in_force.replaced(in_force.activations(tx), frozenset(compiled.diagrams), day)
    return compared_with(tx, digest, against)


def compared_with(tx: Transaction, digest: str, against_id: int | None) -> Staged:
    """An uploaded bundle beside a version; the caller has asked."""
    bundle = uploaded(tx, digest)
    policy = compile_bundle(bundle).policy
    before = files(tx, against_id) if against_id else bundle.files
    changes = difference(before, bundle.files)
    known, decided = deployments(tx), {each.deployment_id for each in in_force.activations(tx) if not each.is_cancelled}
    return Staged(
        digest=digest,
        title=policy.title,
        policy=policy.id,
        from_on=earliest(tx, policy),
        until_on=policy.in_force_until,
        against=next((line for line in known if line.id == against_id), None),
        deployed_as=next((line.id for line in known if line.digest == digest and line.id in decided), None),
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
