"""Blocks of events: on the border of an activity, in the middle, and behind a gateway that waits for the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.random_processes.blocks import (
    Fragment,
    chain,
    join_alternatives,
    receive,
    send,
    set_variable,
    side_by_side,
    single,
    timer_definition,
    user,
)
from tests.engine.bundles import flow, line, task

if TYPE_CHECKING:
    from tests.acceptance.random_processes.generating import Plan


def boundary(name: str, attached: str, definition: str, *, interrupting: bool = True) -> str:
    cancel = "" if interrupting else ' cancelActivity="false"'
    return f'<bpmn:boundaryEvent id="{name}" attachedToRef="{attached}"{cancel}>{definition}</bpmn:boundaryEvent>'


def bordered(plan: Plan, inner: Fragment, definition: str) -> Fragment:
    """An activity that an event on its border may end; either way leads on. Or the event only adds something beside."""
    event = plan.name("border")
    if plan.random.random() < 0.5:
        extra, end = plan.name("extra"), plan.name("left")
        xml = boundary(event, inner.first, definition, interrupting=False) + task(extra)
        xml += f'<bpmn:endEvent id="{end}" />' + line(event, extra, end)
        return Fragment(inner.xml + xml, inner.first, inner.last)
    return interrupted(plan, inner, event, definition)


def interrupted(plan: Plan, inner: Fragment, event: str, definition: str) -> Fragment:
    join, handled = plan.name("merge"), plan.inside()
    xml = inner.xml + boundary(event, inner.first, definition) + flow(event, handled.first) + handled.xml
    xml += f'<bpmn:exclusiveGateway id="{join}" />' + flow(inner.last, join) + flow(handled.last, join)
    return Fragment(xml, inner.first, join)


def with_timer(plan: Plan) -> Fragment:
    return bordered(plan, user(plan), timer_definition(plan))


def with_cycle(plan: Plan) -> Fragment:
    """A reminder that comes twice at most."""
    inner, event, said, end = user(plan), plan.name("border"), plan.name("extra"), plan.name("left")
    cycle = "<bpmn:timerEventDefinition><bpmn:timeCycle>R2/P1D</bpmn:timeCycle></bpmn:timerEventDefinition>"
    xml = boundary(event, inner.first, cycle, interrupting=False) + set_variable(said, f"v_{said}", "=amount")
    return Fragment(inner.xml + xml + f'<bpmn:endEvent id="{end}" />' + line(event, said, end), inner.first, inner.last)


def with_message(plan: Plan) -> Fragment:
    """One branch works, the other may stop it by a word; the word may come too late."""
    name = plan.message()
    definition = f'<bpmn:messageEventDefinition messageRef="{name}" />'
    with plan.beside():
        worker = bordered(plan, user(plan), definition)
        before = plan.inside()
    return side_by_side(plan, [worker, chain(before, sender(plan, name))])


def sender(plan: Plan, name: str) -> Fragment:
    sends = plan.name("send")
    key = f'<zeebe:input source="=process.key + &quot;{name}&quot;" target="correlationKey" />'
    return single(sends, send(sends, "message", name, key + '<zeebe:input source="=amount" target="heard" />'))


def with_signal(plan: Plan) -> Fragment:
    name, throws = plan.define("signal", plan.name("signal")), plan.name("throw")
    definition = f'<bpmn:signalEventDefinition signalRef="{name}" />'
    with plan.beside():
        worker = bordered(plan, user(plan), definition)
        before = plan.inside()
    thrower = single(throws, f'<bpmn:intermediateThrowEvent id="{throws}">{definition}</bpmn:intermediateThrowEvent>')
    return side_by_side(plan, [worker, chain(before, thrower)])


def with_condition(plan: Plan) -> Fragment:
    """What another branch enters may end the task."""
    definition = '<bpmn:conditionalEventDefinition><bpmn:condition xsi:type="bpmn:tFormalExpression">=amount &gt; 6</bpmn:condition></bpmn:conditionalEventDefinition>'
    with plan.beside():
        return side_by_side(plan, [bordered(plan, user(plan), definition), user(plan)])


def first_of(plan: Plan) -> Fragment:
    """A message or a moment, whichever comes first; the other is over."""
    name, gateway, waits, moment = plan.message(), plan.name("first"), plan.name("wait"), plan.name("timer")
    with plan.beside():
        ways = [plan.inside(), plan.inside()]
        before = plan.inside()
    event = f'<bpmn:intermediateCatchEvent id="{moment}">{timer_definition(plan)}</bpmn:intermediateCatchEvent>'
    heads = [single(waits, receive(waits, name)), single(moment, event)]
    ways = [chain(head, way) for head, way in zip(heads, ways, strict=True)]
    split = f'<bpmn:eventBasedGateway id="{gateway}" />' + "".join(flow(gateway, way.first) for way in ways)
    return side_by_side(plan, [join_alternatives(plan, gateway, split, ways), chain(before, sender(plan, name))])


def link(plan: Plan) -> Fragment:
    throws, catches = plan.name("go"), plan.name("come")
    definition = f'<bpmn:linkEventDefinition name="{throws}" />'
    xml = f'<bpmn:intermediateThrowEvent id="{throws}">{definition}</bpmn:intermediateThrowEvent>'
    return Fragment(
        xml + f'<bpmn:intermediateCatchEvent id="{catches}">{definition}</bpmn:intermediateCatchEvent>', throws, catches
    )
