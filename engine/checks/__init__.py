"""Every deployment check: whether the files of a bundle are right and fit together. Reads only; writes nothing."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import TYPE_CHECKING

from engine import spiff
from engine.checks.diagrams import check_diagram
from engine.checks.files import check_files
from engine.checks.forms import check_forms
from engine.checks.messages import check_messages
from engine.checks.policies import check_policy
from engine.checks.policy_file import check_policy_file
from engine.checks.tables import advise, check_tables
from engine.compiled import Compiled, compile_parts, read_parts
from engine.errors import BundleRefusedError, PingpinError
from engine.findings import Finding
from engine.policy import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.bundle import Bundle
    from engine.compiled import Parts

__all__ = ["advise", "check", "compile_bundle"]


def check(bundle: Bundle) -> tuple[Finding, ...]:
    """All findings of a bundle, by file; none means that it may be deployed."""
    return _check(bundle)[1]


@lru_cache(maxsize=8)
def compile_bundle(bundle: Bundle) -> Compiled:
    """The bundle ready to run; raises BundleRefusedError with every finding."""
    compiled, findings = _check(bundle)
    if compiled is None:
        raise BundleRefusedError(findings)
    return compiled


def _check(bundle: Bundle) -> tuple[Compiled | None, tuple[Finding, ...]]:
    parts = read_parts(bundle)
    findings = dict.fromkeys(_findings(parts))
    if findings:
        return None, tuple(sorted(findings, key=lambda finding: (finding.file, finding.element, finding.rule)))
    try:
        return compile_parts(parts), ()
    except PingpinError as error:
        return None, tuple(_not_runnable(parts)) or (Finding(FILE, "", "compile", error.text),)


def _not_runnable(parts: Parts) -> Iterator[Finding]:
    """The diagrams that the library refuses although every check has passed."""
    for diagram in parts.diagrams.values():
        try:
            spiff.prepare(diagram, parts.diagrams)
        except PingpinError as error:
            yield Finding(diagram.file, diagram.process, "compile", error.text)


def _findings(parts: Parts) -> Iterator[Finding]:
    """File by file first; a policy that is wrong by itself is not held against the rest."""
    policy = list(check_policy_file(parts.files[FILE])) if FILE in parts.files else []
    yield from policy
    yield from (finding for finding in parts.findings if finding.file != FILE or not policy)
    yield from check_files(parts)
    if policy:
        parts = dataclasses.replace(parts, policy=None)
    for diagram in parts.diagrams.values():
        yield from check_diagram(diagram, parts)
    yield from check_messages(parts)
    yield from check_tables(parts)
    yield from check_forms(parts)
    yield from check_policy(parts)
