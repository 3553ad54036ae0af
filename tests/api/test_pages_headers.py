"""What every answer carries, and what no answer and no log ever tells."""

import logging
from dataclasses import replace

from api.app import HEADERS, create_app
from api.configuration import Configuration
from engine.signing_in import Origin
from tests.api.test_every_route import addresses
from tests.api.visiting import SECRET, Visitor, application
from tests.people import ADMIN

OVER_HTTPS = Configuration("", SECRET, "127.0.0.1", 0, https=True, tick_seconds=1)


def test_every_answer_has_the_headers_and_only_what_is_everybodys_may_be_kept(world):
    app = create_app(world.engine, OVER_HTTPS)
    for person in (None, "hr"):
        visitor = Visitor(application(world.engine) if person else app, person)
        for endpoint, path in [*addresses(app, "GET"), ("error", "/nothing")]:
            answer = visitor.get(path)
            for name, value in HEADERS.items():
                assert answer.headers.get(name, "").startswith(value.split(";")[0]), (path, name)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert ("Strict-Transport-Security" in answer.headers) == (person is None), path
            if endpoint not in ("static", "vendor"):
                assert "no-store" in answer.headers["Cache-Control"], path


def test_the_policy_lets_nothing_in_line_and_nothing_from_elsewhere_run(world):
    policy = Visitor(application(world.engine)).get("/").headers["Content-Security-Policy"]
    for weak in ("unsafe", "*", "http:", "https:", "blob:"):
        assert weak not in policy
    for strict in (
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        assert strict in policy


def test_the_cookie_is_for_this_host_alone_over_https_and_for_no_script(world):
    app = create_app(world.engine, OVER_HTTPS)
    kept = app.test_client().get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert kept.startswith("__Host-pingpin=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in kept.split(";")}


def test_a_page_that_breaks_tells_nothing_of_the_inside(world, monkeypatch, caplog):
    app = create_app(world.engine, replace(OVER_HTTPS, https=False))
    app.add_url_rule("/broken", "broken", lambda: {}["inside"])
    with caplog.at_level(logging.DEBUG):
        answer = Visitor(app, "hr").get("/broken")
    assert answer.status_code == 500
    for told in ("KeyError", "Traceback", "inside", ".py"):
        assert told not in answer.text
    assert "KeyError" in caplog.text


def test_no_secret_is_ever_logged(world, caplog):
    """A password right and wrong, a link for a new one, a token right and wrong, a session's cookie."""
    engine = world.engine
    engine.add_person(ADMIN, id="sec", name="安全员", roles=["security"])
    link = engine.accounts.make_reset_link(engine.actor("sec"), "hr", Origin("127.0.0.1", "x"))
    token = engine.create_token(ADMIN, "hr", "报表")
    password = "清晨河边的老人正在钓鱼吧"
    with caplog.at_level(logging.DEBUG):
        visitor = Visitor(application(engine, sandbox=False))
        assert visitor.post(f"/reset/{link}", {"new": password, "again": password}).status_code == 303
        for tried in ("错的密码十二个字以上才行", password):
            with visitor.client.session_transaction() as session:
                session["csrf"] = "token"
            visitor.post("/sign-in", {"person": "hr", "password": tried, "next": "/"})
        with visitor.client.session_transaction() as session:
            cookie = session["session"]
        for sent in (token, f"{token}x"):
            visitor.client.get("/api/v1/tasks", headers={"Authorization": f"Bearer {sent}"})
    for secret in (password, "错的密码十二个字以上才行", link, token, cookie, SECRET):
        assert secret not in caplog.text
