"""The eleven-completion procedure, for ours and for raw SpiffWorkflow."""

import json
import time

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter
from SpiffWorkflow.task import TaskState

from engine.bundle import make_bundle
from tests.engine.bundles import FORM, POLICY, diagram, flow, line, process, task

COMPLETIONS = 11
TEXT = "评" * 300  # about 1 kB in UTF-8


def values():
    return {"note": TEXT, "amount": 7}


def bundle():
    script = '<bpmn:scriptTask id="{0}"><bpmn:extensionElements><zeebe:script expression="=amount + {1}" resultVariable="{0}_value" /></bpmn:extensionElements></bpmn:scriptTask>'
    body = "".join(task(f"t{number}") for number in range(1, 12)) + script.format("s1", 1) + script.format("s2", 2)
    body += '<bpmn:businessRuleTask id="rule"><bpmn:extensionElements><zeebe:calledDecision decisionId="grade" resultVariable="grade" /></bpmn:extensionElements></bpmn:businessRuleTask>'
    body += '<bpmn:exclusiveGateway id="choose" default="choose_to_low" /><bpmn:endEvent id="low" />'
    body += '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT0S</bpmn:timeDuration></bpmn:timerEventDefinition>"
    body += f'<bpmn:intermediateCatchEvent id="pause">{timer}</bpmn:intermediateCatchEvent>'
    body += line("begin", "t1", "t2", "t3", "t4", "rule", "choose", "low") + flow("choose", "t5", "=grade &gt; 0")
    body += line("t5", "s1", "t6", "t7", "t8", "split") + "".join(line("split", f"t{n}", "join") for n in (9, 10, 11))
    body += line("join", "pause", "s2", "finish")
    return make_bundle(
        {
            "policy.yaml": POLICY.encode(),
            "p.bpmn": diagram(process(body)).encode(),
            "any.form": json.dumps(FORM).encode(),
            "grade.dmn": table().encode(),
        }
    )


def table(rules=26):
    rows = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>{n}</text></inputEntry><outputEntry id="o{n}"><text>{n}</text></outputEntry></rule>'
        for n in range(rules)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="http://pingpin.example/bench">
<inputData id="amount" name="amount"><variable id="av" name="amount" typeRef="number" /></inputData>
<decision id="grade" name="grade"><variable id="gv" name="grade" typeRef="number" />
<informationRequirement id="ir"><requiredInput href="#amount" /></informationRequirement>
<decisionTable id="dt" hitPolicy="UNIQUE"><input id="in"><inputExpression id="ie" typeRef="number"><text>amount</text></inputExpression></input>
<output id="out" name="grade" typeRef="number" />{rows}</decisionTable></decision></definitions>"""


class RawSpiff:
    """The same procedure on SpiffWorkflow alone: load, complete one task, run, save; no database, no HTTP, no forms.

    The rule task is a script that looks the value up, the timer is left out: raw SpiffWorkflow does a little less.
    """

    def __init__(self):
        body = "".join(f'<bpmn:userTask id="t{n}" />' for n in range(1, 12))
        body += "".join(
            f'<bpmn:scriptTask id="{name}"><bpmn:script>{name} = amount + 1</bpmn:script></bpmn:scriptTask>'
            for name in ("s1", "s2", "rule")
        )
        body += '<bpmn:exclusiveGateway id="choose" default="choose_to_low" /><bpmn:endEvent id="low" />'
        body += '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
        body += line("begin", "t1", "t2", "t3", "t4", "rule", "choose", "low") + flow("choose", "t5", "rule &gt; 0")
        body += line("t5", "s1", "t6", "t7", "t8", "split") + "".join(
            line("split", f"t{n}", "join") for n in (9, 10, 11)
        )
        body += line("join", "s2", "finish")
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(diagram(process(body)).encode()), "bench.bpmn")
        self.spec = parser.get_spec("p")
        self.serializer = BpmnWorkflowSerializer()

    def run(self, instances):
        """Seconds of each load-run-save: with the spec kept apart, and with the library's own state."""
        apart, full = [], []
        for _ in range(instances):
            full += self.play(self.serializer.serialize_json, self.serializer.deserialize_json)
            apart += self.play(self.save_apart, self.load_apart)
        return apart, full

    def play(self, save, load):
        workflow = BpmnWorkflow(self.spec)
        workflow.do_engine_steps()
        state, seconds = save(workflow), []
        while not workflow.completed:
            start = time.perf_counter()
            workflow = load(state)
            ready = workflow.get_next_task(state=TaskState.READY, manual=True)
            ready.data.update(values(), **{f"copy_{ready.task_spec.name}": TEXT})
            ready.run()
            workflow.do_engine_steps()
            state = save(workflow)
            seconds.append(time.perf_counter() - start)
        return seconds

    def save_apart(self, workflow):
        document = self.serializer.to_dict(workflow)
        document.pop("spec")
        return json.dumps(document)

    def load_apart(self, state):
        return _Apart.restore(self.serializer, json.loads(state), self.spec)


class _Apart(BpmnWorkflowConverter):
    """The library's own restoring, handed its spec instead of reading it."""

    @staticmethod
    def restore(serializer, document, spec):
        registry = serializer.registry
        converter = _Apart.__new__(_Apart)
        converter.registry, converter.target_class = _WithSpec(registry, spec), BpmnWorkflow
        document.pop("typename", None)
        return converter.from_dict({**document, "spec": _SPEC})


_SPEC = "the spec kept apart"


class _WithSpec:
    def __init__(self, registry, spec):
        self.registry, self.spec = registry, spec

    def restore(self, value, **options):
        return self.spec if value == _SPEC else self.registry.restore(value, **options)
