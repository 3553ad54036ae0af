"""Signing in by a real OpenID provider: the whole round over HTTP, and everything that may go wrong with it."""

import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from api.app import create_app
from api.configuration import Configuration, Provider, from_environment
from engine.errors import InvalidError
from engine.permissions import OPERATOR
from tests.api.visiting import SECRET, Visitor, words
from tests.offices import opened, set_back

CALLBACK = "http://localhost/sign-in/oidc/callback"


@pytest.fixture(scope="module")
def issuer():
    with subprocess.Popen(
        ["node", Path(__file__).parent / "provider.mjs", CALLBACK],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as provider:  # fmt: skip
        yield provider.stdout.readline().strip()
        provider.stdin.close()


@pytest.fixture(scope="module")
def installation(dialect, tmp_path_factory):
    with opened(dialect, tmp_path_factory.mktemp("office")) as database:
        yield database


@pytest.fixture
def office(installation):
    return set_back(installation)


@pytest.fixture
def visitor(office, issuer):
    def visit(claim="preferred_username", secret="a secret of the tests", at=issuer):
        provider = Provider(at, "pingpin", secret, claim)
        settings = Configuration("", SECRET, "127.0.0.1", 0, https=False, tick_seconds=1, provider=provider)
        return Visitor(create_app(office, settings))

    return visit


def off(visitor, back="/notices"):
    """Where the visitor is sent to: the provider's address."""
    return visitor.get(f"/sign-in/oidc?next={back}").location


def at_provider(address, name, *, refuses=False):
    """Sign in there with a browser's cookies, and where one is sent back to."""
    browser, response = requests.Session(), None
    response = browser.get(address, timeout=10, allow_redirects=False)
    while not response.headers.get("Location", "").startswith(CALLBACK):
        if response.is_redirect:
            response = browser.get(
                requests.compat.urljoin(response.url, response.headers["Location"]), timeout=10, allow_redirects=False
            )
        elif refuses:
            abort = re.search(r'href="([^"]+/abort)"', response.text)[1]
            response = browser.get(requests.compat.urljoin(response.url, abort), timeout=10, allow_redirects=False)
        else:
            action = re.search(r'action="([^"]+)"', response.text)[1]
            prompt = re.search(r'name="prompt" value="([^"]+)"', response.text)[1]
            response = browser.post(
                action, data={"prompt": prompt, "login": name, "password": "x"}, timeout=10, allow_redirects=False
            )
    return response.headers["Location"].removeprefix("http://localhost")


def test_the_whole_round_signs_in_whom_the_claim_names_and_leads_back(visitor, office):
    zhang = visitor()
    assert "统一身份认证登录" in words(zhang.page("/sign-in?next=/notices"))
    address = off(zhang)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"][0]
    assert asked["nonce"][0]
    with zhang.client.session_transaction() as session:
        before = dict(session)
    back = at_provider(address, "zhang")
    signed_in = zhang.get(back)
    assert (signed_in.status_code, signed_in.location) == (303, "/notices")
    assert "张三" in words(zhang.page("/notices"))
    with zhang.client.session_transaction() as session:
        assert session["csrf"] != before["csrf"]  # what was known of the cookie before is worth nothing
        assert not any(key.startswith("_state_") for key in session)
    assert zhang.get(back).status_code == 400  # the same code again
    # Linked from now on: without a claim, too.
    assert visitor_in(visitor(claim=""), "zhang").status_code == 303
    kinds = [line.kind for line in reversed(office.accounts.sign_ins(OPERATOR, "zhang"))]
    assert kinds == ["identity linked", "signed in", "signed in"]


def visitor_in(one, name):
    return one.get(at_provider(off(one), name))


def test_what_goes_wrong_is_a_sentence_and_nobody_is_signed_in(visitor, issuer, office):
    failures = [
        (visitor_in(visitor(), "nobody"), 403, "没有关联"),
        (visitor_in(visitor(claim=""), "li"), 403, "没有关联"),
        (visitor_in(visitor(claim="email"), "li"), 403, "没有关联"),
        (visitor_in(visitor(secret="another secret"), "li"), 400, "没有完成"),
        (visitor().get("/sign-in/oidc/callback?code=x&state=x"), 400, "没有完成"),
        (visitor().get("/sign-in/oidc/callback"), 400, "没有完成"),
        (visitor(at="http://127.0.0.1:9").get("/sign-in/oidc"), 502, "没有完成"),
        (visitor(at=issuer + "/").get("/sign-in/oidc"), 302, None),
    ]
    one = visitor()
    failures.append((one.get(at_provider(off(one), "li", refuses=True)), 400, "没有完成"))
    one = visitor()
    back = at_provider(off(one), "li")
    failures.append((one.get(re.sub("state=[^&]+", "state=another", back)), 400, "没有完成"))
    one = visitor()
    back = at_provider(off(one), "li")
    with one.client.session_transaction() as session:
        key = next(key for key in session if key.startswith("_state_"))
        session[key] = {**session[key], "data": {**session[key]["data"], "nonce": "another"}}
    failures.append((one.get(back), 400, "没有完成"))
    one = visitor()
    back = at_provider(off(one), "li")
    failures.append((visitor().get(back), 400, "没有完成"))  # in another browser
    for response, status, says in failures:
        assert response.status_code == status, response.text
        assert says is None or says in words(Visitor.tree(response))
    assert {line.kind for line in office.accounts.sign_ins(OPERATOR)} == {"not linked"}


def test_the_way_back_is_within_this_site(visitor):
    one = visitor()
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        signed_in = one.get(at_provider(off(one, elsewhere), "li"))
        assert signed_in.location == "/"


def test_an_issuer_wants_https_and_a_client():
    with pytest.raises(InvalidError, match="https"):
        from_environment({"PINGPIN_OIDC_ISSUER": "http://id.example"})
    with pytest.raises(InvalidError, match="CLIENT_SECRET"):
        from_environment({"PINGPIN_OIDC_ISSUER": "https://id.example", "PINGPIN_OIDC_CLIENT_ID": "x"})
    found = from_environment({f"PINGPIN_OIDC_{name}": "https://x" for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")})
    assert "secret" not in repr(found.provider)
    assert found.provider.claim == ""
    assert from_environment({}).provider is None
