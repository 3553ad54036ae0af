"""The rehearsal piece by piece: instances are read and played in memory, and nothing but the report is written."""

from __future__ import annotations

import logging
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from engine.checks import compile_bundle
from engine.commands.examinations import Rehearsed, merged, next_instances
from engine.queries.recorded import recorded
from engine.rehearsing import Rehearsal, counts, rehearse, unplayable
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from engine import Engine
    from engine.bundle import Bundle
    from engine.commands.examinations import Piece
    from engine.compiled import Compiled
    from engine.replay import Recorded
    from engine.transaction import Transaction

_log = logging.getLogger("pingpin.engine")


def rehearse_all(engine: Engine, bundle: Bundle) -> Iterator[list[Rehearsal]]:
    """Every instance on record, piece by piece; nothing at all is written."""
    after: str | None = None
    while batch := _batch(engine, bundle, after):
        after = batch[-1].instance_id
        yield batch


def rehearse_piece(engine: Engine, piece: Piece) -> None:
    """The next instances, or the end."""
    batch = _batch(engine, piece.bundle, piece.at)
    if not batch:
        engine.redeployment.finish_piece(piece, passed=True, result=piece.so_far)
        return
    different = [_kept(one) for one in batch if one.found]
    result = merged(piece.so_far, counts(batch))
    engine.redeployment.keep_piece(piece, batch[-1].instance_id, len(batch), result, different)


def _batch(engine: Engine, bundle: Bundle, after: str | None) -> list[Rehearsal]:
    new, now = compiled_of(bundle), engine.clock.now()
    found = engine.inspect(partial(_read, engine=engine, after=after))
    return [_one(one, old, new, engine, now) for one, old in found]


def _one(one: Recorded, old: Compiled, new: Compiled, engine: Engine, now: datetime) -> Rehearsal:
    """A mistake of ours in one matter says nothing of the others."""
    try:
        return rehearse(one, old, new, engine.library.evaluator, now)
    except Exception as error:  # noqa: BLE001
        _log.exception("rehearsing %s failed", one.instance.id)
        return unplayable(
            one, Text(f"预演出错: {type(error).__name__}", f"the rehearsal failed: {type(error).__name__}")
        )


def _read(tx: Transaction, engine: Engine, after: str | None) -> list[tuple[Recorded, Compiled]]:
    found = recorded(tx, next_instances(tx, after))
    return [(one, engine.library.get(tx.session, one.instance.deployment_id)) for one in found]


def _kept(one: Rehearsal) -> Rehearsed:
    return Rehearsed(one.instance_id, one.kinds, one.as_json())


@lru_cache(maxsize=2)
def compiled_of(bundle: Bundle) -> Compiled:
    return compile_bundle(bundle)
