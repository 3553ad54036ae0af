"""Messages between a parent and its children on a small family: told again and again, ended early, asked late."""

import pytest

from engine.bundle import make_bundle
from engine.cases.running import World
from tests.engine.bundles import POLICY, diagram, flow, line, process, small, task
from tests.people import ADMIN
from tests.policies.test_message_stages import give_up, see

MESSAGES = "".join(
    f'<bpmn:message id="m_{name}" name="{name}"><bpmn:extensionElements><zeebe:subscription correlationKey="=process.key" />'
    "</bpmn:extensionElements></bpmn:message>"
    for name in ("go", "done")
)


def send(element, kind, message):
    inside = f'<zeebe:taskDefinition type="{kind}" />'
    return f'<bpmn:sendTask id="{element}" messageRef="m_{message}"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:sendTask>'


@pytest.fixture
def family(empty):
    """A parent that may tell its children to go, again and again, and may end without waiting for them."""
    empty.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    empty.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    policy = POLICY + "  - {process: child, roles: [hr], parent: p, while: open}\n"
    fan_in = '<bpmn:extensionElements><zeebe:properties><zeebe:property name="fanIn" value="child" /></zeebe:properties></bpmn:extensionElements>'
    parent = '<bpmn:exclusiveGateway id="again" /><bpmn:exclusiveGateway id="ask" default="ask_to_all" /><bpmn:endEvent id="left" />'
    parent += task("open") + send("tell", "message-to-children", "go")
    parent += f'<bpmn:receiveTask id="all" messageRef="m_done">{fan_in}</bpmn:receiveTask>'
    parent += line("begin", "again", "open", "tell", "ask", "all", "finish")
    parent += flow("ask", "again", "=amount = 1") + flow("ask", "left", "=amount = 2")
    child = '<bpmn:receiveTask id="wait" messageRef="m_go" />' + task("work") + send("say", "message-to-parent", "done")
    child += line("begin", "wait", "work", "say", "finish")
    files = {
        "policy.yaml": policy.encode(),
        "p.bpmn": diagram(process(parent), process(child, "child"), messages=MESSAGES).encode(),
    }
    empty.deploy(ADMIN, make_bundle({**small(line("begin", "finish")).files, **files}))
    world = World(empty, empty.clock, None)
    world.instances["p"] = empty.start(empty.actor("hr"), "p", {})["instance"]
    return world


def begin_child(world, name):
    hr = world.engine.actor("hr")
    world.instances[name] = world.engine.start(hr, "child", {}, parent_id=world.instances["p"])["instance"]


def do(world, name, element, **values):
    hr = world.engine.actor("hr")
    found = next(
        one
        for one in world.engine.inbox(hr, "groups")
        if (one.instance_id, one.element) == (world.instances[name], element)
    )
    world.engine.complete(hr, found.id, values)


def test_a_child_that_is_started_after_its_siblings_were_told_hears_the_next_word_only(family):
    begin_child(family, "first")
    do(family, "p", "open", amount=1)
    begin_child(family, "second")
    assert (see(family, "first").active, see(family, "second").active) == ({"work"}, {"wait"})
    do(family, "p", "open", amount=0)
    assert see(family, "second").active == {"work"}


def test_children_of_an_ended_parent_go_on_and_their_report_becomes_an_incident(family):
    begin_child(family, "first")
    do(family, "p", "open", amount=2)
    assert see(family, "p").line.end_element == "left"
    do(family, "first", "work")
    assert see(family, "first").line.end_element == "child_finish"
    give_up(family.engine)
    (incident,) = family.engine.incidents(ADMIN)
    assert (incident.element, incident.instance_id) == ("done", family.instances["p"])
    assert "done" in incident.cause.zh


def test_a_report_after_the_parent_went_on_is_kept_for_its_next_wait(family):
    """The parent was asked while nobody had to report; what a child says in the meantime is there when it asks."""
    begin_child(family, "first")
    do(family, "p", "open", amount=1)
    do(family, "first", "work")
    begin_child(family, "second")
    do(family, "p", "open", amount=0)
    assert see(family, "p").active == {"all"}
    do(family, "second", "work")
    assert len(see(family, "p").variables["reports"]) == 2
    assert see(family, "p").line.end_element == "finish"
