"""The timers' page of administrators: everything that is coming, filtered, page by page, fired early or postponed."""

from datetime import timedelta

import pytest

from engine.clock import SHANGHAI
from engine.queries.timers import LIMIT
from engine.tables import process_instance, timer
from tests.api.visiting import Visitor, application, words
from tests.engine.commands.office import begin, open_office, whole
from tests.engine.commands.test_timer_acts import PLAIN, PUBLICITY, YEARS_END
from tests.engine.test_agenda import put
from tests.people import ADMIN


@pytest.fixture
def people(empty):
    found = open_office(empty)
    empty.add_person(ADMIN, id="root", name="管理员", roles=["admin"])
    empty.add_person(ADMIN, id="both", name="兼任", employer_id="E1", roles=["admin", "hr"])
    for role in ("owner", "bureau"):
        empty.add_person(ADMIN, id=role, name=role, roles=[role])
    return found


@pytest.fixture
def visit(empty, people):
    app = application(empty)
    return lambda person="root", language="zh": Visitor(app, person, language)


def rows(page):
    return page.xpath("//tbody/tr")


def local(moment):
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def test_the_next_comes_first_and_leads_to_its_arithmetic(empty, people, visit):
    begin(empty, people["hr"], PUBLICITY)
    begin(empty, people["hr"], PLAIN)
    page = visit().page("/timers")
    first, second = rows(page)
    assert "2025年5月16日 周五 24:00" in words(first)
    assert "公示期" in words(first)
    assert "2025年5月19日" in words(second)
    detail = visit().page(first.xpath(".//a/@href")[0])
    assert len(detail.xpath("//li[contains(@class, 'day-counted')]")) == 5
    assert "Fri 16 May 2025 24:00" in words(visit(language="en").page("/timers"))


def test_it_is_filtered_by_process_and_by_what_is_the_matter_with_it(empty, people, visit):
    instance = begin(empty, people["hr"], PLAIN)
    begin(empty, people["hr"], YEARS_END)
    assert len(rows(visit().page("/timers"))) == 1
    assert len(rows(visit().page("/timers?process=p"))) == 1
    assert rows(visit().page("/timers?process=q")) == []
    assert "期限待国务院办公厅通知" in words(visit().page("/timers?state=awaiting")).replace("截止日期", "期限")
    assert rows(visit().page("/timers?state=failed")) == []
    put(empty, timer, timer.c.instance_id == instance, status="incident")
    assert "触发出错" in words(rows(visit().page("/timers?state=failed"))[0])
    put(empty, timer, status="open")
    put(empty, process_instance, process_instance.c.id == instance, suspended={"zh": "单位退出", "en": "exit"})
    assert "单位退出" in words(rows(visit().page("/timers?state=suspended"))[0])
    assert rows(visit().page("/timers")) == []
    assert visit().get("/timers?state=nothing").status_code == 422
    assert visit().get("/timers?after=nothing").status_code == 422


@pytest.mark.parametrize("state", ["coming", "awaiting"])
def test_page_by_page_everything_comes_once(empty, people, visit, state):
    begin(empty, people["hr"], PLAIN if state == "coming" else YEARS_END)
    for number in range(LIMIT + 2):
        if number % 3 == 0:
            empty.clock.move_to(empty.clock.now() + timedelta(minutes=1))
        empty.start(people["hr"], "p", {})
    seen, path = [], f"/timers?state={state}"
    while path:
        page = visit().page(path)
        seen.append(page.xpath("//tbody/tr/td[1]/a/@href"))
        path = next(iter(page.xpath("//a[contains(., '后面的')]/@href")), None)
    assert [len(one) for one in seen] == [LIMIT, 3]
    assert len({link for one in seen for link in one}) == LIMIT + 3


def test_it_is_postponed_on_its_page_and_the_matters_page_says_why(empty, people, visit):
    instance = begin(empty, people["hr"], PUBLICITY)
    before = whole(empty, instance).windows[-1]
    page = f"/timers/{before.id}"
    later = local(before.due_at + timedelta(days=1))
    assert visit().post(f"{page}/postpone", {"to": later, "reason": "公示栏断电"}).location == "/timers"
    assert whole(empty, instance).windows[-1].due_at == before.due_at + timedelta(days=1)
    assert "已延期：2025年5月16日 周五 24:00" in words(visit().page(page))
    assert "已延期" in words(visit("hr").page("/agenda"))
    shown = words(Visitor(application(empty), "hr").page(f"/instances/{instance}"))
    assert "已延期：2025年5月16日 周五 24:00 → 2025年5月17日 周六 24:00。理由：公示栏断电" in shown
    assert shown.count("2025年5月16日 周五 24:00 → 2025年5月17日 周六 24:00") == 2


NO_MOMENTS = ("", "2025-05-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59", "later")


@pytest.mark.parametrize(("to", "reason"), [*((to, "理由") for to in NO_MOMENTS), ("2025-05-30T00:00", " ")])
def test_what_is_wrong_is_said_and_what_was_typed_stays(empty, people, visit, to, reason):
    instance = begin(empty, people["hr"], PLAIN)
    before = whole(empty, instance)
    page = f"/timers/{before.windows[-1].id}"
    for language in ("zh", "en"):
        refused = visit(language=language).post(f"{page}/postpone", {"to": to, "reason": reason})
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
        assert f'value="{reason}"' in refused.text
    assert visit().post(f"{page}/fire", {"reason": " "}).status_code == 422
    assert whole(empty, instance) == before


def test_it_is_fired_on_its_page_but_never_a_window(empty, people, visit):
    plain, window = begin(empty, people["hr"], PLAIN), begin(empty, people["hr"], PUBLICITY)
    page = f"/timers/{whole(empty, plain).windows[-1].id}"
    assert visit().post(f"{page}/fire", {"reason": "条件具备"}).location == "/timers"
    assert "提前触发" in words(Visitor(application(empty), "hr").page(f"/instances/{plain}"))
    assert "该定时已触发" in words(visit().page(page))
    page = f"/timers/{whole(empty, window).windows[-1].id}"
    assert "重新公示" in words(visit().page(page))
    assert visit().page(page).xpath("//form[contains(@action, '/fire')]") == []
    refused = visit().post(f"{page}/fire", {"reason": "急"})
    assert refused.status_code == 409
    assert "重新公示" in refused.text


def test_in_a_matter_of_ones_own_the_page_offers_nothing(empty, people, visit):
    instance = begin(empty, empty.actor("both"), PLAIN)
    page = f"/timers/{whole(empty, instance).windows[-1].id}"
    assert visit("both").page(page).xpath("//main//form") == []
    assert "其他管理员" in words(visit("both").page(page))
    assert visit("both").post(f"{page}/fire", {"reason": "急"}).status_code == 403
    assert len(visit().page(page).xpath("//main//form")) == 2


def test_only_administrators_and_with_the_pages_token(empty, people, visit):
    instance = begin(empty, people["hr"], PLAIN)
    page = f"/timers/{whole(empty, instance).windows[-1].id}"
    for person in ("hr", "boss", "worker", "x", "centre", "bureau", "owner"):
        assert visit(person).get("/timers").status_code == 403
        assert visit(person).get(page).status_code == 403
        assert visit(person).post(f"{page}/fire", {"reason": "急"}).status_code == 403
        assert 'href="/timers"' not in visit(person).get("/inbox").text
    assert 'href="/timers"' in visit().get("/inbox").text
    for act in ("fire", "postpone"):
        assert (
            visit().post(f"{page}/{act}", {"reason": "急", "to": "2025-05-30T00:00"}, csrf="forged").status_code == 409
        )
    assert visit().get("/timers/nothing").status_code == 404
    assert visit(None).get("/timers").status_code == 302


def test_where_nothing_waits_the_page_says_what_will(visit):
    assert "没有等待中的定时" in words(visit().page("/timers"))
    assert "No timer is as asked" in words(visit(language="en").page("/timers?state=failed"))


@pytest.mark.parametrize(
    "path", ["/timers?after=%00", "/timers?process=%00", "/timers/%00", "/tasks/%00", "/notices?after=%00"]
)
def test_what_no_name_of_ours_can_hold_is_not_found(empty, path):
    empty.add_person(ADMIN, id="adm", name="管理员辛", roles=["admin"])
    assert Visitor(application(empty), "adm").get(path).status_code in {404, 422}
