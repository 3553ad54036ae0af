"""Whether a diagram hangs together: what would stand still, turn without end or lead nowhere is found before it runs."""

import pytest

from engine.checks import check
from tests.engine.bundles import flow, line, small, task


def found(body):
    return {(finding.element, finding.rule) for finding in check(small(body))}


def exclusive(element, default=None):
    return f'<bpmn:exclusiveGateway id="{element}"{f" default={chr(34)}{default}{chr(34)}" if default else ""} />'


def parallel(*elements):
    return "".join(f'<bpmn:parallelGateway id="{element}" />' for element in elements)


def end(element):
    return f'<bpmn:endEvent id="{element}" />'


def script(element):
    inside = f'<zeebe:script expression="=1" resultVariable="{element}_value" />'
    return (
        f'<bpmn:scriptTask id="{element}"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:scriptTask>'
    )


CHOICE = task("t") + exclusive("x", "x_to_finish") + end("other") + line("begin", "t", "x", "finish")


@pytest.mark.parametrize(
    ("body", "element", "rule"),
    [
        (task("t") + line("begin", "t", "finish") + flow("t", "nowhere"), "t_to_nowhere", "flow"),
        (task("t") + line("begin", "t", "finish") + flow("nowhere", "t"), "nowhere_to_t", "flow"),
        (task("t") + line("begin", "t", "finish") + flow("t", "begin"), "begin", "flow"),
        (task("t") + line("begin", "t", "finish") + flow("finish", "t"), "finish", "flow"),
        (task("t") + line("begin", "t", "finish") + '<bpmn:sequenceFlow id="f" sourceRef="t" targetRef="finish" />', "f", "flow"),
        (task("t") + task("u") + task("v") + line("begin", "t", "finish") + line("u", "v", "u"), "v", "unreachable"),
        (task("t") + task("u") + exclusive("x", "x_to_t") + end("e") + line("begin", "x", "t", "u", "t") + flow("x", "e", "=1 = 1"), "u", "endless"),
        (CHOICE.replace('default="x_to_finish"', 'default="none"') + flow("x", "other", "=amount = 1"), "x", "condition"),
        (CHOICE.replace('default="x_to_finish"', 'default="begin_to_t"') + flow("x", "other", "=amount = 1"), "x", "condition"),
        (CHOICE + flow("x", "other"), "x", "condition"),
        (CHOICE.replace(flow("x", "finish"), flow("x", "finish", "=true")) + flow("x", "other", "=amount = 1"), "x", "condition"),
        (CHOICE + flow("x", "other", " "), "x_to_other", "expression"),
        (CHOICE + flow("x", "other", "&lt;x/&gt;").replace("&lt;", "<").replace("&gt;", ">"), "x_to_other", "expression"),
        (CHOICE + flow("x", "other", "=null"), "x_to_other", "boolean"),
        (CHOICE + flow("x", "other", "=5"), "x_to_other", "boolean"),
        (task("t").replace("<bpmn:userTask ", '<bpmn:userTask default="t_to_finish" ') + line("begin", "t", "finish"), "t", "condition"),
    ],
)  # fmt: skip
def test_a_flow_that_leads_nowhere_or_has_no_say_is_found(body, element, rule):
    assert (element, rule) in found(body)


@pytest.mark.parametrize(
    "body",
    [
        exclusive("a", "a_to_b") + exclusive("b", "b_to_a") + line("begin", "a", "b", "a")
        + flow("a", "finish", "=process.key = null") + flow("b", "finish", "=process.key = null"),
        script("a") + exclusive("x", "x_to_a") + line("begin", "a", "x", "a") + flow("x", "finish", "=a_value = 2"),
        '<bpmn:intermediateThrowEvent id="a" />' + exclusive("x", "x_to_a") + line("begin", "a", "x", "a") + flow("x", "finish", "=process.key = null"),
    ],
)  # fmt: skip
def test_a_loop_that_waits_for_nobody_is_found_once_with_all_its_elements(body):
    (finding,) = (finding for finding in check(small(body)) if finding.rule == "loop")
    assert finding.element == "a"


def test_a_loop_with_a_person_in_it_is_right():
    assert (
        found(task("t") + exclusive("x", "x_to_t") + line("begin", "t", "x", "t") + flow("x", "finish", "=amount = 1"))
        == set()
    )


@pytest.mark.parametrize(
    "body",
    [
        # one of two, then both wanted
        task("t") + exclusive("x", "x_to_a") + task("a") + task("b") + parallel("join")
        + line("begin", "t", "x", "a", "join", "finish") + flow("x", "b", "=amount = 1") + line("b", "join"),
        # a branch may end elsewhere
        parallel("split", "join") + task("a") + task("b") + exclusive("x", "x_to_join") + end("out")
        + line("begin", "split", "a", "x", "join", "finish") + line("split", "b", "join") + flow("x", "out", "=amount = 1"),
        # a way back from behind the join reaches one branch only
        parallel("split", "join") + task("a") + task("b") + exclusive("x", "x_to_finish")
        + line("begin", "split", "a", "join", "x", "finish") + line("split", "b", "join") + flow("x", "a", "=amount = 1"),
        # a way back into a parallel gateway, which waits for both
        parallel("join") + task("a") + exclusive("x", "x_to_finish") + line("begin", "join", "a", "x", "finish") + flow("x", "join", "=amount = 1"),
    ],
)  # fmt: skip
def test_a_join_that_may_wait_for_ever_is_found(body):
    assert ("join", "join") in found(body)


@pytest.mark.parametrize(
    "body",
    [
        parallel("split", "join") + task("a") + task("b") + line("begin", "split", "a", "join", "finish") + line("split", "b", "join"),
        # a choice within a branch that comes back to it
        parallel("split", "join") + task("a") + task("b") + task("c") + exclusive("x", "x_to_c") + exclusive("y")
        + line("begin", "split", "a", "x", "c", "y", "join", "finish") + flow("x", "y", "=amount = 1") + line("split", "b", "join"),
        # all of it again
        parallel("split", "join") + task("a") + task("b") + exclusive("m") + exclusive("x", "x_to_finish")
        + line("begin", "m", "split", "a", "join", "x", "finish") + line("split", "b", "join") + flow("x", "m", "=amount = 1"),
        # branches that end by themselves
        parallel("split") + task("a") + task("b") + end("e") + line("begin", "split", "a", "finish") + line("split", "b", "e"),
    ],
)  # fmt: skip
def test_a_join_that_all_its_branches_reach_is_right(body):
    assert found(body) == set()


def test_what_is_left_over_by_every_round_of_a_loop_is_found_although_the_ways_are_endless():
    body = parallel("split", "join") + task("a") + task("b") + exclusive("m") + exclusive("x", "x_to_join")
    body += line("begin", "m", "split", "a", "x", "join", "finish") + line("split", "b", "join")
    assert found(body + flow("x", "m", "=amount = 1")) == {("join", "join")}


def test_a_diagram_with_more_ways_than_can_be_tried_is_not_refused_for_it():
    """Sixteen branches, each with a choice of its own: the orders do not count, the choices do."""
    body = parallel("split", "join") + line("begin", "split") + line("join", "finish")
    for number in range(16):
        names = [f"{kind}{number}" for kind in ("ask", "x", "a", "m")]
        body += task(names[0]) + exclusive(names[1], f"{names[1]}_to_{names[2]}") + task(names[2]) + exclusive(names[3])
        body += line("split", *names, "join") + flow(names[1], names[3], "=amount = 1")
    assert found(body) == set()
