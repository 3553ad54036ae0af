"""What each box of an inbox reads: rows that a person may see, and the columns that filters, orders and searches ask for.

Tasks that a group may claim are read from `task_candidate` alone, where one index serves filter and order; they are the
many. What waits for one person, or what they have done, is read from the tasks themselves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
    tuple_,
    union,
)
from sqlalchemy.dialects import postgresql

from engine import searching
from engine.commands.offering import AWAITS_NOTICE, NO_DUE_DATE
from engine.permissions import Act, Whose, reach
from engine.queries import visible
from engine.queries.filters import Box
from engine.queries.instances import for_staff
from engine.tables import Moment, follow, person, process_instance, task, task_candidate
from engine.tables.papers import copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import FromClause

    from engine.library import Library
    from engine.permissions import Actor
    from engine.transaction import Transaction

_TASKS = task.join(process_instance, process_instance.c.id == task.c.instance_id)
# Each database's own (migration 0013): SQLite has an index of words beside the table, PostgreSQL a column with one.
_PIECES: ColumnElement[Any] = literal_column("task_candidate.pieces_search")
_WORDS = table("task_search", column("rowid"), column("task_search"))


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of one index, each a task; `matches(words, rare)`: whether all of the words are found in it.

    `rare`: few are, so that the index of words finds them at once; else it is quicker to look at each on the way.
    """

    rows: FromClause
    holds: ColumnElement[bool]
    columns: Mapping[str, ColumnElement[Any]]
    claimed: ColumnElement[bool]
    matches: Callable[[Sequence[str], bool], ColumnElement[bool]]

    def select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        return select(*columns).select_from(self.rows).where(self.holds)


def sources(tx: Transaction, library: Library, box: Box) -> list[Source]:
    """The same task may come from several of them."""
    me = tx.actor
    found: Mapping[Box, Callable[[], Iterable[Source]]] = {
        Box.MINE: lambda: [_tasks(tx, library, _open(task.c.assignee_id == me.id))],
        Box.GROUPS: lambda: _groups(tx, me),
        Box.SUBSTITUTED: lambda: _substituted(tx, library),
        Box.SENT: lambda: _sent(tx, library),
        Box.FOLLOWED: lambda: [_followed(tx, library)],
        Box.DONE: lambda: [_tasks(tx, library, task.c.closed_by == me.id)],
        Box.ENTRUSTED: lambda: [_tasks(tx, library, _open(task.c.owner_id == me.id))],
    }
    return list(found[box]())


def _open(*whose: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(task.c.status == "open", *whose)


# --- what a group may claim


def _groups(tx: Transaction, holder: Actor, processes: frozenset[str] = frozenset()) -> Iterator[Source]:
    """By each role of the holder's; of what separation of duties keeps from the holder or the actor, nothing."""
    rows = task_candidate.c
    barred = select(rows.task_id).where(rows.barred_id.in_({tx.actor.id, holder.id}))
    free = rows.task_id.not_in(barred) if tx.session.execute(barred.limit(1)).first() else true()
    for role, whose in reach(holder, Act.CLAIM):
        if whose is Whose.ANY or (whose is Whose.OWN_EMPLOYER and holder.employer_id is not None):
            reached = true() if whose is Whose.ANY else _own(holder)
            within = rows.process.in_(sorted(processes)) if processes else true()
            yield _candidates(tx, and_(rows.role == role.value, reached, within, free))


def _own(holder: Actor) -> ColumnElement[bool]:
    rows = task_candidate.c
    of_unit = or_(rows.unit.is_(None), rows.unit == holder.unit) if holder.unit_only else true()
    return and_(rows.employer_id == holder.employer_id, of_unit)


def _candidates(tx: Transaction, holds: ColumnElement[bool]) -> Source:
    rows = task_candidate.c
    columns = {
        "id": rows.task_id,
        "due": rows.due_at,
        "age": rows.opened_at,
        "title": rows.title,
        "key": rows.business_key,
        "process": rows.process,
        "element": rows.element,
        "employer": rows.employer_id,
    }
    matches = _in_words_on[tx.session.get_bind().dialect.name]
    return Source(task_candidate, holds, columns, false(), matches)


def _each_word(words: Sequence[str]) -> ColumnElement[bool]:
    texts = (task_candidate.c.search, task_candidate.c.name_search)
    spaced = [searching.spaced(word) for word in words]
    return and_(*(or_(*(text.contains(word, autoescape=True) for text in texts)) for word in spaced))


def _on_sqlite(words: Sequence[str], rare: bool) -> ColumnElement[bool]:
    if not rare:
        return _each_word(words)
    quoted = " AND ".join('"{}"'.format(piece.replace('"', '""')) for piece in _pieces(words))
    held = select(_WORDS.c.rowid).where(_WORDS.c.task_search.op("MATCH")(quoted))
    return and_(task_candidate.c.id.in_(held), _each_word(words))


def _on_postgresql(words: Sequence[str], rare: bool) -> ColumnElement[bool]:
    if not rare:
        return _each_word(words)
    wanted = cast(postgresql.array(_pieces(words)), ARRAY(Text))
    return and_(_PIECES.op("@>")(wanted), _each_word(words))


_in_words_on = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}


def _pieces(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(piece for word in words for piece in searching.pieces(word)))


# --- what is read from the tasks


def _tasks(tx: Transaction, library: Library, holds: ColumnElement[bool], *, guarded: bool = False) -> Source:
    """`guarded`: what is for staff alone is left out for others, and they learn no names of who has it."""
    wide = _wide(tx.actor) if guarded else true()
    if guarded:
        holds = and_(holds, or_(wide, ~_elements(_hidden(tx, library, holds))))

    def matches(words: Sequence[str], rare: bool) -> ColumnElement[bool]:  # noqa: ARG001  as Source says
        named = _named(tx, library, holds)
        return and_(*(_found(word, named, wide) for word in words))

    columns = {
        "id": task.c.id,
        "due": due_of_task(),
        "age": task.c.opened_at,
        "closed": task.c.closed_at,
        "title": _by_code_points(tx, process_instance.c.title),
        "key": _by_code_points(tx, process_instance.c.business_key),
        "process": process_instance.c.process,
        "element": task.c.element,
        "employer": process_instance.c.employer_id,
    }
    return Source(_TASKS, holds, columns, task.c.assignee_id.is_not(None), matches)


def due_of_task() -> ColumnElement[Any]:
    """As `task_candidate.due_at` has it."""
    return case(
        (task.c.due_at.is_not(None), task.c.due_at),
        (cast(task.c.counts, String) == "[]", literal(NO_DUE_DATE, Moment)),
        else_=literal(AWAITS_NOTICE, Moment),
    )


def _by_code_points(tx: Transaction, text: ColumnElement[str]) -> ColumnElement[str]:
    return text.collate("C") if tx.session.get_bind().dialect.name == "postgresql" else text


def _found(word: str, named: Sequence[tuple[Any, str]], wide: ColumnElement[bool]) -> ColumnElement[bool]:
    """In the matter, in the step's name, or in the name of who has it."""
    has_name = exists().where(
        person.c.id == task.c.assignee_id, func.lower(person.c.name).contains(word, autoescape=True)
    )
    steps = [place for place, name in named if word in name]
    return or_(process_instance.c.search.contains(word, autoescape=True), _elements(steps), and_(wide, has_name))


def _named(tx: Transaction, library: Library, holds: ColumnElement[bool]) -> list[tuple[Any, str]]:
    """What the steps that there are in a box are called, as searches look at it."""
    found = []
    for place in _places(tx, holds):
        element = library.get(tx.session, place.deployment_id).diagrams[place.process].elements[place.element]
        found.append((place, searching.joined([element.name, element.name_en])))
    return found


def _places(tx: Transaction, holds: ColumnElement[bool]) -> list[Any]:
    where = (process_instance.c.deployment_id, process_instance.c.process, task.c.element)
    return list(tx.session.execute(select(*where).select_from(_TASKS).where(holds).distinct()))


def _elements(places: Sequence[Any]) -> ColumnElement[bool]:
    where = tuple_(process_instance.c.deployment_id, process_instance.c.process, task.c.element)
    return where.in_([tuple(place) for place in places]) if places else false()


# --- what waits for others


def _substituted(tx: Transaction, library: Library) -> Iterator[Source]:
    """What waits for those in whose place the actor stands, and for their groups."""
    mine = json.dumps(tx.actor.id, ensure_ascii=False)
    barred = cast(task.c.barred_ids, Text).contains(mine, autoescape=True)
    claimed = cast(task.c.candidate_roles, Text) != "[]"  # what is assigned by name is done in person
    for one in tx.actor.stands_in_for:
        if reach(one.absent, Act.COMPLETE):
            within = process_instance.c.process.in_(sorted(one.processes)) if one.processes else true()
            yield _tasks(tx, library, _open(task.c.assignee_id == one.absent.id, claimed, within, ~barred))
        yield from _groups(tx, one.absent, one.processes)


def _sent(tx: Transaction, library: Library) -> Iterator[Source]:
    """What waits in the actor's own matters, and what they have handed on or entrusted."""
    me, seen = tx.actor.id, visible.instances(tx.actor)
    yield _tasks(
        tx,
        library,
        # As no index has it: else SQLite reads every open task instead of the few matters of one person.
        and_(
            task.c.status + "" == "open", process_instance.c.initiator_id == me, process_instance.c.status == "active"
        ),
        guarded=True,
    )
    yield _tasks(tx, library, _open(task.c.handed_by == me, seen), guarded=True)
    yield _tasks(tx, library, _open(task.c.owner_id == me))


def _followed(tx: Transaction, library: Library) -> Source:
    """What the actor has marked, and what was copied to them."""
    marked = select(follow.c.instance_id).where(follow.c.person_id == tx.actor.id)
    copied = select(copy.c.instance_id).where(copy.c.receiver_id == tx.actor.id)
    theirs = process_instance.c.id.in_(union(marked, copied))
    return _tasks(tx, library, _open(theirs, visible.instances(tx.actor)), guarded=True)


def _wide(actor: Actor) -> ColumnElement[bool]:
    """The matters of which the actor sees all, by more than having a part in them (visible.sees_everything)."""
    roles = frozenset(role.value for role, whose in reach(actor, Act.SEE_INSTANCE) if whose is not Whose.MINE)
    return visible.instances(replace(actor, roles=roles))


def wide(tx: Transaction, ids: Sequence[str]) -> frozenset[str]:
    """Of these tasks those whose matter the actor sees all of."""
    found = select(task.c.id).select_from(_TASKS).where(task.c.id.in_(ids), _wide(tx.actor))
    return frozenset(tx.session.scalars(found))


def _hidden(tx: Transaction, library: Library, holds: ColumnElement[bool]) -> list[Any]:
    """The steps of a box that are for staff alone."""
    return [
        place
        for place in _places(tx, holds)
        if place.element in for_staff(library.get(tx.session, place.deployment_id), place)
    ]
