"""The pages of accounts, as browsers use them: signing in, one's own account, other people's, and what an expired session loses."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy
import time_machine
from click.testing import CliRunner

from api.app import create_app
from api.cli import commands
from api.configuration import Configuration, from_environment
from api.rest.rest import OPERATIONS
from engine.errors import InvalidError, NotPermittedError
from engine.permissions import OPERATOR
from engine.retaining import Days
from engine.scopes import Scope
from engine.tables import person
from tests.api.rest.callers import Caller
from tests.api.visiting import SECRET, Visitor, application, words
from tests.offices import NEW, OLD, opened, set_back, try_without_comparing

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def wall():
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


@pytest.fixture(scope="module")
def installation(dialect, tmp_path_factory):
    with opened(dialect, tmp_path_factory.mktemp("office")) as database:
        yield database


@pytest.fixture
def office(installation, wall):
    return set_back(installation)


@pytest.fixture
def visit(office):
    app = application(office, sandbox=False)
    return lambda person=None, language="zh": Visitor(app, person, language)


def sign_in(visitor, person="zhang", password=OLD, back="/notices"):
    with visitor.client.session_transaction() as session:
        csrf = session["csrf"]
    return visitor.post("/sign-in", {"person": person, "password": password, "next": back}, csrf)


def cookie(visitor):
    with visitor.client.session_transaction() as session:
        return dict(session)


def send(visitor, path, values=None):
    """A form of a page that the visitor has open now."""
    return visitor.post(path, values, cookie(visitor)["csrf"])


def test_signing_in_makes_the_cookie_from_before_worth_nothing(visit):
    one, thief = visit(), visit()
    planted = cookie(one)
    assert sign_in(one).location == "/notices"
    with thief.client.session_transaction() as session:
        session.update(planted)
    assert thief.get("/inbox").location.startswith("/sign-in")
    assert cookie(one)["csrf"] != planted["csrf"]
    stolen = cookie(one)
    assert send(one, "/sign-out").location == "/"
    with thief.client.session_transaction() as session:
        session.clear()
        session.update(stolen)
    assert thief.get("/inbox").location.startswith("/sign-in")
    for elsewhere in (
        "https://evil.example",
        "//evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\\evil.example",
        "",
    ):
        assert one.client.get("/language", query_string={"to": "zh", "next": elsewhere}).location == "/"


def test_wrong_ones_are_told_nothing_and_too_many_when_to_come_again(visit, office):
    for name in ("zhang", "nobody"):
        one = visit()
        refused = sign_in(one, name, "not this one")
        assert refused.status_code == 401
        assert "用户名或密码不正确" in words(one.tree(refused))
        try_without_comparing(office, name, 4)
        held = sign_in(one, name)
        assert held.status_code == 429
        assert held.headers["Retry-After"] == "60"
        assert one.tree(held).xpath("//input[@id='person']/@value") == [name]


def test_an_expired_session_says_why_leads_back_and_spoils_no_open_form(visit, wall):
    one = visit()
    sign_in(one)
    open_form = cookie(one)["csrf"]
    wall.shift(timedelta(minutes=31))
    led = one.get("/notices?after=3")
    assert led.location == "/sign-in?next=/notices?after%3D3"
    page = one.page(led.location)
    assert "一段时间没有操作" in words(page)
    assert page.xpath("//input[@name='next']/@value") == ["/notices?after=3"]
    posted = one.client.post(
        "/notices/read", data={"_csrf": open_form}, headers={"Referer": "http://localhost/notices?after=3"}
    )
    assert posted.location == "/sign-in?next=/notices?after%3D3"
    assert sign_in(one).status_code == 303
    # The form that was open meanwhile is sent once more, and counts.
    assert one.post("/notices/read", {"until": "0"}, open_form).status_code == 303
    # Somebody else at the same browser begins with nothing of it.
    wall.shift(timedelta(minutes=31))
    assert sign_in(one, "li").status_code == 303
    assert one.post("/notices/read", {"until": "0"}, open_form).status_code == 409


def test_whoever_must_choose_a_new_password_does_nothing_else_first(visit, office):
    office.accounts.make_reset_link(office.actor("sec"), "zhang")
    one = visit()
    assert sign_in(one).status_code == 303
    for path in ("/", "/inbox", "/account", "/sign-ins", "/no-such-page"):
        assert one.get(path).location == "/account/password", path
    assert send(one, "/account/tokens", {"label": "x", "scope": "read", "days": "1"}).location == "/account/password"
    assert "要求您先设置新密码" in words(one.page("/account/password"))
    wrong = [
        ({"old": "no", "new": NEW, "again": NEW}, "原密码不正确"),
        ({"old": OLD, "new": NEW, "again": OLD}, "两次输入的新密码不一致"),
        ({"old": OLD, "new": "短", "again": "短"}, "至少12个字符"),
        ({}, "至少12个字符"),
    ]
    for values, says in wrong:
        refused = send(one, "/account/password", values)
        assert refused.status_code == 422
        assert says in words(one.tree(refused))
    before = cookie(one)["session"]
    assert send(one, "/account/password", {"old": OLD, "new": NEW, "again": NEW}).location == "/account"
    assert cookie(one)["session"] != before
    assert "密码已更改" in words(one.page("/account"))
    assert one.get("/inbox").status_code == 200


def test_somebody_without_any_role_chooses_a_password_and_learns_who_to_turn_to(visit, office):
    with office.sessions() as session:
        session.execute(sqlalchemy.update(person).where(person.c.id == "zhang").values(roles=[]))
        session.commit()
    office.accounts.make_reset_link(office.actor("sec"), "zhang")
    one = visit()
    sign_in(one)
    assert send(one, "/account/password", {"old": OLD, "new": NEW, "again": NEW}).location == "/account"
    for path in ("/account", "/inbox"):
        told = one.get(path)
        assert (told.status_code, "安全管理员" in told.text, "zhang" in told.text) == (403, True, True)
    assert one.get("/drafts").status_code == 200
    with pytest.raises(NotPermittedError):
        office.accounts.make_token(office.actor("zhang"), "x", ["read"], 1)


def test_a_role_taken_away_counts_with_the_next_click_and_draws_another_cookie(visit, office):
    one = visit("aud")
    before = cookie(one)["session"]
    assert one.get("/sign-ins").status_code == 200
    with office.sessions.begin() as session:
        session.execute(sqlalchemy.update(person).where(person.c.id == "aud").values(roles=["owner"]))
    assert one.get("/sign-ins").status_code == 403
    assert cookie(one)["session"] != before
    assert one.get("/account").status_code == 200


def test_over_https_the_cookie_is_bound_to_this_host(office):
    app = create_app(office, Configuration("", SECRET, "127.0.0.1", 0, https=True, tick_seconds=1))
    set_cookie = app.test_client().get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert set_cookie.startswith("__Host-pingpin=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(set_cookie.split("; "))


def test_a_link_from_the_security_administrator_sets_a_password_once(visit):
    sec, one = visit("sec"), visit()
    made = sec.post("/accounts/zhang/reset-link")
    address = re.search(r"http://localhost(/reset/[\w-]+)", made.text)[1]
    assert address not in sec.get("/accounts/zhang").text
    assert "张三" in words(one.page(address))
    assert one.post(address, {"new": NEW, "again": NEW}, "forged").status_code == 409
    assert one.post(address, {"new": NEW, "again": OLD}).status_code == 422
    assert one.post(address, {"new": "password1234", "again": "password1234"}).status_code == 422
    assert one.post(address, {"new": NEW, "again": NEW}).location == "/sign-in?next=/"
    assert visit().get(address).status_code == 404
    fresh = visit()
    assert sign_in(fresh, password=NEW).status_code == 303


def test_my_account_shows_sessions_and_makes_tokens_that_are_said_once(visit):
    one, other = visit("zhang"), visit("zhang", "en")
    page = one.page("/account")
    assert "本机" in words(page)
    assert one.post("/account/sessions/end").status_code == 303
    assert other.get("/inbox").location.startswith("/sign-in")
    assert "ended this session" in words(other.page("/sign-in"))
    for values in (
        {},
        {"label": "x", "scope": "read", "days": "1e9"},
        {"label": "x", "scope": "all", "days": "9"},
        {"label": "x\0", "scope": "read", "days": "9"},
    ):
        assert one.post("/account/tokens", values).status_code == 422
    made = one.post("/account/tokens", {"label": "报表", "scope": ["read"], "days": "90"})
    token = re.search(r"pp_[\w-]+", made.text)[0]
    assert token not in one.get("/account").text
    tasks = Caller(one.client.application.test_client(), token)
    assert tasks.get("/tasks").status_code == 200
    refused = tasks.post("/tasks/x/claim")
    assert (refused.status_code, refused.get_json()["scope"]) == (403, "tasks")
    assert "tasks" in refused.get_json()["detail_zh"]
    revoke = one.page("/account").xpath("//form[contains(@action, '/revoke')]/@action")
    assert one.post(revoke[0]).status_code == 303
    assert tasks.get("/tasks").status_code == 401
    for path in ("/account/sessions/x/end", "/account/tokens/x/revoke"):
        assert one.post(path).status_code == 404


def test_the_api_answers_429_to_whoever_calls_too_often_with_a_token_or_without(office, wall):
    settings = Configuration("", SECRET, "127.0.0.1", 0, https=False, tick_seconds=1, api_calls_per_minute=30)
    app = create_app(office, settings)
    for caller, status in (
        (Caller(app.test_client(), office.create_token(OPERATOR, "zhang", "t")), 200),
        (Caller(app.test_client(), "made up"), 401),
    ):
        assert [caller.get("/tasks").status_code for _ in range(30)] == [status] * 30
        wall.shift(20)
        refused = caller.get("/tasks")
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "40"
        assert refused.get_json()["type"] == "urn:pingpin:TooMany"
        wall.shift(40)
        assert caller.get("/tasks").status_code == status
    # Another process counts on where the first one is.
    second = Caller(create_app(office, settings).test_client(), "made up")
    assert [second.get("/tasks").status_code for _ in range(30)].count(401) == 29


def test_what_changes_something_takes_more_than_reading():
    with_reading = {one.name for one in OPERATIONS if one.method == "POST" and one.scope is Scope.READ}
    assert with_reading == {"evaluate"}


def test_the_security_administrator_keeps_accounts_and_the_audit_administrator_reads_the_log(visit, office):
    sec, aud, zhang = visit("sec"), visit("aud"), visit("zhang")
    try_without_comparing(office, "zhang", 5)
    assert "锁定" in words(sec.page("/accounts?state=locked"))
    assert "张三" in words(sec.page("/accounts?q=张"))
    assert "没有符合条件" in words(sec.page("/accounts?q=%00%25'&state=x&after=~~~"))
    for what in ("unlock", "end-sessions", "close", "open"):
        assert sec.post(f"/accounts/zhang/{what}").status_code == 303, what
    assert zhang.get("/inbox").location.startswith("/sign-in")
    refused = [
        ("close", 303),
        ("close", 409),
        ("open", 303),
        ("link", 422),
        ("unlink", 404),
        ("revoke-token", 404),
        ("fly", 404),
    ]
    for what, status in refused:
        assert (
            sec.post(f"/accounts/zhang/{what}", {"token": "\0x", "subject": "\0", "issuer": "x"}).status_code == status
        ), what
    assert sec.post("/accounts/sec/close").status_code == 422
    assert sec.post("/accounts/nobody/unlock").status_code == 404
    assert sec.get("/accounts/nobody").status_code == 404
    for path in ("/accounts", "/accounts/zhang", "/accounts/zhang/close"):
        assert (aud.post(path) if path.endswith("close") else aud.get(path)).status_code == 403, path
    assert visit("zhang").get("/sign-ins").status_code == 403
    log = words(aud.page("/sign-ins?person=zhang&kind=closed"))
    assert "停用账号" in log
    assert "安全员" in log
    for odd in ("person=%00", "kind=x", "before=-1", "before=²", "before=99999999999999999"):
        assert aud.get(f"/sign-ins?{odd}").status_code == 200, odd
    for language in ("zh", "en"):
        for one, path in (
            (visit("sec", language), "/accounts/zhang"),
            (visit("aud", language), "/account"),
            (visit("zhang", language), "/account/password"),
        ):
            assert one.get(path).status_code == 200


def test_the_address_is_the_proxys_word_only_where_there_is_one(office):
    def seen(proxies):
        settings = Configuration("", SECRET, "127.0.0.1", 0, https=False, tick_seconds=1, proxies=proxies)
        one = Visitor(create_app(office, settings))
        one.client.post(
            "/sign-in",
            data={"_csrf": "token", "person": "zhang", "password": "x"},
            headers={"X-Forwarded-For": "6.6.6.6, 10.2.3.4"},
        )
        return office.accounts.sign_ins(OPERATOR)[0].address

    assert seen(0) == "127.0.0.1"
    assert seen(1) == "10.2.3.4"


def test_limits_come_from_the_environment_and_a_wrong_one_is_named():
    found = from_environment(
        {"PINGPIN_SESSION_IDLE_MINUTES": "5", "PINGPIN_SESSION_HOURS": "2", "PINGPIN_SESSIONS_AT_ONCE": "1"}
    )
    assert (found.session_limits.idle, found.session_limits.absolute) == (timedelta(minutes=5), timedelta(hours=2))
    for name in ("PINGPIN_SESSION_HOURS", "PINGPIN_SESSIONS_AT_ONCE", "PINGPIN_API_CALLS_PER_MINUTE"):
        for value in ("0", "-1", "many", "1e9", "9" * 30, ""):
            with pytest.raises(InvalidError, match=name):
                from_environment({name: value})
    assert from_environment({"PINGPIN_KEEP_SIGN_INS_DAYS": "200"}).days == Days(sign_ins=200)
    with pytest.raises(InvalidError, match="PINGPIN_KEEP_SIGN_INS_DAYS"):  # six months are the law's
        from_environment({"PINGPIN_KEEP_SIGN_INS_DAYS": "30"})


def test_the_first_administrator_and_a_link_come_from_the_command_line(address):
    def run(*arguments, given=""):
        return CliRunner().invoke(commands, list(arguments), input=given, env={"PINGPIN_DATABASE_URL": address})

    weak = run("user", "add", "zhang", "--name", "张三", "--role", "admin", given="password1234\npassword1234\n")
    assert "太常见" in weak.exception.text.zh
    assert run("user", "add", "zhang", "--name", "张三", "--role", "admin", given=f"{OLD}\n{OLD}\n").exit_code == 0
    said = run("account", "reset", "zhang")
    assert re.match(r"/reset/[\w-]{43}\n", said.output)
    assert "nobody" in run("account", "reset", "nobody").exception.text.en
