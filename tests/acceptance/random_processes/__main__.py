"""Run many random processes and say which failed; failing seeds are kept for ever.

`python -m tests.acceptance.random_processes --seeds 0:10 --count 100 --database sqlite` compares runs that are restarted
after every step with undisturbed ones; with `--kill 50` runs are killed by SIGKILL at random moments instead.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.acceptance.random_processes import comparing, killing, seeds
from tests.acceptance.random_processes.generating import draw, keep


def main() -> int:
    options = _options()
    addresses = comparing.new_address(options.database), comparing.new_address(options.database)
    chosen = seeds.group(options.group, options.kill) if options.kill else _seeds(options)
    step = comparing.take_step if options.fresh == "engine" else comparing.take_step_elsewhere
    failed, used, began = 0, Counter[str](), time.perf_counter()
    for number, seed in enumerate(chosen, 1):
        used.update(draw(seed).kinds)
        failure = killing.compare(addresses, seed) if options.kill else comparing.compare(addresses, seed, step)
        if failure is not None:
            failed += 1
            keep(seed, failure.difference)
            print(failure, flush=True)
        if number % 100 == 0:
            print(f"{number} run, {failed} failed, {time.perf_counter() - began:.0f} s", flush=True)
    print(f"{len(chosen)} run, {failed} failed, {time.perf_counter() - began:.0f} s; {killing.told()}{dict(used)}")
    return 1 if failed else 0


def _seeds(options: argparse.Namespace) -> list[str]:
    if "-" in options.seeds:
        return options.seeds.split(",")
    first, _, last = options.seeds.partition(":")
    return [
        seed for number in range(int(first), int(last or int(first) + 1)) for seed in seeds.group(number, options.count)
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.random_processes", description=__doc__)
    parser.add_argument(
        "--seeds",
        default="0:10",
        help="groups, the first and the one after the last (0:10); or seeds by name (3-7,3-9)",
    )
    parser.add_argument("--count", type=int, default=100, help="processes in each group")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument(
        "--fresh", choices=["engine", "process"], default="process", help="what is new after every step"
    )
    parser.add_argument("--kill", type=int, default=0, help="instead: so many runs killed at random moments")
    parser.add_argument("--group", type=int, default=1000, help="the group of seeds for --kill")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
