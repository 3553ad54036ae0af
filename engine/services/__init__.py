"""What a diagram's service task may call, inside the command's transaction: one file a service, one table of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.services import certificates, children, draws, exits, mail, registers
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.compiled import Compiled
    from engine.instance import Instance
    from engine.services.outside import Outside
    from engine.transaction import Transaction

    Service = Callable[[Transaction, Instance, Compiled, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A service, the names of what it brings, and what it did that nobody can take back (None: it only reads)."""

    run: Service
    results: tuple[str, ...]
    outside: Text | None = None


@dataclass(frozen=True, slots=True)
class JobEntry:
    """What does a job, and the names of what it brings."""

    run: Callable[[Outside, str, Mapping[str, Any]], Mapping[str, Any]]
    results: tuple[str, ...]


_TABLE: Mapping[str, Entry] = {
    "employer-register": Entry(registers.read_employer, ("employer",)),
    "employer-list": Entry(registers.read_employers, ("employers",)),
    "expert-register": Entry(registers.read_experts, ("experts_register",)),
    "person-records": Entry(registers.read_person, ("records",)),
    "trade-approval": Entry(
        registers.approve_trades,
        ("approved_trades",),
        outside=Text("批准的工种已登记", "the approved trades have been registered"),
    ),
    "register-write": Entry(
        registers.write_entry, ("register_key",), outside=Text("台账已登记", "a register has been written")
    ),
    "register-read": Entry(registers.read_entries, ("entries",)),
    "level-letter": Entry(registers.read_letter, ("letter",)),
    "random-draw": Entry(draws.draw, ("drawn", "draw")),
    "child-instances": Entry(children.read_children, ("children",)),
    "employer-exit": Entry(
        exits.exit_employer,
        ("stopped",),
        outside=Text("单位的评聘工作已经终止", "the employer's work has been ended"),
    ),
    "employer-restore": Entry(
        exits.restore_employer,
        ("resumed",),
        outside=Text("单位的评聘工作已经恢复", "the employer's work goes on again"),
    ),
    "certificate-number": Entry(
        certificates.allocate,
        ("certificate_number", "certificate_issued_on", "certificate_parts"),
        outside=Text("已分配证书编号", "a certificate number has been allocated"),
    ),
}

# Services with effects outside the database: done by a worker after the step, tried again when they fail.
_JOBS: Mapping[str, JobEntry] = {"mail": JobEntry(mail.send, ("mail_sent",))}
JOBS = frozenset(_JOBS)
OUTSIDE: Mapping[str, Text] = {name: entry.outside for name, entry in _TABLE.items() if entry.outside}


NAMES: Mapping[str, tuple[str, ...]] = {
    **{name: entry.results for name, entry in _TABLE.items()},
    **{name: entry.results for name, entry in _JOBS.items()},
}


def do(outside: Outside, name: str, job_id: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Do a job, outside every transaction; it may have been done before, by a worker that died before it could say so."""
    return _JOBS[name].run(outside, job_id, inputs)


def call(
    tx: Transaction, instance: Instance, compiled: Compiled, name: str, inputs: Mapping[str, Any]
) -> Mapping[str, Any]:
    """JSON in, JSON out. The checks refuse a bundle that names a service which is not here."""
    return _TABLE[name].run(tx, instance, compiled, inputs)
