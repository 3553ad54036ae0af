"""Every address of the application: strangers are let in nowhere but where they must be, and nobody meets a broken page."""

import pytest
from werkzeug.routing import AnyConverter, IntegerConverter

from engine.permissions import Role
from tests.api.visiting import Visitor, application
from tests.people import ADMIN

pytestmark = pytest.mark.both  # every page's queries

# What a stranger may have: the way in, the public check of a certificate, what a page is made of, addresses with a secret.
PUBLIC = {
    "static",
    "vendor",
    "people.first_page",
    "people.switch",
    "inbox.keys",
    "sign_in.show",
    "sign_in.sign_in",
    "sign_in.sign_in_with_password",
    "sign_in.forgotten",
    "agenda.feed",
    "rest.openapi",
    "rest.certificate",
    # Keeps what its own signed note is about, for the person whom the note names, and nothing without one.
    "drafting.save",
}


def addresses(app, method):
    """Each route once, with an id that is none for each of its parts."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if method in rule.methods:
                values = {part: no_such(rule._converters[part]) for part in rule.arguments}
                yield rule.endpoint, rule.build(values, append_unknown=False)[1] if values else rule.rule


def no_such(converter):
    if isinstance(converter, IntegerConverter):
        return 1
    return min(converter.items) if isinstance(converter, AnyConverter) else "none"


@pytest.fixture
def production(world):
    return application(world.engine, sandbox=False)


def test_a_stranger_is_sent_to_the_way_in_or_refused_everywhere_else(production):
    let_in = {}
    for method in ("GET", "POST"):
        for endpoint, address in addresses(production, method):
            answer = Visitor(production).client.open(address, method=method)
            assert answer.status_code < 500, (method, address)
            if answer.status_code < 300 and endpoint not in PUBLIC:
                let_in[endpoint] = address
            if answer.status_code in (302, 303) and endpoint not in PUBLIC:
                assert "/sign-in" in answer.headers["Location"], (method, address, answer.headers["Location"])
    assert let_in == {}


def test_no_page_breaks_for_anybody_whatever_they_ask_for(world):
    app = application(world.engine)
    for role in Role:
        world.engine.add_person(ADMIN, id=f"a-{role}", name=role, employer_id="E1", roles=[role.value])
    pages = [address for endpoint, address in addresses(app, "GET") if not endpoint.startswith(("static", "vendor"))]
    assert len(pages) > 60
    for role in Role:
        visitor = Visitor(app, f"a-{role}")
        for address in pages:
            assert visitor.get(address).status_code < 500, (role, address)


def test_a_page_from_elsewhere_changes_nothing(world):
    app = application(world.engine)
    for endpoint, address in addresses(app, "POST"):
        if not endpoint.startswith("rest.") and endpoint not in PUBLIC - {"sign_in.sign_in_with_password"}:
            answer = Visitor(app, "hr").post(address, csrf="forged")
            assert answer.status_code in (400, 403, 404, 409), (address, answer.status_code)
