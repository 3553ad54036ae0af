"""The table of blocks: a new kind of element is one row here and a builder in `blocks`, `events` or `scopes`."""

from __future__ import annotations

from tests.acceptance.random_processes import blocks
from tests.acceptance.random_processes.blocks import Kind

KINDS: dict[str, Kind] = {
    "user task": Kind(blocks.user, weight=5),
    "script task": Kind(blocks.script),
    "business rule task": Kind(blocks.rule, weight=1),
    "multi-instance": Kind(blocks.multi, weight=3),
    "timer": Kind(blocks.timer),
    "exclusive gateway": Kind(blocks.choice, nests=True, weight=3),
    "parallel gateway": Kind(blocks.parallel, nests=True, weight=3),
    "loop": Kind(blocks.loop, nests=True),
    "message": Kind(blocks.message, nests=True, once=True, weight=3),
    "early end": Kind(blocks.leave, alone=True, weight=1),
    "children": Kind(blocks.children, alone=True),
}
