"""Which processes are run: a fixed sample in every run of the suite, and for ever those that ever failed."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent
SAMPLE = _FOLDER / "seeds.txt"
FAILING = _FOLDER / "failing-seeds.txt"


def listed(file: Path) -> list[str]:
    """A seed a line; what follows a `#` says what it found."""
    lines = (line.split("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]


def keep(seed: str, found: str) -> None:
    """Remember a seed that failed, once: a new seed must not hide an old failure."""
    if seed not in listed(FAILING):
        with FAILING.open("a") as file:
            file.write(f"{seed}  # {found.splitlines()[0][:150] if found else ''}\n")


def group(number: int, count: int) -> list[str]:
    return [f"{number}-{index}" for index in range(count)]
