"""Blocks with a scope of their own: sub-processes, their handlers and ends, called processes, and all of these for each item."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from tests.acceptance.random_processes.blocks import (
    COLLECTIONS,
    CONDITIONS,
    Fragment,
    chain,
    set_variable,
    side_by_side,
    single,
    timer_definition,
    user,
)
from tests.acceptance.random_processes.events import bordered, interrupted
from tests.engine.bundles import flow, line, task

if TYPE_CHECKING:
    from tests.acceptance.random_processes.generating import Plan


def enclosed(plan: Plan, body: Fragment, more: str = "", before: str = "") -> Fragment:
    """A sub-process around a fragment; `before` stands first in it (inputs), `more` beside the fragment."""
    name, begins, ends = plan.name("sub"), plan.name("begins"), plan.name("ends")
    inside = f'<bpmn:startEvent id="{begins}" /><bpmn:endEvent id="{ends}" />' + body.xml
    inside += flow(begins, body.first) + flow(body.last, ends)
    return single(name, f'<bpmn:subProcess id="{name}">{before}{inside}{more}</bpmn:subProcess>')


def sub_process(plan: Plan) -> Fragment:
    """Perhaps with a variable of its own, and perhaps with a timer on its border."""
    mapping = '<bpmn:extensionElements><zeebe:ioMapping><zeebe:input source="=amount" target="own" /></zeebe:ioMapping></bpmn:extensionElements>'
    before = plan.random.choice(("", mapping))
    if plan.random.random() < 0.5:
        return enclosed(plan, plan.inside(), before=before)
    return bordered(plan, enclosed(plan, chain(user(plan), plan.inside()), before=before), timer_definition(plan))


def with_error(plan: Plan) -> Fragment:
    """A sub-process that an error may end; its handler leads on."""
    error, split, ends, go_on = (
        plan.define("error", plan.name("error"), f'errorCode="E{plan.number}"'),
        plan.name("choose"),
        plan.name("failed"),
        plan.name("fine"),
    )
    definition = f'<bpmn:errorEventDefinition errorRef="{error}" />'
    fails = f'<bpmn:exclusiveGateway id="{split}" default="{split}_to_{go_on}" /><bpmn:endEvent id="{ends}">{definition}</bpmn:endEvent>'
    fails += set_variable(go_on, f"v_{go_on}", "=1") + flow(split, go_on) + flow(split, ends, "=amount &gt; 5")
    body = chain(user(plan), Fragment(fails, split, go_on))
    if plan.random.random() < 0.5:
        with plan.beside():
            body = side_by_side(plan, [body, plan.inside()])
    return interrupted(plan, enclosed(plan, body), plan.name("border"), definition)


def with_escalation(plan: Plan) -> Fragment:
    """A sub-process that calls for somebody on its way."""
    escalation = plan.define("escalation", plan.name("escalation"), f'escalationCode="U{plan.number}"')
    definition, throws = f'<bpmn:escalationEventDefinition escalationRef="{escalation}" />', plan.name("throw")
    raising = single(throws, f'<bpmn:intermediateThrowEvent id="{throws}">{definition}</bpmn:intermediateThrowEvent>')
    return bordered(plan, enclosed(plan, chain(user(plan), raising, plan.inside())), definition)


def with_termination(plan: Plan) -> Fragment:
    """Side by side, and one may end it all."""
    split, ends, go_on = plan.name("choose"), plan.name("over"), plan.name("fine")
    xml = f'<bpmn:exclusiveGateway id="{split}" default="{split}_to_{go_on}" /><bpmn:endEvent id="{ends}"><bpmn:terminateEventDefinition /></bpmn:endEvent>'
    xml += set_variable(go_on, f"v_{go_on}", "=1") + flow(split, go_on) + flow(split, ends, "=amount &gt; 5")
    with plan.beside():
        return enclosed(plan, side_by_side(plan, [chain(user(plan), Fragment(xml, split, go_on)), plan.inside()]))


def with_handler(plan: Plan) -> Fragment:
    """An event sub-process, begun by a timer, that adds to its scope or ends it."""
    handler, begins, extra, ends = plan.name("handler"), plan.name("begins"), plan.name("extra"), plan.name("ends")
    cancel = "" if plan.random.random() < 0.5 else ' isInterrupting="false"'
    inside = f'<bpmn:startEvent id="{begins}"{cancel}>{timer_definition(plan)}</bpmn:startEvent>' + task(extra)
    inside += f'<bpmn:endEvent id="{ends}" />' + line(begins, extra, ends)
    more = f'<bpmn:subProcess id="{handler}" triggeredByEvent="true">{inside}</bpmn:subProcess>'
    return enclosed(plan, plan.inside(), more)


def call(plan: Plan) -> Fragment:
    name, called = plan.name("call"), plan.called()
    return single(name, f'<bpmn:callActivity id="{name}">{called_element(called)}</bpmn:callActivity>')


def called_element(process: str) -> str:
    return f'<bpmn:extensionElements><zeebe:calledElement processId="{process}" propagateAllChildVariables="true" /></bpmn:extensionElements>'


def each(plan: Plan) -> Fragment:
    """A sub-process for each of several experts."""
    name, begins, ends, asked = plan.name("each"), plan.name("begins"), plan.name("ends"), plan.name("user")
    sequential = plan.random.random() < 0.5
    with nullcontext() if sequential else plan.repeated(), plan.beside():
        body = chain(single(asked, task(asked, 'assignee="=who"')), plan.inside())
    inside = f'<bpmn:startEvent id="{begins}" /><bpmn:endEvent id="{ends}" />' + body.xml
    inside += flow(begins, body.first) + flow(body.last, ends)
    loop = for_each(plan, name, sequential=sequential)
    return single(name, f'<bpmn:subProcess id="{name}">{inside}{loop}</bpmn:subProcess>')


def each_script(plan: Plan) -> Fragment:
    """Several at once, none of which waits."""
    name = plan.name("script")
    script = set_variable(name, f"v_{name}", "=who + string(loopCounter)")
    loop = for_each(plan, name, sequential=plan.random.random() < 0.5)
    return single(name, script.replace("</bpmn:scriptTask>", loop + "</bpmn:scriptTask>"))


def for_each(plan: Plan, name: str, *, sequential: bool) -> str:
    collection = plan.random.choice(COLLECTIONS).replace('"', "&quot;")
    condition = plan.random.choice(CONDITIONS)
    given = "" if condition is None else f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>"
    return f"""<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><bpmn:extensionElements>
      <zeebe:loopCharacteristics inputCollection="{collection}" inputElement="who" outputCollection="said_{name}"
      outputElement="={{who: who, turn: loopCounter, said: amount}}" /></bpmn:extensionElements>{given}
      </bpmn:multiInstanceLoopCharacteristics>"""


def inclusive(plan: Plan) -> Fragment:
    """Every way whose condition is true, the first if none is."""
    split, join = plan.name("some"), plan.name("meet")
    with plan.beside():
        branches = [plan.inside() for _ in range(plan.random.randint(2, 3))]
    gateways = f'<bpmn:inclusiveGateway id="{split}" default="{split}_to_{branches[0].first}" /><bpmn:inclusiveGateway id="{join}" />'
    flows = flow(split, branches[0].first)
    for number, branch in enumerate(branches[1:], 1):
        flows += flow(split, branch.first, f"=amount &gt; {2 * number}")
    inside = "".join(branch.xml + flow(branch.last, join) for branch in branches)
    return Fragment(gateways + flows + inside, split, join)
