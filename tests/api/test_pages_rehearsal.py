"""The report of a rehearsal page by page, as one sheet, and as JSON with every trace."""

import json

from engine.examining import examine
from tests.api.visiting import Visitor, application, words
from tests.engine.commands.test_examinations import MANY, office


def test_the_report_is_read_page_by_page_printed_whole_and_taken_as_json(empty):
    _, number = office(empty)
    while examine(empty, 60):
        pass
    app, seen = application(empty), []
    visitor = Visitor(app, "bureau")
    path = f"/deployments/proposals/{number}/rehearsal"
    assert f"{MANY}/{MANY}" in words(visitor.page(path))
    whole = visitor.page(f"{path}?all=1")
    assert len(whole.xpath("//main//section[h3]")) == MANY
    while path:
        page = visitor.page(path)
        seen += [each.get("href") for each in page.xpath("//main//section//a[starts-with(@href, '/instances/')]")]
        (path,) = page.xpath("//main//a[contains(@href, 'after=')]/@href") or [None]
    assert len(seen) == len(set(seen)) == MANY
    found = json.loads(visitor.get(f"/deployments/proposals/{number}/rehearsal.json").text)
    assert {f"/instances/{one['instance']}" for one in found["affected"]} == set(seen)
    assert found["kinds"] == {"window": MANY}
    assert Visitor(app, "hr").get(f"/deployments/proposals/{number}/rehearsal.json").status_code == 403
