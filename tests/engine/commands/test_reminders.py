"""Reminders on both databases: whom they reach, once each, whatever stands still, is over, or runs beside."""

import datetime as dt
import threading

import pytest
from sqlalchemy import select, update

from engine import Engine
from engine.calendar import Calendar, load_shipped
from engine.clock import SHANGHAI, VirtualClock
from engine.tables import history, notice, process_instance
from engine.tables import task as tasks
from tests.engine.bundles import line, small, task
from tests.engine.commands.office import WITH_CENTRE, begin, open_office, task_at, whole
from tests.engine.test_checks_policy import REMINDERS
from tests.people import ADMIN

SETTINGS = """settings:
  reminders.before: {default: [1], type: list, label: x}
  reminders.on: {default: true, type: boolean, label: x}
  reminders.after: {default: [1, 3], type: list, label: x}
  reminders.escalate: {default: 3, nullable: true, type: integer, label: x}
  reminders.urge_limit: {default: 2, type: integer, label: x}
"""
POLICY = (
    WITH_CENTRE.replace("settings:\n", SETTINGS)
    .replace("en: HR}", "en: HR, head: leader}")
    .replace("en: expert}", "en: expert, head: hr}")
)


def due(day):
    return f"<zeebe:taskSchedule dueDate='=date(\"{day}\")' />"


def at(day, hour=9, minute=0):
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour, minute), SHANGHAI)


def body(day="2025-10-10", assignment='candidateGroups="hr"'):
    return task("work", assignment, inside=due(day)) + line("begin", "work", "finish")


@pytest.fixture
def people(empty):
    return open_office(empty)


def opened(engine, actor, day="2025-10-10", **options):
    """A matter with one task, and the task."""
    engine.deploy(ADMIN, small(body(day, **options), policy=POLICY))
    instance = engine.start(actor, "p", {})["instance"]
    return instance, task_at(engine, instance, "work")


def reminded(engine, instance):
    """(which, days, number, whom) in the order in which it happened."""
    events = [event for event in whole(engine, instance).events if event.kind == "reminded"]
    return [(e.payload["which"], e.payload["days"], e.payload["number"], e.payload["told"]) for e in events]


def moments(engine, instance):
    events = whole(engine, instance).events
    return [event.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") for event in events if event.kind == "reminded"]


def told(engine, person=None):
    with engine.sessions() as session:
        rows = session.execute(select(notice).order_by(notice.c.id)).all()
    return [(row.person_id, row.kind) for row in rows if person in {None, row.person_id}]


def next_reminder(engine, task_id):
    with engine.sessions() as session:
        return session.scalar(select(tasks.c.next_reminder_at).where(tasks.c.id == task_id))


def later(engine, day, hour=9):
    engine.move_clock(ADMIN, at(day, hour))


def test_around_a_holiday_everybody_who_could_do_it_is_told_then_the_head(empty, people):
    instance, found = opened(empty, people["hr"])
    assert next_reminder(empty, found) == at("2025-10-09")
    later(empty, "2025-10-31")
    both = ["hr", "hr2"]
    assert reminded(empty, instance) == [
        ("before", 1, 1, both),
        ("on", 0, 2, both),
        ("after", 1, 3, both),
        ("after", 3, 4, both),
        ("escalated", 3, 5, ["boss"]),
    ]
    assert moments(empty, instance) == ["10-09 09:00", "10-10 09:00", "10-11 09:00", "10-14 09:00", "10-14 09:00"]
    assert told(empty, "boss") == [("boss", "escalated")]
    assert told(empty, "hr2") == [("hr2", which) for which in ("before", "on", "after", "after")]
    assert told(empty, "other") == told(empty, "centre") == []
    empty.tick()
    assert next_reminder(empty, found) is None


def test_who_has_claimed_it_is_told_alone_and_who_handed_it_on_no_more(empty, people):
    instance, found = opened(empty, people["hr"])
    empty.claim(people["hr"], found)
    later(empty, "2025-10-09")
    empty.reassign(people["hr"], found, "hr2", "出差")
    later(empty, "2025-10-10")
    assert [(which, whom) for which, _, _, whom in reminded(empty, instance)] == [("before", ["hr"]), ("on", ["hr2"])]


def test_whom_separation_of_duties_bars_hears_nothing(empty, people):
    bars = '<zeebe:properties><zeebe:property name="notBy" value="=[&quot;hr2&quot;, &quot;boss&quot;]" /></zeebe:properties>'
    empty.deploy(
        ADMIN, small(task("work", inside=due("2025-10-10") + bars) + line("begin", "work", "finish"), policy=POLICY)
    )
    instance = empty.start(people["hr"], "p", {})["instance"]
    later(empty, "2025-10-31")
    assert {tuple(whom) for _, _, _, whom in reminded(empty, instance)} == {("hr",), ()}
    assert {person for person, _ in told(empty)} == {"hr"}


def test_where_nobody_heads_a_role_the_next_one_above_hears_of_it(empty, people):
    """`other` is HR of an employer without a leader; no head of the centre is named."""
    policy = POLICY.replace("en: head}", "en: head, head: centre}")
    empty.deploy(ADMIN, small(body(), policy=policy))
    instance = empty.start(people["other"], "p", {})["instance"]
    later(empty, "2025-10-31")
    assert reminded(empty, instance)[-1] == ("escalated", 3, 5, ["centre", "centre2"])
    assert ("centre", "escalated") in told(empty)


def test_the_head_of_an_expert_is_hr_of_the_matters_employer(empty, people):
    instance, _ = opened(empty, people["hr"], assignment='assignee="=&quot;x&quot;"')
    later(empty, "2025-10-31")
    assert reminded(empty, instance)[-2:] == [("after", 3, 4, ["x"]), ("escalated", 3, 5, ["hr", "hr2"])]


def test_what_is_done_or_cancelled_is_not_reminded_of(empty, people):
    instance, found = opened(empty, people["hr"])
    empty.complete(people["hr"], found, {})
    later(empty, "2025-10-31")
    assert reminded(empty, instance) == []
    assert told(empty) == []


def test_a_withdrawn_completion_is_reminded_of_again_and_nothing_twice(empty, people):
    empty.deploy(
        ADMIN,
        small(
            task("work", inside=due("2025-10-10")) + task("then") + line("begin", "work", "then", "finish"),
            policy=POLICY,
        ),
    )
    instance = empty.start(people["hr"], "p", {})["instance"]
    found = task_at(empty, instance, "work")
    later(empty, "2025-10-09")
    empty.complete(people["hr"], found, {})
    later(empty, "2025-10-10", 12)
    empty.withdraw(people["hr"], found, "填错了")
    empty.tick()
    later(empty, "2025-10-11", 8)
    assert [which for which, *_ in reminded(empty, instance)] == ["before", "on"]
    assert moments(empty, instance) == ["10-09 09:00", "10-10 12:00"]


def test_what_stands_still_is_silent_and_goes_on_with_the_latest(empty, people):
    instance, _ = opened(empty, people["hr"])
    stopped = update(process_instance).where(process_instance.c.id == instance)
    with empty.sessions.begin() as session:
        session.execute(stopped.values(suspended={"zh": "停", "en": "stopped"}))
    later(empty, "2025-10-11", 12)
    assert reminded(empty, instance) == []
    with empty.sessions.begin() as session:
        session.execute(stopped.values(suspended=None))
    empty.tick()
    assert [(which, days) for which, days, *_ in reminded(empty, instance)] == [("after", 1)]
    later(empty, "2025-10-14")
    assert [which for which, *_ in reminded(empty, instance)] == ["after", "after", "escalated"]


def test_after_a_downtime_only_the_latest_and_the_escalation_are_sent(empty, people):
    """The worker was down; the clock went on without it."""
    instance, _ = opened(empty, people["hr"])
    empty.clock.move_to(at("2025-11-20", 15))
    empty.tick()
    empty.tick()
    assert [(which, number) for which, _, number, _ in reminded(empty, instance)] == [("after", 4), ("escalated", 5)]
    assert moments(empty, instance) == ["11-20 15:00"] * 2


def test_without_a_due_date_or_settings_nothing_is_said(empty, people):
    instance = begin(empty, people["hr"], body())
    empty.deploy(ADMIN, small(task("work") + line("begin", "work", "finish"), policy=POLICY))
    without = empty.start(people["hr"], "p", {})["instance"]
    later(empty, "2025-10-31")
    assert reminded(empty, instance) == reminded(empty, without) == []


@pytest.mark.parametrize("settings", [REMINDERS.replace("[3, 1]", "[]")])
def test_settings_that_ask_for_nothing_remind_of_nothing(empty, people, settings):
    empty.deploy(ADMIN, small(body(), policy=WITH_CENTRE.replace("settings:\n", f"settings:\n{settings}")))
    instance = empty.start(people["hr"], "p", {})["instance"]
    later(empty, "2025-10-31")
    assert reminded(empty, instance) == []


def test_a_day_of_an_unknown_year_is_not_guessed_but_counted_once_the_year_is_known(address, people, empty):
    """A release that brings the next year's calendar: the reminder is found when its process begins."""
    instance, found = opened(empty, people["hr"], "2027-01-06")
    assert next_reminder(empty, found) is None
    later(empty, "2026-12-30")
    assert reminded(empty, instance) == []
    known = load_shipped()
    later_release = Engine(empty.sessions, empty.clock, Calendar((*known.years, _year_2027())))
    later_release.tick()
    assert next_reminder(later_release, found) == at("2027-01-05")
    later(later_release, "2027-01-05")
    assert [which for which, *_ in reminded(later_release, instance)] == ["before"]


def _year_2027():
    from engine.calendar_file import read_import
    from tests.engine.commands.test_calendars import FILE

    return read_import(FILE.encode())


def test_a_confirmed_calendar_sets_the_days_anew(empty, people):
    from tests.engine.commands.test_calendars import FILE

    _, found = opened(empty, people["hr"], "2027-01-06")
    for person in ("root", "root2"):
        empty.add_person(ADMIN, id=person, name=person, roles=["admin"])
    imported = empty.import_calendar(empty.actor("root"), FILE.encode())
    assert next_reminder(empty, found) is None
    empty.confirm_calendar(empty.actor("root2"), imported["id"])
    empty.tick()
    assert next_reminder(empty, found) == at("2027-01-05")


def test_several_workers_send_each_reminder_once(empty, people):
    """Four engines over one database, twelve tasks due at one moment."""
    empty.deploy(ADMIN, small(body(), policy=POLICY))
    started = [empty.start(people["hr"], "p", {})["instance"] for _ in range(12)]
    clock = VirtualClock(at("2025-10-09"))
    workers = [Engine(empty.sessions, clock) for _ in range(4)]
    ready = threading.Barrier(4)

    def work(engine):
        ready.wait()
        engine.tick()

    threads = [threading.Thread(target=work, args=[engine]) for engine in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    workers[0].tick()
    assert [reminded(empty, instance) for instance in started] == [[("before", 1, 1, ["hr", "hr2"])]] * 12
    assert len(told(empty)) == 24


def test_one_that_fails_holds_up_no_other_and_is_tried_again(empty, people):
    """Its diagram has lost the element: whatever the reason, the others are told."""
    broken, lost = opened(empty, people["hr"])
    sound = empty.start(people["hr"], "p", {})["instance"]
    with empty.sessions.begin() as session:
        session.execute(update(tasks).where(tasks.c.id == lost).values(element="nowhere"))
    empty.clock.move_to(at("2025-10-09"))
    empty.tick()
    with empty.sessions() as session:
        count = len(session.execute(select(history).where(history.c.kind == "reminded")).all())
    assert count == 1
    assert [which for which, *_ in reminded(empty, sound)] == ["before"]
    assert next_reminder(empty, lost) == at("2025-10-09") + dt.timedelta(hours=1)
    with empty.sessions.begin() as session:
        session.execute(update(tasks).where(tasks.c.id == lost).values(element="work"))
    later(empty, "2025-10-10")
    assert [which for which, *_ in reminded(empty, broken)] == ["before", "on"]


def test_the_history_stays_whole(empty, people):
    from engine.queries.verification import verify

    opened(empty, people["hr"])
    later(empty, "2025-10-31")
    assert verify(empty.audit_export(ADMIN)).breaks == ()
