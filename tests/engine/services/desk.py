"""Diagrams of one service task each, run for real: what goes in as FEEL, what comes out as variables."""

import itertools

from tests.engine.bundles import POLICY, line, small
from tests.people import ADMIN

LEVELS = """
certificate:
  category: {Y: {zh: 用人单位, en: employer}}
  province: {"12": {zh: 天津市, en: Tianjin}}
  levels:
    special: {letter: T, zh: 特级技师, en: special, source: AX.1}
    chief: {letter: null, zh: 首席技师, en: chief, source: 未知}
"""
PREFIX = "Y000012000123"
# The same bundle twice would be one deployment, and an older one than others meanwhile.
_times = itertools.count(1)


def service(name, **inputs):
    """A service task `serve` with these FEEL inputs."""
    mapping = "".join(f'<zeebe:input source="={quoted(text)}" target="{key}" />' for key, text in inputs.items())
    return f"""<bpmn:serviceTask id="serve" name="serve"><bpmn:extensionElements>
      <zeebe:taskDefinition type="{name}" /><zeebe:ioMapping>{mapping}</zeebe:ioMapping>
      </bpmn:extensionElements></bpmn:serviceTask>"""


def quoted(text):
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def bundle(name, **inputs):
    return small(service(name, **inputs) + line("begin", "serve", "finish"), policy=POLICY + LEVELS)


def serve(engine, actor, name, **inputs):
    """Run it once; the instance's variables."""
    from tests.engine.commands.office import whole

    engine.deploy(ADMIN, bundle(name, **inputs, again=str(next(_times))))
    return whole(engine, engine.start(actor, "p", {})["instance"]).variables
