"""An administrator lets a timer fire early or puts it off: with a reason, never to the harm of who relied on its end."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine.cases.reading import moment
from engine.clock import SHANGHAI
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.permissions import Actor, Role
from engine.queries.verification import verify
from engine.tables import process_instance, timer
from tests.engine.bundles import flow, line, task
from tests.engine.commands.office import begin, entries, open_office, task_at, told, whole
from tests.engine.commands.test_calendars import FILE, LONGER, SECOND
from tests.people import ADMIN


def catch(expression, name="等待", window="", kind="timeDuration", element="wait"):
    inside = f'<bpmn:extensionElements><zeebe:properties><zeebe:property name="window" value="{window}" /></zeebe:properties></bpmn:extensionElements>'
    text = expression.replace('"', "&quot;")
    return f"""<bpmn:intermediateCatchEvent id="{element}" name="{name}">{inside if window else ""}<bpmn:timerEventDefinition>
      <bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""


PLAIN = catch("P10D") + task("after") + line("begin", "wait", "after", "finish")
COUNTED = '=working days after(today(), 5) + duration("P1D")'
PUBLICITY = catch(COUNTED, window="publicity", kind="timeDate") + line("begin", "wait", "finish")
ACROSS = '=working days after(date("2026-12-29"), 5) + duration("P1D")'
YEARS_END = catch(ACROSS, window="publicity", kind="timeDate") + line("begin", "wait", "finish")


@pytest.fixture
def people(empty):
    return open_office(empty)


@pytest.fixture
def plain(empty, people):
    return begin(empty, people["hr"], PLAIN)


def waits(engine, instance):
    return whole(engine, instance).windows[-1]


def iso(value):
    return value.astimezone(SHANGHAI).isoformat()


def every_timer(engine):
    with engine.sessions() as session:
        return session.execute(select(timer).order_by(timer.c.id)).all()


def put(engine, table, **values):
    with engine.sessions() as session:
        session.execute(update(table).values(**values))
        session.commit()


# --- firing early


def test_it_fires_as_of_now_and_the_history_says_who_why_and_when_it_would_have(empty, plain):
    due = waits(empty, plain).due_at
    done = empty.fire_timer(ADMIN, waits(empty, plain).id, " 条件已提前具备 ")
    assert done == {"timer": waits(empty, plain).id, "instance": plain, "due_at": iso(due)}
    assert waits(empty, plain).status == "fired"
    assert task_at(empty, plain, "after")
    (entry,) = [event for event in whole(empty, plain).events if event.kind == "timer fired early"]
    assert (entry.at, entry.element) == (empty.clock.now(), "wait")
    assert (entry.payload["reason"], entry.payload["due_at"]) == ("条件已提前具备", iso(due))
    assert verify(empty.audit_export(ADMIN)).breaks == ()
    empty.move_clock(ADMIN, due + timedelta(days=1))
    assert entries(empty, plain, "timer fired") == []


def test_it_fires_in_its_own_matter_alone(empty, people):
    first, second = begin(empty, people["hr"], PLAIN), empty.start(people["hr"], "p", {})["instance"]
    empty.fire_timer(ADMIN, waits(empty, first).id, "理由")
    assert waits(empty, second).status == "open"
    assert task_at(empty, first, "after")


def test_a_publicity_window_is_never_closed_early(empty, people):
    instance = begin(empty, people["hr"], PUBLICITY)
    before = whole(empty, instance)
    with pytest.raises(ConflictError) as refused:
        empty.fire_timer(ADMIN, waits(empty, instance).id, "急需")
    assert "重新公示" in refused.value.text.zh
    assert "publish again" in refused.value.text.en
    assert whole(empty, instance) == before


def test_what_awaits_the_notice_is_neither_fired_nor_postponed(empty, people):
    for window in ("publicity", ""):
        body = catch(ACROSS, window=window, kind="timeDate") + line("begin", "wait", "finish")
        instance = begin(empty, people["hr"], body)
        before = whole(empty, instance)
        for act in (
            lambda found: empty.fire_timer(ADMIN, found, "急需"),
            lambda found: empty.postpone_timer(ADMIN, found, moment("2027-03-01"), "急需"),
        ):
            with pytest.raises(ConflictError) as refused:
                act(before.windows[-1].id)
            assert "日历" in refused.value.text.zh
            assert "calendar" in refused.value.text.en
        assert whole(empty, instance) == before


def test_a_cycle_fired_early_keeps_its_later_turns(empty, people):
    body = task("work") + line("begin", "work", "finish")
    body += """<bpmn:boundaryEvent id="again" attachedToRef="work" cancelActivity="false"><bpmn:timerEventDefinition>
      <bpmn:timeCycle>R3/P1D</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>
      <bpmn:endEvent id="told" />""" + flow("again", "told")
    instance = begin(empty, people["hr"], body)
    began = empty.clock.now()
    empty.fire_timer(ADMIN, waits(empty, instance).id, "提前提醒")
    second = [one for one in whole(empty, instance).windows if one.status == "open"]
    assert [one.due_at for one in second] == [began + timedelta(days=2)]
    empty.move_clock(ADMIN, began + timedelta(days=5))
    assert len(entries(empty, instance, "timer fired")) == 2


def test_of_two_administrators_and_the_worker_one_fires_it(empty, plain):
    found, results = waits(empty, plain).id, []
    empty.clock.move_to(waits(empty, plain).due_at + timedelta(hours=1))

    def fire(actor):
        results.append(told(lambda: empty.fire_timer(actor, found, "理由")))

    threads = [threading.Thread(target=fire, args=[actor]) for actor in (ADMIN, SECOND)]
    threads.append(threading.Thread(target=empty.tick))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fired = entries(empty, plain, "timer fired") + entries(empty, plain, "timer fired early")
    assert len(fired) == 1
    assert results.count("done") <= 1
    assert task_at(empty, plain, "after")


# --- postponing


def test_a_postponed_timer_fires_at_its_new_moment_and_the_history_has_both(empty, plain):
    old = waits(empty, plain).due_at
    new = old + timedelta(days=3)
    done = empty.postpone_timer(ADMIN, waits(empty, plain).id, new, "系统停机三天")
    assert done == {"timer": waits(empty, plain).id, "instance": plain, "due_at": iso(new)}
    (entry,) = entries(empty, plain, "timer postponed")
    assert (entry["old_due_at"], entry["due_at"], entry["reason"]) == (iso(old), iso(new), "系统停机三天")
    empty.move_clock(ADMIN, new - timedelta(seconds=1))
    assert waits(empty, plain).status == "open"
    empty.move_clock(ADMIN, new)
    assert waits(empty, plain).status == "fired"
    assert verify(empty.audit_export(ADMIN)).breaks == ()


def test_who_relied_on_the_end_reads_why_it_is_another(empty, people, plain):
    old = waits(empty, plain).due_at
    empty.postpone_timer(ADMIN, waits(empty, plain).id, old + timedelta(days=3), "系统停机三天")
    empty.fire_timer(ADMIN, waits(empty, plain).id, "已恢复")
    put(empty, process_instance, initiator_id="worker")
    shown = {event.kind: event.payload for event in empty.instance(people["worker"], plain).events}
    assert shown["timer postponed"]["reason"] == "系统停机三天"
    assert shown["timer postponed"]["old_due_at"] == iso(old)
    assert shown["timer fired early"]["reason"] == "已恢复"
    assert "brought" not in shown["timer fired early"]


def test_a_window_may_be_postponed_and_its_counted_days_stay(empty, people):
    instance = begin(empty, people["hr"], PUBLICITY)
    before = waits(empty, instance)
    empty.postpone_timer(ADMIN, before.id, before.due_at + timedelta(days=1), "公示栏断电一天")
    after = waits(empty, instance)
    assert (after.due_at, after.counts) == (before.due_at + timedelta(days=1), before.counts)


@pytest.mark.parametrize(
    ("days", "zh"), [(-1, "只能延长"), (0, "只能延长"), (367, "最多延期366天")], ids=["earlier", "the same", "too far"]
)
def test_a_moment_that_is_not_later_or_too_far_is_refused(empty, plain, days, zh):
    before = whole(empty, plain)
    with pytest.raises(InvalidError) as refused:
        empty.postpone_timer(ADMIN, before.windows[-1].id, before.windows[-1].due_at + timedelta(days=days), "理由")
    assert zh in refused.value.text.zh
    assert whole(empty, plain) == before


def test_366_days_on_is_not_too_far(empty, plain):
    due = waits(empty, plain).due_at
    empty.postpone_timer(ADMIN, waits(empty, plain).id, due + timedelta(days=366), "理由")
    assert waits(empty, plain).due_at == due + timedelta(days=366)


def test_one_that_is_overdue_is_postponed_beyond_now_only_and_to_a_moment_with_a_zone(empty, plain):
    due = waits(empty, plain).due_at
    empty.clock.move_to(due + timedelta(days=2))
    with pytest.raises(InvalidError, match="later than now"):
        empty.postpone_timer(ADMIN, waits(empty, plain).id, due + timedelta(days=1), "理由")
    with pytest.raises(InvalidError, match="zone"):
        empty.postpone_timer(ADMIN, waits(empty, plain).id, (due + timedelta(days=3)).replace(tzinfo=None), "理由")
    empty.postpone_timer(ADMIN, waits(empty, plain).id, due + timedelta(days=3), "理由")
    assert empty.tick() == 0


def test_a_calendar_confirmed_later_does_not_bring_a_postponed_window_forward(empty, people):
    instance = begin(empty, people["hr"], YEARS_END)
    empty.confirm_calendar(SECOND, empty.import_calendar(ADMIN, FILE.encode())["id"])
    postponed = moment("2027-01-20T00:00:00+08:00")
    empty.postpone_timer(ADMIN, waits(empty, instance).id, postponed, "公示栏断电")
    empty.confirm_calendar(SECOND, empty.import_calendar(ADMIN, LONGER.encode())["id"])
    assert waits(empty, instance).due_at == postponed
    (asked,) = empty.calendars(ADMIN).asked
    assert (asked.old_due_at, asked.due_at) == (postponed, moment("2027-01-08T00:00:00+08:00"))
    empty.decide_recount(ADMIN, asked.id, "延期照旧", accepts=False)
    empty.clock.move_to(moment("2027-01-19"))
    assert empty.tick() == 0
    empty.clock.move_to(moment("2027-01-21"))
    assert empty.tick() == 1


def test_a_completion_that_opened_it_is_not_withdrawn_any_more(empty, people):
    body = task("write") + catch("P10D") + line("begin", "write", "wait", "finish")
    instance = begin(empty, people["hr"], body)
    work = task_at(empty, instance, "write")
    empty.claim(people["hr"], work)
    empty.complete(people["hr"], work, {})
    empty.postpone_timer(ADMIN, waits(empty, instance).id, waits(empty, instance).due_at + timedelta(days=1), "理由")
    with pytest.raises(ConflictError) as refused:
        empty.withdraw(people["hr"], work, "改一处")
    assert "等待”已延期" in refused.value.text.zh


def test_what_failed_before_is_tried_anew_at_the_new_moment(empty, plain):
    put(empty, timer, attempts=2, retry_at=empty.clock.now().replace(year=2099))
    due = waits(empty, plain).due_at
    empty.postpone_timer(ADMIN, waits(empty, plain).id, due + timedelta(days=1), "理由")
    empty.move_clock(ADMIN, due + timedelta(days=1))
    assert waits(empty, plain).status == "fired"


# --- both

ACTS = {
    "fire": lambda engine, actor, found, reason="理由", key=None: engine.fire_timer(
        actor, found, reason, idempotency_key=key
    ),
    "postpone": lambda engine, actor, found, reason="理由", key=None: engine.postpone_timer(
        actor, found, moment("2025-07-01"), reason, idempotency_key=key
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_one_that_is_over_failed_or_stands_still_is_left_as_it_is(empty, plain, act):
    found = waits(empty, plain).id
    put(empty, process_instance, suspended={"zh": "退出", "en": "exit"})
    before = every_timer(empty)
    with pytest.raises(ConflictError, match="stands still"):
        act(empty, ADMIN, found)
    assert every_timer(empty) == before
    put(empty, process_instance, suspended=None)
    for status, said in (("incident", "incidents"), ("cancelled", "cancelled"), ("fired", "fired")):
        put(empty, timer, status=status)
        before = every_timer(empty)
        with pytest.raises(ConflictError, match=said):
            act(empty, ADMIN, found)
        assert every_timer(empty) == before
    with pytest.raises(NotFoundError):
        act(empty, ADMIN, "nothing")


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_only_administrators_and_none_in_a_matter_that_they_began(empty, people, plain, act):
    found, before = waits(empty, plain).id, whole(empty, plain)
    for role in set(Role) - {Role.ADMIN}:
        with pytest.raises(NotPermittedError):
            act(empty, Actor("someone", "某人", "E1", frozenset({role})), found)
    with pytest.raises(NotPermittedError) as refused:
        act(empty, Actor("hr", "人事甲", "E1", frozenset({Role.HR, Role.ADMIN})), found)
    assert "其他管理员" in refused.value.text.zh
    assert whole(empty, plain) == before
    act(empty, Actor("hr2", "人事乙", "E1", frozenset({Role.ADMIN})), found)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_reason_is_given(empty, plain, act):
    for reason in ("", "  ", "长" * 1001, "\0"):
        with pytest.raises(InvalidError):
            act(empty, ADMIN, waits(empty, plain).id, reason)
    assert waits(empty, plain).status == "open"


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_under_one_key_it_is_done_once_and_answered_alike(empty, plain, act):
    found = waits(empty, plain).id
    first = act(empty, ADMIN, found, key="k")
    assert act(empty, ADMIN, found, key="k") == first
    with pytest.raises(ConflictError, match="another request"):
        act(empty, ADMIN, found, "别的理由", key="k")
    kinds = [
        event.kind for event in whole(empty, plain).events if event.kind in {"timer fired early", "timer postponed"}
    ]
    assert len(kinds) == 1
