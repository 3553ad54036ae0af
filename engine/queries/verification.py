"""Whether the history is as it was written: online, or on an export."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.audit import iso
from engine.chain import Break, Entry, Head, HeadList, check_lists, check_subject
from engine.errors import InvalidError
from engine.permissions import Act, require
from engine.tables import head_list, history, process_instance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.transaction import Transaction

FORMAT = "pingpin-audit-1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries` were checked in `subjects` chains against `lists` daily lists."""

    subjects: int
    entries: int
    lists: int
    deleted: int
    breaks: tuple[Break, ...]


def export(tx: Transaction) -> dict[str, Any]:
    """Everything that verification needs, as JSON; deleted payloads stay deleted."""
    require(tx.actor, Act.AUDIT)
    rows = tx.session.execute(select(history).order_by(history.c.subject_id, history.c.number))
    instances = tx.session.execute(
        select(process_instance.c.id, process_instance.c.history_count, process_instance.c.history_head)
    )
    lists = tx.session.execute(select(head_list).order_by(head_list.c.day))
    return {
        "format": FORMAT,
        "entries": [dataclasses.asdict(_entry(row)) for row in rows],
        "heads": {row.id: [row.history_count, row.history_head] for row in instances},
        "lists": [
            {"day": row.day, "heads": row.heads, "previous": row.previous, "digest": row.digest} for row in lists
        ],
    }


def verify(exported: Mapping[str, Any]) -> Verdict:
    """Check an export; raises InvalidError for what is none."""
    if not isinstance(exported, dict) or exported.get("format") != FORMAT:
        raise InvalidError("不是审计导出文件。", f"not an audit export: its format is not {FORMAT}")
    try:
        chains: dict[str, list[Entry]] = {subject: [] for subject in exported["heads"]}
        for entry in exported["entries"]:
            chains.setdefault(entry["subject"], []).append(Entry(**entry))
        heads = {subject: Head(*head) for subject, head in exported["heads"].items()}
        lists = [_list(found) for found in exported["lists"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidError(f"不是审计导出文件: {error}", f"not an audit export: {error}") from error
    breaks = [one for subject, entries in chains.items() for one in check_subject(subject, entries, heads.get(subject))]
    breaks += check_lists(lists, {subject: [entry.link for entry in entries] for subject, entries in chains.items()})
    deleted = sum(1 for entries in chains.values() for entry in entries if entry.payload is None)
    return Verdict(len(chains), sum(map(len, chains.values())), len(lists), deleted, tuple(breaks))


def _entry(row: Any) -> Entry:
    return Entry(
        subject=row.subject_id,
        number=row.number,
        kind=row.kind,
        element=row.element,
        actor=row.actor_id,
        at=iso(row.at),
        at_real=iso(row.at_real),
        commitment=row.commitment,
        link=row.link,
        salt=row.salt,
        payload=row.payload,
    )


def _list(found: Mapping[str, Any]) -> HeadList:
    heads = {subject: Head(*head) for subject, head in found["heads"].items()}
    return HeadList(found["day"], heads, found["previous"], found["digest"])
