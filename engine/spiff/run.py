"""One step of one instance: restore, make the move, let everything run that waits for nobody, take the snapshot.

SpiffWorkflow moves the tokens; variables, expressions, decisions, services, messages and timers are the host's, so its
task data stays empty. Nothing here reads a clock or a database.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import feel
from engine.errors import ConflictError, InvalidError
from engine.expressions import RESERVED, counted
from engine.permissions import Role
from engine.spiff import state as states
from engine.spiff.parser import HostMessage, HostTimer
from engine.spiff.script import FeelScriptEngine
from engine.spiff.snapshot import (
    Complete,
    Fire,
    Happening,
    Move,
    OpenedSubscription,
    OpenedTask,
    OpenedTimer,
    Receive,
    Sent,
    Snapshot,
    Start,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.decisions import Outcome
    from engine.diagram import Diagram, Element, Flow, MultiInstance
    from engine.expressions import Evaluator

MAX_STEPS = 2000
MAX_SECONDS = 5  # of a stopwatch: others wait for the lock meanwhile
MAX_DEPTH = 900  # at 1000 SpiffWorkflow stops silently and calls the instance complete


class Host:
    """What a step needs of the world around it, handed in by the command."""

    def __init__(
        self,
        *,
        evaluator: Evaluator,
        facts: Mapping[str, Any],
        decide: Callable[[str, Mapping[str, Any]], Outcome],
        serve: Callable[[Element, Mapping[str, Any]], Mapping[str, Any]],
    ) -> None:
        """`facts` are the read-only names `settings` and `process`, as FEEL values."""
        self.evaluator, self.facts, self.decide, self.serve = evaluator, facts, decide, serve


def advance(
    diagram: Diagram, spec: Any, state: bytes | None, variables: Mapping[str, Any], move: Move, host: Host
) -> Snapshot:
    """Make one move. Raises InvalidError for what the diagram or its data do not allow, ConflictError for a closed wait."""
    run = Run(diagram, spec, state, variables, host)
    try:
        run.make(move)
        run.settle()
    except (WorkflowException, RecursionError) as error:
        raise InvalidError(
            f"{diagram.process}: 流程无法继续: {error}。请联系流程负责人。",
            f"{diagram.process}: the process cannot go on: {error}. Tell the process owner.",
        ) from error
    return run.snapshot()


class Run:
    """An instance while it moves."""

    def __init__(
        self, diagram: Diagram, spec: Any, state: bytes | None, variables: Mapping[str, Any], host: Host
    ) -> None:
        self.diagram, self.host = diagram, host
        engine = FeelScriptEngine()
        engine.run = self
        self.workflow = (
            BpmnWorkflow(spec, script_engine=engine)
            if state is None
            else states.load(state, spec, script_engine=engine)
        )
        self.variables = dict(variables)
        self.scope: dict[str, Any] = {key: feel.from_json(value) for key, value in variables.items()} | dict(host.facts)
        self.before = {str(task.id): self._kind(task) for task in self._waits()}
        self.sent: list[Sent] = []
        self.happenings: list[Happening] = []
        self.brought: dict[str, dict[str, Any]] = {}
        self.entered: dict[str, dict[str, Any]] = {}
        self.passed: dict[str, None] = {}
        self.flows: dict[str, None] = {}
        self._flow_by_ends = {(flow.source, flow.target): flow for flow in diagram.flows.values()}

    # --- the move

    def make(self, move: Move) -> None:
        match move:
            case Start():
                pass  # a new workflow's start event is ready by itself
            case Complete(task_id, values):
                self._finish(self._wait(task_id), values)
            case Fire(timer_id):
                self._happen(self._wait(timer_id), {})
            case Receive(subscription_id, payload):
                self._happen(self._wait(subscription_id), payload)

    def _wait(self, wait_id: str) -> Any:
        task = next((task for task in self._waits() if str(task.id) == wait_id), None)
        if task is None:
            raise ConflictError("该步骤已经结束, 请刷新页面。", "this step is over already; reload the page.")
        return task

    def _happen(self, task: Any, payload: Mapping[str, Any]) -> None:
        self._take(self.element(task), payload, {})
        task.internal_data["event_fired"] = True
        task.task_spec._update(task)  # noqa: SLF001  the library's way to look again at a waiting event

    # --- until everything waits

    def settle(self) -> None:
        started = time.perf_counter()
        for _ in range(MAX_STEPS):
            if time.perf_counter() - started > MAX_SECONDS:
                break
            self.workflow.do_engine_steps(did_complete_task=self._note)
            ready = next((task for task in self._ready() if not self._is_for_people(task)), None)
            if ready is None:
                return
            self._work(ready)
        raise InvalidError(
            f"{self.diagram.process}: 一步之内超过{MAX_STEPS}个元素或{MAX_SECONDS}秒, 流程图可能有空转的环或过重的计算。请在环中加入人工任务。",
            f"{self.diagram.process}: more than {MAX_STEPS} elements or {MAX_SECONDS} seconds in one step: a loop that waits for "
            "nobody, or too much to compute. Draw a user task into the loop.",
        )

    def _work(self, task: Any) -> None:
        element = self.element(task)
        local = {**self._local(task), **self._inputs(element, self._local(task))}
        match element.tag:
            case "scriptTask":
                result = self.brought[element.id] = self._script(element, local)
            case "businessRuleTask":
                result = self._decide(element, local)
            case "serviceTask":
                result = self.brought[element.id] = dict(
                    self.host.serve(element, self._inputs(element, self._local(task)))
                )
            case _:
                self.send(task)
                result = {}
        self._finish(task, result)

    def _script(self, element: Element, local: Mapping[str, Any]) -> dict[str, Any]:
        return {element.result_variable or element.id: self._json(element.script or "", local)}

    def _decide(self, element: Element, local: Mapping[str, Any]) -> dict[str, Any]:
        outcome = self.host.decide(element.decision_id or "", {**self.scope, **local})
        value = feel.to_json(outcome.value)
        self.happenings.append(
            Happening(
                "decided",
                element.id,
                {"decision": element.decision_id, "value": value, "trace": outcome.trace.as_json()},
            )
        )
        return {element.result_variable or element.id: value}

    def send(self, task: Any) -> None:
        """Put a message into the snapshot; the outbox is the command's."""
        element = self.element(task)
        if element.message is None:
            return
        inputs = feel.to_json(self._inputs(element, self._local(task)))
        key = inputs.pop("correlationKey", None)
        kind = element.task_type or "message"
        self.sent.append(Sent(kind, element.id, element.message.name, None if key is None else str(key), inputs))

    # --- scopes

    def element(self, task: Any) -> Element:
        return self.diagram.elements[task.task_spec.bpmn_id]

    def _inputs(self, element: Element, local: Mapping[str, Any]) -> dict[str, Any]:
        scope = {**self.scope, **local}
        return {target: self.host.evaluator.value(source, scope) for target, source in element.inputs}

    def _local(self, task: Any) -> dict[str, Any]:
        """The names that only this task sees: the item of its loop. Kept as text, so that no key of it can be mistaken."""
        text = task.internal_data.get("local")
        if text is None and self.element(task).loop is not None:
            text = task.internal_data["local"] = self._item(task)
        return dict(feel.from_json(json.loads(text))) if text else {}

    def _item(self, task: Any) -> str:
        loop = self._loop(task)
        index = task.internal_data.get("key_or_index", task.internal_data.get("item"))
        item = {"loopCounter": index + 1}
        if loop.input_element:
            item[loop.input_element] = json.loads(task.parent.internal_data["items"])[index]
        return json.dumps(item, ensure_ascii=False)

    def open_loop(self, task: Any) -> int:
        """How many there are to do; the collection is kept, later changes to the variable do not reach an open loop."""
        element = self.element(task)
        items = self._json(self._loop(task).input_collection, {})
        if not isinstance(items, list):
            raise InvalidError(
                f"{element.id}: 多实例集合应为列表, 实际为{items!r}",
                f"{element.id}: the collection should be a list, found {items!r}",
            )
        task.internal_data["items"] = json.dumps(items, ensure_ascii=False)
        task.internal_data["outputs"] = json.dumps([None] * len(items))
        return len(items)

    def condition(self, task: Any, expression: str) -> bool:
        """A gateway's or a loop's condition: true or false, anything else stops the step."""
        local = self._local(task) | self.entered.get(str(task.id), {}) | self._loop_counts(task)
        value = self.host.evaluator.value(expression.strip(), {**self.scope, **local})
        if not isinstance(value, bool):
            raise InvalidError(
                f"{self.element(task).id}: 条件 {expression} 应为真或假, 实际为 {feel.format_value(value)}。请检查所用的数据是否齐全。",
                f"{self.element(task).id}: the condition {expression} should be true or false, but is "
                f"{feel.format_value(value)}. Check that the data it uses is there.",
            )
        return value

    def _loop_counts(self, task: Any) -> dict[str, Any]:
        parent = task.parent
        if parent is None or "items" not in parent.internal_data:
            return {}
        total = len(json.loads(parent.internal_data["items"]))
        done = len(parent.internal_data.get("merged", []))
        return {"numberOfInstances": feel.from_json(total), "numberOfCompletedInstances": feel.from_json(done)}

    def _loop(self, task: Any) -> MultiInstance:
        loop = self.element(task).loop
        assert loop is not None
        return loop

    # --- what an element brings

    def _finish(self, task: Any, result: Mapping[str, Any]) -> None:
        if task.state != TaskState.READY:
            raise ConflictError("该任务已经办结, 请刷新页面。", "this task is done already; reload the page.")
        element, local = self.element(task), self._local(task)
        parent = task.parent if element.loop is not None else None
        if parent is None:
            self._take(element, result, local)
        else:
            # The completion condition, asked while the task closes, may look at what was just entered.
            self.entered[str(task.id)] = feel.from_json(dict(result))
            self._collect(parent, task, {**local, **self.entered[str(task.id)]})
        task.run()
        self._note(task)
        if parent is not None and parent.state != TaskState.STARTED:
            self._take_collection(parent)

    def _take(self, element: Element, result: Mapping[str, Any], local: Mapping[str, Any]) -> None:
        """Outputs say what leaves an element; without them, all of it."""
        if not element.outputs:
            self._set(result)
            return
        scope = {**self.scope, **local, **feel.from_json(dict(result))}
        self._set(
            {target: feel.to_json(self.host.evaluator.value(source, scope)) for target, source in element.outputs}
        )

    def _collect(self, parent: Any, child: Any, scope: Mapping[str, Any]) -> None:
        loop = self._loop(child)
        if loop.output_element:
            outputs = json.loads(parent.internal_data["outputs"])
            outputs[int(scope["loopCounter"]) - 1] = self._json(loop.output_element, scope)
            parent.internal_data["outputs"] = json.dumps(outputs, ensure_ascii=False)

    def _take_collection(self, parent: Any) -> None:
        collection = self._loop(parent).output_collection
        if collection:
            self._set({collection: json.loads(parent.internal_data["outputs"])})

    def _set(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if name in RESERVED:
                raise InvalidError(f"变量名{name}为系统保留", f"the name {name} is reserved; rename the variable")
            self.variables[name] = value
            self.scope[name] = feel.from_json(value)

    def _json(self, expression: str, local: Mapping[str, Any]) -> Any:
        return self.host.evaluator.json(expression, {**self.scope, **local})

    # --- what there is to see

    def _in_state(self, state: int) -> Iterator[Any]:
        """Straight from the tables of tasks: the library's own search walks the whole tree each time."""
        for workflow in (self.workflow, *self.workflow.subprocesses.values()):
            yield from (task for task in workflow.tasks.values() if task.state == state)

    def _ready(self) -> list[Any]:
        return [task for task in self._in_state(TaskState.READY) if task.task_spec.manual]

    def _is_for_people(self, task: Any) -> bool:
        return self.element(task).tag == "userTask"

    def _waits(self) -> list[Any]:
        people = [task for task in self._ready() if self._is_for_people(task)]
        events = self._in_state(TaskState.WAITING)
        return people + [
            task
            for task in events
            if isinstance(getattr(task.task_spec, "event_definition", None), HostTimer | HostMessage)
        ]

    def _kind(self, task: Any) -> str:
        if self._is_for_people(task):
            return "task"
        return "timer" if isinstance(task.task_spec.event_definition, HostTimer) else "subscription"

    def _note(self, task: Any) -> None:
        """Remember which elements and flows this step went through."""
        bpmn_id = task.task_spec.bpmn_id
        if bpmn_id not in self.diagram.elements:
            return
        if task.state == TaskState.COMPLETED:
            self.passed[bpmn_id] = None
        for child in task.children:
            flow: Flow | None = self._flow_by_ends.get((bpmn_id, child.task_spec.bpmn_id))
            if flow is not None:
                self.flows[flow.id] = None

    def snapshot(self) -> Snapshot:
        waits = self._waits()
        still = {str(task.id) for task in waits}
        new = [task for task in waits if str(task.id) not in self.before]
        opened = [self._opened(task) for task in new]
        self._refuse_depth()
        self._refuse_standstill(waits)
        return Snapshot(
            state=b"" if self.workflow.completed else states.dump(self.workflow),
            variables=self.variables,
            tasks=tuple(wait for wait in opened if isinstance(wait, OpenedTask)),
            timers=tuple(wait for wait in opened if isinstance(wait, OpenedTimer)),
            subscriptions=tuple(wait for wait in opened if isinstance(wait, OpenedSubscription)),
            closed={wait: kind for wait, kind in self.before.items() if wait not in still},
            sent=tuple(self.sent),
            happenings=tuple(self.happenings),
            brought=self.brought,
            passed=tuple(self.passed),
            flows=tuple(self.flows),
            end_element=self._end_element(),
        )

    def _end_element(self) -> str | None:
        if not self.workflow.completed:
            return None
        ends = [element for element in self.passed if self.diagram.elements[element].tag == "endEvent"]
        return ends[-1] if ends else ""

    def _refuse_standstill(self, waits: list[Any]) -> None:
        """Neither waiting nor ended at an end event: nobody would ever hear of this instance again."""
        if self.workflow.completed if self._end_element() else waits:
            return
        raise InvalidError(
            f"{self.diagram.process}: 流程在这一步之后既不等待也没有到达结束事件, 流程图的分支汇合或环有误。请流程负责人检查。",
            f"{self.diagram.process}: after this step the process neither waits nor has reached an end event; the joins or loops "
            "of its diagram are wrong. Tell the process owner.",
        )

    def _refuse_depth(self) -> None:
        depth = max((task.depth for task in self._waits()), default=0)
        if depth > MAX_DEPTH:
            raise InvalidError(
                f"{self.diagram.process}: 此事项往返次数过多, 无法继续。请终止后重新发起。",
                f"{self.diagram.process}: this matter has gone round too often to go on. End it and start anew.",
            )

    def _opened(self, task: Any) -> OpenedTask | OpenedTimer | OpenedSubscription:
        element = self.element(task)
        match self._kind(task):
            case "task":
                return self._opened_task(task, element)
            case "timer":
                return self._opened_timer(task, element)
            case _:
                return self._opened_subscription(task, element)

    def _opened_task(self, task: Any, element: Element) -> OpenedTask:
        local = self._local(task)
        local |= self._inputs(element, local)
        scope = {**self.scope, **local}
        due = self.host.evaluator.moment(element.due, scope, element.id) if element.due else None
        assignee = self.host.evaluator.json(element.assignee, scope) if element.assignee else None
        roles = _names(self.host.evaluator.json(element.candidate_groups or "", scope))
        if assignee is None and not set(roles) & set(Role):
            raise InvalidError(
                f"{element.id}: 没有办理人, 候选角色{list(roles)}也无人可办。请检查分配表达式所用的数据。",
                f"{element.id}: nobody is assigned and nobody has the roles {list(roles)}. Check the data of its assignment.",
            )
        return OpenedTask(
            id=str(task.id),
            element=element.id,
            assignee_id=None if assignee is None else str(assignee),
            roles=roles,
            barred_ids=_names(self.host.evaluator.json(element.properties.get("notBy", ""), scope)),
            due_at=due,
            local=feel.to_json(local),
        )

    def _opened_timer(self, task: Any, element: Element) -> OpenedTimer:
        assert element.timer is not None
        known = len(self.host.evaluator.counts)
        due = self.host.evaluator.moment(element.timer.expression, self.scope, element.id)
        counts = tuple(counted(count) for count in self.host.evaluator.counts[known:])
        return OpenedTimer(str(task.id), element.id, due, element.properties.get("window"), counts)

    def _opened_subscription(self, task: Any, element: Element) -> OpenedSubscription:
        assert element.message is not None
        key = element.message.correlation_key
        value = self.host.evaluator.json(key, self.scope) if key else None
        return OpenedSubscription(
            str(task.id),
            element.id,
            element.message.name,
            None if value is None else str(value),
            element.properties.get("fanIn"),
        )


def _names(value: Any) -> tuple[str, ...]:
    """A FEEL list, or text with commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list):
        return tuple(str(part) for part in value if part is not None)
    return ()
