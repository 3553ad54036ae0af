"""Messages across a bundle: whoever sends is heard, whoever waits is told; names are right on both ends."""

import json

import pytest

from engine.bundle import make_bundle
from engine.checks import check
from tests.engine.bundles import FORM, POLICY, diagram, line, process, task

CHILD = POLICY + "  - {process: child, roles: [hr], parent: p, while: open}\n"
KEY = '<zeebe:input source="=note" target="correlationKey" />'


def message(name, key="=process.key"):
    subscription = f'<zeebe:subscription correlationKey="{key}" />' if key else ""
    return f'<bpmn:message id="m_{name}" name="{name}"><bpmn:extensionElements>{subscription}</bpmn:extensionElements></bpmn:message>'


def send(kind, name, inputs="", element="tell"):
    mapping = f"<zeebe:ioMapping>{inputs}</zeebe:ioMapping>" if inputs else ""
    inside = f'<zeebe:taskDefinition type="{kind}" />{mapping}'
    return f'<bpmn:sendTask id="{element}" messageRef="m_{name}"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:sendTask>'


def receive(name, fan_in="", element="wait"):
    fan = f'<zeebe:properties><zeebe:property name="fanIn" value="{fan_in}" /></zeebe:properties>' if fan_in else ""
    return f'<bpmn:receiveTask id="{element}" messageRef="m_{name}"><bpmn:extensionElements>{fan}</bpmn:extensionElements></bpmn:receiveTask>'


def findings(parent, child=None, policy=CHILD, messages=None):
    children = [process(child, "child")] if child else []
    text = diagram(process(parent), *children, messages=messages or "".join(map(message, ("go", "done"))))
    files = {"policy.yaml": policy, "p.bpmn": text, "any.form": json.dumps(FORM)}
    return [
        finding
        for finding in check(make_bundle({path: content.encode() for path, content in files.items()}))
        if finding.file == "p.bpmn"
    ]


def found(*args, **options):
    return {(finding.element, finding.rule) for finding in findings(*args, **options)}


PARENT = task("open") + send("message-to-children", "go") + receive("done", "child", "all")
PARENT += line("begin", "open", "tell", "all", "finish")
GOOD_CHILD = receive("go") + send("message-to-parent", "done", element="say") + line("begin", "wait", "say", "finish")


def test_a_family_that_hears_each_other_has_no_finding():
    assert found(PARENT, GOOD_CHILD) == set()


def test_a_fan_in_names_a_process_below_that_reports_this_message():
    assert found(PARENT.replace('value="child"', 'value="chidl"'), GOOD_CHILD) >= {("all", "message")}
    (finding,) = (
        f for f in findings(PARENT.replace('value="child"', 'value="chidl"'), GOOD_CHILD) if f.element == "all"
    )
    assert "did you mean child" in finding.text.en
    assert ("all", "message") in found(PARENT, GOOD_CHILD.replace("message-to-parent", "message-to-children"))
    assert ("all", "message") in found(PARENT, receive("go") + line("begin", "wait", "finish"))


def test_a_report_needs_a_parent_that_gathers_it():
    alone = send("message-to-parent", "done") + line("begin", "tell", "finish")
    assert found(alone, policy=POLICY) == {("tell", "message")}
    parent = task("open") + send("message-to-children", "go") + line("begin", "open", "tell", "finish")
    assert found(parent, GOOD_CHILD) == {("say", "message")}


def test_a_message_to_children_needs_children_that_wait_for_it():
    alone = send("message-to-children", "go") + line("begin", "tell", "finish")
    assert found(alone, policy=POLICY) == {("tell", "message")}
    silent = send("message-to-parent", "done", element="say") + line("begin", "say", "finish")
    assert found(PARENT, silent) == {("tell", "message")}


def test_a_wait_for_what_nobody_sends_is_found_unless_its_key_says_that_it_comes_from_outside():
    body = receive("go") + line("begin", "wait", "finish")
    assert found(body, policy=POLICY, messages=message("go", "")) == {("wait", "message")}
    assert found(body, policy=POLICY, messages=message("go")) == set()
    parent = PARENT.replace(send("message-to-children", "go"), task("tell"))
    assert found(parent, GOOD_CHILD, messages=message("go", "") + message("done", "")) == {("wait", "message")}


PAIR = send("message", "go", KEY) + receive("go") + task("ask") + line("begin", "ask", "tell", "wait", "finish")


def test_a_message_to_one_instance_has_a_key_on_both_ends():
    assert found(PAIR, policy=POLICY) == set()
    without = found(PAIR.replace(f"<zeebe:ioMapping>{KEY}</zeebe:ioMapping>", ""), policy=POLICY)
    assert without == {("tell", "message")}
    assert found(PAIR, policy=POLICY, messages=message("go", "")) == {("wait", "message")}


def test_a_message_to_one_instance_that_nobody_waits_for_is_found():
    body = send("message", "go", KEY) + task("ask") + line("begin", "ask", "tell", "finish")
    assert found(body, policy=POLICY) == {("tell", "message")}


@pytest.mark.parametrize("name", ["settings", "process", "loopCounter", "", "a.b", "a b", "if", "null", "key"])
def test_what_a_message_carries_has_a_name_that_can_be_read(name):
    child = GOOD_CHILD.replace(
        '<zeebe:taskDefinition type="message-to-parent" />',
        '<zeebe:taskDefinition type="message-to-parent" /><zeebe:ioMapping>'
        f'<zeebe:input source="=1" target="{name}" /></zeebe:ioMapping>',
    )
    assert found(PARENT, child) == {("say", "name")}
