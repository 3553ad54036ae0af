"""Working on what the gate asks for: the bundle's own cases, and the rehearsal over every recorded instance.

Piece by piece in transactions of their own, so that a worker may stop at any moment and another goes on.
"""

from __future__ import annotations

import logging
import posixpath
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from engine.cases import Coverage, read_case, run_case
from engine.cases.coverage import all_flows, all_rules
from engine.commands.proposals import CASES
from engine.errors import PingpinError
from engine.gate import Exam
from engine.policy import read_yaml
from engine.rehearsals import compiled_of, rehearse_piece
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine import Engine
    from engine.bundle import Bundle
    from engine.commands.examinations import Piece

_log = logging.getLogger("pingpin.engine")
# What a case may name beside itself; an uploaded one reads nothing outside its own bundle.
_NAMING = frozenset({"deploy", "calendar", "policy", "play", "like", "bundle"})


def examine(engine: Engine, seconds: float = 5) -> int:
    """Work on what waits for so long; says how many pieces were done."""
    begun, done = time.monotonic(), 0
    while time.monotonic() - begun < seconds:
        piece = engine.redeployment.take_piece()
        if piece is None:
            break
        _do(engine, piece)
        done += 1
    return done


def _do(engine: Engine, piece: Piece) -> None:
    try:
        _cases(engine, piece) if piece.kind is Exam.CASES else rehearse_piece(engine, piece)
    except PingpinError as error:
        engine.redeployment.finish_piece(piece, passed=False, result={**piece.so_far, "failure": error.text.as_json()})
    except Exception as error:  # tried again it would fail again, for ever
        _log.exception("an examination failed")
        said = Text(f"审查出错: {type(error).__name__}", f"the examination failed: {type(error).__name__}")
        engine.redeployment.finish_piece(piece, passed=False, result={**piece.so_far, "failure": said.as_json()})
        raise


# --- the bundle's own cases


def _cases(engine: Engine, piece: Piece) -> None:
    """One case a piece: its name is where the work stands."""
    names = [path for path, _ in piece.bundle.by_suffix(".yaml") if path.startswith(CASES)]
    name = next((path for path in names if piece.at is None or path > piece.at), None)
    if name is None:
        failed = piece.so_far.get("failed") or {}
        result = {**piece.so_far, **_told_coverage(piece)}
        engine.redeployment.finish_piece(piece, passed=not failed, result=result)
        return
    failure, coverage = _play(piece.bundle, name)
    so_far = dict(piece.so_far)
    if failure:
        so_far["failed"] = {**(so_far.get("failed") or {}), name: failure}
    so_far["flows"] = _united(so_far.get("flows"), coverage.flows)
    so_far["rules"] = _united(so_far.get("rules"), coverage.rules)
    engine.redeployment.keep_piece(piece, name, 1, so_far)


def _play(bundle: Bundle, name: str) -> tuple[str | None, Coverage]:
    """Played from files of its own: cases follow one another by name."""
    if (wrong := _wrong(bundle, name)) is not None:
        return wrong, Coverage()
    with tempfile.TemporaryDirectory(prefix="pingpin-cases-") as folder:
        for path, content in bundle.files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        try:
            result = run_case(read_case(Path(folder, name)), bundle)
        except PingpinError as error:
            return str(error).replace(folder, ""), Coverage()
        return result.failure, result.coverage


def _wrong(bundle: Bundle, name: str) -> str | None:
    """Why a case is not played: what it or one that it is like names lies outside, or they go round in a circle."""
    read: list[str] = []
    at: str | None = name
    while at is not None:
        if at in read:
            return f"{read[-1]}: is like itself"
        read.append(at)
        try:
            document = read_yaml(bundle.files[at])
        except (yaml.YAMLError, UnicodeDecodeError, KeyError) as error:
            return f"{at}: not YAML of this bundle: {error}"
        if (outside := next(_outside(document), None)) is not None:
            return f"{at}: names a file outside the bundle: {outside}"
        like = document.get("like") if isinstance(document, dict) else None
        at = posixpath.normpath(posixpath.join(posixpath.dirname(at), str(like))) if like else None
    return None


def _outside(document: Any) -> Iterator[str]:
    """Every path in a case that leads out of its folder."""
    waiting, seen = [document], set[int]()
    while waiting:
        at = waiting.pop()
        if not isinstance(at, dict | list) or id(at) in seen:  # an anchor may stand within itself
            continue
        seen.add(id(at))
        for key, value in at.items() if isinstance(at, dict) else enumerate(at):
            if key in _NAMING and isinstance(value, str) and _leads_out(value):
                yield value
            waiting.append(value)


def _leads_out(path: str) -> bool:
    return path.startswith(("/", "~")) or ".." in Path(path).parts


def _united(before: Any, more: frozenset[tuple[str, str]]) -> list[list[str]]:
    return [list(pair) for pair in sorted({(owner, part) for owner, part in before or ()} | more)]


def _told_coverage(piece: Piece) -> dict[str, Any]:
    """How many flows and rules the cases went through, and which they did not."""
    compiled = compiled_of(piece.bundle)
    flows, rules = (frozenset((a, b) for a, b in piece.so_far.get(name) or ()) for name in ("flows", "rules"))
    every = {"flows": (flows, all_flows(compiled)), "rules": (rules, all_rules(compiled))}
    return {
        name: {"covered": len(found & wanted), "of": len(wanted), "missing": _united((), wanted - found)}
        for name, (found, wanted) in every.items()
    }
