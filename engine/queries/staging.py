"""An uploaded bundle beside what is deployed: what would change, before anybody says yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.checks import compile_bundle
from engine.commands.deployments import staged as staged_bundle
from engine.tables import deployment, deployment_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.library import Library
    from engine.policy import Policy
    from engine.transaction import Transaction
    from forms.text import Text


@dataclass(frozen=True, slots=True)
class Change:
    """A setting whose default differs."""

    label: Text
    key: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Staged:
    """`against` is the version compared with; None where the policy is new here or these files are deployed already."""

    digest: str
    title: Text
    policy: str
    against: int | None
    deployed_as: int | None
    settings: tuple[Change, ...]
    files: Mapping[str, str]


def staged(tx: Transaction, library: Library, digest: str) -> Staged:
    """Raises NotFoundError, NotPermittedError."""
    bundle = staged_bundle(tx, digest)
    policy = compile_bundle(bundle).policy
    query = select(deployment.c.id, deployment.c.version, deployment.c.digest).where(deployment.c.policy == policy.id)
    rows = tx.session.execute(query.order_by(deployment.c.version.desc())).all()
    newest = rows[0] if rows else None
    old = library.get(tx.session, newest.id).policy if newest else None
    return Staged(
        digest=digest,
        title=policy.title,
        policy=policy.id,
        against=newest.version if newest else None,
        deployed_as=next((row.version for row in rows if row.digest == digest), None),
        settings=tuple(_changes(old, policy)) if old else (),
        files=_files(_deployed(tx, newest.id), bundle.files) if newest else dict.fromkeys(bundle.files, "added"),
    )


def _changes(old: Policy, new: Policy) -> list[Change]:
    keys = {**old.settings, **new.settings}
    values = [(key, old.settings.get(key), new.settings.get(key)) for key in keys]
    return [
        Change(keys[key].label, key, before.value if before else None, after.value if after else None)
        for key, before, after in values
        if (before.value if before else None) != (after.value if after else None)
    ]


def _deployed(tx: Transaction, deployment_id: int) -> dict[str, bytes]:
    query = select(deployment_file.c.path, deployment_file.c.content).filter_by(deployment_id=deployment_id)
    return {row.path: row.content for row in tx.session.execute(query)}


def _files(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> dict[str, str]:
    kinds = dict.fromkeys(new.keys() - old.keys(), "added") | dict.fromkeys(old.keys() - new.keys(), "removed")
    changed = {path: "changed" for path in new.keys() & old.keys() if new[path] != old[path]}
    return dict(sorted((kinds | changed).items()))
