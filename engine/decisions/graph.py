"""The requirements graph: inputs, decisions, business knowledge and services, and how their values come about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.decisions.evaluation import Evaluation, ValueRecord
from engine.decisions.tables import Table
from engine.feel.functions import Closure
from engine.feel.kinds import ANY, FunctionType, Type
from engine.feel.scope import Scope
from engine.feel.values import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.feel.limits import Run

    Code = Callable[[Scope], Any]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a node may read: the node's key, and the path of names by which expressions see it."""

    key: str
    path: tuple[str, ...]

    @property
    def is_id(self) -> bool:
        return self.path[-1] == self.key.rpartition("#")[2]


@dataclass(frozen=True, slots=True)
class InputData:
    """A value that comes from outside, by name; that of an imported model under the names of the imports."""

    id: str
    name: str
    kind: Type
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision; `required_inputs` are the names of all input data that it needs, directly or through others."""

    id: str
    name: str
    kind: Type
    requirements: tuple[Requirement, ...]
    body: Code
    required_inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function of the model."""

    id: str
    name: str
    requirements: tuple[Requirement, ...]
    parameters: tuple[tuple[str, Type], ...]
    body: Code
    result: Type


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: `inputs` are its parameters in order, `outputs` the decisions that it answers with."""

    id: str
    name: str
    inputs: tuple[tuple[str, str, Type], ...]
    outputs: tuple[tuple[str, str], ...]
    result: Type = ANY


Node = InputData | Decision | Knowledge | Service


@dataclass(frozen=True, slots=True)
class Session:
    """One evaluation over the graph: each node is computed once, what is given is not computed at all."""

    nodes: Mapping[str, Node]
    run: Run
    context: Mapping[str, Any]
    shared: Mapping[str, Any]
    known: dict[str, Any] = field(default_factory=dict)

    def value(self, key: str) -> Any:
        if key not in self.known:
            node = self.nodes[key]
            self.known[key] = None  # what needs itself, in a model that was loaded in spite of it, finds null
            self.known[key] = COMPUTE[type(node)](self, node)
        return self.known[key]

    def scope(self, requirements: Sequence[Requirement]) -> Scope:
        """What the requirements offer, by name."""
        values: dict[str, Any] = dict(self.shared)
        for requirement in requirements:
            path, place = requirement.path, values
            if len(path) > 1:
                for name in path[:-1]:
                    place = place.setdefault(name, {})
            place[path[-1]] = self.value(requirement.key)
        return Scope(values, self.run)

    def before(self, node: Decision) -> list[tuple[str, Any]]:
        """The values of all inputs and decisions that a decision depends on, by key."""
        found: dict[str, Any] = {}
        waiting = list(node.requirements)
        while waiting:
            key = waiting.pop().key
            needed = self.nodes[key]
            if key in self.known and key not in found and isinstance(needed, InputData | Decision):
                found[key] = self.known[key]
                waiting += needed.requirements if isinstance(needed, Decision) else ()
        return list(found.items())

    def again(self, key: str, value: Any, run: Run) -> Session:
        """The same question with another value in one place; what does not depend on it is kept."""
        kept = {
            other: known
            for other, known in self.known.items()
            if not isinstance(node := self.nodes[other], Knowledge | Service)
            and not (isinstance(node, Decision) and key in dict(self.before(node)))
        }
        return Session(self.nodes, run, self.context, self.shared, kept | {key: value})

    def within(self, given: Mapping[str, Any]) -> Session:
        """A fresh session in which these nodes have these values."""
        return Session(self.nodes, self.run, self.context, self.shared, dict(given))


def input_value(session: Session, node: InputData) -> Any:
    given = _given(session.context, node)
    value = node.kind.coerce(given)
    if value is None and given is not None:
        session.run.null(f"{node.name} 应为 {node.kind.name}", f"{node.name} must be a {node.kind.name}")
    return value


def _given(context: Mapping[str, Any], node: InputData) -> Any:
    place: Any = context
    for name in node.path:
        place = place.get(name) if isinstance(place, dict) else None
    return place[node.name] if isinstance(place, dict) and node.name in place else context.get(node.name)


def decision_value(session: Session, node: Decision) -> Any:
    found = _found(session, node)
    value = node.kind.coerce(found)
    if value is None and found is not None:
        session.run.null(f"{node.name} 应为 {node.kind.name}", f"{node.name} must be a {node.kind.name}")
    if not isinstance(node.body, Table) and isinstance(session.run, Evaluation):
        session.run.record(ValueRecord(node.id, node.name, _read(session, node), value))
    return value


def _found(session: Session, node: Decision) -> Any:
    scope = session.scope(node.requirements)
    if not isinstance(session.run, Evaluation):
        return node.body(scope)
    with session.run.asking(session, node):
        return node.body(scope)


def _read(session: Session, node: Decision) -> list[tuple[str, Any]]:
    """The values that a decision had before it, each once, functions left out."""
    names = {requirement.key: ".".join(requirement.path) for requirement in node.requirements}
    found = [(name, session.value(key)) for key, name in names.items()]
    return [(name, value) for name, value in found if not isinstance(value, Function)]


def knowledge_value(session: Session, node: Knowledge) -> Any:
    """The function itself; it may call itself."""
    scope = session.scope(node.requirements)
    function = Closure(node.name, node.parameters, _coerced(node), scope, node.result)
    assert isinstance(scope.values, dict)
    scope.values[node.name] = function
    return function


def _coerced(node: Knowledge) -> Code:
    body, result = node.body, node.result
    return body if result is ANY else lambda scope: result.coerce(body(scope))


def service_value(session: Session, node: Service) -> Any:
    parameters = [(name, kind) for _, name, kind in node.inputs]
    return Closure(
        node.name, parameters, lambda scope: answer(session, node, scope.values), session.scope(()), node.result
    )


def answer(session: Session, node: Service, given: Mapping[str, Any]) -> Any:
    """The outputs of a service whose inputs are given by name: one value, or a context of several."""
    inner = session.within({key: given.get(name) for key, name, _ in node.inputs})
    found = {name: inner.value(key) for key, name in node.outputs}
    return node.result.coerce(next(iter(found.values())) if len(found) == 1 else found)


COMPUTE: dict[type, Callable[[Session, Any], Any]] = {
    InputData: input_value,
    Decision: decision_value,
    Knowledge: knowledge_value,
    Service: service_value,
}


def function_result(kind: Type) -> Type:
    """The result of a function type; any other type is the result itself."""
    return kind.result if isinstance(kind, FunctionType) else kind
