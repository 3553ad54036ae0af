"""Case files: found, read, and refused with the place where they are not what docs/cases.md says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import yaml

from engine.cases.following import follow
from engine.clock import SHANGHAI
from engine.errors import InvalidError
from engine.policy import FILE, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

SOME_DAY = date(2025, 1, 1)
KEYS = frozenset(
    {
        "case",
        "clauses",
        "starts_at",
        "settings",
        "employers",
        "people",
        "registers",
        "given",
        "steps",
        "note",
        "policy",
        "like",
    }
)
STEPS = frozenset(
    {
        "at",
        "start",
        "complete",
        "claim",
        "message",
        "expect",
        "deploy",
        "calendar",
        "tick",
        "play",
        "skip",
        "decide",
        "set_off",
        "urge",
        "find",
        "propose",
        "approve",
        "refuse",
        "extend",
        "roll_back",
        "correct",
        "sign",
    }
)


@dataclass(frozen=True, slots=True)
class Case:
    """One story. `settings` are values that differ from the bundle's; `employers` and `people` are by id.

    `given` is what every step that asks a decision asks it over.
    """

    path: Path
    title: str
    starts_at: datetime
    clauses: tuple[str, ...]
    settings: Mapping[str, Any]
    employers: Mapping[str, Mapping[str, Any]]
    people: Mapping[str, Mapping[str, Any]]
    steps: tuple[Mapping[str, Any], ...]
    policy: Path | None = field(default=None)
    # Entries by register, by column.
    registers: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_tables_only(self) -> bool:
        """Whether it only asks decisions, so that nothing else of the engine is needed."""
        return all("decide" in step for step in self.steps)


def find_cases(paths: Iterable[Path]) -> list[Path]:
    """Case files below bundle folders, case folders, or named one by one; raises InvalidError where there is none."""
    found: list[Path] = []
    for path in paths:
        folder = path / "cases" if (path / "cases").is_dir() else path
        files = sorted(folder.rglob("*.yaml")) if folder.is_dir() else [path]
        if not files or not all(file.is_file() for file in files):
            raise InvalidError(f"{path}: 没有用例文件", f"{path}: no case file is there")
        found += files
    return found


def bundle_of(path: Path) -> Path:
    """The folder of the bundle that a case file lies in; raises InvalidError for one that lies in none."""
    for folder in path.resolve().parents:
        if (folder / FILE).is_file():
            return folder
    raise InvalidError(
        f"{path}: 不在政策包里。请用--policy或policy指明政策包。",
        f"{path}: lies in no bundle. Name one with --policy or with `policy` in the case.",
    )


def read_case(path: Path) -> Case:
    """Raises InvalidError naming file and key."""
    try:
        document = read_yaml(path.read_bytes())
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError) as error:
        raise _wrong(path, "", str(error)) from error
    if not isinstance(document, dict):
        raise _wrong(path, "", "expected keys and values")
    _check_keys(path, document)
    try:
        return _case(path, document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _wrong(path, str(error), "is missing or of the wrong type") from error


def moment(value: Any) -> datetime:
    """A date, a datetime, or text of either; without a zone it is Shanghai's."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    if isinstance(value, date):
        return datetime.combine(value, time(9), SHANGHAI)
    raise TypeError(f"{value!r} is not a moment")


def _case(path: Path, document: Mapping[str, Any]) -> Case:
    policy = document.get("policy")
    like = read_case(path.parent / document["like"]) if document.get("like") else None
    return Case(
        path=path,
        title=str(document["case"]),
        starts_at=_starts_at(document, like),
        clauses=tuple(document.get("clauses", ())),
        settings=document.get("settings") or {},
        employers={**(like.employers if like else {}), **(document.get("employers") or {})},
        people={**(like.people if like else {}), **(document.get("people") or {})},
        steps=tuple(follow(like.steps, document["steps"])) if like else tuple(document["steps"]),
        policy=path.parent / policy if policy else None,
        registers={**(like.registers if like else {}), **(document.get("registers") or {})},
        given={**(like.given if like else {}), **(document.get("given") or {})},
    )


def _starts_at(document: Mapping[str, Any], like: Case | None) -> datetime:
    """Only a case that asks decisions and nothing else may leave it out."""
    if "starts_at" in document:
        return moment(document["starts_at"])
    if like is not None:
        return like.starts_at
    if all("decide" in step for step in document["steps"]):
        return moment(SOME_DAY)
    raise KeyError("starts_at")


def _check_keys(path: Path, document: Mapping[str, Any]) -> None:
    unknown = set(document) - KEYS
    if unknown:
        raise _wrong(path, ", ".join(sorted(map(str, unknown))), f"unknown; known are {', '.join(sorted(KEYS))}")
    for number, step in enumerate(document.get("steps") or [], 1):
        kinds = set(step) & STEPS if isinstance(step, dict) else set()
        kinds = kinds - {"expect"} if "decide" in kinds else kinds
        if len(kinds) != 1:
            raise _wrong(path, f"steps[{number}]", f"names one of {', '.join(sorted(STEPS))}")


def _wrong(path: Path, key: str, what: str) -> InvalidError:
    return InvalidError(f"{path}: {key}: {what}。格式见docs/cases.md", f"{path}: {key}: {what}; see docs/cases.md")
