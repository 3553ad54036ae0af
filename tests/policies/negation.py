"""`python -m tests.policies.negation BUNDLE [ROW ...]`: negate every rule of the regulation and see which case notices.

For each row marked R or R* in policy.yaml's clauses, what tests.policies.mutants finds of it is negated one by one and the
cases are played, the likely ones first, until one fails that passes otherwise. Each verdict goes to standard output as it
comes, a summary after them; the exit code is 1 if anything was not noticed. A case does not count that fails because the
bundle is refused: what the checks refuse is no negation, and is told.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.bundle import Bundle, read_folder
from engine.cases import Case, CaseResult, find_cases, read_case, run_case
from tests.policies.mutants import Mutant, mutants, reasons, rows

_REFUSED = "before the first step"
_ENOUGH_SECONDS = 30  # twenty times what the longest story takes


class Endless(BaseException):
    """A story that goes round and round; nothing on the way may take it for a failure of its own."""


@dataclass(frozen=True)
class Verdict:
    """`case` is the one that failed, and how; None where nobody noticed, or some were refused before it began."""

    row: str
    what: str
    case: str | None
    failure: str | None

    def __str__(self) -> str:
        noticed = f"{self.case}: {self.failure}" if self.case else f"NOT CAUGHT {self.failure or ''}".strip()
        return f"{self.row:7} {self.what}: {noticed}"


def negate(folder: Path, asked: Iterable[str] = (), processes: int = 2) -> Iterator[Verdict]:
    """Every negation of these rows, or of all, as soon as it is decided."""
    bundle = read_folder(folder)
    found = [mutant for row in asked or rows(bundle) for mutant in mutants(bundle, row)]
    cases = [read_case(path) for path in find_cases([folder])]
    with ProcessPoolExecutor(processes) as pool:
        begun = [pool.submit(_verdict, folder, mutant, _in_order(cases, mutant)) for mutant in found]
        yield from (verdict.result() for verdict in as_completed(begun))


def _in_order(cases: Iterable[Case], mutant: Mutant) -> list[Path]:
    """The likely ones first: that name the row, speak of the element, and are soon played."""

    def rank(case: Case) -> tuple[bool, bool, bool, int]:
        speaks = mutant.place is not None and mutant.place.element in str(case.steps)
        return mutant.row not in case.clauses, not speaks, not case.is_tables_only, len(case.steps)

    return [case.path for case in sorted(cases, key=rank)]


def _verdict(folder: Path, mutant: Mutant, order: Iterable[Path]) -> Verdict:
    bundle, refused = mutant.bundle(_bundle(folder)), None
    for path in order:
        if not _comes_by(folder, path, mutant):
            continue
        failure = " ".join((_failure(path, bundle) or "").split())[:160]
        if failure and _as_it_is(folder, path).failure is None:
            if not failure.startswith(_REFUSED):
                return Verdict(mutant.row, mutant.what, path.stem, failure)
            refused = refused or failure
    return Verdict(mutant.row, mutant.what, None, refused)


def _comes_by(folder: Path, path: Path, mutant: Mutant) -> bool:
    """Only a story that walks through what was changed of a diagram can notice."""
    if mutant.place is None:
        return True
    return not _case(path).is_tables_only and bool(mutant.place.flows & _as_it_is(folder, path).coverage.flows)


def _failure(path: Path, bundle: Bundle) -> str | None:
    """What went wrong; a negated condition may also leave a loop without a way out."""
    signal.signal(signal.SIGALRM, _stop)
    signal.alarm(_ENOUGH_SECONDS)
    try:
        return run_case(_case(path), bundle).failure
    except Endless:
        return f"goes on without end, stopped after {_ENOUGH_SECONDS} seconds"
    finally:
        signal.alarm(0)


def _stop(*_: object) -> None:
    raise Endless


@cache
def _as_it_is(folder: Path, path: Path) -> CaseResult:
    """The case with the bundle as it is."""
    return run_case(_case(path), _bundle(folder))


@cache
def _bundle(folder: Path) -> Bundle:
    return read_folder(folder)


@cache
def _case(path: Path) -> Case:
    return read_case(path)


def main() -> int:
    folder, asked = Path(sys.argv[1]), sys.argv[2:]
    negations: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for verdict in negate(folder, asked, min(2, os.cpu_count() or 1)):
        print(verdict, flush=True)
        negations[verdict.row] += 1
        missed[verdict.row] += verdict.case is None
    bundle = read_folder(folder)
    wanted, why = asked or rows(bundle), reasons(bundle)
    for row in wanted:
        if not negations[row]:
            print(f"{row:7} nothing to negate: {why.get(row, 'NO REASON')}")
    left = [row for row in wanted if missed[row] or not (negations[row] or row in why)]
    print(f"{len(wanted)} rows, {len(left)} not caught; {negations.total()} negations, {missed.total()} not caught")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
