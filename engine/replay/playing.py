"""Making recorded moves again: the same acts in the same order, on a policy's version that may be another one.

A timer that has fired in the record fires again where the record has it, at the moment that this version gives it. One that
the record does not know fires when it is due. An act that finds nothing to act upon is kept as unheard and passed over.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine import feel, services, spiff
from engine.decisions import Outcome, Trace
from engine.errors import PingpinError
from engine.spiff.snapshot import Complete, Done, Failed, Fire, OpenedJob, OpenedTask, OpenedTimer, Receive, Start
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from engine.compiled import Compiled
    from engine.diagram import Element
    from engine.replay.recorded import Entry, Recorded, TaskFacts
    from engine.spiff.snapshot import Move, OpenedSubscription, Snapshot

    _Wait = OpenedTask | OpenedTimer | OpenedJob | OpenedSubscription
    Judge = Callable[[str, Mapping[str, Any], Mapping[str, Any], Mapping[str, Any], datetime], Collection[str]]

TASK, TIMER, JOB, SUBSCRIPTION = "task", "timer", "job", "subscription"
OPEN, DONE, CANCELLED = "open", "done", "cancelled"

FORGOTTEN = Text(
    "记录内容已按规定删除, 无法重演", "what its records said was deleted as the rules demand; it cannot be played again"
)


@dataclass(frozen=True)
class Silent(Outcome):
    """A decision whose trace nobody has asked for: making it costs many times what deciding costs."""

    @cached_property
    def trace(self) -> Trace:
        return Trace(())


@dataclass(frozen=True, slots=True)
class Decided:
    """The `turn`-th time that a business rule task decided; `outcome` has the trace on demand."""

    element: str
    turn: int
    decision: str
    value: Any
    outcome: Outcome


@dataclass(slots=True)
class Opened:
    """The `turn`-th wait at an element. `due_at` is None where there is none, or a calendar is missing."""

    kind: str
    element: str
    turn: int
    opened_at: datetime
    due_at: datetime | None = None
    counts: tuple[Mapping[str, Any], ...] = ()
    window: str | None = None
    roles: tuple[str, ...] = ()
    assignee_id: str | None = None
    barred_ids: tuple[str, ...] = ()
    local: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    state: str = OPEN


@dataclass(slots=True)
class Played:
    """What came of it. `unheard` are recorded acts that found nothing to act upon, `stopped` why it could not go on.

    `state` is where it stands, with `waits` open in it by their ids there.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    decided: list[Decided] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)
    unheard: list[tuple[str, str]] = field(default_factory=list)
    # (element, message, payload) in the order of sending.
    sent: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    # (element, service, inputs) of what was served within steps.
    served: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    # (number of the entry, field) that a form would have refused.
    misfits: list[tuple[int, str]] = field(default_factory=list)
    end_element: str | None = None
    stopped: Text | None = None
    state: bytes = b""
    waits: Mapping[str, Opened] = field(default_factory=dict)


def play(
    recorded: Recorded,
    compiled: Compiled,
    evaluator: Callable[[datetime], Any],
    until: datetime,
    known: Collection[str] | None = None,
    judge: Judge | None = None,
) -> Played:
    """Play it on this version. `known`: the elements that the recorded version has; timers and jobs of others go by themselves.

    `judge` is asked about each thing that a person entered: its element, what was entered, the variables and what is the
    task's own then, and when; what it finds is `misfits`.

    `evaluator` gives FEEL as of a moment. Never raises for what the version or the record does wrong: `stopped` says it.
    """
    player = _Player(recorded, compiled, evaluator, known, judge)
    process = recorded.instance.process
    if process not in compiled.runnable:
        player.played.stopped = Text(f"这一版没有流程{process}", f"this version has no process {process}")
        return player.played
    try:
        for entry, ballots in recorded.steps():
            player.fire_unknown(entry.at)
            player.at_real = entry.at_real
            player.make(entry, ballots)
        player.fire_unknown(until)
    except PingpinError as error:
        player.played.stopped = error.text
    player.played.state, player.played.waits = player.state or b"", player.waits
    return player.played


class _Player:
    """One instance while it is played."""

    def __init__(
        self,
        recorded: Recorded,
        compiled: Compiled,
        evaluator: Callable[[datetime], Any],
        known: Collection[str] | None,
        judge: Judge | None,
    ) -> None:
        self.recorded, self.compiled, self.evaluator = recorded, compiled, evaluator
        self.known, self.judge, self.played = known, judge, Played()
        self.at_real: datetime | None = None
        self.state: bytes | None = None
        self.waits: dict[str, Opened] = {}
        self.ballots: dict[str, Any] = {}
        self.turns = Counter[tuple[str, str]]()
        # Before the last completion of a task: what a withdrawal goes back to.
        self.before: tuple[str, dict[str, Any]] | None = None

    # --- recorded entries

    def make(self, entry: Entry, closed: Mapping[str, Any]) -> None:
        if entry.payload is None:
            raise PingpinError(FORGOTTEN.zh, FORGOTTEN.en)
        match entry.kind:
            case "withdrawn":
                self._withdraw(entry.payload["task"])
            case "timer postponed":
                self._postpone(entry)
            case "incident retried":
                self._set((entry.payload.get("variables") or {}).get("new") or {})
            case _:
                self._move(entry, entry.payload, closed)

    def _move(self, entry: Entry, payload: Mapping[str, Any], closed: Mapping[str, Any]) -> None:
        if self.played.end_element is not None:
            self.played.unheard.append((entry.kind, entry.element or ""))
            return
        move, at = self._as_move(entry, payload)
        if move is None:
            self.played.unheard.append((entry.kind, entry.element or ""))
            return
        self._ask_judge(entry, payload, move)
        if isinstance(move, Complete):
            self.before = (str(payload.get("task")), self._kept())
            self.ballots.pop(entry.element or "", None)
        self.ballots |= closed
        self._advance(move, at, payload.get("brought") or {})

    def _ask_judge(self, entry: Entry, payload: Mapping[str, Any], move: Move) -> None:
        if self.judge is None or entry.kind not in {"completed", "set off"}:
            return
        wait = move.task_id if isinstance(move, Complete) else getattr(move, "subscription_id", "")
        local = self.waits[wait].local
        found = self.judge(entry.element or "", payload["values"], self.played.variables, local, entry.at)
        self.played.misfits += [(entry.number, name) for name in found]

    def _as_move(self, entry: Entry, payload: Mapping[str, Any]) -> tuple[Move | None, datetime]:
        element = entry.element or ""
        if entry.kind == "started":
            self.played.variables = dict(payload["values"])
            process = self.recorded.instance.process
            return Start(self.compiled.diagrams[process].start.id), entry.at
        kind, like = _WAITS[entry.kind], self.recorded.tasks.get(str(payload.get("task")))
        wait = self._find(kind, element, like, payload.get("key"), payload.get("due_at"))
        if wait is None:
            return None, entry.at
        at = self.waits[wait].due_at or entry.at if entry.kind == "timer fired" else entry.at
        return _move_of(entry.kind, wait, payload), at

    def _find(
        self, kind: str, element: str, like: TaskFacts | None, key: str | None = None, due_at: str | None = None
    ) -> str | None:
        """The open wait that is most like the recorded one: of a loop's turns that of the same item, person, key or moment."""
        found = {wait: each for wait, each in self.waits.items() if (each.kind, each.element) == (kind, element)}
        alike = [
            *(wait for wait, each in found.items() if like is not None and each.local == like.local),
            *(wait for wait, each in found.items() if like is not None and each.assignee_id == like.assignee_id),
            *(wait for wait, each in found.items() if key is not None and each.key == key),
            *(wait for wait, each in found.items() if due_at and each.due_at == datetime.fromisoformat(due_at)),
        ]
        return next(iter([*alike, *found]), None)

    # --- changes beside the diagram

    def _kept(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "waits": {wait: copy.copy(each) for wait, each in self.waits.items()},
            "ballots": dict(self.ballots),
            "turns": Counter(self.turns),
            "played": copy.copy(self.played),
            "lists": {
                name: list(getattr(self.played, name))
                for name in ("decided", "opened", "unheard", "sent", "served", "misfits")
            },
        }

    def _withdraw(self, task_id: str) -> None:
        """Everything stands as before that completion; what it decided counts no longer."""
        if self.before is None or self.before[0] != task_id:
            self.played.unheard.append(("withdrawn", ""))
            return
        kept = self.before[1]
        self.state, self.ballots, self.turns = kept["state"], kept["ballots"], kept["turns"]
        self.played, self.before = kept["played"], None
        for name, value in kept["lists"].items():
            setattr(self.played, name, value)
        # The waits' own rows stand in the list of what was opened: what was closed is open again.
        self.waits = {}
        for wait, each in kept["waits"].items():
            again = next(one for one in self.played.opened if _is_same(one, each))
            again.state, again.due_at = OPEN, each.due_at
            self.waits[wait] = again

    def _postpone(self, entry: Entry) -> None:
        assert entry.payload is not None
        wait = self._find(TIMER, entry.element or "", None, due_at=entry.payload.get("old_due_at"))
        if wait is not None:
            self.waits[wait].due_at = datetime.fromisoformat(entry.payload["due_at"])

    def _set(self, values: Mapping[str, Any]) -> None:
        self.played.variables = {**self.played.variables, **values}

    # --- moving on

    def fire_unknown(self, until: datetime) -> None:
        """What the recorded version knows nothing of fires when it is due, a cycle once for all its turns; jobs are done."""
        fired = set[str]()
        while (job := self._unknown_job()) is not None:
            self._advance(Done(job, {}), self.waits[job].opened_at, {})
        while self.known is not None and self.played.end_element is None:
            due = [
                (each.due_at, wait)
                for wait, each in self.waits.items()
                if each.kind == TIMER and each.element not in self.known and each.due_at is not None
                if each.due_at <= until and each.element not in fired
            ]
            if not due:
                return
            moment, wait = min(due)
            fired.add(self.waits[wait].element)
            self._advance(Fire(wait), moment, {})

    def _unknown_job(self) -> str | None:
        waits = self.waits.items() if self.known is not None and self.played.end_element is None else ()
        return next((wait for wait, each in waits if each.kind == JOB and each.element not in (self.known or ())), None)

    def _advance(self, move: Move, at: datetime, brought: Mapping[str, Any]) -> None:
        instance = self.recorded.instance
        decided: list[tuple[str, Outcome]] = []
        evaluator = self.evaluator(at)

        def decide(decision_id: str, context: Mapping[str, Any]) -> Outcome:
            outcome = self.compiled.decisions[decision_id].evaluate(decision_id, context, evaluator.functions())
            decided.append((decision_id, outcome))
            return Silent(outcome.value, (), outcome.warnings)

        def serve(element: Element, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
            self.played.served.append((element.id, element.task_type or "", feel.to_json(dict(inputs))))
            result: Mapping[str, Any] = brought.get(element.id) or {}
            return result

        host = spiff.Host(
            evaluator=evaluator,
            facts={
                "settings": feel.from_json(self.compiled.settings),
                "process": feel.from_json(self.recorded.facts(self.at_real) | {"ballots": self.ballots}),
            },
            decide=decide,
            serve=serve,
            is_job=lambda element: element.task_type in services.JOBS,
        )
        runnable = self.compiled.runnable[instance.process]
        snapshot = spiff.advance(runnable, self.state, self.played.variables, move, host)
        self._keep(snapshot, decided, at, move)

    def _keep(self, snapshot: Snapshot, decided: list[tuple[str, Outcome]], at: datetime, move: Move) -> None:
        self.state, self.played.variables = snapshot.state, snapshot.variables
        self.played.end_element = snapshot.end_element
        told = [happening for happening in snapshot.happenings if happening.kind == "decided"]
        for happening, (decision, outcome) in zip(told, decided, strict=True):
            element = happening.element or ""
            turn = self._turn("decided", element)
            self.played.decided.append(Decided(element, turn, decision, happening.payload["value"], outcome))
        self.played.sent += [(sent.element, sent.message, sent.payload) for sent in snapshot.sent]
        done = getattr(move, "task_id", None) or getattr(move, "timer_id", None)
        for wait in snapshot.closed:
            closed = self.waits.pop(wait)
            closed.state = DONE if wait == done else CANCELLED
        every: list[_Wait] = [*snapshot.tasks, *snapshot.timers, *snapshot.jobs, *snapshot.subscriptions]
        for each in every:
            self._open(each.id, _as_opened(each, at))

    def _open(self, wait: str, opened: Opened) -> None:
        opened.turn = self._turn(opened.kind, opened.element)
        self.waits[wait] = opened
        self.played.opened.append(opened)

    def _turn(self, kind: str, element: str) -> int:
        self.turns[kind, element] += 1
        return self.turns[kind, element]


_WAITS = {
    "completed": TASK,
    "timer fired": TIMER,
    "timer fired early": TIMER,
    "received": SUBSCRIPTION,
    "set off": SUBSCRIPTION,
    "job done": JOB,
    "job failed": JOB,
}


def _move_of(kind: str, wait: str, payload: Mapping[str, Any]) -> Move:
    match kind:
        case "completed":
            return Complete(wait, payload["values"])
        case "timer fired" | "timer fired early":
            return Fire(wait)
        case "received":
            return Receive(wait, payload["payload"])
        case "set off":
            return Receive(wait, payload["values"])
        case "job done":
            return Done(wait, payload["values"])
        case _:
            return Failed(wait, payload["code"], Text(**payload["cause"]).en)


def _as_opened(each: _Wait, at: datetime) -> Opened:
    if isinstance(each, OpenedTask):
        people = {"roles": each.roles, "assignee_id": each.assignee_id, "local": each.local}
        people |= {"barred_ids": each.barred_ids}
        return Opened(TASK, each.element, 0, at, each.due_at, each.counts, **people)  # type: ignore[arg-type]
    if isinstance(each, OpenedTimer):
        return Opened(TIMER, each.element, 0, at, each.due_at, each.counts, each.window)
    if isinstance(each, OpenedJob):
        return Opened(JOB, each.element, 0, at)
    return Opened(SUBSCRIPTION, each.element, 0, at, key=each.correlation_key)


def _is_same(one: Opened, other: Opened) -> bool:
    return (one.kind, one.element, one.turn) == (other.kind, other.element, other.turn)
