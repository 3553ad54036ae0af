"""Files that people hand in: kept once by their digest, bound to a matter or to the form that will begin one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine import files
from engine.audit import Event, note
from engine.commands import idempotency
from engine.commands.locked_tasks import lock, require_mine, require_open
from engine.commands.matters import lock_matter, new_id, require_active
from engine.commands.texts import is_text, required
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.permissions import Act, require
from engine.queries.attachments import find
from engine.starting import prepare
from engine.tables.papers import access, attachment, stored_file
from engine.transaction import lock_name
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from engine.instance import Instance
    from engine.library import Library
    from engine.places import Place
    from engine.transaction import Transaction

_LONGEST = 200
_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a file is bound to."""

    instance: Instance | None
    place: str | None = None
    task_id: str | None = None
    element: str | None = None


def attach(
    tx: Transaction, library: Library, place: Place, handed: Sequence[files.Handed], key: str | None
) -> dict[str, Any]:
    """Keep files; says `{"attachments": [id]}`. All or none.

    Raises InvalidError naming the file, NotFoundError, NotPermittedError, ConflictError where it takes no more.
    """
    inspected = [(one, files.inspect(one.name, one.content)) for one in handed]
    if not inspected:
        raise InvalidError("没有选择文件。请选择后再上传。", "no file was chosen; choose one and try again.")
    request = ["attach", str(place), [(file.name, file.digest, one.about, one.for_staff) for one, file in inspected]]
    return idempotency.once(tx, key, request, lambda: _attach(tx, library, place, inspected))


def _attach(
    tx: Transaction, library: Library, place: Place, inspected: Sequence[tuple[files.Handed, files.File]]
) -> dict[str, Any]:
    bound = _bound(tx, library, place)
    _require_room(tx, bound, len(inspected))
    rows = [_row(tx, bound, one, file, number) for number, (one, file) in enumerate(inspected)]
    _store(tx, [file for _, file in inspected])
    tx.session.execute(insert(attachment), rows)
    if bound.instance is not None:
        note(tx, bound.instance, *(Event("attached", bound.element, told(row)) for row in rows))
    return {"attachments": [row["id"] for row in rows]}


def told(row: Any) -> dict[str, Any]:
    """What the history says of a file."""
    return {"attachment": row["id"], "name": row["name"], "digest": row["digest"], "size": row["size"]}


def _bound(tx: Transaction, library: Library, place: Place) -> _Bound:
    if place.kind == "start":
        require(tx.actor, Act.ATTACH, prepare(tx, library, place.first, place.second or None).instance.subject())
        _hold_waiting(tx)
        return _Bound(None, place=str(place))
    if place.kind == "task":
        found, instance = lock(tx, place.first)
        require_mine(tx, Act.COMPLETE, found, instance)
        require_open(found)
        return _Bound(instance, task_id=found.id, element=found.element)
    instance = lock_matter(tx, Act.ATTACH, place.first)
    require_active(instance)
    return _Bound(instance, element=place.second or None)


def _require_room(tx: Transaction, bound: _Bound, more: int) -> None:
    """Nobody fills a matter up for the others, nor the database with files of matters that never begin."""
    mine = attachment.c.by_id == tx.actor.id
    if bound.instance is None:
        waits = attachment.c.instance_id.is_(None)
        _require_fewer(tx, _BESIDE_A_FORM, files.MOST_FILES, more, mine, waits, attachment.c.place == bound.place)
        _require_fewer(tx, _BESIDE_ALL, files.MOST_WAITING, more, mine, waits)
    else:
        there = (attachment.c.instance_id == bound.instance.id, attachment.c.struck.is_(None))
        _require_fewer(tx, _OF_ONE, files.MOST_FILES, more, mine, *there)
        _require_fewer(tx, _OF_ALL, files.MOST_IN_MATTER, more, *there)


_BESIDE_A_FORM = Text("每人在每份申请表旁", "beside one form, by one person")
_BESIDE_ALL = Text("每人在所有未提交的申请表旁", "beside all forms that are not submitted, by one person")
_OF_ONE = Text("每人在每个事项中", "in one matter, by one person")
_OF_ALL = Text("每个事项", "in one matter")


def _require_fewer(tx: Transaction, where: Text, most: int, more: int, *which: ColumnElement[bool]) -> None:
    held = tx.session.scalar(select(func.count()).select_from(attachment).where(*which)) or 0
    if held + more > most:
        raise ConflictError(
            f"{where.zh}最多{most}份材料, 已有{held}份。请合并文件, 或先作废不用的。",
            f"{most} files at most {where.en}, and {held} are there; put some together, or strike what is not needed.",
        )


def _hold_waiting(tx: Transaction) -> None:
    """The actor's files beside forms stay as they are: they are counted, or become a matter's."""
    lock_name(tx, f"attach {tx.actor.id}")


def _row(tx: Transaction, bound: _Bound, one: files.Handed, file: files.File, number: int) -> dict[str, Any]:
    about = one.about.strip()
    if len(about) > _LONGEST or not is_text(about):
        raise InvalidError(
            f"证明事项最多{_LONGEST}个字符。请缩短。", f"what it shows: at most {_LONGEST} characters; make it shorter."
        )
    return {
        "id": new_id(tx, number),
        "instance_id": bound.instance.id if bound.instance else None,
        "place": bound.place,
        "task_id": bound.task_id,
        "element": bound.element,
        "digest": file.digest,
        "name": file.name,
        "type": file.type,
        "size": len(file.content),
        "about": about,
        "for_staff": one.for_staff,
        "by_id": tx.actor.id,
        "at": tx.now,
    }


def _store(tx: Transaction, inspected: Sequence[files.File]) -> None:
    """The same bytes once."""
    contents = {file.digest: file.content for file in inspected}
    _hold_bytes(tx, contents)
    rows = [{"digest": digest, "content": contents[digest]} for digest in sorted(contents)]
    statement = _INSERT[tx.session.get_bind().dialect.name](stored_file)
    tx.session.execute(statement.on_conflict_do_nothing(index_elements=["digest"]), rows)


def take_waiting(tx: Transaction, place: Place) -> list[dict[str, Any]]:
    """The actor's files beside the form that is about to begin a matter, as the history tells them; held until then."""
    _hold_waiting(tx)
    mine = select(attachment).where(attachment.c.by_id == tx.actor.id, attachment.c.place == str(place))
    rows = tx.session.execute(mine.order_by(attachment.c.at, attachment.c.id).with_for_update())
    return [told(row._mapping) for row in rows]  # noqa: SLF001


def bind(tx: Transaction, waiting: Sequence[Mapping[str, Any]], instance_id: str) -> None:
    """The matter has begun: they are its files."""
    theirs = update(attachment).where(attachment.c.id.in_([one["attachment"] for one in waiting]))
    tx.session.execute(theirs.values(instance_id=instance_id, place=None))


def strike(tx: Transaction, attachment_id: str, reason: str, key: str | None) -> dict[str, Any]:
    """A file counts no more, by who handed it in; it stays for staff to read. One whose matter has not begun is gone."""
    return idempotency.once(
        tx, key, ["strike attachment", attachment_id, reason], lambda: _strike(tx, attachment_id, reason)
    )


def _strike(tx: Transaction, attachment_id: str, reason: str) -> dict[str, Any]:
    row = find(tx, attachment_id)
    if row.by_id != tx.actor.id:
        raise NotPermittedError(
            "只有上传人可以作废自己的材料。", "only who handed a file in may strike it; talk to them."
        )
    this = attachment.c.id == attachment_id
    if row.instance_id is None:
        if _drop(tx, row):
            return {"attachment": attachment_id}
        raise ConflictError(
            "该材料所附的申请刚刚提交, 材料已归入事项。需要时请在事项页面作废。",
            "the application has just been submitted and this file is the matter's; strike it there if need be.",
        )
    instance = lock_matter(tx, Act.ATTACH, row.instance_id)
    require_active(instance)
    said = required(reason, "作废理由", "the reason")
    if tx.session.scalar(select(attachment.c.struck).where(this)) is not None:
        raise ConflictError("该材料已经作废。", "this file is struck already.")
    tx.session.execute(update(attachment).where(this).values(struck=said))
    note(tx, instance, Event("attachment struck", row.element, {**told(row._mapping), "reason": said}))  # noqa: SLF001
    return {"attachment": attachment_id}


def drop_waiting(tx: Transaction, before: datetime, most: int) -> int:
    """Files of matters that never began, handed in before that moment; says how many."""
    old = select(attachment).where(attachment.c.instance_id.is_(None), attachment.c.at < before)
    rows = tx.session.execute(old.order_by(attachment.c.digest, attachment.c.id).limit(most)).all()
    return sum(_drop(tx, row) for row in rows)


def _drop(tx: Transaction, row: Any) -> bool:
    """Not if its matter has begun while this waited for it. Whoever hands in the same bytes comes before or after."""
    waits = (attachment.c.id == row.id, attachment.c.instance_id.is_(None))
    if not tx.session.execute(delete(attachment).where(*waits)).rowcount:  # type: ignore[attr-defined]
        return False
    _hold_bytes(tx, [row.digest])
    used = select(attachment.c.id).where(attachment.c.digest == row.digest)
    if tx.session.execute(used.limit(1)).first() is None:
        tx.session.execute(delete(stored_file).where(stored_file.c.digest == row.digest))
    return True


def _hold_bytes(tx: Transaction, digests: Iterable[str]) -> None:
    """In one order for everybody: two who hand in the same files do not wait for each other in a ring."""
    for digest in sorted(set(digests)):
        lock_name(tx, f"file {digest}")


def read(tx: Transaction, attachment_id: str) -> files.File:
    """A file with its content; that somebody else has read it is noted. Raises NotFoundError."""
    row = find(tx, attachment_id)
    content = tx.session.scalar(select(stored_file.c.content).where(stored_file.c.digest == row.digest))
    if content is None:
        raise NotFoundError("该材料已不存在。", "this file is gone.")
    if row.by_id != tx.actor.id:
        seen = {"person_id": row.by_id, "reader_id": tx.actor.id, "instance_id": row.instance_id}
        tx.session.execute(insert(access).values(**seen, what="file", name=row.name, at=tx.now, at_real=tx.real))
    return files.File(row.name, row.type, row.digest, content)
