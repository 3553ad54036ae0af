"""The due date of an open task rests on a calendar: a later one moves it later by itself, never earlier."""

import pytest
from sqlalchemy import update

from engine import Engine
from engine.cases.reading import moment
from engine.clock import VirtualClock
from engine.queries.verification import verify
from engine.tables import task as task_table
from engine.transaction import make_sessions
from tests.engine.bundles import line, task
from tests.engine.commands.office import begin, entries, open_office, task_at
from tests.engine.commands.test_calendars import FILE, LONGER, SECOND
from tests.people import ADMIN

ACROSS = '=working days after(date("2026-12-29"), 5)'


def due_by(expression):
    due = expression.replace('"', "&quot;")
    return task("work", inside=f'<zeebe:taskSchedule dueDate="{due}" />') + line("begin", "work", "finish")


@pytest.fixture
def people(empty):
    return open_office(empty)


def confirm(engine, text):
    engine.confirm_calendar(SECOND, engine.import_calendar(ADMIN, text.encode())["id"])


def seen(engine, instance, who):
    return engine.task(who, task_at(engine, instance, "work")).line


def test_one_that_awaits_a_year_gets_its_day_by_the_confirmation(empty, people):
    instance = begin(empty, people["hr"], due_by(ACROSS))
    before = seen(empty, instance, people["hr"])
    assert (before.due_at, before.counts[0]["unknown_year"]) == (None, 2027)
    confirm(empty, FILE)
    after = seen(empty, instance, people["hr"])
    assert after.due_at == moment("2027-01-06T00:00:00+08:00")
    assert after.counts[0]["counted"][-1] == "2027-01-06"
    (entry,) = entries(empty, instance, "due date recounted")
    assert (entry["old_due_at"], entry["due_at"][:10]) == (None, "2027-01-06")


def test_a_later_day_is_taken_over_and_an_earlier_one_is_not(database, empty, people):
    instance = begin(empty, people["hr"], due_by(ACROSS))
    confirm(empty, FILE)
    confirm(empty, LONGER)
    assert seen(empty, instance, people["hr"]).due_at == moment("2027-01-07T00:00:00+08:00")
    confirm(empty, FILE.replace("issued_on: ", "issued_on:  "))
    assert seen(empty, instance, people["hr"]).due_at == moment("2027-01-07T00:00:00+08:00")
    (entry,) = entries(empty, instance, "due date kept")
    assert entry["why"]["en"].startswith("it would end earlier")
    # What is shown is what the date was counted by, and whoever begins again does not ask again.
    assert seen(empty, instance, people["hr"]).counts[0]["counted"][-1] == "2027-01-07"
    Engine(make_sessions(database), VirtualClock(empty.clock.now())).tick()
    assert len(entries(empty, instance, "due date kept")) == 1
    assert verify(empty.audit_export(ADMIN)).breaks == ()


def test_what_rests_on_other_years_or_on_no_calendar_or_is_done_is_not_touched(empty, people):
    other = begin(empty, people["hr"], due_by('=working days after(date("2025-05-09"), 5)'))
    plain = begin(empty, people["hr"], due_by('=date("2027-01-05")'))
    done = begin(empty, people["hr"], due_by(ACROSS))
    empty.complete(people["hr"], task_at(empty, done, "work"), {})
    confirm(empty, FILE)
    for instance in (other, plain, done):
        assert entries(empty, instance, "due date recounted") == []


def test_a_process_that_died_before_counting_anew_does_it_when_it_begins_again(database, empty, people, monkeypatch):
    instance = begin(empty, people["hr"], due_by(ACROSS))
    monkeypatch.setattr(Engine, "_count_anew", lambda *_: None)
    confirm(empty, FILE)
    monkeypatch.undo()
    assert seen(empty, instance, people["hr"]).due_at is None
    again = Engine(make_sessions(database), VirtualClock(empty.clock.now()))
    again.tick()
    assert seen(again, instance, people["hr"]).due_at is not None
    again.tick()
    assert len(entries(again, instance, "due date recounted")) == 1


def test_one_whose_data_have_changed_since_stays_as_it_is(database, empty, people):
    instance = begin(empty, people["hr"], due_by(ACROSS))
    confirm(empty, FILE)
    with database.begin() as connection:  # as if it had been counted from another day
        counts = [{**seen(empty, instance, people["hr"]).counts[0], "counted": ["2026-12-28"], "calendar": "2027@0"}]
        connection.execute(update(task_table).values(counts=counts))
    Engine(make_sessions(database), VirtualClock(empty.clock.now())).tick()
    assert seen(empty, instance, people["hr"]).due_at == moment("2027-01-06T00:00:00+08:00")
    (entry,) = entries(empty, instance, "due date kept")
    assert "changed" in entry["why"]["en"]
