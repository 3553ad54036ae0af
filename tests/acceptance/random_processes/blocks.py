"""What random processes are made of: a builder for each kind of block; the table of them is in `kinds`.

A builder gets the plan (its random source, its names, its nested blocks) and gives a fragment with one way in and one
way out. How it is driven needs no word: the player completes whatever task is open and moves the clock to whatever timer
waits. Only what a person may do besides (start a child while a task is open) is told to the plan, see `plan.children`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.engine.bundles import flow, line, task

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.random_processes.generating import Plan

MOST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a diagram: its elements and flows, its first element and its last."""

    xml: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Kind:
    """`nests`: has blocks inside. `alone`: only where nothing runs beside it. `weight`: how often it is drawn.

    `once`: never in what runs several times at once. A message's key would mean several waits, and which of two equal
    timers fires first is chance. `straight`: never beside others in a loop. An inclusive join waits for whatever can
    still come round, and so for those who wait for it.
    """

    build: Callable[[Plan], Fragment]
    nests: bool = False
    alone: bool = False
    once: bool = False
    straight: bool = False
    weight: int = 2


def chain(*fragments: Fragment) -> Fragment:
    """One after the other."""
    flows = "".join(flow(one.last, other.first) for one, other in itertools.pairwise(fragments))
    return Fragment("".join(fragment.xml for fragment in fragments) + flows, fragments[0].first, fragments[-1].last)


def single(element: str, xml: str) -> Fragment:
    return Fragment(xml, element, element)


# --- tasks

ASSIGNMENTS = (
    'candidateGroups="hr"',
    'candidateGroups="leader"',
    'candidateGroups="=if amount &gt; 4 then [&quot;leader&quot;, &quot;hr&quot;] else [&quot;hr&quot;]"',
    'assignee="=process.initiator.id"',
    'assignee="x1"',
)
EXTRAS = (
    "",
    "",
    '<zeebe:taskSchedule dueDate="=now() + duration(&quot;P2D&quot;)" />',
    '<zeebe:properties><zeebe:property name="notBy" value="=process.initiator.id" /></zeebe:properties>',
    """<zeebe:ioMapping><zeebe:input source="=amount + 1" target="hint" /><zeebe:output source="=amount" target="amount" />
      <zeebe:output source="={said: note, hint: hint}" target="told" /></zeebe:ioMapping>""",
)


def user(plan: Plan) -> Fragment:
    assignment, extra = plan.random.choice(ASSIGNMENTS), plan.random.choice(EXTRAS)
    if "notBy" in extra:  # somebody else must be able to
        assignment = 'candidateGroups="hr"'
    name = plan.name("user")
    return single(name, task(name, assignment, inside=extra))


SCRIPTS = ("=amount + 1", "={was: amount, list: [amount, amount * 2]}", "=string(today())", "=process.key")


def script(plan: Plan) -> Fragment:
    name = plan.name("script")
    return single(name, set_variable(name, f"v_{name}", plan.random.choice(SCRIPTS)))


def set_variable(name: str, variable: str, expression: str) -> str:
    inside = f'<zeebe:script expression="{expression}" resultVariable="{variable}" />'
    return f'<bpmn:scriptTask id="{name}"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:scriptTask>'


def rule(plan: Plan) -> Fragment:
    """The decision of `generating.DECISION`."""
    name = plan.name("rule")
    inside = f'<zeebe:calledDecision decisionId="size" resultVariable="r_{name}" />'
    tag = "businessRuleTask"
    return single(
        name, f'<bpmn:{tag} id="{name}"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:{tag}>'
    )


CONDITIONS = (None, "=amount &gt; 6", "=numberOfCompletedInstances &gt;= 2")
COLLECTIONS = ('=["x1", "x2", "x3"]', '=["x2"]', '=if amount &gt; 3 then ["x3", "x1"] else []')


def multi(plan: Plan) -> Fragment:
    """One task for each of several experts, side by side or in turn."""
    name, condition = plan.name("multi"), plan.random.choice(CONDITIONS)
    sequential = "true" if plan.random.random() < 0.5 else "false"
    collection = plan.random.choice(COLLECTIONS).replace('"', "&quot;")
    given = "" if condition is None else f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>"
    loop = f"""<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}"><bpmn:extensionElements>
      <zeebe:loopCharacteristics inputCollection="{collection}" inputElement="who" outputCollection="said_{name}"
      outputElement="={{who: who, turn: loopCounter, said: amount}}" /></bpmn:extensionElements>{given}
      </bpmn:multiInstanceLoopCharacteristics>"""
    return single(name, task(name, 'assignee="=who"', after=loop))


# --- gateways


def choice(plan: Plan) -> Fragment:
    split = plan.name("choose")
    branches = [plan.inside() for _ in range(plan.random.randint(2, 3))]
    xml = f'<bpmn:exclusiveGateway id="{split}" default="{split}_to_{branches[0].first}" />'
    xml += flow(split, branches[0].first)
    for number, branch in enumerate(branches[1:], 1):
        xml += flow(split, branch.first, f"=amount &gt; {3 * number}")
    return join_alternatives(plan, split, xml, branches)


def join_alternatives(plan: Plan, split: str, xml: str, branches: list[Fragment]) -> Fragment:
    """Ways of which one is gone come together; `xml` is the gateway that chooses, with its flows."""
    join = plan.name("merge")
    return _between(split, branches, join, f'{xml}<bpmn:exclusiveGateway id="{join}" />')


def parallel(plan: Plan) -> Fragment:
    with plan.beside():
        branches = [plan.inside() for _ in range(plan.random.randint(2, 3))]
    return side_by_side(plan, branches)


def side_by_side(plan: Plan, branches: list[Fragment]) -> Fragment:
    split, join = plan.name("split"), plan.name("join")
    gateways = f'<bpmn:parallelGateway id="{split}" /><bpmn:parallelGateway id="{join}" />'
    flows = "".join(flow(split, branch.first) for branch in branches)
    return _between(split, branches, join, gateways + flows)


def _between(split: str, branches: list[Fragment], join: str, xml: str) -> Fragment:
    inside = "".join(branch.xml + flow(branch.last, join) for branch in branches)
    return Fragment(xml + inside, split, join)


def loop(plan: Plan) -> Fragment:
    """Again, while the last amount says so, but a few times at most."""
    again, count, ask = plan.name("again"), plan.name("count"), plan.name("ask")
    rounds = f"rounds_{count}"
    with plan.looped():
        body = plan.random.choice((_just_user, _user_and_more, _user_and_branches))(plan)
    xml = f'<bpmn:exclusiveGateway id="{again}" /><bpmn:exclusiveGateway id="{ask}" default="{{default}}" />'
    xml += set_variable(count, rounds, f"=if {rounds} = null then 1 else {rounds} + 1")
    after = plan.name("after")
    xml = xml.format(default=f"{ask}_to_{after}") + set_variable(after, rounds, "=null")
    xml += body.xml + line(again, body.first) + line(body.last, count, ask, after)
    xml += flow(ask, again, f"=amount &gt; 4 and {rounds} &lt; {MOST_ROUNDS}")
    return Fragment(xml, again, after)


def _just_user(plan: Plan) -> Fragment:
    return user(plan)


def _user_and_more(plan: Plan) -> Fragment:
    return chain(user(plan), plan.inside())


def _user_and_branches(plan: Plan) -> Fragment:
    return chain(user(plan), parallel(plan))


def leave(plan: Plan) -> Fragment:
    """Perhaps an end of its own, before the rest."""
    split, end, go_on = plan.name("leave"), plan.name("left"), plan.name("stay")
    xml = f'<bpmn:exclusiveGateway id="{split}" default="{split}_to_{go_on}" /><bpmn:endEvent id="{end}" />'
    xml += set_variable(go_on, f"v_{go_on}", "=1") + flow(split, go_on) + flow(split, end, "=amount = 9")
    return Fragment(xml, split, go_on)


# --- events

TIMERS = (
    ("timeDuration", "PT30M"),
    ("timeDuration", "P3D"),
    ("timeDuration", '=duration("PT" + string(amount + 1) + "H")'),
    ("timeDate", '=now() + duration("P1D")'),
    ("timeDate", "=working days after(today(), 2)"),
    ("timeDate", "2025-05-12T08:00:00+08:00"),
)


def timer(plan: Plan) -> Fragment:
    name = plan.name("timer")
    return single(
        name, f'<bpmn:intermediateCatchEvent id="{name}">{timer_definition(plan)}</bpmn:intermediateCatchEvent>'
    )


def timer_definition(plan: Plan) -> str:
    kind, expression = plan.random.choice(TIMERS)
    expression = expression.replace('"', "&quot;")
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{expression}</bpmn:{kind}></bpmn:timerEventDefinition>"


def message(plan: Plan) -> Fragment:
    """One branch sends, the other waits; whichever comes first."""
    name = plan.message()
    with plan.beside():
        before, after = plan.inside(), plan.inside()
    sends, waits = plan.name("send"), plan.name("wait")
    key = f'<zeebe:input source="=process.key + &quot;{name}&quot;" target="correlationKey" />'
    sender = single(sends, send(sends, "message", name, key + '<zeebe:input source="=amount" target="heard" />'))
    receiver = single(waits, plan.random.choice((receive, catch))(waits, name))
    return side_by_side(plan, [chain(before, sender), chain(after, receiver)])


def send(element: str, kind: str, name: str, inputs: str) -> str:
    inside = f'<zeebe:taskDefinition type="{kind}" /><zeebe:ioMapping>{inputs}</zeebe:ioMapping>'
    return (
        f'<bpmn:sendTask id="{element}" messageRef="{name}"><bpmn:extensionElements>{inside}</bpmn:extensionElements>'
        "</bpmn:sendTask>"
    )


def receive(element: str, name: str, properties: str = "") -> str:
    inside = f"<zeebe:properties>{properties}</zeebe:properties>" if properties else ""
    return (
        f'<bpmn:receiveTask id="{element}" messageRef="{name}"><bpmn:extensionElements>{inside}</bpmn:extensionElements>'
        "</bpmn:receiveTask>"
    )


def catch(element: str, name: str) -> str:
    return (
        f'<bpmn:intermediateCatchEvent id="{element}"><bpmn:messageEventDefinition messageRef="{name}" />'
        "</bpmn:intermediateCatchEvent>"
    )


def children(plan: Plan) -> Fragment:
    """A task during which children are begun; then they are told to go, or not, and all are waited for."""
    opened, told, done = plan.name("open"), plan.name("tell"), plan.name("all")
    go, report = plan.message(), plan.message()
    fan_in = '<zeebe:property name="fanIn" value="child" />'
    plan.children(opened, go, report)
    return chain(
        single(opened, task(opened)),
        single(told, send(told, "message-to-children", go, '<zeebe:input source="=amount" target="word" />')),
        single(done, receive(done, report, fan_in)),
    )


def child_body(plan: Plan, go: str, report: str) -> Fragment:
    """A child works, may leave without a word, waits for the word, and reports."""
    waits, says = plan.name("wait"), plan.name("say")
    word = '<zeebe:input source="=amount" target="said" />'
    return chain(
        plan.sequence(2),
        leave(plan),
        single(waits, receive(waits, go)),
        plan.sequence(1),
        single(says, send(says, "message-to-parent", report, word)),
    )
