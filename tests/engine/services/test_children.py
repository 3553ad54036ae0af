"""What an instance knows of those that were started below it."""

import pytest

from engine.bundle import make_bundle
from tests.engine.bundles import POLICY, line, process, small, task
from tests.engine.commands.office import open_office, task_at, whole
from tests.engine.services.desk import service
from tests.people import ADMIN

START = POLICY + "  - {process: q, roles: [hr], parent: p, while: wait}\n"
# A child whose start form has all its fields under one name, and reports what it was decided.
FORM = b"""{"id": "about", "type": "default", "schemaVersion": 16, "components": [
  {"type": "group", "path": "objection", "id": "g", "components": [
    {"type": "textfield", "key": "candidate", "label": "c", "id": "c"}]}]}"""
BEGIN = """<bpmn:startEvent id="q_begin"><bpmn:extensionElements>
  <zeebe:formDefinition formId="about" /></bpmn:extensionElements></bpmn:startEvent>"""


@pytest.fixture
def people(empty):
    return open_office(empty)


def test_children_come_with_what_they_began_with_and_whether_they_go_on(empty, people):
    body = task("wait") + service("child-instances", child='"q"') + line("begin", "wait", "serve", "finish")
    child = process(task("work") + line("begin", "work", "finish"), "q").replace(
        '<bpmn:startEvent id="q_begin" />', BEGIN
    )
    bundle = small(body, policy=START, files={"about.form": FORM})
    files = dict(bundle.files)
    files["p.bpmn"] = files["p.bpmn"].replace(b"</bpmn:definitions>", child.encode() + b"</bpmn:definitions>")
    empty.deploy(ADMIN, make_bundle(files))
    hr = people["hr"]
    parent = empty.start(hr, "p", {})["instance"]
    first, second = (
        empty.start(hr, "q", {"objection": {"candidate": name}}, parent_id=parent)["instance"] for name in ("甲", "乙")
    )
    empty.complete(hr, task_at(empty, first, "work"), {})
    empty.complete(hr, task_at(empty, parent, "wait"), {})
    children = whole(empty, parent).variables["children"]
    assert [(one["id"], one["open"], one["end"], one["start"], one["reports"]) for one in children] == [
        (first, False, "q_finish", {"candidate": "甲"}, {}),
        (second, True, None, {"candidate": "乙"}, {}),
    ]
