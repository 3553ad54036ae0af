"""What somebody has typed on a form without submitting it: theirs alone, kept whatever becomes of the form."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from engine.commands.texts import is_text
from engine.errors import InvalidError
from engine.queries import drafts
from engine.tables.papers import draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.library import Library
    from engine.places import Place
    from engine.transaction import Transaction

MOST_CHARACTERS = 500_000
_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def save(
    tx: Transaction, library: Library, place: Place, typed: Sequence[tuple[str, str]], revision: int | None
) -> bool:
    """Keep what was typed instead of what was kept before; says whether there was anything worth keeping.

    A secret vote is never kept. Nobody's right is asked: a role may be gone, the matter a colleague's by now, and what somebody wrote stays theirs. What is
    just what they have completed the task with is no draft: a second press of the button brings it.
    """
    secret = drafts.secret_name(tx, library, place)
    kept = [(name, value) for name, value in typed if is_text(name) and is_text(value) and name != secret]
    if sum(len(name) + len(value) for name, value in kept) > MOST_CHARACTERS:
        raise InvalidError(
            f"草稿超过{MOST_CHARACTERS}个字符, 未能保存。请删减后重试。",
            f"a draft has {MOST_CHARACTERS} characters at most; shorten it and save it again.",
        )
    if not any(value for _, value in kept) or drafts.is_done_with(tx, library, place, kept):
        return False
    made = drafts.sealed_pairs(tx, place, kept)
    values = {"typed": made.content, "key_id": made.key_id, "revision": revision, "saved_at": tx.now}
    statement = _INSERT[tx.session.get_bind().dialect.name](draft)
    new = statement.values(id=str(uuid.uuid4()), person_id=tx.actor.id, place=str(place), **values)
    tx.session.execute(new.on_conflict_do_update(index_elements=["person_id", "place"], set_=values))
    return True


def discard(tx: Transaction, place: Place) -> None:
    """Gone: completed, or not wanted any more."""
    tx.session.execute(delete(draft).where(draft.c.person_id == tx.actor.id, draft.c.place == str(place)))


def discard_by_id(tx: Transaction, draft_id: str) -> None:
    tx.session.execute(delete(draft).where(draft.c.person_id == tx.actor.id, draft.c.id == draft_id))
