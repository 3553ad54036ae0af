"""Every deployment check: whether the files of a bundle are right and fit together. Reads only; writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.checks.diagrams import check_diagram
from engine.checks.forms import check_forms
from engine.checks.policies import check_policy
from engine.compiled import Compiled, compile_parts, read_parts
from engine.errors import BundleRefusedError, PingpinError
from engine.findings import Finding

if TYPE_CHECKING:
    from engine.bundle import Bundle

__all__ = ["check", "compile_bundle"]


def check(bundle: Bundle) -> tuple[Finding, ...]:
    """All findings of a bundle, by file; none means that it may be deployed."""
    return _check(bundle)[1]


def compile_bundle(bundle: Bundle) -> Compiled:
    """The bundle ready to run; raises BundleRefusedError with every finding."""
    compiled, findings = _check(bundle)
    if compiled is None:
        raise BundleRefusedError(findings)
    return compiled


def _check(bundle: Bundle) -> tuple[Compiled | None, tuple[Finding, ...]]:
    parts = read_parts(bundle)
    findings = list(parts.findings)
    for diagram in parts.diagrams.values():
        findings.extend(check_diagram(diagram, parts))
    findings.extend(check_forms(parts))
    findings.extend(check_policy(parts))
    if findings:
        return None, tuple(sorted(findings, key=lambda finding: (finding.file, finding.element, finding.rule)))
    try:
        return compile_parts(parts), ()
    except PingpinError as error:
        return None, (Finding("", "", "compile", error.text),)
