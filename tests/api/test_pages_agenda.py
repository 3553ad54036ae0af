"""The agenda's page, and the address that calendar programs read: what stands there, who gets it, that nothing breaks it."""

import datetime as dt
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from api.inbox.ics import render
from engine.cases.reading import moment
from engine.queries.agenda import Agenda, Day, Entry, Feed
from engine.tables import person, process_instance
from forms.text import Text
from tests.api.visiting import Visitor, application, words
from tests.engine.commands.office import begin, open_office, task_at, whole
from tests.engine.commands.test_timer_acts import ACROSS, catch
from tests.engine.test_agenda import TASK, WINDOW, put, side_by_side
from tests.people import ADMIN


@pytest.fixture
def people(empty):
    found = open_office(empty)
    empty.add_person(ADMIN, id="root", name="管理员", roles=["admin"])
    return found


@pytest.fixture
def visit(empty, people):
    app = application(empty)
    return lambda person=None, language="zh": Visitor(app, person, language)


def new_address(visitor):
    response = visitor.post("/agenda/address")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    (address,) = Visitor.tree(response).xpath("//input[@id='address']/@value")
    return address.removeprefix("http://localhost")


def read(visitor, address):
    response = visitor.get(address)
    assert response.status_code == 200
    return Calendar.from_ical(response.data)


# --- the page


def test_the_days_stand_on_the_page_with_their_marks_in_both_languages(empty, people, visit):
    begin(empty, people["hr"], TASK)
    page = visit("hr").page("/agenda")
    assert "5月16日 周五 工作日" in words(page)
    assert page.xpath("//nav//a[@href='/agenda'][@aria-current]")
    (link,) = page.xpath("//ul[@class='agenda-entries']//a/@href")
    assert visit("hr").get(link).status_code == 200
    assert "Fri 16 May working day" in words(visit("hr", "en").page("/agenda"))


def test_today_overdue_and_awaiting_are_said_in_words(empty, people, visit):
    window = catch(ACROSS, name="公示", window="publicity", kind="timeDate")
    begin(empty, people["hr"], side_by_side("write", "wait", body=TASK_ONLY + window))
    empty.clock.move_to(moment("2025-05-16"))
    assert "今天 工作日" in words(visit("hr").page("/agenda"))
    empty.clock.move_to(moment("2025-05-17"))
    found = words(visit("hr").page("/agenda"))
    assert "已逾期" in found
    assert "待通知确定" in found
    english = words(visit("hr", "en").page("/agenda"))
    assert "Overdue" in english
    assert "Awaiting the notice" in english


TASK_ONLY = TASK[TASK.index("<bpmn:userTask") : TASK.index("</bpmn:userTask>")] + "</bpmn:userTask>"


def test_a_windows_counted_days_unfold_on_the_page(empty, people, visit):
    begin(empty, people["hr"], WINDOW)
    page = visit("hr").page("/agenda")
    assert "24:00" in words(page)
    assert len(page.xpath("//details//li[contains(@class, 'day-counted')]")) == 5


def test_an_empty_agenda_says_what_will_be_there(visit):
    assert "目前没有到期事项" in words(visit("x").page("/agenda"))
    assert "Nothing is due" in words(visit("x", "en").page("/agenda"))


@pytest.mark.parametrize("who", ["hr", "boss", "x", "worker", "centre", "root"])
def test_everybody_who_is_signed_in_has_an_agenda(visit, who):
    assert visit(who).get("/agenda").status_code == 200
    assert "/agenda" in visit(who).get("/inbox").text


def test_nobody_else_has(visit):
    assert visit().get("/agenda").status_code == 302
    assert visit().post("/agenda/address").status_code == 302


# --- the address


def test_the_address_is_shown_once_and_read_without_signing_in(empty, people, visit):
    begin(empty, people["hr"], WINDOW)
    visitor = visit("hr")
    address = new_address(visitor)
    assert address not in visitor.get("/agenda").text
    with visitor.client.session_transaction() as session:
        assert address.removesuffix(".ics").rpartition("/")[2] not in str(dict(session))
    response = visit().get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in response.headers


def test_it_is_renewed_and_ended_by_its_person_with_the_pages_token(visit):
    visitor = visit("hr")
    first = new_address(visitor)
    assert visitor.post("/agenda/address", csrf="forged").status_code == 409
    assert visitor.post("/agenda/address/end", csrf="forged").status_code == 409
    assert visit().get(first).status_code == 200
    second = new_address(visitor)
    assert (visit().get(first).status_code, visit().get(second).status_code) == (404, 200)
    assert visitor.post("/agenda/address/end").status_code == 303
    assert visit().get(second).status_code == 404
    for other in (
        "/agenda/.ics",
        "/agenda/nothing.ics",
        f"/agenda/{'x' * 3000}.ics",
        "/agenda/密.ics",
        "/agenda/%00.ics",
    ):
        assert visit().get(other).status_code == 404, other


def test_a_closed_account_ends_it(empty, visit):
    address = new_address(visit("hr"))
    put(empty, person, person.c.id == "hr", active=False)
    assert visit().get(address).status_code == 404


def test_in_production_the_address_is_https(empty, people):
    from api.app import create_app
    from api.configuration import Configuration

    production = Configuration("", "s" * 32, "127.0.0.1", 0, https=True, tick_seconds=1)
    visitor = Visitor(create_app(empty, production), "hr")
    response = visitor.client.post("/agenda/address", data={"_csrf": "token"}, base_url="https://localhost")
    assert 'value="https://localhost/agenda/' in response.text


# --- what calendar programs read


def test_a_day_that_is_due_is_an_all_day_event_and_a_moment_is_one_in_utc(empty, people, visit):
    begin(
        empty,
        people["hr"],
        side_by_side(
            "write",
            "wait",
            "day",
            body=TASK_ONLY + catch("P1D") + catch('=date("2025-05-20")', kind="timeDate", element="day", name="满"),
        ),
    )
    calendar = read(visit(), new_address(visit("hr")))
    events = {str(event["summary"]).partition("（")[0]: event for event in calendar.walk("VEVENT")}
    assert events["待办：write"].decoded("dtstart") == dt.date(2025, 5, 16)
    assert events["待办：write"].decoded("dtend") == dt.date(2025, 5, 17)
    assert events["满"].decoded("dtstart") == dt.date(2025, 5, 19)
    assert events["等待"].decoded("dtstart") == empty.clock.now() + timedelta(days=1)
    assert events["等待"].decoded("dtstart").tzinfo.key == "UTC"
    assert "/tasks/" in events["待办：write"]["url"]
    assert "/instances/" in events["等待"]["url"]


def test_a_moved_window_moves_in_the_calendar_and_is_not_doubled(empty, people, visit):
    instance = begin(empty, people["hr"], WINDOW)
    address = new_address(visit("hr"))
    (before,) = read(visit(), address).walk("VEVENT")
    window = whole(empty, instance).windows[-1]
    empty.postpone_timer(ADMIN, window.id, window.due_at + timedelta(days=4), "断电")
    (after,) = read(visit(), address).walk("VEVENT")
    assert after["uid"] == before["uid"]
    assert int(after["sequence"]) > int(before["sequence"])
    assert after.decoded("dtstart") == before.decoded("dtstart") + timedelta(days=4)
    assert after.decoded("last-modified") >= before.decoded("last-modified")


def test_the_feed_is_in_its_persons_language(empty, people, visit):
    begin(empty, people["hr"], TASK)
    address = new_address(visit("hr"))
    put(empty, person, person.c.id == "hr", language="en")
    (event,) = read(visit(), address).walk("VEVENT")
    assert event["summary"].startswith("To do: write (")


def test_what_is_done_is_gone(empty, people, visit):
    instance = begin(empty, people["hr"], TASK)
    address = new_address(visit("hr"))
    assert len(read(visit(), address).walk("VEVENT")) == 1
    empty.claim(people["hr"], task_at(empty, instance, "write"))
    empty.complete(people["hr"], task_at(empty, instance, "write"), {})
    assert read(visit(), address).walk("VEVENT") == []


HOSTILE = [
    "甲\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:假",
    "甲\r\nATTACH:http://example.com/x\r\n乙",
    '甲, 乙; 丙\\n丁\\, "戊": 己',
    "BEGIN:VEVENT",
    "甲\x00\x07\x0b\x1c\x85\u2028\u2029\ufeff乙",
    "x" * 300,
    "公示" * 150,
    "%0d%0aBEGIN:VALARM",
    "\u202e反",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_is_text_and_nothing_else(empty, people, visit, title):
    begin(empty, people["hr"], TASK)
    if "\x00" not in title:
        put(empty, process_instance, title=title)
        calendar = read(visit(), new_address(visit("hr")))
        assert [component.name for component in calendar.walk()] == ["VCALENDAR", "VEVENT"]
    assert_plain(title)


@given(st.text(max_size=120))
def test_any_title_is_read_again_as_it_was_but_for_what_no_line_can_hold(title):
    assert_plain(title)


def assert_plain(title):
    at = moment("2025-05-16T08:30:00+08:00")
    entry = Entry("t1", "mine", Text(title, title), "i", title, title, Text(title, title), "open", at, (), 3, at)
    day = Day(dt.date(2025, 5, 16), True, None, False, (entry,))
    feed = Feed(Agenda(dt.date(2025, 5, 12), (), (day,), (), None, None), "zh")
    content = render(feed, lambda _: "https://example.com/tasks/t1")
    assert content.count(b"\r\nBEGIN:") == content.count(b"\r\nEND:VEVENT") == 1
    assert all(len(one) <= 75 for one in content.split(b"\r\n"))
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert set(event) == {"UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "SUMMARY", "DESCRIPTION", "URL", "CLASS", "TRANSP", "DTSTART", "DTEND"}  # fmt: skip
    wanted = " ".join(f"待办：{title}（{title}）".split())
    assert str(event["summary"]) == "".join(one for one in wanted if one not in CONTROLS)


CONTROLS = {chr(code) for code in (*range(32), *range(127, 160))}
