"""The inbox: the tasks that wait for a person, in lists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, tuple_, union

from engine import searching
from engine.clock import SHANGHAI
from engine.commands.offering import AWAITS_NOTICE, NO_DUE_DATE
from engine.errors import InvalidError, NotFoundError
from engine.permissions import Act, Subject, Whose, reach
from engine.queries.boxes import Source, due_of_task, sources, wide
from engine.queries.filters import Box, Due, Filters, Sort
from engine.tables import Moment, deployment, employer, person, process_instance, task, task_candidate, task_seen
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from engine.library import Library
    from engine.transaction import Transaction

LIMIT = 200
# Up to so many hits the index of words finds a page; of more, the first fifty are soon met on the way.
_RARE = 2000
_SOON = 3
# Before it a moment has no place in every zone.
_FIRST_DAY = date(2, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task in a list; `owner_id` has entrusted it to the assignee. `working_days_left` is negative when overdue, None without a due date or a calendar.

    `counts` are the working days behind the due date; with counts and without a date, it awaits a year's notice.
    """

    id: str
    element: str
    name: Text
    instance_id: str
    instance_title: str
    business_key: str
    process: str
    process_name: Text
    employer_name: str | None
    status: str
    assignee_id: str | None
    assignee_name: str | None
    owner_id: str | None
    opened_at: datetime
    due_at: datetime | None
    counts: tuple[Mapping[str, Any], ...]
    closed_at: datetime | None
    working_days_left: int | None
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a box's tasks, `count` of all that the filters leave; ids of the tasks before and after which there are more."""

    lines: tuple[TaskLine, ...]
    count: int
    before: str | None
    after: str | None


def inbox(
    tx: Transaction, library: Library, which: str, limit: int = LIMIT, after: str | None = None
) -> list[TaskLine]:
    """A box as it is, without filters; `after`: those that follow the task of this id.

    Raises NotFoundError for another list, InvalidError for another id.
    """
    if which not in set(Box):
        raise NotFoundError(f"没有列表{which}", f"there is no list {which}; take one of {', '.join(Box)}")
    wanted = Filters(Box(which))
    ids = _ids(tx, sources(tx, library, wanted.list), wanted, _conditions(tx, library, wanted), limit, after)
    return _read(tx, library, wanted.list, ids)


def page(
    tx: Transaction,
    library: Library,
    wanted: Filters,
    limit: int,
    after: str | None = None,
    before: str | None = None,
    count: int | None = None,
) -> Page:
    """`count` where it is known. Raises InvalidError where `after` or `before` is no task's id."""
    found, asked = sources(tx, library, wanted.list), _conditions(tx, library, wanted)
    count = _count(tx, found, asked) if count is None else count
    turned = replace(wanted, reverse=not wanted.reverse) if before else wanted
    ids = _ids(tx, found, turned, replace(asked, rare=count < _RARE), limit + 1, before or after)
    more, ids = len(ids) > limit, ids[:limit]
    shown = _read(tx, library, wanted.list, ids[::-1] if before else ids)
    first, last = (shown[0].id, shown[-1].id) if shown else (None, None)
    is_first, is_last = (not more, False) if before else (after is None, not more)
    return Page(tuple(shown), count, None if is_first else first, None if is_last else last)


def counts(tx: Transaction, library: Library, boxes: Iterable[Box]) -> dict[Box, int]:
    """How many tasks are in each: one look for all."""
    wanted = {box: _counted(sources(tx, library, box), _ALL) for box in boxes}
    row = tx.session.execute(select(*(count.label(box.value) for box, count in wanted.items()))).one()
    return {box: getattr(row, box.value) for box in wanted}


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be filtered by: processes, their user tasks as (process, element, name), employers as (id, name)."""

    processes: tuple[tuple[str, Text], ...]
    elements: tuple[tuple[str, str, Text], ...]
    employers: tuple[tuple[str, str], ...]


def choices(tx: Transaction, library: Library) -> Choices:
    """As the newest deployment of each process has them; employers for those who see several."""
    newest: dict[str, int] = {}
    for row in tx.session.execute(select(deployment.c.id, deployment.c.processes).order_by(deployment.c.id)):
        newest |= dict.fromkeys(row.processes, row.id)
    diagrams = [library.get(tx.session, newest[each]).diagrams[each] for each in sorted(newest)]
    sees_several = any(whose is Whose.ANY for _, whose in reach(tx.actor, Act.SEE_INSTANCE))
    employers = select(employer.c.id, employer.c.name).order_by(employer.c.name, employer.c.id).limit(LIMIT)
    return Choices(
        processes=tuple((each.process, Text(each.name, each.name_en)) for each in diagrams),
        elements=tuple(
            (each.process, element.id, Text(element.name, element.name_en))
            for each in diagrams
            for element in each.elements.values()
            if element.tag == "userTask"
        ),
        employers=tuple((row.id, row.name) for row in tx.session.execute(employers)) if sees_several else (),
    )


# --- filters and order


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the filters ask of a source's rows, and the words that must be found in them."""

    conditions: Callable[[Source], list[ColumnElement[bool]]]
    words: tuple[str, ...]
    rare: bool = True

    def of(self, source: Source) -> list[ColumnElement[bool]]:
        found = self.conditions(source)
        return [*found, source.matches(self.words, self.rare)] if self.words else found


_ALL = _Asked(lambda _: [], ())


def _conditions(tx: Transaction, library: Library, wanted: Filters) -> _Asked:
    def conditions(source: Source) -> list[ColumnElement[bool]]:
        named = {name: getattr(wanted, name) for name in ("process", "element", "employer")}
        found = [source.columns[name] == value for name, value in named.items() if value is not None]
        if wanted.claimed is not None:
            found.append(source.claimed if wanted.claimed else ~source.claimed)
        if wanted.instance is not None:
            found.append(source.columns["id"].in_(select(task.c.id).where(task.c.instance_id == wanted.instance)))
        return [*found, *_between(source.columns["age"], *_period(wanted)), *_due(tx, library, wanted, source)]

    return _Asked(conditions, tuple(searching.words(wanted.q)))


def _between(
    column: ColumnElement[Any], first: datetime | None, last: datetime | None
) -> Iterator[ColumnElement[bool]]:
    """From one moment on, up to before the other."""
    if first is not None:
        yield column >= literal(first, Moment)
    if last is not None:
        yield column < literal(last, Moment)


def _period(wanted: Filters) -> tuple[datetime | None, datetime | None]:
    return (_begin(wanted.since) if wanted.since else None, _begin(wanted.until, 1) if wanted.until else None)


def _begin(day: date, later: int = 0) -> datetime:
    """The first moment of a day in Shanghai, or of one so many days later."""
    ahead = min(day.toordinal() + later, date.max.toordinal())
    return datetime.combine(date.fromordinal(max(ahead, _FIRST_DAY)), time.min, SHANGHAI)


def _due(tx: Transaction, library: Library, wanted: Filters, source: Source) -> Iterator[ColumnElement[bool]]:
    if wanted.due is None:
        return
    today = tx.now.astimezone(SHANGHAI).date()
    # While the year is not known: three days are at least not too many.
    soon = library.calendar.working_days_after(today, _SOON).end or date.fromordinal(today.toordinal() + _SOON)
    first, last = {
        Due.OVERDUE: (None, _begin(today)),
        Due.TODAY: (_begin(today), _begin(today, 1)),
        Due.SOON: (_begin(today, 1), _begin(soon, 1)),
        Due.LATER: (_begin(soon, 1), AWAITS_NOTICE),
        Due.AWAITING: (AWAITS_NOTICE, NO_DUE_DATE),
        Due.NONE: (NO_DUE_DATE, None),
    }[wanted.due]
    yield from _between(source.columns["due"], first, last)


def _keys(wanted: Filters) -> tuple[tuple[str, ...], bool]:
    """By what a box is sorted, and whether it is turned around; the last key is unique."""
    if wanted.list is Box.DONE and wanted.sort in {Sort.DUE, Sort.AGE}:
        return ("closed", "id"), not wanted.reverse
    keys = {Sort.DUE: ("due", "age", "id"), Sort.AGE: ("age", "id")}
    return keys.get(wanted.sort, (wanted.sort.value, "id")), wanted.reverse


# --- what is read


def _counted(found: Sequence[Source], asked: _Asked) -> ColumnElement[int]:
    if not found:
        return literal(0)
    if len(found) == 1:
        return found[0].select(func.count()).where(*asked.of(found[0])).scalar_subquery()
    each = [source.select(source.columns["id"].label("id")).where(*asked.of(source)) for source in found]
    return select(func.count()).select_from(union(*each).subquery()).scalar_subquery()


def _count(tx: Transaction, found: Sequence[Source], asked: _Asked) -> int:
    return tx.session.execute(select(_counted(found, asked))).scalar_one()


def _ids(
    tx: Transaction, found: Sequence[Source], wanted: Filters, asked: _Asked, limit: int, after: str | None
) -> list[str]:
    """The ids of the first so many, or of those that follow the task of this id: each source by its own index."""
    keys, descending = _keys(wanted)
    place = _place(tx, keys, after) if after is not None else None
    each = [_first(source, keys, asked, limit, place, descending=descending) for source in found]
    if not each:
        return []
    if len(each) == 1:
        return [row.id for row in tx.session.execute(each[0])]
    together = union(*(select(one.subquery()) for one in each)).subquery()
    order = [together.c[key].desc() if descending else together.c[key].asc() for key in keys]
    return [row.id for row in tx.session.execute(select(together).order_by(*order).limit(limit))]


def _first(
    source: Source, keys: tuple[str, ...], asked: _Asked, limit: int, place: Any, *, descending: bool
) -> Select[Any]:
    columns = [source.columns[key] for key in keys]
    query = source.select(*(column.label(key) for key, column in zip(keys, columns, strict=True))).where(
        *asked.of(source)
    )
    if place is not None:
        values = [literal(value, column.type) for value, column in zip(place, columns, strict=True)]
        query = query.where(tuple_(*columns) < tuple_(*values) if descending else tuple_(*columns) > tuple_(*values))
    if asked.words and asked.rare:  # found first and sorted then, else SQLite walks through all of them in their order
        few = query.limit(_RARE).subquery()
        query, columns = select(few), [few.c[key] for key in keys]
    return query.order_by(*(column.desc() if descending else column.asc() for column in columns)).limit(limit)


def _place(tx: Transaction, keys: tuple[str, ...], task_id: str) -> Row[Any]:
    """Where a task stands in the order, also one that has left the box since."""
    columns = {
        "due": due_of_task(),
        "age": task.c.opened_at,
        "closed": task.c.closed_at,
        "title": process_instance.c.title,
        "key": process_instance.c.business_key,
        "id": task.c.id,
    }
    joined = task.join(process_instance, process_instance.c.id == task.c.instance_id)
    row = tx.session.execute(
        select(*(columns[key].label(key) for key in keys)).select_from(joined).where(task.c.id == task_id)
    ).first()
    if row is None or None in row:
        raise InvalidError(
            "参数after或before无效: 请使用页面或Link中给出的值, 或去掉它从头读取。",
            "after or before is not one of ours: take it from the page or its Link, or begin again without it.",
        )
    return row


def _read(tx: Transaction, library: Library, box: Box, ids: Sequence[str]) -> list[TaskLine]:
    """The tasks of these ids, in their order."""
    rows = {row.id: row for row in tx.session.execute(lines().where(task.c.id.in_(ids)))} if ids else {}
    new = _unread(tx, box, rows)
    shown = wide(tx, ids) if ids and box in {Box.SENT, Box.FOLLOWED} else frozenset(ids)
    found = (task_line(tx, library, rows[one]) for one in ids)
    return [
        replace(line, is_unread=line.id in new, assignee_name=line.assignee_name if line.id in shown else None)
        for line in found
    ]


def _unread(tx: Transaction, box: Box, rows: Mapping[str, Row[Any]]) -> frozenset[str]:
    """What came to the actor and was not opened by them since."""
    if box is Box.MINE:
        return frozenset(one for one, row in rows.items() if row.seen_at is None)
    if box is not Box.GROUPS:
        return frozenset()
    seen = (
        select(task_candidate.c.task_id)
        .join(task_seen, task_seen.c.candidate_id == task_candidate.c.id)
        .where(task_candidate.c.task_id.in_(rows), task_seen.c.person_id == tx.actor.id)
    )
    return frozenset(rows) - frozenset(tx.session.scalars(seen))


# --- a task's line


def open_lines(tx: Transaction, library: Library) -> list[tuple[TaskLine, Subject]]:
    """Every open task with what permission depends on: for the sandbox's guide."""
    rows = tx.session.execute(lines().where(task.c.status == "open").order_by(task.c.opened_at, task.c.id).limit(LIMIT))
    return [(task_line(tx, library, row), subject_of(row)) for row in rows]


def lines() -> Select[Any]:
    return select(
        task,
        process_instance.c.title,
        process_instance.c.business_key,
        process_instance.c.process,
        process_instance.c.deployment_id,
        process_instance.c.initiator_id,
        process_instance.c.unit,
        employer.c.name.label("employer_name"),
        person.c.name.label("assignee_name"),
    ).select_from(
        task.join(process_instance, process_instance.c.id == task.c.instance_id)
        .outerjoin(employer, employer.c.id == process_instance.c.employer_id)
        .outerjoin(person, person.c.id == task.c.assignee_id)
    )


def task_line(tx: Transaction, library: Library, row: Row[Any]) -> TaskLine:
    diagram = library.get(tx.session, row.deployment_id).diagrams[row.process]
    element = diagram.elements[row.element]
    return TaskLine(
        id=row.id,
        element=row.element,
        name=Text(element.name, element.name_en),
        instance_id=row.instance_id,
        instance_title=row.title,
        business_key=row.business_key,
        process=row.process,
        process_name=Text(diagram.name, diagram.name_en),
        employer_name=row.employer_name,
        status=row.status,
        assignee_id=row.assignee_id,
        assignee_name=row.assignee_name,
        owner_id=row.owner_id,
        opened_at=row.opened_at,
        due_at=row.due_at,
        counts=tuple(row.counts or ()),
        closed_at=row.closed_at,
        working_days_left=working_days_left(tx, library, row.due_at) if row.due_at else None,
    )


def working_days_left(tx: Transaction, library: Library, due_at: datetime) -> int | None:
    """Working days after today up to the due day; negative: those since it passed."""
    today, due = tx.now.astimezone(SHANGHAI).date(), due_at.astimezone(SHANGHAI).date()
    if due >= today:
        return library.calendar.working_days_between(today, due)
    late = library.calendar.working_days_between(due, today)
    return None if late is None else -late


def subject_of(row: Row[Any]) -> Subject:
    return Subject(
        employer_id=row.employer_id,
        initiator_id=row.initiator_id,
        assignee_id=row.assignee_id,
        in_place_of=row.in_place_of,
        candidate_roles=tuple(row.candidate_roles),
        barred_ids=frozenset(row.barred_ids),
        unit=row.unit,
        process=row.process,
    )
