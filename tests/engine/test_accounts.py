"""Accounts on the engine itself, with the wall clock moved: delays, sessions, links, tokens, providers, and what is written down."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
import time_machine
from sqlalchemy import insert, select, update

from engine import Outside
from engine.commands.credentials import LinkOverError
from engine.commands.people import HASHER
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.passwords import WeakPasswordError
from engine.permissions import OPERATOR, Act, Actor, Role
from engine.queries.verification import verify
from engine.scopes import NEVER, SCOPES, Scope, ScopeMissingError, narrowed, require_scope
from engine.signing_in import (
    OF_ACCOUNT,
    Happened,
    How,
    Origin,
    Over,
    SessionLimits,
    TooManyError,
    UnknownIdentityError,
    WrongPasswordError,
    wait_after,
)
from engine.tables import person
from engine.tables.accounts import account_event, web_session
from engine.tables.outgoing import mail_address
from tests.offices import HERE, NEW, OLD, opened, set_back, try_without_comparing

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
ELSEWHERE = Origin("10.9.9.9", "curl")
ISSUER = "https://id.example"


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


def who(engine, secret):
    found = engine.accounts.visit(secret)[0]
    return found.actor.id if found.actor else found.over


def told(engine, about="zhang"):
    """What the log says of somebody, oldest first."""
    lines = engine.accounts.sign_ins(engine.actor("aud"), about)
    return [line.kind for line in reversed(lines)]


def fail(engine, name="zhang", origin=HERE):
    with pytest.raises(WrongPasswordError):
        engine.accounts.sign_in(name, "not this one", origin)


def test_the_waits_grow_from_a_minute_to_a_quarter_of_an_hour():
    waits = [wait_after(failures, OF_ACCOUNT) / timedelta(minutes=1) for failures in range(1, 12)]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15]
    assert wait_after(10**6, OF_ACCOUNT) == timedelta(minutes=15)


def test_after_five_failures_even_the_right_password_waits_and_nobody_learns_who_exists(office, wall):
    accounts = office.accounts
    for name in ("zhang", "nobody"):
        fail(office, name)
        try_without_comparing(office, name, 4)
        with pytest.raises(TooManyError) as held:
            accounts.sign_in(name, OLD, ELSEWHERE)  # from another address, too
        assert held.value.seconds == 60
        assert "1分钟" in held.value.text.zh
    wall.shift(61)
    fail(office)
    wall.shift(100)
    with pytest.raises(TooManyError):
        accounts.sign_in("zhang", OLD, HERE)
    accounts.unlock(office.actor("sec"), "zhang")
    secret = accounts.sign_in("zhang", OLD, HERE)
    assert who(office, secret) == "zhang"
    fail(office)  # the count began anew
    assert told(office) == ["wrong", "held off", "wrong", "held off", "unlocked", "signed in", "wrong"]
    unknown = [line for line in accounts.sign_ins(office.actor("aud"), kind="wrong") if line.person_id is None]
    assert len(unknown) == 1
    assert "nobody" not in repr(unknown)


def test_many_guesses_at_once_are_counted_like_one_after_the_other(office):
    def guess(_):
        try:
            office.accounts.sign_in("zhang", "not this one", HERE)
        except (WrongPasswordError, TooManyError) as refused:
            return type(refused)

    with ThreadPoolExecutor(8) as threads:
        assert Counter(threads.map(guess, range(12))) == {WrongPasswordError: 5, TooManyError: 7}


def test_a_name_that_nobody_has_takes_as_long_as_a_wrong_password(office):
    def quickest(name):
        took = []
        for _ in range(2):
            start = perf_counter()
            fail(office, name)
            took.append(perf_counter() - start)
        return min(took)

    assert quickest("nobody") > quickest("zhang") / 3


def test_an_address_that_fails_for_many_names_waits_and_right_ones_do_not_count(office):
    for number in range(29):
        try_without_comparing(office, f"x{number}", 1)
    office.accounts.sign_in("zhang", OLD, HERE)
    office.accounts.sign_in("zhang", OLD, HERE)
    fail(office, "somebody")
    with pytest.raises(TooManyError):
        office.accounts.sign_in("zhang", OLD, HERE)
    office.accounts.sign_in("zhang", OLD, ELSEWHERE)


def test_a_closed_account_an_account_without_password_and_hostile_names_are_wrong_like_any(office):
    office.accounts.close(office.actor("sec"), "zhang")
    for name, password in (
        ("zhang", OLD),
        ("sec", ""),
        ("sec", "x"),
        ("", ""),
        ("' OR 1=1 --", "x"),
        ("\ud800", "\ud800"),
        ("a" * 9999, "b" * 99999),
    ):
        with pytest.raises(WrongPasswordError):
            office.accounts.sign_in(name, password, ELSEWHERE)


def test_a_hash_of_weaker_parameters_is_made_anew_at_sign_in(office):
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(OLD)
    with office.sessions.begin() as session:
        session.execute(update(person).where(person.c.id == "zhang").values(password_hash=weak))
    office.accounts.sign_in("zhang", OLD, HERE)
    with office.sessions.begin() as session:
        kept = session.scalar(select(person.c.password_hash).where(person.c.id == "zhang"))
    assert not HASHER.check_needs_rehash(kept)
    assert HASHER.verify(kept, OLD)


def test_a_session_ends_idle_after_half_an_hour_and_in_any_case_after_twelve(office, wall):
    secret = office.accounts.begin_session("zhang")
    office.clock.move_to(datetime(2031, 1, 1, tzinfo=UTC))  # the sandbox's clock keeps nobody in and throws nobody out
    for _ in range(24):
        wall.shift(timedelta(minutes=29))
        assert who(office, secret) == "zhang"
    wall.shift(timedelta(minutes=24))
    assert who(office, secret) == Over.EXPIRED
    idle = office.accounts.begin_session("zhang")
    wall.shift(timedelta(minutes=30))
    assert who(office, idle) == Over.IDLE
    assert who(office, "made up") == Over.UNKNOWN


def test_somebody_who_clicks_often_is_written_down_once_a_minute(office, wall):
    secret = office.accounts.begin_session("zhang")

    def seen():
        with office.sessions.begin() as session:
            return session.scalar(select(web_session.c.seen_at))

    wall.shift(59)
    office.accounts.visit(secret)
    assert seen() == NOON
    wall.shift(1)
    office.accounts.visit(secret)
    assert seen() == NOON + timedelta(minutes=1)


def test_a_sixth_session_ends_the_oldest_and_one_may_end_ones_own_but_nobody_elses(office, wall):
    accounts, zhang = office.accounts, office.actor("zhang")
    secrets = []
    for _ in range(6):
        secrets.append(accounts.begin_session("zhang", How.PASSWORD, HERE))
        wall.shift(1)
    assert [who(office, secret) for secret in secrets] == [Over.TOO_MANY] + ["zhang"] * 5
    mine = accounts.own(zhang).sessions
    assert len(mine) == 5
    with pytest.raises(NotFoundError):
        accounts.end_own_session(office.actor("sec"), mine[0].id)
    accounts.end_own_session(zhang, mine[0].id)
    accounts.end_sessions(zhang, "zhang", but=mine[1].id)
    assert [line.id for line in accounts.own(zhang).sessions] == [mine[1].id]
    with pytest.raises(NotPermittedError):
        accounts.end_sessions(zhang, "sec")
    accounts.end_sessions(office.actor("sec"), "zhang")
    assert accounts.own(zhang).sessions == ()
    replaced = accounts.begin_session("sec")
    accounts.begin_session("zhang", replaces=replaced)
    assert who(office, replaced) == Over.SIGNED_OUT


def test_another_role_draws_another_secret_and_a_role_taken_away_counts_at_once(office):
    first = office.accounts.begin_session("zhang")
    with office.sessions.begin() as session:
        session.execute(update(person).where(person.c.id == "zhang").values(roles=["owner"]))
    found, second = office.accounts.visit(first)
    assert found.actor.roles == {Role.OWNER}
    assert second != first
    assert who(office, first) == Over.UNKNOWN
    assert office.accounts.visit(second)[1] == second
    office.accounts.close(office.actor("sec"), "zhang")
    assert who(office, second) == Over.CLOSED
    office.accounts.open_again(office.actor("sec"), "zhang")
    assert who(office, second) == Over.CLOSED


def test_changing_the_password_takes_the_old_one_and_ends_every_other_session(office):
    accounts, zhang = office.accounts, office.actor("zhang")
    here, there = (accounts.begin_session("zhang", How.PASSWORD) for _ in range(2))
    with pytest.raises(WrongPasswordError):
        accounts.change_password(zhang, "not this one", NEW, secret=here)
    with pytest.raises(WeakPasswordError):
        accounts.change_password(zhang, OLD, "张三zhang1234", secret=here)
    drawn = accounts.change_password(zhang, OLD, NEW, secret=here)
    assert [who(office, secret) for secret in (here, there, drawn)] == [Over.UNKNOWN, Over.PASSWORD, "zhang"]
    with pytest.raises(WrongPasswordError):
        accounts.sign_in("zhang", OLD, HERE)
    composed = NEW.replace("吧", "吧")
    assert who(office, accounts.sign_in("zhang", composed, HERE)) == "zhang"
    assert told(office)[-4:] == ["wrong", "password changed", "wrong", "signed in"]


def test_a_link_sets_a_password_once_within_the_hour(office, wall):
    accounts, sec = office.accounts, office.actor("sec")
    with pytest.raises(NotPermittedError):
        accounts.make_reset_link(office.actor("aud"), "zhang")
    with pytest.raises(NotFoundError):
        accounts.make_reset_link(sec, "nobody")
    void, late = accounts.make_reset_link(sec, "zhang"), accounts.make_reset_link(sec, "zhang")
    secret = accounts.sign_in("zhang", OLD, HERE)
    assert accounts.visit(secret)[0].must_change
    wall.shift(timedelta(minutes=60))
    for link in (void, late, "", "made up", "\ud800"):
        with pytest.raises(LinkOverError):
            accounts.reset_password(link, NEW, HERE)
    good = accounts.make_reset_link(sec, "zhang")
    with pytest.raises(WeakPasswordError):
        accounts.reset_password(good, "zhang zhang zhang", HERE)
    accounts.reset_password(good, NEW, HERE)
    assert who(office, secret) in {Over.PASSWORD, Over.IDLE}
    with pytest.raises(LinkOverError):
        accounts.reset_password(good, OLD, HERE)
    assert not accounts.visit(accounts.sign_in("zhang", NEW, HERE))[0].must_change
    with pytest.raises(InvalidError):
        accounts.close(sec, "sec")
    with pytest.raises(ConflictError):
        accounts.open_again(sec, "zhang")


def test_a_password_set_by_link_closes_every_other_way_in_and_says_so(office, wall, post):
    """Whoever had the account has a session, a token, a calendar address, an address of their own and letters under way."""
    accounts, zhang = office.accounts, office.actor("zhang")
    office.outside = Outside(post.url, "pingpin@tianjin.example", base_url="https://pingpin.example")
    with office.sessions() as session:
        session.execute(update(person).where(person.c.id == "zhang").values(email="zhang@register.example"))
        session.execute(insert(mail_address).values(person_id="zhang", address="thief@x.example", confirmed_at=NOON))
        session.commit()
    secret, token = accounts.sign_in("zhang", OLD, HERE), accounts.make_token(zhang, "script", ["read"], 30)
    feed = office.renew_agenda_feed(zhang)
    accounts.ask_address(zhang, "thief@y.example", OLD)
    office.send_letters()
    (confirming,) = post.mails
    accounts.ask_address(zhang, "thief@z.example", OLD)
    accounts.ask_reset("zhang", HERE)
    link = accounts.make_reset_link(office.actor("sec"), "zhang")
    accounts.ask_reset("zhang", HERE)  # while the security administrator's link is there, no mail sets a password
    assert office.send_letters() == 0
    accounts.reset_password(link, NEW, HERE)
    assert (who(office, secret), accounts.caller(token)) == (Over.PASSWORD, None)
    with pytest.raises(NotFoundError):
        office.agenda_feed(feed)
    with pytest.raises(NotFoundError):
        accounts.confirm_address(zhang, confirming.get_body(("plain",)).get_content().split("/confirm/")[1].split()[0])
    assert office.outgoing.mail_settings(zhang).own is None
    assert {"link made", "password reset", "token revoked", "address dropped"} <= set(told(office))
    (line,) = office.notices(zhang)
    assert "密钥" in line.text.zh
    office.send_letters()
    assert [(mail["To"], "密码" in mail["Subject"]) for mail in post.mails[1:]] == [("zhang@register.example", True)]


def test_a_link_asked_for_by_mail_goes_to_a_confirmed_address_or_nowhere(office, post):
    office.outside = Outside(post.url, "pingpin@tianjin.example", base_url="https://pingpin.example")
    with office.sessions() as session:
        session.execute(update(person).where(person.c.id == "zhang").values(email="writer@register.example"))
        session.execute(insert(mail_address).values(person_id="zhang", address="zhang@x.example", confirmed_at=NOON))
        session.commit()
    office.accounts.ask_reset("zhang", HERE)
    office.accounts.drop_address(office.actor("zhang"))
    assert (office.send_letters(), post.mails) == (0, [])


def test_a_provider_signs_in_whom_it_is_linked_to_or_claims_and_an_id_given_away_opens_nothing(office):
    accounts, sec = office.accounts, office.actor("sec")
    with pytest.raises(UnknownIdentityError):
        accounts.sign_in_by_identity(ISSUER, "s-1", None, HERE)
    with pytest.raises(UnknownIdentityError):
        accounts.sign_in_by_identity(ISSUER, "s-1", "nobody", HERE)
    assert who(office, accounts.sign_in_by_identity(ISSUER, "s-1", "zhang", HERE)) == "zhang"
    with pytest.raises(UnknownIdentityError):
        accounts.sign_in_by_identity(ISSUER, "s-2", "zhang", HERE)  # the provider gave the id to somebody else
    assert who(office, accounts.sign_in_by_identity(ISSUER, "s-1", "sec", HERE)) == "zhang"
    with pytest.raises(ConflictError):
        accounts.link_identity(sec, "aud", ISSUER, "s-1")
    accounts.unlink_identity(sec, "zhang", ISSUER, "s-1")
    accounts.link_identity(sec, "aud", ISSUER, "s-1")
    assert who(office, accounts.sign_in_by_identity(ISSUER, "s-1", None, HERE)) == "aud"
    accounts.close(sec, "aud")
    with pytest.raises(UnknownIdentityError):
        accounts.sign_in_by_identity(ISSUER, "s-1", None, HERE)


def test_a_token_does_what_its_person_may_and_its_scopes_let_through_until_it_ends(office, wall):
    accounts, zhang = office.accounts, office.actor("zhang")
    for label, scopes, days in (
        ("", ["read"], 1),
        ("x", [], 1),
        ("x", ["all"], 1),
        ("x", ["read"], 366),
        ("x", ["read"], 0),
    ):
        with pytest.raises(InvalidError):
            accounts.make_token(zhang, label, scopes, days)
    token = accounts.make_token(zhang, "报表", ["read", "audit"], 30)
    caller = accounts.caller(token)
    assert caller.actor.roles == zhang.roles
    assert caller.actor.acts == SCOPES[Scope.READ] | SCOPES[Scope.AUDIT]
    with pytest.raises(NotPermittedError):
        office.audit_export(caller.actor)  # a scope gives nobody a right
    with pytest.raises(NotPermittedError):
        accounts.make_token(caller.actor, "more", list(Scope), 1)
    with pytest.raises(ScopeMissingError) as lacks:
        require_scope(caller.actor, Scope.TASKS)
    assert lacks.value.scope == "tasks"
    line = accounts.own(zhang).tokens[0]
    assert (line.label, line.scopes, line.last_used_at) == ("报表", ("read", "audit"), None)
    assert accounts.draw_calls("token:x", 100, 30, caller.token_id)[0] == 30
    assert accounts.own(zhang).tokens[0].last_used_at == NOON
    with pytest.raises(NotFoundError):
        accounts.revoke_token(office.actor("aud"), line.id)
    accounts.revoke_token(office.actor("sec"), line.id)
    assert accounts.caller(token) is None
    other = accounts.make_token(zhang, "x", ["read"], 30)
    wall.shift(timedelta(days=30))
    assert accounts.caller(other) is None
    everything = accounts.caller(office.create_token(OPERATOR, "zhang", "old"))
    assert everything.actor == zhang


def test_calls_of_a_minute_are_drawn_by_all_together(office, wall):
    drawn = [office.accounts.draw_calls("calls:x", 100, 40)[0] for _ in range(4)]
    assert drawn == [40, 40, 20, 0]
    wall.shift(60)
    assert office.accounts.draw_calls("calls:x", 100, 40)[0] == 40


def test_every_act_is_in_a_scope_or_never_a_tokens():
    assert frozenset().union(*SCOPES.values()) | NEVER == frozenset(Act)
    assert not frozenset().union(*SCOPES.values()) & NEVER
    assert narrowed(Actor("x", "x"), None).acts is None
    assert narrowed(Actor("x", "x"), ["gone by"]).acts == frozenset()


def test_who_keeps_accounts_and_who_reads_the_log(office):
    accounts = office.accounts
    sec, aud, zhang = (office.actor(name) for name in ("sec", "aud", "zhang"))
    assert [line.id for line in accounts.accounts(sec, "张")] == ["zhang"]
    assert [line.id for line in accounts.accounts(sec, "%")] == []
    assert [line.id for line in accounts.accounts(sec, after="aud")] == ["li", "sec", "zhang"]
    try_without_comparing(office, "zhang", 5)
    assert [line.id for line in accounts.accounts(sec, state="locked")] == ["zhang"]
    assert [line.id for line in accounts.accounts(sec, state="closed")] == []
    for nobody in (aud, zhang):
        with pytest.raises(NotPermittedError):
            accounts.accounts(nobody)
        with pytest.raises(NotPermittedError):
            accounts.account(nobody, "zhang")
    with pytest.raises(NotPermittedError):
        accounts.sign_ins(zhang)
    assert {line.kind for line in accounts.sign_ins(sec)} <= set(Happened)
    assert SessionLimits() == SessionLimits(timedelta(minutes=30), timedelta(hours=12), 5)
    assert verify(office.audit_export(OPERATOR)).breaks == ()
    with office.sessions.begin() as session:
        assert OLD not in repr(session.execute(select(account_event)).all())
