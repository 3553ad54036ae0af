"""`python -m tests.policies.negation BUNDLE [ROW ...]`: negate every rule of the regulation and see which case notices.

For each row marked R or R* in policy.yaml's clauses, what tests.policies.mutants finds of it is negated one by one and the
cases are played, those that name the row first, until one fails that passes otherwise. A case does not count that fails
because the bundle is refused. The list goes to standard output; the exit code is 1 if anything was not noticed.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.bundle import Bundle, read_folder
from engine.cases import Case, find_cases, read_case, run_case
from tests.policies.mutants import Mutant, mutants, rows

_REFUSED = "before the first step"


@dataclass(frozen=True)
class Verdict:
    """`case` is the one that failed, and how; None where nobody noticed."""

    row: str
    what: str
    case: str | None
    failure: str | None

    def __str__(self) -> str:
        return f"{self.row:7} {self.what}: {f'{self.case}: {self.failure}' if self.case else 'NOT CAUGHT'}"


def negate(folder: Path, asked: Iterable[str] = (), processes: int = 2) -> list[Verdict]:
    """Every negation of these rows, or of all; in the order of the policy."""
    bundle = read_folder(folder)
    found = [mutant for row in asked or rows(bundle) for mutant in mutants(bundle, row)]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(_verdict, [folder] * len(found), found, chunksize=1))


def _verdict(folder: Path, mutant: Mutant) -> Verdict:
    bundle = mutant.bundle(_bundle(folder))
    for case in _in_order(_cases(folder), mutant):
        failure = run_case(case, bundle).failure
        if failure and not failure.startswith(_REFUSED) and _passes(folder, case.path):
            return Verdict(mutant.row, mutant.what, case.path.stem, failure[:160])
    return Verdict(mutant.row, mutant.what, None, None)


def _in_order(cases: Iterable[Case], mutant: Mutant) -> list[Case]:
    """Those that name the row first, for a table the quick ones before the stories; a diagram only shows in stories."""
    seeing = [case for case in cases if mutant.is_table or not case.is_tables_only]
    return sorted(seeing, key=lambda case: (mutant.row not in case.clauses, not case.is_tables_only))


@cache
def _bundle(folder: Path) -> Bundle:
    return read_folder(folder)


@cache
def _cases(folder: Path) -> tuple[Case, ...]:
    return tuple(read_case(path) for path in find_cases([folder]))


@cache
def _passes(folder: Path, path: Path) -> bool:
    """Whether the case passes with the bundle as it is."""
    return run_case(read_case(path), _bundle(folder)).failure is None


def main() -> int:
    folder, asked = Path(sys.argv[1]), sys.argv[2:]
    verdicts = negate(folder, asked, min(2, os.cpu_count() or 1))
    for verdict in verdicts:
        print(verdict)
    wanted = asked or rows(read_folder(folder))
    negations = Counter(verdict.row for verdict in verdicts)
    missed = Counter(verdict.row for verdict in verdicts if verdict.case is None)
    for row in wanted:
        if not negations[row]:
            print(f"{row:7} nothing to negate")
    caught = sum(1 for row in wanted if negations[row] and not missed[row])
    print(f"{len(wanted)} rows, {caught} caught")
    return 0 if caught == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
