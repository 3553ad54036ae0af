"""No page of any kind breaks a rule that axe-core knows; all looks of all of them: `python -m tests.browser.axe`."""

from itertools import cycle

import pytest

from tests.browser.axe import Axe, Server
from tests.browser.places import one_of_each, worlds

# What is not one of its pages: files, feeds, the other faces of the application, ways that lead elsewhere at once.
NO_PAGES = (
    "static", "vendor", "rest.", "people.switch", "agenda.feed", "deployments.document", "deployments.download", "inbox.keys", "instances.diagram",
    "mine.export", "oidc.", "papers.download", "proposals.rehearsal_json", "registers.export", "registers.template",
)  # fmt: skip

LOOKS = (("zh", "light", (1366, 900)), ("en", "dark", (390, 844)))


@pytest.fixture(scope="module")
def apps(tmp_path_factory):
    return worlds(tmp_path_factory.mktemp("axe"))


@pytest.fixture(scope="module")
def pages(apps):
    return one_of_each(apps)


def test_every_page_of_the_application_is_looked_at(apps, pages):
    addresses = apps["production"].url_map.bind("localhost")
    seen = {addresses.match(place.path.split("?")[0])[0] for place in pages if place.path != "/nothing"}
    pages = {rule.endpoint for rule in addresses.map.iter_rules() if "GET" in rule.methods}
    assert {name for name in pages - seen if not name.startswith(NO_PAGES)} == set()


def test_axe_finds_nothing_on_any_of_them_in_the_two_looks_that_differ_most_by_turns(apps, pages, browser):
    with Server(apps) as addresses:
        looks = [Axe(browser, apps, addresses, *look) for look in LOOKS]
        found = [(place, wrong) for place, axe in zip(pages, cycle(looks), strict=False) for wrong in axe.look(place)]
        for axe in looks:
            axe.context.close()
    assert found == []
