"""Which processes are run: a fixed sample in every run of the suite, and for ever those that ever failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_SAMPLE = Path(__file__).parent / "seeds.txt"
# A file a process, with its diagram: what a seed makes changes with the table of blocks.
_FAILING = Path(__file__).parent / "failing"


def sample() -> list[str]:
    return _SAMPLE.read_text().split()


def failed_once() -> list[str]:
    return sorted(file.stem for file in _FAILING.glob("*.json"))


def kept(seed: str) -> dict[str, Any] | None:
    file = _FAILING / f"{seed}.json"
    return json.loads(file.read_text()) if file.exists() else None


def keep(seed: str, found: dict[str, Any]) -> None:
    _FAILING.mkdir(exist_ok=True)
    (_FAILING / f"{seed}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def group(number: int, count: int) -> list[str]:
    return [f"{number}-{index}" for index in range(count)]
