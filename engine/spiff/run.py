"""One step of one instance: restore, make the move, let everything run that waits for nobody, take the snapshot.

SpiffWorkflow moves the tokens; variables, expressions, decisions, services, messages and timers are the host's, so its
task data stays empty. Nothing here reads a clock or a database.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import feel
from engine.errors import BpmnError, ConflictError, InvalidError
from engine.spiff import events, waits
from engine.spiff import state as states
from engine.spiff.loops import Loops
from engine.spiff.scopes import Scopes
from engine.spiff.script import FeelScriptEngine
from engine.spiff.snapshot import (
    Complete,
    Done,
    Failed,
    Fire,
    Happening,
    Move,
    OpenedJob,
    OpenedSubscription,
    OpenedTask,
    OpenedTimer,
    Receive,
    Sent,
    Snapshot,
    Start,
)
from engine.spiff.specs import EventGateway, HostEvent, forget_orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.decisions import Outcome
    from engine.diagram import Element, Flow
    from engine.expressions import Evaluator
    from engine.spiff.parser import Runnable

MAX_STEPS = 2000
MAX_SECONDS = 5  # of a stopwatch: others wait for the lock meanwhile
MAX_DEPTH = 900  # at 1000 SpiffWorkflow stops silently and calls the instance complete

# Events that somebody outside lets happen; errors and escalations come from inside, conditions are looked at here.
_FROM_OUTSIDE = frozenset({"timer", "message", "signal"})


class Host:
    """What a step needs of the world around it, handed in by the command."""

    def __init__(
        self,
        *,
        evaluator: Evaluator,
        facts: Mapping[str, Any],
        decide: Callable[[str, Mapping[str, Any]], Outcome],
        serve: Callable[[Element, Mapping[str, Any]], Mapping[str, Any]],
        is_job: Callable[[Element], bool],
    ) -> None:
        """`facts` are the read-only names `settings` and `process`, as FEEL values; `serve` may raise BpmnError.

        A task that `is_job` is not served within the step but opened as a job.
        """
        self.evaluator, self.facts, self.decide, self.serve, self.is_job = evaluator, facts, decide, serve, is_job


def advance(runnable: Runnable, state: bytes | None, variables: Mapping[str, Any], move: Move, host: Host) -> Snapshot:
    """Make one move. Raises InvalidError for what the diagram or its data do not allow, ConflictError for a closed wait."""
    run = Run(runnable, state, variables, host)
    try:
        run.make(move)
        run.settle()
    except (WorkflowException, RecursionError) as error:
        raise InvalidError(
            f"{runnable.diagram.process}: 流程无法继续: {error}。请联系流程负责人。",
            f"{runnable.diagram.process}: the process cannot go on: {error}. Tell the process owner.",
        ) from error
    return run.snapshot()


class Run:
    """An instance while it moves."""

    def __init__(self, runnable: Runnable, state: bytes | None, variables: Mapping[str, Any], host: Host) -> None:
        self.diagram, self.host = runnable.diagram, host
        self.scopes = Scopes(variables, host.facts, lambda task: self.element(task).called is not None)
        self.loops = Loops(self)
        engine = FeelScriptEngine(self)
        self.workflow = (
            BpmnWorkflow(runnable.spec, dict(runnable.inner), script_engine=engine)
            if state is None
            else states.load(state, runnable.spec, dict(runnable.inner), script_engine=engine)
        )
        self.before = {str(task.id): self.kind(task) for task in self._waits()}
        self.sent: list[Sent] = []
        self.happenings: list[Happening] = []
        self.brought: dict[str, dict[str, Any]] = {}
        self.passed: dict[str, None] = {}
        self.flows: dict[str, None] = {}
        self._flow_by_ends = {(flow.source, flow.target): flow for flow in self.diagram.flows.values()}

    def element(self, task: Any) -> Element:
        return self.diagram.elements[task.task_spec.bpmn_id]

    # --- the move

    def make(self, move: Move) -> None:
        match move:
            case Start():
                pass  # a new workflow's start event is ready by itself
            case Complete(task_id, values) | Done(task_id, values):
                self._finish(self._wait(task_id), values)
            case Failed(job_id, code, message):
                self._throw_error(self._wait(job_id), code, {"error_code": code, "error_message": message})
            case Fire(timer_id):
                self.happen(self._wait(timer_id), {})
            case Receive(subscription_id, payload):
                self.happen(self._wait(subscription_id), payload)

    def _wait(self, wait_id: str) -> Any:
        task = next((task for task in self._waits() if str(task.id) == wait_id), None)
        if task is None:
            raise ConflictError("该步骤已经结束, 请刷新页面。", "this step is over already; reload the page.")
        return task

    def happen(self, task: Any, payload: Mapping[str, Any]) -> None:
        """An event that was waited for: its payload is taken, and what it interrupts is over at once."""
        if isinstance(task.task_spec, BoundaryEvent):
            if task.task_spec.cancel_activity:
                events.interrupt(task)
            else:
                events.listen_again(task)
        elif task.parent is not None and isinstance(task.parent.task_spec, EventGateway):
            events.close_others(task)
        self._bring(task, payload)
        task.internal_data["event_fired"] = True
        task.task_spec._update(task)  # noqa: SLF001  the library's way to look again at a waiting event

    # --- until everything waits

    def settle(self) -> None:
        started = time.perf_counter()
        for _ in range(MAX_STEPS):
            if time.perf_counter() - started > MAX_SECONDS:
                break
            self._move_tokens()
            if self._close_scope():
                continue
            ready = next((task for task in self._ready() if not self._is_resting(task)), None)
            if ready is not None:
                self._work(ready)
            elif not self._meet_condition():
                return
        raise InvalidError(
            f"{self.diagram.process}: 一步之内超过{MAX_STEPS}个元素或{MAX_SECONDS}秒, 流程图可能有空转的环或过重的计算。请在环中加入人工任务。",
            f"{self.diagram.process}: more than {MAX_STEPS} elements or {MAX_SECONDS} seconds in one step: a loop that waits for "
            "nobody, or too much to compute. Draw a user task into the loop.",
        )

    def _move_tokens(self) -> None:
        """Run what asks nobody until all of it rests; the library would also run what the one before it has just ended."""
        while ready := self._moving():
            for task in ready:
                if task.state == TaskState.READY:
                    task.run()
                    self._note(task)

    def _moving(self) -> list[Any]:
        """In the innermost sub-process that has any: what is inside is over before what is around it goes on."""
        parts = (self.workflow, *self.workflow.subprocesses.values())
        for part in sorted(parts, key=lambda part: part.depth, reverse=True):
            found = [
                task for task in part.tasks.values() if task.state == TaskState.READY and not task.task_spec.manual
            ]
            if found:
                return found
        return []

    def _close_scope(self) -> bool:
        """Whether a body went on that had waited for the event sub-processes of its scope; nothing else tells it."""
        for task in [task for task in self._in_state(TaskState.STARTED) if events.is_body(task)]:
            task.task_spec._update(task)  # noqa: SLF001  as the library does after a sub-process
            if task.state == TaskState.READY:
                return True
        return False

    def _work(self, task: Any) -> None:
        element = self.element(task)
        self.open_scope(task)
        match element.tag, element.event:
            case "scriptTask", _:
                result = {element.result_variable or element.id: self._json(element.script or "", task)}
                self.brought[element.id] = result
            case "businessRuleTask", _:
                result = self._decide(element, task)
            case "serviceTask", _:
                self._serve(element, task)
                return
            case _, "error":
                self._throw_error(task, element.code, self._payload(element, task))
                return
            case _, "terminate":
                events.terminate(task)
                result = {}
            case _, "escalation":
                payload = self._payload(element, task)
                events.raise_to(self, task, "escalation", element.code, payload)
                result = {}
            case _:
                self._send(element, task)
                result = {}
        if task.state == TaskState.READY:  # an interrupting catch may have ended it
            self._finish(task, result)

    def _decide(self, element: Element, task: Any) -> dict[str, Any]:
        outcome = self.host.decide(element.decision_id or "", self.scopes.seen(task))
        value = feel.to_json(outcome.value)
        told = {"decision": element.decision_id, "value": value, "trace": outcome.trace.as_json()}
        self.happenings.append(Happening("decided", element.id, told))
        return {element.result_variable or element.id: value}

    def _serve(self, element: Element, task: Any) -> None:
        try:
            result = self.brought[element.id] = dict(self.host.serve(element, self._payload(element, task)))
        except BpmnError as error:
            self._throw_error(task, error.code, {"error_code": error.code, "error_message": str(error)})
        else:
            self._finish(task, result)

    def _throw_error(self, task: Any, code: str | None, payload: Mapping[str, Any]) -> None:
        if not events.raise_to(self, task, "error", code, payload):
            raise InvalidError(
                f"{self.element(task).id}: 错误{code or ''}没有边界事件或事件子流程处理。{payload.get('error_message', '')} 请流程负责人补画。",
                f"{self.element(task).id}: no boundary event or event sub-process catches the error {code or ''}. "
                f"{payload.get('error_message', '')} Ask the process owner to draw one.",
            )

    def _send(self, element: Element, task: Any) -> None:
        """Put a message or a signal into the snapshot; the outbox is the command's."""
        payload = feel.to_json(self._payload(element, task))
        if element.event == "signal":
            self.sent.append(Sent("signal", element.id, element.code or "", None, payload))
            self._hear(element, payload)
        elif element.message is not None:
            key = payload.pop("correlationKey", None)
            kind = element.task_type or "message"
            self.sent.append(Sent(kind, element.id, element.message.name, None if key is None else str(key), payload))

    def _hear(self, sender: Element, payload: Mapping[str, Any]) -> None:
        """A signal reaches the waits of its own instance at once: one that begins later in the step has missed it."""
        waiting = [task for task in self._waits() if self.element(task).event == "signal"]
        for task in (task for task in waiting if self.element(task).code == sender.code):
            if task.state == TaskState.WAITING:  # the first of them may have ended it
                told = {"message": sender.code, "from": None, "payload": payload}
                self.happenings.append(Happening("received", self.element(task).id, told))
                self.happen(task, payload)

    def _meet_condition(self) -> bool:
        """One event whose condition has come true; one that does not interrupt waits until it has been false again."""
        for task in self._in_state(TaskState.WAITING):
            if isinstance(getattr(task.task_spec, "event_definition", None), HostEvent):
                element = self.element(task)
                if element.event == "conditional" and events.has_become_true(task, self.condition_met(element, task)):
                    self.happen(task, {})
                    return True
        return False

    def condition_met(self, element: Element, task: Any) -> bool:
        """What is not known yet is not true yet."""
        value = self.host.evaluator.value(element.condition or "", waits.seen(self, task))
        return value is not None and self._boolean(value, element.id, element.condition or "")

    # --- scopes

    def enter(self, task: Any) -> None:
        """A sub-process begins: what is its own, and for a called process all that it may know."""
        element = self.element(task)
        given = self.scopes.seen_variables(task) if element.called is not None and element.called.all_in else {}
        self.open_scope(task)
        if element.called is not None:
            self.scopes.keep(task, {**given, **self.scopes.own(task)})
            task.internal_data["given"] = task.internal_data["local"]

    def leave(self, task: Any) -> None:
        """A sub-process is over: its outputs, or what a called process brought or changed."""
        element = self.element(task)
        if element.loop is not None or element.outputs:
            self._bring(task, {})
        elif element.called is not None and element.called.all_out:
            self.scopes.write(task, events.changed(task))

    def close_loop(self, task: Any) -> None:
        self.loops.close(task)

    def open_loop(self, task: Any) -> int:
        return self.loops.open(task)

    def open_scope(self, task: Any) -> None:
        """What only this task sees, once it begins: its item of a loop, and its inputs."""
        element = self.element(task)
        if self.scopes.is_set(task) or not (element.inputs or element.loop is not None):
            return
        if element.loop is not None:
            self.scopes.keep(task, self.loops.item(task))
        if element.inputs:
            self.scopes.keep(task, feel.to_json(self._inputs(element, task)))

    def _inputs(self, element: Element, task: Any) -> dict[str, Any]:
        seen = self.scopes.seen(task)
        return {target: self.host.evaluator.value(source, seen) for target, source in element.inputs}

    def _payload(self, element: Element, task: Any) -> dict[str, Any]:
        """The inputs as they were reckoned when it began: reckoned again, they would see each other under their own names."""
        own = self.scopes.local(task)
        return {target: own[target] for target, _ in element.inputs}

    def condition(self, task: Any, expression: str) -> bool:
        """A gateway's or a loop's condition: true or false, anything else stops the step."""
        seen = {**self.scopes.seen(task), **self.loops.names(task)}
        value = self.host.evaluator.value(expression.strip(), seen)
        return self._boolean(value, self.element(task).id, expression)

    def _boolean(self, value: Any, element: str, expression: str) -> bool:
        if isinstance(value, bool):
            return value
        raise InvalidError(
            f"{element}: 条件 {expression} 应为真或假, 实际为 {feel.format_value(value)}。请检查所用的数据是否齐全。",
            f"{element}: the condition {expression} should be true or false, but is "
            f"{feel.format_value(value)}. Check that the data it uses is there.",
        )

    def _json(self, expression: str, task: Any) -> Any:
        return self.host.evaluator.json(expression, self.scopes.seen(task))

    # --- what an element brings

    def _finish(self, task: Any, result: Mapping[str, Any]) -> None:
        if task.state != TaskState.READY:
            raise ConflictError("该任务已经办结, 请刷新页面。", "this task is done already; reload the page.")
        self._bring(task, result)
        task.run()
        self._note(task)

    def _bring(self, task: Any, result: Mapping[str, Any]) -> None:
        """Outputs say what leaves an element; without them, all of it. From a loop only its collection leaves."""
        element = self.element(task)
        if element.loop is not None:
            self.loops.collect(task, result)
        elif not element.outputs:
            self.scopes.write(task, result)
        else:
            seen = {**self.scopes.seen(task), **feel.from_json(dict(result))}
            outputs = {target: self.host.evaluator.json(source, seen) for target, source in element.outputs}
            self.scopes.write(task, outputs)

    # --- what there is to see

    def _in_state(self, state: int) -> Iterator[Any]:
        """Straight from the tables of tasks: the library's own search walks the whole tree each time."""
        for workflow in (self.workflow, *self.workflow.subprocesses.values()):
            yield from (task for task in workflow.tasks.values() if task.state == state)

    def _ready(self) -> list[Any]:
        return [task for task in self._in_state(TaskState.READY) if task.task_spec.manual]

    def _is_resting(self, task: Any) -> bool:
        """Whether a person or a worker is to do it."""
        element = self.element(task)
        return element.tag == "userTask" or self.host.is_job(element)

    def _waits(self) -> list[Any]:
        resting = [task for task in self._ready() if self._is_resting(task)]
        return resting + [
            task
            for task in self._in_state(TaskState.WAITING)
            if isinstance(getattr(task.task_spec, "event_definition", None), HostEvent)
            and self._is_from_outside(self.element(task))
        ]

    def _is_from_outside(self, element: Element) -> bool:
        return element.tag == "receiveTask" or element.event in _FROM_OUTSIDE

    def kind(self, task: Any) -> str:
        element = self.element(task)
        if self._is_resting(task):
            return "task" if element.tag == "userTask" else "job"
        return "timer" if element.event == "timer" else "subscription"

    def _note(self, task: Any) -> None:
        """Remember which elements and flows this step went through."""
        element = task.task_spec.bpmn_id
        if element not in self.diagram.elements:
            return
        if task.state == TaskState.COMPLETED:
            self.passed[element] = None
        for child in task.children:
            flow: Flow | None = self._flow_by_ends.get((element, _element_id(child)))
            if flow is not None:
                self.flows[flow.id] = None

    def snapshot(self) -> Snapshot:
        found = self._waits()
        still = {str(task.id) for task in found}
        opened = [waits.opened(self, task) for task in found if str(task.id) not in self.before]
        self._refuse_depth(found)
        self._refuse_standstill(found)
        forget_orphans(self.workflow)
        return Snapshot(
            state=b"" if self.workflow.completed else states.dump(self.workflow),
            variables=self.scopes.variables,
            tasks=tuple(wait for wait in opened if isinstance(wait, OpenedTask)),
            timers=tuple(wait for wait in opened if isinstance(wait, OpenedTimer)),
            subscriptions=tuple(wait for wait in opened if isinstance(wait, OpenedSubscription)),
            jobs=tuple(wait for wait in opened if isinstance(wait, OpenedJob)),
            closed={wait: kind for wait, kind in self.before.items() if wait not in still},
            sent=tuple(self.sent),
            happenings=tuple(self.happenings),
            brought=self.brought,
            passed=_without_added(self.passed),
            flows=_without_added(self.flows),
            end_element=self._end_element(),
        )

    def _end_element(self) -> str | None:
        if not self.workflow.completed:
            return None
        ends = [element for element in _without_added(self.passed) if self.diagram.elements[element].tag == "endEvent"]
        return ends[-1] if ends else ""

    def _refuse_standstill(self, found: list[Any]) -> None:
        """Neither waiting nor ended at an end event: nobody would ever hear of this instance again."""
        if self.workflow.completed if self._end_element() else found:
            return
        raise InvalidError(
            f"{self.diagram.process}: 流程在这一步之后既不等待也没有到达结束事件, 流程图的分支汇合或环有误。请流程负责人检查。",
            f"{self.diagram.process}: after this step the process neither waits nor has reached an end event; the joins or loops "
            "of its diagram are wrong. Tell the process owner.",
        )

    def _refuse_depth(self, found: list[Any]) -> None:
        if max((task.depth for task in found), default=0) > MAX_DEPTH:
            raise InvalidError(
                f"{self.diagram.process}: 此事项往返次数过多, 无法继续。请终止后重新发起。",
                f"{self.diagram.process}: this matter has gone round too often to go on. End it and start anew.",
            )


def _element_id(task: Any) -> str:
    """The drawn element behind a node; the library puts one of its own before an activity with boundary events."""
    spec = task.task_spec
    return str(spec.bpmn_id or spec.name.removesuffix(".BoundaryEventSplit"))


def _without_added(ids: Mapping[str, None]) -> tuple[str, ...]:
    """What engine.spiff.lowering added is nowhere to be seen."""
    return tuple(element for element in ids if "." not in element)
