"""What is due when for one person: only what they may see, by the day, bounded, the same for a thousand matters."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import event, update

from engine.cases.reading import moment
from engine.errors import NotFoundError
from engine.queries import agenda as agendas
from engine.queries.agenda import Entry, _Found, merged
from engine.tables import person, process_instance, task, timer
from forms.text import Text
from tests.engine.bundles import flow, line
from tests.engine.bundles import task as drawn
from tests.engine.commands.office import begin, open_office, task_at, whole
from tests.engine.commands.test_timer_acts import ACROSS, COUNTED, catch
from tests.people import ADMIN


def due(expression):
    return f'<zeebe:taskSchedule dueDate="{expression}" />'


def side_by_side(*elements, body):
    """Everything waits at once."""
    flows = "".join(flow("split", each) + flow(each, "join") for each in elements)
    gates = '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    return gates + body + flow("begin", "split") + flows + flow("join", "finish")


TASK = side_by_side(
    "write", "none", body=drawn("write", inside=due("=today() + duration(&quot;P7D&quot;)")) + drawn("none")
)
WINDOW = catch(COUNTED, name="公示", window="publicity", kind="timeDate") + line("begin", "wait", "finish")


@pytest.fixture
def people(empty):
    return open_office(empty)


def listed(found):
    """(day, kind, name) of everything with a day, in the order of the page."""
    entries = [*found.overdue, *(entry for day in found.days for entry in day.entries)]
    return [(str(entry.day), entry.kind, entry.name.zh) for entry in entries]


def put(engine, table, *where, **values):
    with engine.sessions() as session:
        session.execute(update(table).where(*where).values(**values))
        session.commit()


# --- what stands in it


def test_a_task_with_a_due_day_is_in_the_agenda_of_whoever_may_claim_it_then_of_who_has(empty, people):
    instance = begin(empty, people["hr"], TASK)
    assert listed(empty.agenda(people["hr2"])) == [("2025-05-16", "group", "write")]
    empty.claim(people["hr"], task_at(empty, instance, "write"))
    assert listed(empty.agenda(people["hr2"])) == []
    assert listed(empty.agenda(people["hr"])) == [("2025-05-16", "mine", "write")]
    empty.delegate(people["hr"], task_at(empty, instance, "write"), "hr2", "出差")
    assert listed(empty.agenda(people["hr"])) == [("2025-05-16", "entrusted", "write")]
    assert listed(empty.agenda(people["hr2"])) == [("2025-05-16", "mine", "write")]
    for other in ("other", "boss", "x"):
        assert listed(empty.agenda(people[other])) == []


def test_a_windows_end_at_midnight_stands_under_the_day_that_it_ends_with(empty, people):
    begin(empty, people["hr"], WINDOW)
    found = empty.agenda(people["hr"])
    assert listed(found) == [("2025-05-16", "window", "公示")]
    (entry,) = found.days[0].entries
    assert entry.due_at == moment("2025-05-17T00:00:00+08:00")
    assert entry.is_whole_day
    assert entry.counts[0]["counted"][-1] == "2025-05-16"


def test_a_window_of_one_day_and_a_task_of_the_next_share_a_midnight_and_stand_under_their_days(empty, people):
    instance = begin(empty, people["hr"], TASK)
    put(
        empty,
        task,
        task.c.instance_id == instance,
        task.c.element == "write",
        due_at=moment("2025-05-17T00:00:00+08:00"),
    )
    begin(empty, people["hr"], WINDOW)
    found = empty.agenda(people["hr"])
    assert [(str(day.day), [entry.kind for entry in day.entries]) for day in found.days] == [
        ("2025-05-16", ["window"]),
        ("2025-05-17", ["group"]),
    ]


def test_a_timer_at_another_hour_stands_under_its_own_day(empty, people):
    begin(empty, people["hr"], catch("P1D") + line("begin", "wait", "finish"))
    (day,) = empty.agenda(people["hr"]).days
    assert (str(day.day), day.entries[0].kind, day.entries[0].is_whole_day) == ("2025-05-10", "timer", False)


def test_what_is_late_comes_first_and_today_is_not_late(empty, people):
    begin(empty, people["hr"], TASK)
    empty.clock.move_to(moment("2025-05-16T23:59:00+08:00"))
    assert empty.agenda(people["hr"]).overdue == ()
    empty.clock.move_to(moment("2025-05-17T00:01:00+08:00"))
    found = empty.agenda(people["hr"])
    assert [entry.name.zh for entry in found.overdue] == ["write"]
    assert found.days == ()


def test_each_day_says_whether_it_is_worked_by_the_official_calendar(empty, people):
    waits = {
        "w_a": "2025-05-30",
        "w_b": "2025-05-31",
        "w_c": "2025-06-07",
        "w_d": "2025-06-10",
        "w_e": "2025-09-28",
        "w_f": "2027-03-01",
    }
    body = "".join(
        catch(f'=date and time("{day}T12:00:00+08:00")', kind="timeDate", element=each) for each, day in waits.items()
    )
    begin(empty, people["hr"], side_by_side(*waits, body=body))
    days = {str(day.day): day for day in empty.agenda(people["hr"]).days}
    assert {name: day.is_working for name, day in days.items()} == {
        "2025-05-30": True, "2025-05-31": False, "2025-06-07": False, "2025-06-10": True, "2025-09-28": True, "2027-03-01": None,
    }  # fmt: skip
    assert days["2025-05-31"].rest.zh == "端午节"
    assert days["2025-06-07"].rest.en == "Saturday"
    assert [name for name, day in days.items() if day.is_make_up] == ["2025-09-28"]
    assert days["2027-03-01"].rest is None


def test_an_end_that_awaits_the_notice_stands_apart(empty, people):
    begin(
        empty,
        people["hr"],
        catch(ACROSS, name="公示", window="publicity", kind="timeDate") + line("begin", "wait", "finish"),
    )
    found = empty.agenda(people["hr"])
    assert listed(found) == []
    assert [(entry.kind, entry.due_at, entry.day) for entry in found.awaiting] == [("window", None, None)]
    assert not found.is_empty


def test_a_task_whose_due_day_awaits_the_notice_stands_there_too_and_one_without_a_due_day_does_not(empty, people):
    begin(empty, people["hr"], TASK)
    put(
        empty,
        task,
        task.c.element == "write",
        due_at=None,
        counts=[{"end": None, "counted": [], "skipped": [], "calendar": "", "unknown_year": 2027}],
    )
    assert [entry.name.zh for entry in empty.agenda(people["hr"]).awaiting] == ["write"]


def test_one_that_failed_is_still_there_and_says_so(empty, people):
    begin(empty, people["hr"], WINDOW)
    put(empty, timer, status="incident")
    (entry,) = empty.agenda(people["hr"]).days[0].entries
    assert entry.status == "incident"


def test_in_a_matter_that_stands_still_nothing_is_due(empty, people):
    begin(empty, people["hr"], side_by_side("write", "wait", body=TASK_AND_WAIT))
    assert len(listed(empty.agenda(people["hr"]))) == 2
    put(empty, process_instance, suspended={"zh": "退出", "en": "exit"})
    assert empty.agenda(people["hr"]).is_empty


TASK_AND_WAIT = drawn("write", inside=due("=today() + duration(&quot;P7D&quot;)")) + catch("P3D")


def test_what_has_fired_and_what_has_no_name_is_left_out(empty, people):
    begin(
        empty,
        people["hr"],
        catch("P1D") + catch("P9D", name="", element="then") + line("begin", "wait", "then", "finish"),
    )
    empty.move_clock(ADMIN, moment("2025-05-14"))
    assert empty.agenda(people["hr"]).is_empty


# --- who sees it


def test_only_those_who_may_see_the_matter_see_its_timers(empty, people):
    instance = begin(empty, people["hr"], WINDOW)
    sees = {name for name, who in people.items() if listed(empty.agenda(who))}
    assert sees == {"hr", "hr2", "boss", "centre", "centre2"}
    put(empty, process_instance, initiator_id="worker")
    assert listed(empty.agenda(people["worker"]))
    assert listed(empty.agenda(people["worker"])) == [
        (str(day.day), entry.kind, entry.name.zh) for day in empty.agenda(people["hr"]).days for entry in day.entries
    ]
    assert {window.id for window in empty.instance(people["worker"], instance).windows}


def test_what_is_for_staff_alone_is_hidden_from_who_began_the_matter(empty, people):
    hidden = '<zeebe:property name="shownTo" value="staff" />'
    body = WINDOW.replace("<zeebe:properties>", f"<zeebe:properties>{hidden}")
    begin(empty, people["hr"], body)
    put(empty, process_instance, initiator_id="worker")
    assert empty.agenda(people["worker"]).is_empty
    assert listed(empty.agenda(people["hr"]))
    assert listed(empty.agenda(people["centre"]))


def test_an_expert_sees_the_timers_of_what_they_take_part_in(empty, people):
    instance = begin(
        empty, people["hr"], side_by_side("judge", "wait", body=drawn("judge", 'assignee="x"') + catch("P3D"))
    )
    assert listed(empty.agenda(people["x"])) == [("2025-05-12", "timer", "等待")]
    assert listed(empty.agenda(people["y"])) == []
    empty.complete(people["x"], task_at(empty, instance, "judge"), {})
    assert listed(empty.agenda(people["x"])) == [("2025-05-12", "timer", "等待")]


def test_separation_of_duties_holds_for_the_agenda_too(empty, people):
    barred = '<zeebe:properties><zeebe:property name="notBy" value="=[&quot;hr2&quot;]" /></zeebe:properties>'
    begin(empty, people["hr"], drawn("write", inside=due("=today()") + barred) + line("begin", "write", "finish"))
    assert listed(empty.agenda(people["hr"])) == [("2025-05-09", "group", "write")]
    assert listed(empty.agenda(people["hr2"])) == []


# --- bounded


def entry(number, day):
    name = Text("甲", "A")
    due_at = moment(f"2025-06-{day:02}T12:00:00+08:00")
    return Entry(str(number), "timer", name, "i", "t", "k", name, "open", due_at, (), 1, due_at)


def test_where_one_list_breaks_off_the_others_do_too():
    short = _Found([entry(1, 1), entry(2, 20)], None)
    cut = _Found([entry(3, 2), entry(4, 3)], entry(4, 3).due_at)
    kept, until = merged([short, cut], 10)
    assert ([one.id for one in kept], until) == (["1", "3", "4"], date(2025, 6, 3))


def test_whole_lists_are_all_there_or_cut_at_the_limit():
    lists = [_Found([entry(1, 1), entry(2, 3)], None), _Found([entry(3, 2)], None)]
    assert ([one.id for one in merged(lists, 3)[0]], merged(lists, 3)[1]) == (["1", "3", "2"], None)
    assert ([one.id for one in merged(lists, 2)[0]], merged(lists, 2)[1]) == (["1", "3"], date(2025, 6, 2))
    assert merged([_Found([], None)], 2) == ([], None)
    assert merged([_Found([], entry(1, 5).due_at)], 2) == ([], date(2025, 6, 5))


def test_ten_matters_cost_as_many_statements_as_one(database, empty, people):
    begin(empty, people["hr"], side_by_side("write", "wait", body=TASK_AND_WAIT))
    said = []
    event.listen(database, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))

    def statements(who):
        said.clear()
        empty.agenda(people[who])
        return len(said)

    few = {who: statements(who) for who in ("centre", "hr", "worker")}
    for _ in range(9):
        empty.start(people["hr"], "p", {})
    assert {who: statements(who) for who in few} == few
    assert len(listed(empty.agenda(people["hr"]))) == 20


def test_of_many_only_the_nearest_are_listed_and_the_page_knows_until_when(empty, people):
    begin(empty, people["hr"], catch("P1D") + line("begin", "wait", "finish"))
    for _ in range(5):
        empty.clock.move_to(empty.clock.now() + timedelta(hours=1))
        empty.start(people["hr"], "p", {})
    found = empty._driver.read(people["hr"], lambda tx: agendas.agenda(tx, empty.library, limit=4))
    assert len(listed(found)) == 4
    assert found.listed_until == date(2025, 5, 10)
    assert empty.agenda(people["hr"]).listed_until is None


# --- the secret address


def test_a_secret_leads_to_its_persons_agenda_and_is_kept_as_a_digest(database, empty, people):
    begin(empty, people["hr"], WINDOW)
    assert empty.agenda(people["hr"]).feed_since is None
    secret = empty.renew_agenda_feed(people["hr"])
    assert len(secret) >= 43  # 256 bits
    feed = empty.agenda_feed(secret)
    assert listed(feed.agenda) == listed(empty.agenda(people["hr"])) != []
    assert feed.language == "zh"
    assert empty.agenda(people["hr"]).feed_since is not None
    with database.connect() as connection:
        kept = connection.execute(agendas.agenda_feed.select()).one()
    assert secret not in str(kept)


def test_renewed_the_old_address_ends_ended_all_do(empty, people):
    first = empty.renew_agenda_feed(people["hr"])
    other = empty.renew_agenda_feed(people["x"])
    second = empty.renew_agenda_feed(people["hr"])
    with pytest.raises(NotFoundError):
        empty.agenda_feed(first)
    assert empty.agenda_feed(second)
    empty.end_agenda_feed(people["hr"])
    for secret in (first, second, "", "nothing", "x" * 5000, "密"):
        with pytest.raises(NotFoundError):
            empty.agenda_feed(secret)
    assert empty.agenda_feed(other)


def test_asked_for_several_times_at_once_one_address_is_left(empty, people):
    found = []
    threads = [threading.Thread(target=lambda: found.append(empty.renew_agenda_feed(people["hr"]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert [is_read(empty, secret) for secret in found].count(True) == 1


def is_read(engine, secret):
    try:
        engine.agenda_feed(secret)
    except NotFoundError:
        return False
    return True


def test_the_address_of_a_closed_account_leads_nowhere(empty, people):
    secret = empty.renew_agenda_feed(people["hr"])
    put(empty, person, person.c.id == "hr", active=False)
    with pytest.raises(NotFoundError):
        empty.agenda_feed(secret)


def test_the_address_shows_what_its_person_may_see_now(empty, people):
    begin(empty, people["hr"], WINDOW)
    secret = empty.renew_agenda_feed(people["hr"])
    put(empty, person, person.c.id == "hr", roles=[])
    put(empty, process_instance, initiator_id="worker")
    assert empty.agenda_feed(secret).agenda.is_empty


def test_what_happens_in_a_matter_raises_the_number_of_its_entries(empty, people):
    instance = begin(empty, people["hr"], WINDOW)

    def shown():
        return empty.agenda(people["hr"]).days[0].entries[0]

    before, window = shown(), whole(empty, instance).windows[-1]
    empty.postpone_timer(ADMIN, window.id, window.due_at + timedelta(days=1), "断电")
    after = shown()
    assert after.id == before.id
    assert after.revision > before.revision
    assert after.changed_at >= before.changed_at
    assert after.due_at == before.due_at + timedelta(days=1)
    assert (before.is_postponed, after.is_postponed) == (False, True)
