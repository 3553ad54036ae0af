"""A message that begins a process: its payload, its starter, whose matter it is, and exactly once."""

import pytest
from sqlalchemy import select, update

from engine.bundle import make_bundle
from engine.checks import check
from engine.commands import messages
from engine.commands.incidents import PAUSES
from engine.driving import Driver
from engine.errors import ConflictError, NotPermittedError
from engine.permissions import SYSTEM
from engine.queries import inspection
from engine.tables import outbox, process_instance
from engine.transaction import begin
from tests.engine.bundles import POLICY, diagram, line, process, small, task
from tests.engine.commands.office import open_office, task_at, whole
from tests.people import ADMIN

BEGIN = """<bpmn:sendTask id="tell" messageRef="m"><bpmn:extensionElements><zeebe:taskDefinition type="message-to-begin" />
  <zeebe:ioMapping><zeebe:input source="={whose: note}" target="about" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:sendTask>"""
WAITS = '<bpmn:startEvent id="called"><bpmn:messageEventDefinition id="called_m" messageRef="m" /></bpmn:startEvent>'


def bundle(rule="{process: q, parent: p}"):
    parent = process(task("ask") + BEGIN + task("after") + line("begin", "ask", "tell", "after", "finish"))
    child = f"""<bpmn:process id="q" name="q" isExecutable="true">{WAITS}<bpmn:endEvent id="q_end" />
      {task("look")}{line("called", "look", "q_end")}</bpmn:process>"""
    text = diagram(parent, child, messages='<bpmn:message id="m" name="go" />')
    return make_bundle({**small("", policy=f"{POLICY}  - {rule}\n").files, "p.bpmn": text.encode()})


@pytest.fixture
def people(empty):
    return open_office(empty)


def started(engine, people, found=None, note="E2"):
    engine.deploy(ADMIN, found or bundle())
    parent = engine.start(people["hr"], "p", {})["instance"]
    engine.complete(people["hr2"], task_at(engine, parent, "ask"), {"note": note})
    return parent


def children(engine, parent):
    return engine.inspect(lambda tx: inspection.children(tx, parent, "q"))


def row(engine, instance):
    with engine.sessions() as session:
        return session.execute(select(process_instance).where(process_instance.c.id == instance)).one()


def test_what_the_message_carries_is_what_the_child_knows_and_its_starter_is_the_parents(empty, people):
    assert check(bundle()) == ()
    parent = started(empty, people)
    (child,) = children(empty, parent)
    assert whole(empty, child).variables == {"about": {"whose": "E2"}}
    assert whole(empty, child).active == {"look"}
    found = row(empty, child)
    assert (found.initiator_id, found.employer_id, found.deployment_id) == (
        "hr",
        "E1",
        row(empty, parent).deployment_id,
    )


def test_the_start_rule_says_whose_matter_it_is(empty, people):
    parent = started(empty, people, bundle("{process: q, parent: p, employer: =about.whose}"))
    (child,) = children(empty, parent)
    assert row(empty, child).employer_id == "E2"
    assert [line.instance_id for line in empty.inbox(people["other"], "groups")] == [child]


def test_an_employer_that_is_not_registered_begins_nothing_and_becomes_an_incident(empty, people):
    parent = started(empty, people, bundle("{process: q, parent: p, employer: =about.whose}"), note="E9")
    for _ in PAUSES:
        with empty.sessions() as session:
            session.execute(update(outbox).values(retry_at=None))
            session.commit()
        empty.tick()
    assert children(empty, parent) == []
    assert whole(empty, parent).active == {"after"}
    (incident,) = empty.incidents(ADMIN)
    assert "E9" in incident.cause.zh
    assert "E9" in incident.cause.en


def test_however_often_the_message_is_taken_one_child_begins(empty, people, monkeypatch):
    with monkeypatch.context() as gone:
        gone.setattr(Driver, "deliver_all", lambda *_: None)
        parent = started(empty, people)
    assert children(empty, parent) == []
    with empty.sessions() as session:
        key = session.scalar(select(outbox.c.id).where(outbox.c.kind == "begin"))

    def killed():
        """It has begun the child, and dies before it can say so."""
        with begin(empty.sessions, empty.clock, SYSTEM) as tx:
            messages.deliver(tx, empty.library, key)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert children(empty, parent) == []
    for _ in range(2):
        with begin(empty.sessions, empty.clock, SYSTEM) as tx:
            messages.deliver(tx, empty.library, key)
    empty.tick()
    assert len(children(empty, parent)) == 1


def test_nobody_starts_by_hand_what_a_message_begins(empty, people):
    parent = started(empty, people)
    with pytest.raises(NotPermittedError):
        empty.start(people["hr"], "q", {}, parent_id=parent)
    assert len(children(empty, parent)) == 1


def test_what_has_begun_another_matter_cannot_be_withdrawn(empty, people):
    empty.deploy(ADMIN, bundle())
    parent = empty.start(people["hr"], "p", {})["instance"]
    done = task_at(empty, parent, "ask")
    empty.complete(people["hr2"], done, {"note": "E1"})
    with pytest.raises(ConflictError):
        empty.withdraw(people["hr2"], done, "填错了")
    assert len(children(empty, parent)) == 1
