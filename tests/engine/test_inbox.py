"""Boxes, filters, searches, orders, pages and counts, each against a plain look over the same tasks."""

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from engine import searching
from engine.clock import SHANGHAI
from engine.commands.offering import NO_DUE_DATE
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.permissions import StandIn
from engine.queries import filters
from engine.queries.filters import Box, Due, Filters, Sort
from engine.tables import person, process_instance, task, task_candidate
from tests.engine.bundles import line, small
from tests.engine.bundles import task as user_task
from tests.engine.commands.office import WITH_CENTRE, open_office, task_at
from tests.people import ADMIN

# Wide and narrow letters, percent and underscore, quotes, emoji, a name with a dot, equal titles.
TITLES = (
    "张三申报（焊工）",
    "李四申报（车工）",
    "100%_a'b\"c",
    "ＡＢＣ　申报",
    "阿不都·买买提申报",
    "王五😀申报",
    "same",
    "same",
)
SEARCHES = (
    "张",
    "张三",
    "焊工",
    "申报 张三",
    "三张",
    "%",
    "_",
    "'",
    '"',
    "%%",
    "\\",
    "abc 申报",
    "😀",
    "·",
    "E1",
    "screening",
    "丁",
    "17",
    "没有的",
    "/",
    "AND",
    "\0",
    "*",
)
NAMES = '<zeebe:property name="title" value="=if note = null then &quot;none&quot; else note" /><zeebe:property name="searchable" value="=[amount]" />'
BODY = user_task("first") + user_task("screening") + line("begin", "first", "screening", "finish")


@pytest.fixture
def office(empty):
    """A score of matters of two employers, most at their second step; due dates and days of coming as chance has it."""
    people, chance = open_office(empty), random.Random(7)
    empty.deploy(ADMIN, small(BODY, policy=WITH_CENTRE, properties=NAMES))
    for number in range(20):
        who = people[("hr", "hr", "hr2", "other")[number % 4]]
        begun = empty.start(who, "p", {})["instance"]
        if number % 5:
            found = task_at(empty, begun, "first")
            empty.complete(who, found, {"note": TITLES[number % len(TITLES)], "amount": number})
        if number % 6 == 1:
            empty.claim(who, task_at(empty, begun, "screening"))
    now = empty.clock.now()
    with empty.sessions.begin() as session:
        for found in session.execute(select(task.c.id).order_by(task.c.opened_at, task.c.id)).scalars():
            due = chance.choice([None, *(now + timedelta(days=days) for days in (-3, 0, 1, 3, 5, 9, 9))])
            came = {"opened_at": now - timedelta(days=chance.randrange(4))}
            session.execute(update(task).where(task.c.id == found).values(due_at=due, **came))
            offered = update(task_candidate).where(task_candidate.c.task_id == found)
            session.execute(offered.values(due_at=due or NO_DUE_DATE, **came))
    return SimpleNamespace(engine=empty, people=people)


def tasks(engine):
    """Every task with what may be asked of it."""
    rows = select(
        task, process_instance.c.title, process_instance.c.business_key, process_instance.c.process,
        process_instance.c.initiator_id, process_instance.c.variables, process_instance.c.employer_id.label("whose"),
    ).join(process_instance, process_instance.c.id == task.c.instance_id)  # fmt: skip
    with engine.sessions() as session:
        names = dict(session.execute(select(person.c.id, person.c.name)).all())
        return [SimpleNamespace(**row._mapping, names=names) for row in session.execute(rows)]


def holds(box, one, me):
    own = one.status == "open" and one.assignee_id == me.id
    return {
        Box.MINE: own,
        Box.GROUPS: one.status == "open" and one.assignee_id is None and one.whose == me.employer_id,
        Box.SENT: one.status == "open" and one.initiator_id == me.id,
        Box.DONE: one.closed_by == me.id,
        Box.FOLLOWED: False,
        Box.SUBSTITUTED: False,
        Box.ENTRUSTED: False,
    }[box]


def is_as_asked(engine, wanted, one):
    today = engine.clock.now().astimezone(SHANGHAI).date()
    soon = engine.library.calendar.working_days_after(today, 3).end
    day = one.due_at.astimezone(SHANGHAI).date() if one.due_at else None
    came = one.opened_at.astimezone(SHANGHAI).date()
    due = {
        None: True,
        Due.NONE: day is None,
        Due.AWAITING: False,
        Due.OVERDUE: day is not None and day < today,
        Due.TODAY: day == today,
        Due.SOON: day is not None and today < day <= soon,
        Due.LATER: day is not None and day > soon,
    }[wanted.due]
    kept = all(
        getattr(wanted, name) in {None, value} for name, value in (("element", one.element), ("employer", one.whose))
    )
    since, until = wanted.since or date.min, wanted.until or date.max
    told = [one.title, one.business_key, one.names[one.initiator_id], one.element]
    told += [
        one.names.get(one.assignee_id, ""),
        one.variables.partition('"amount": ')[2].partition("}")[0].partition(",")[0],
    ]
    texts = [searching.alike(text) for text in told]
    found = all(any(word in text for text in texts) for word in searching.words(wanted.q))
    return due and kept and since <= came <= until and wanted.claimed in {None, one.assignee_id is not None} and found


def place(wanted):
    far = datetime.max.replace(tzinfo=UTC)
    if wanted.list is Box.DONE and wanted.sort in {Sort.DUE, Sort.AGE}:
        return lambda one: (one.closed_at, one.id)
    return {
        Sort.DUE: lambda one: (one.due_at or far, one.opened_at, one.id),
        Sort.AGE: lambda one: (one.opened_at, one.id),
        Sort.TITLE: lambda one: (one.title, one.id),
        Sort.KEY: lambda one: (one.business_key, one.id),
    }[wanted.sort]


def expected(engine, me, wanted):
    found = [one for one in tasks(engine) if holds(wanted.list, one, me) and is_as_asked(engine, wanted, one)]
    newest_first = wanted.list is Box.DONE and wanted.sort in {Sort.DUE, Sort.AGE}
    return [one.id for one in sorted(found, key=place(wanted), reverse=wanted.reverse != newest_first)]


def forward(engine, me, wanted, limit):
    page = engine.inboxes.page(me, wanted, limit=limit)
    pages = [page]
    while page.after:
        pages.append(page := engine.inboxes.page(me, wanted, limit=limit, after=page.after))
    return pages


def wishes(engine):
    today = engine.clock.now().astimezone(SHANGHAI).date()
    narrow = [{}, *({"due": due} for due in Due), {"element": "first"}, {"employer": "E2"}, {"claimed": True}]
    narrow += [{"since": today - timedelta(days=1)}, {"until": today - timedelta(days=2)}, {"process": "q"}]
    narrow += [{"q": text} for text in SEARCHES] + [{"q": "申报", "due": Due.LATER, "element": "screening"}]
    orders = itertools.cycle(itertools.product(Sort, (False, True)))
    boxes = (Box.GROUPS, Box.MINE, Box.SENT, Box.DONE)
    for box, each in itertools.product(boxes, narrow):
        sort, reverse = next(orders)
        yield Filters(box, **each, sort=sort, reverse=reverse)
    yield from (
        Filters(Box.GROUPS, sort=sort, reverse=reverse) for sort, reverse in itertools.product(Sort, (False, True))
    )


def test_every_filter_search_and_order_gives_what_a_plain_look_gives(office):
    engine, me = office.engine, office.people["hr"]
    whole = tasks(engine)
    assert {one.whose for one in whole} == {"E1", "E2"}
    seen = set()
    for wanted in wishes(engine):
        if wanted.process == "q":
            assert engine.inboxes.page(me, wanted).count == 0
            continue
        ids = expected(engine, me, wanted)
        page = engine.inboxes.page(me, wanted, limit=200)
        assert ([each.id for each in page.lines], page.count) == (ids, len(ids)), wanted
        seen.add(bool(ids))
    assert seen == {True, False}


def test_the_pages_cover_everything_once_there_and_back(office):
    engine, me = office.engine, office.people["hr"]
    for sort, reverse, limit in itertools.product(Sort, (False, True), (1, 3)):
        wanted = Filters(Box.GROUPS, sort=sort, reverse=reverse)
        ids = expected(engine, me, wanted)
        pages = forward(engine, me, wanted, limit)
        assert [each.id for page in pages for each in page.lines] == ids
        assert {page.count for page in pages} == {len(ids)}
        back = [pages[-1]]
        while back[-1].before:
            back.append(engine.inboxes.page(me, wanted, limit=limit, before=back[-1].before))
        assert sorted(each.id for page in back for each in page.lines) == sorted(ids)
        assert back[-1].lines[0].id == ids[0]
    with pytest.raises(InvalidError):
        engine.inboxes.page(me, Filters(), after="no such task")


def test_counts_are_the_lengths_of_the_lists_and_nobody_sees_another_employers_tasks(office):
    engine = office.engine
    for name, me in office.people.items():
        counts = engine.inboxes.counts(me)
        for box in Box:
            lines = engine.inbox(me, box.value)
            assert counts[box] == len(lines), (name, box)
            found = {one.whose for one in tasks(engine) if one.id in {each.id for each in lines}}
            assert found <= {me.employer_id} or name == "admin", (name, box)
        for text in ("申报", "张", "E"):
            pages = [engine.inboxes.page(me, Filters(box, q=text)) for box in Box]
            ids = {each.id for page in pages for each in page.lines}
            assert {one.whose for one in tasks(engine) if one.id in ids} <= {me.employer_id}


def test_in_the_place_of_somebody_absent_their_tasks_and_their_groups_wait(office):
    from dataclasses import replace

    engine, people = office.engine, office.people
    stand_in = replace(people["boss"], stands_in_for=(StandIn(people["hr"]),))
    theirs = {each.id for box in ("mine", "groups") for each in engine.inbox(people["hr"], box)}
    assert {each.id for each in engine.inbox(stand_in, "substituted")} == theirs
    assert engine.inboxes.counts(stand_in)[Box.SUBSTITUTED] == len(theirs)
    elsewhere = replace(people["boss"], stands_in_for=(StandIn(people["hr"], frozenset({"q"})),))
    assert engine.inbox(elsewhere, "substituted") == []


def test_what_was_handed_on_is_sent_what_is_followed_is_found_and_what_was_opened_is_not_new(office):
    engine, hr, hr2 = office.engine, office.people["hr"], office.people["hr2"]
    first, second = (each for each in engine.inbox(hr2, "groups")[:2])
    engine.claim(hr2, first.id)
    assert [each.is_unread for each in engine.inbox(hr2, "mine") if each.id == first.id] == [False]
    engine.reassign(hr2, first.id, "hr", "请接办")
    assert first.id in {each.id for each in engine.inbox(hr2, "sent")}
    assert [each.is_unread for each in engine.inbox(hr, "mine") if each.id == first.id] == [True]
    engine.inboxes.see(hr, first.id)
    engine.inboxes.see(hr, second.id)
    engine.inboxes.see(hr, second.id)
    new = {each.id: each.is_unread for box in ("mine", "groups") for each in engine.inbox(hr, box)}
    assert (new[first.id], new[second.id]) == (False, False)
    assert {each.is_unread for each in engine.inbox(hr2, "groups")} == {True}
    engine.inboxes.follow(hr, second.instance_id)
    engine.inboxes.follow(hr, second.instance_id)
    assert [each.id for each in engine.inbox(hr, "followed")] == [second.id]
    engine.inboxes.unfollow(hr, second.instance_id)
    assert engine.inbox(hr, "followed") == []
    foreign = engine.inbox(office.people["other"], "groups")[0].instance_id
    with pytest.raises(NotFoundError):
        engine.inboxes.follow(hr, foreign)
    # Done by one, it is in nobody's list; given back, it is found and counted as before.
    engine.claim(hr2, second.id)
    assert second.id not in {each.id for each in engine.inbox(hr, "groups")}
    engine.unclaim(hr2, second.id)
    assert [each.id for each in engine.inboxes.page(hr, Filters(Box.GROUPS, q=second.business_key)).lines] == [
        second.id
    ]


def test_a_new_title_is_found_and_the_old_one_is_not(empty):
    people = open_office(empty)
    both = user_task("first") + user_task("beside")
    split = '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    flows = line("begin", "split", "first", "join", "finish") + line("split", "beside", "join")
    empty.deploy(ADMIN, small(both + split + flows, policy=WITH_CENTRE, properties=NAMES))
    begun = empty.start(people["hr"], "p", {})["instance"]
    empty.complete(people["hr"], task_at(empty, begun, "first"), {"note": "换了名字的事项", "amount": 4711})
    beside = task_at(empty, begun, "beside")
    for text, found in (("换了名字", [beside]), ("4711", [beside]), ("none", []), ("beside", [beside])):
        assert [each.id for each in empty.inboxes.page(people["hr"], Filters(Box.GROUPS, q=text)).lines] == found, text


def test_views_belong_to_one_person(office):
    engine, hr, hr2 = office.engine, office.people["hr"], office.people["hr2"]
    wanted = Filters(Box.GROUPS, q="焊工 %", due=Due.SOON, since=date(2025, 5, 1), claimed=False, reverse=True)
    assert filters.read(wanted.as_query()) == wanted
    engine.inboxes.save_view(hr, " 急件 ", wanted, is_default=True)
    engine.inboxes.save_view(hr, "别的", Filters(), is_default=True)
    views = engine.inboxes.views(hr)
    assert sorted((view.name, view.is_default) for view in views) == [("别的", True), ("急件", False)]
    assert {view.name: filters.read(view.query) for view in views}["急件"] == wanted
    assert engine.inboxes.views(hr2) == []
    with pytest.raises(NotFoundError):
        engine.inboxes.drop_view(hr2, views[0].id)
    engine.inboxes.save_view(hr, "别的", wanted, is_default=False)
    for view in engine.inboxes.views(hr):
        engine.inboxes.drop_view(hr, view.id)
    assert engine.inboxes.views(hr) == []
    for name in ("", " ", "x" * 61, "a\0b"):
        with pytest.raises(InvalidError):
            engine.inboxes.save_view(hr, name, wanted, is_default=False)
    for number in range(50):
        engine.inboxes.save_view(hr, f"{number}", wanted, is_default=False)
    with pytest.raises(ConflictError):
        engine.inboxes.save_view(hr, "51", wanted, is_default=False)


@pytest.mark.parametrize(
    "asked",
    [{"list": "all"}, {"due": "soonish"}, {"sort": "1;"}, {"since": "tomorrow"}, {"claimed": "1"}, {"q": "x" * 101}, {"reverse": "\0"}, {"until": "\ud800"}],
    ids=str,
)  # fmt: skip
def test_what_is_no_filter_is_said_in_both_languages(asked):
    with pytest.raises(InvalidError) as refused:
        filters.read(asked)
    assert next(iter(asked)) in refused.value.text.zh
    refused.value.text.zh.encode()
