"""The table of blocks: a new kind of element is one row here and a builder in `blocks`, `events` or `scopes`."""

from __future__ import annotations

from tests.acceptance.random_processes import blocks, events, scopes
from tests.acceptance.random_processes.blocks import Kind

KINDS: dict[str, Kind] = {
    "user task": Kind(blocks.user, weight=5),
    "script task": Kind(blocks.script),
    "business rule task": Kind(blocks.rule, weight=1),
    "multi-instance": Kind(blocks.multi, weight=3),
    "timer": Kind(blocks.timer, once=True),
    "exclusive gateway": Kind(blocks.choice, nests=True, weight=3),
    "parallel gateway": Kind(blocks.parallel, nests=True, weight=3),
    "loop": Kind(blocks.loop, nests=True),
    "message": Kind(blocks.message, nests=True, once=True, weight=3),
    "early end": Kind(blocks.leave, alone=True, weight=1),
    "children": Kind(blocks.children, alone=True),
    "timer boundary": Kind(events.with_timer, once=True, nests=True),
    "cycle boundary": Kind(events.with_cycle, once=True, weight=1),
    "message boundary": Kind(events.with_message, nests=True, once=True),
    "signal boundary": Kind(events.with_signal, once=True, nests=True),
    "conditional boundary": Kind(events.with_condition, nests=True),
    "event-based gateway": Kind(events.first_of, nests=True, once=True),
    "link": Kind(events.link, weight=1),
    "sub-process": Kind(scopes.sub_process, once=True, nests=True),
    "error boundary": Kind(scopes.with_error, nests=True),
    "escalation boundary": Kind(scopes.with_escalation, nests=True),
    "terminate end": Kind(scopes.with_termination, nests=True),
    "event sub-process": Kind(scopes.with_handler, once=True, nests=True),
    "call activity": Kind(scopes.call, nests=True),
    "multi-instance sub-process": Kind(scopes.each, nests=True),
    "multi-instance script": Kind(scopes.each_script, weight=1),
    "inclusive gateway": Kind(scopes.inclusive, nests=True, straight=True),
}
