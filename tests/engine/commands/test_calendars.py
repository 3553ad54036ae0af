"""A year's calendar is imported by one, confirmed by another, and moves every window that counts over it."""

import threading
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import event

from engine import Engine
from engine.cases.reading import moment
from engine.clock import VirtualClock
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.permissions import Actor, Role
from engine.queries.verification import verify
from engine.transaction import make_sessions
from tests.engine.bundles import line, task
from tests.engine.commands.office import begin, entries, open_office, task_at, told, whole
from tests.people import ADMIN

FILE = (Path(__file__).parent.parent / "calendars" / "2027.yaml").read_text(encoding="utf-8")
LONGER = FILE.replace("until: 2027-01-03", "until: 2027-01-04")
SECOND = Actor("admin2", "管理员乙", roles=frozenset({Role.ADMIN}))
BUREAU = Actor("bureau", "主管部门", roles=frozenset({Role.BUREAU}))

# 30 and 31 December, then 4, 5 and 6 January by FILE, 5, 6 and 7 by LONGER.
ACROSS = '=working days after(date("2026-12-29"), 5) + duration("P1D")'


def window(expression, kind="timeDate"):
    text = expression.replace('"', "&quot;")
    waiting = f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    return f'<bpmn:intermediateCatchEvent id="wait">{waiting}</bpmn:intermediateCatchEvent>'


WINDOW = window(ACROSS) + line("begin", "wait", "finish")


@pytest.fixture
def people(empty):
    return open_office(empty)


@pytest.fixture
def confirm(empty):
    """Import a file and have a second person confirm it."""

    def done(text):
        imported = empty.import_calendar(ADMIN, text.encode())
        return empty.confirm_calendar(SECOND, imported["id"])

    return done


def wait(engine, instance):
    return whole(engine, instance).windows[-1]


def line_of(engine, version_id):
    return next(line for line in engine.calendars(ADMIN).lines if line.id == version_id)


# --- the register


def test_the_shipped_calendars_are_always_there(empty):
    lines = empty.calendars(BUREAU).lines
    assert [(line.year, line.status, line.counts) for line in lines] == [
        (2026, "shipped", True),
        (2025, "shipped", True),
        (2024, "shipped", True),
    ]


def test_an_import_counts_only_once_somebody_else_has_confirmed_it(empty):
    imported = empty.import_calendar(ADMIN, FILE.encode())
    assert imported["new"]
    assert empty.is_working_day(moment("2027-01-04").date()) is None
    assert line_of(empty, imported["id"]).status == "pending"
    done = empty.confirm_calendar(BUREAU, imported["id"])
    assert done["number"] == 1
    assert empty.is_working_day(moment("2027-01-04").date())
    shown = line_of(empty, imported["id"])
    assert (shown.counts, shown.imported_by_id, shown.confirmed_by) == (True, "admin", "bureau")
    assert (shown.imported_at, shown.confirmed_at) == (empty.clock.now(), empty.clock.now())


def test_whoever_imported_it_cannot_confirm_it(empty):
    imported = empty.import_calendar(ADMIN, FILE.encode())
    with pytest.raises(NotPermittedError, match="yourself"):
        empty.confirm_calendar(ADMIN, imported["id"])
    assert line_of(empty, imported["id"]).status == "pending"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN, Role.BUREAU}))
def test_nobody_else_imports_or_confirms(empty, role):
    imported = empty.import_calendar(ADMIN, FILE.encode())
    other = Actor("someone", "某人", "E1", frozenset({role}))
    with pytest.raises(NotPermittedError):
        empty.import_calendar(other, FILE.encode())
    with pytest.raises(NotPermittedError):
        empty.confirm_calendar(other, imported["id"])


def test_the_bureau_confirms_and_does_not_import(empty):
    with pytest.raises(NotPermittedError):
        empty.import_calendar(BUREAU, FILE.encode())


def test_the_same_file_is_not_kept_twice(empty):
    first = empty.import_calendar(ADMIN, FILE.encode())
    again = empty.import_calendar(SECOND, FILE.encode())
    assert (again["id"], again["new"]) == (first["id"], False)
    empty.confirm_calendar(SECOND, first["id"])
    after = empty.import_calendar(ADMIN, FILE.encode())
    assert (after["new"], after["status"]) == (False, "confirmed")
    assert len([line for line in empty.calendars(ADMIN).lines if line.year == 2027]) == 1


def test_a_second_import_replaces_the_one_that_waits(empty):
    first = empty.import_calendar(ADMIN, FILE.encode())
    second = empty.import_calendar(ADMIN, LONGER.encode())
    with pytest.raises(ConflictError):
        empty.confirm_calendar(SECOND, first["id"])
    assert empty.confirm_calendar(SECOND, second["id"])["number"] == 1


def test_a_correction_shows_what_it_changes_and_the_old_file_can_come_back(empty, confirm):
    confirm(FILE)
    imported = empty.import_calendar(ADMIN, LONGER.encode())
    (difference,) = line_of(empty, imported["id"]).differences
    assert (str(difference.day), difference.before, difference.after.zh) == ("2027-01-04", None, "元旦")
    empty.confirm_calendar(SECOND, imported["id"])
    assert confirm(FILE)["number"] == 3
    assert empty.is_working_day(moment("2027-01-04").date())


def test_what_was_never_imported_cannot_be_confirmed(empty):
    with pytest.raises(NotFoundError):
        empty.confirm_calendar(SECOND, 7)


def test_two_confirmations_at_once_are_one(empty):
    imported = empty.import_calendar(ADMIN, FILE.encode())
    results = []

    def confirm(actor):
        results.append(told(lambda: empty.confirm_calendar(actor, imported["id"])))

    threads = [threading.Thread(target=confirm, args=[actor]) for actor in (SECOND, BUREAU)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["conflict", "done"]
    assert empty.calendars(ADMIN).number == 1


def test_a_year_in_the_middle_may_be_missing_and_nothing_is_counted_over_it(empty, confirm):
    confirm(FILE.replace("2027", "2028").replace("2028-02-14", "2028-02-13").replace("2028-05-08", "2028-05-07"))
    register = empty.calendars(ADMIN)
    assert register.missing == (2027,)
    assert empty.library.calendar.working_days_after(moment("2026-12-29").date(), 5).end is None


def test_import_and_confirmation_stand_in_the_chained_history(empty, confirm):
    confirm(FILE)
    exported = empty.audit_export(ADMIN)
    kinds = [entry["kind"] for entry in exported["entries"] if entry["subject"].startswith("calendar/")]
    assert kinds == ["calendar imported", "calendar confirmed"]
    assert verify(exported).breaks == ()


# --- windows


def test_a_window_of_unknown_end_gets_its_end_by_a_confirmation(empty, people, confirm):
    instance = begin(empty, people["hr"], WINDOW)
    assert wait(empty, instance).due_at is None
    confirm(FILE)
    found = wait(empty, instance)
    assert found.due_at == moment("2027-01-07T00:00:00+08:00")
    assert found.counts[-1]["counted"] == ["2026-12-30", "2026-12-31", "2027-01-04", "2027-01-05", "2027-01-06"]
    (entry,) = entries(empty, instance, "window recounted")
    assert (entry["old_due_at"], entry["due_at"][:10]) == (None, "2027-01-07")
    assert entry["counts"] == list(found.counts)


def test_a_later_version_moves_the_end_by_itself_and_the_timer_fires_then(empty, people, confirm):
    instance = begin(empty, people["hr"], WINDOW)
    confirm(FILE)
    confirm(LONGER)
    assert wait(empty, instance).due_at == moment("2027-01-08T00:00:00+08:00")
    empty.clock.move_to(moment("2027-01-07T12:00:00+08:00"))
    assert empty.tick() == 0
    empty.clock.move_to(moment("2027-01-08T12:00:00+08:00"))
    assert empty.tick() == 1
    assert whole(empty, instance).line.end_element == "finish"
    assert verify(empty.audit_export(ADMIN)).breaks == ()


def test_an_earlier_end_is_asked_about_and_stays_until_it_is_accepted_with_a_reason(empty, people, confirm):
    instance = begin(empty, people["hr"], WINDOW)
    confirm(LONGER)
    confirm(FILE)
    assert wait(empty, instance).due_at == moment("2027-01-08T00:00:00+08:00")
    (asked,) = empty.calendars(ADMIN).asked
    assert (asked.old_due_at, asked.due_at) == (
        moment("2027-01-08T00:00:00+08:00"),
        moment("2027-01-07T00:00:00+08:00"),
    )
    with pytest.raises(InvalidError):
        empty.decide_recount(ADMIN, asked.id, "  ", accepts=True)
    with pytest.raises(NotPermittedError):
        empty.decide_recount(BUREAU, asked.id, "按通知", accepts=True)
    empty.decide_recount(ADMIN, asked.id, "按更正后的通知", accepts=True)
    assert wait(empty, instance).due_at == moment("2027-01-07T00:00:00+08:00")
    (entry,) = entries(empty, instance, "recount accepted")
    assert (entry["reason"], entry["old_due_at"][:10], entry["due_at"][:10]) == (
        "按更正后的通知",
        "2027-01-08",
        "2027-01-07",
    )
    with pytest.raises(ConflictError):
        empty.decide_recount(ADMIN, asked.id, "再次", accepts=False)


def test_an_end_that_was_kept_is_not_asked_about_again(empty, people, confirm):
    instance = begin(empty, people["hr"], WINDOW)
    confirm(LONGER)
    confirm(FILE)
    (asked,) = empty.calendars(ADMIN).asked
    empty.decide_recount(ADMIN, asked.id, "公示期已公告", accepts=False)
    assert wait(empty, instance).due_at == moment("2027-01-08T00:00:00+08:00")
    confirm(FILE.replace("until: 2027-02-11", "until: 2027-02-12"))
    assert empty.calendars(ADMIN).asked == ()
    assert entries(empty, instance, "recount kept")[0]["reason"] == "公示期已公告"
    empty.clock.move_to(moment("2027-02-01"))
    assert empty.tick() == 1


def test_what_has_fired_and_what_counts_other_years_is_not_touched(empty, people, confirm):
    done = begin(
        empty, people["hr"], window('=working days after(date("2025-05-09"), 5)') + line("begin", "wait", "finish")
    )
    empty.clock.move_to(moment("2025-05-20"))
    empty.tick()
    other = begin(
        empty, people["hr"], window('=working days after(date("2025-06-09"), 5)') + line("begin", "wait", "finish")
    )
    before = {instance: len(whole(empty, instance).events) for instance in (done, other)}
    confirm(FILE)
    assert {instance: len(whole(empty, instance).events) for instance in (done, other)} == before


def test_where_the_data_have_changed_meanwhile_a_person_is_asked(empty, people, confirm):
    body = task("edit") + window('=working days after(if note = null then date("2026-12-29") else date(note), 5)')
    body += '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    body += line("begin", "split", "wait", "join", "finish") + line("split", "edit", "join")
    instance = begin(empty, people["hr"], body)
    empty.complete(people["hr"], task_at(empty, instance, "edit"), {"note": "2026-12-20"})
    confirm(FILE)
    assert wait(empty, instance).due_at is None
    (asked,) = empty.calendars(ADMIN).asked
    assert (asked.due_at, asked.why.zh) == (
        moment("2026-12-25T00:00:00+08:00"),
        "计时所用的数据在开始后已有变动, 不能只按日历重新计算",
    )


def test_what_cannot_be_counted_any_more_is_asked_about_and_can_only_be_kept(empty, people, confirm):
    body = task("edit") + window('=if note = null then working days after(date("2026-12-29"), 5) else note')
    body += '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    body += line("begin", "split", "wait", "join", "finish") + line("split", "edit", "join")
    instance = begin(empty, people["hr"], body)
    other = empty.start(people["hr"], "p", {})["instance"]
    empty.complete(people["hr"], task_at(empty, instance, "edit"), {"note": "no day"})
    confirm(FILE)
    assert wait(empty, other).due_at == moment("2027-01-06T00:00:00+08:00")
    (asked,) = empty.calendars(ADMIN).asked
    with pytest.raises(InvalidError):
        empty.decide_recount(ADMIN, asked.id, "采用", accepts=True)
    empty.decide_recount(ADMIN, asked.id, "保留", accepts=False)
    assert empty.calendars(ADMIN).asked == ()


def test_a_process_that_has_not_heard_of_it_fires_nothing_too_early(database, empty, people, confirm):
    confirm(FILE)
    stale = Engine(make_sessions(database), VirtualClock(empty.clock.now()))
    instance = begin(stale, people["hr"], WINDOW)
    assert wait(stale, instance).due_at == moment("2027-01-07T00:00:00+08:00")
    # Another process confirms; this one opens a window before its next tick.
    confirm(LONGER)
    late = stale.start(people["hr"], "p", {})["instance"]
    assert wait(stale, late).due_at == moment("2027-01-07T00:00:00+08:00")
    empty.clock.move_to(moment("2027-01-07T12:00:00+08:00"))
    assert empty.tick() == 0
    assert wait(empty, late).due_at == moment("2027-01-08T00:00:00+08:00")


def test_a_tick_brings_the_newest_calendar_to_every_process(database, empty, confirm):
    other = Engine(make_sessions(database), VirtualClock(empty.clock.now()))
    other.tick()
    confirm(FILE)
    assert other.is_working_day(moment("2027-01-04").date()) is None
    other.tick()
    assert other.is_working_day(moment("2027-01-04").date())


def test_what_a_process_that_died_had_not_counted_anew_is_done_by_the_next_tick(empty, people, monkeypatch):
    instance = begin(empty, people["hr"], WINDOW)
    imported = empty.import_calendar(ADMIN, FILE.encode())
    monkeypatch.setattr(Engine, "_count_anew", lambda *_: None)
    empty.confirm_calendar(SECOND, imported["id"])
    assert wait(empty, instance).due_at is None
    monkeypatch.undo()
    empty.tick()
    assert wait(empty, instance).due_at == moment("2027-01-07T00:00:00+08:00")


def test_a_completion_needs_no_statement_more_for_the_calendar(database, empty, people):
    body = task("first") + task("second") + line("begin", "first", "second", "finish")
    one, two = begin(empty, people["hr"], body), empty.start(people["hr"], "p", {})["instance"]
    said = []
    event.listen(database, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    for instance in (one, two):
        empty.complete(people["hr"], task_at(empty, instance, "first"), {})
    assert not [statement for statement in said if "calendar_version" in statement]


def test_a_moment_of_the_register_is_utc(empty, confirm):
    done = confirm(FILE)
    assert line_of(empty, done["id"]).confirmed_at.tzinfo is UTC
