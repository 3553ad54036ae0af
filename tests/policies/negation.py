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
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from pathlib import Path

from engine.bundle import Bundle, read_folder
from engine.cases import Case, CaseResult, Coverage, find_cases, read_case, run_case
from tests.policies.mutants import Mutant, mutants, rows

_REFUSED = "before the first step"
_ENOUGH_SECONDS = 30  # twenty times what the longest story takes
Walked = Mapping[Path, Coverage]


class Endless(BaseException):
    """A story that goes round and round; nothing on the way may take it for a failure of its own."""


@dataclass(frozen=True)
class Verdict:
    """`case` is the one that failed, and how; None where nobody noticed, or the bundle was refused."""

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
        walked = _walked(pool, folder, cases) if any(mutant.place for mutant in found) else {}
        begun = [pool.submit(_verdict, folder, mutant, _in_order(cases, mutant, walked)) for mutant in found]
        yield from (verdict.result() for verdict in as_completed(begun))


def _walked(pool: ProcessPoolExecutor, folder: Path, cases: Iterable[Case]) -> Walked:
    """Where each story goes in the bundle as it is."""
    stories = [case.path for case in cases if not case.is_tables_only]
    return dict(zip(stories, pool.map(_coverage, repeat(folder), stories), strict=True))


def _in_order(cases: Iterable[Case], mutant: Mutant, walked: Walked) -> list[Path]:
    """Those that can notice, the likely ones first: that name the row, speak of the element, and are soon played."""
    place = mutant.place
    able = [case for case in cases if place is None or (case.path in walked and place.flows & walked[case.path].flows)]

    def rank(case: Case) -> tuple[bool, bool, bool, int]:
        speaks = place is not None and place.element in str(case.steps)
        return mutant.row not in case.clauses, not speaks, not case.is_tables_only, len(case.steps)

    return [case.path for case in sorted(able, key=rank)]


def _verdict(folder: Path, mutant: Mutant, order: Iterable[Path]) -> Verdict:
    bundle = mutant.bundle(_bundle(folder))
    for path in order:
        failure = _failure(path, bundle)
        if failure and failure.startswith(_REFUSED) and _as_it_is(folder, path).failure is None:
            return Verdict(mutant.row, mutant.what, None, failure)
        if failure and _as_it_is(folder, path).failure is None:
            return Verdict(mutant.row, mutant.what, path.stem, failure[:160])
    return Verdict(mutant.row, mutant.what, None, None)


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


def _coverage(folder: Path, path: Path) -> Coverage:
    return _as_it_is(folder, path).coverage


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
    wanted = asked or rows(read_folder(folder))
    for row in wanted:
        if not negations[row]:
            print(f"{row:7} nothing to negate")
    caught = sum(1 for row in wanted if negations[row] and not missed[row])
    print(f"{len(wanted)} rows, {caught} caught; {negations.total()} negations, {missed.total()} not caught")
    return 0 if caught == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
