"""A loaded DMN model: its decisions and their evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.decisions.evaluation import Evaluation, Outcome
from engine.decisions.graph import Decision, InputData, Knowledge, Node, Service, Session, answer
from engine.decisions.reader import Library, Reader
from engine.decisions.suggestions import unknown_name
from engine.errors import DecisionError
from engine.feel import from_json
from engine.feel.expression import too_deep
from engine.feel.json import measured

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from engine.decisions.tables import Table
    from forms.text import Text


@dataclass(frozen=True)
class Model:
    """A model that is ready to decide; immutable and safe to share between threads.

    `problems` is empty unless the model was loaded with `strict=False`.
    """

    namespace: str
    name: str
    nodes: Mapping[str, Node]
    decisions: Mapping[str, Decision]
    inputs: Mapping[str, InputData]
    shared: frozenset[str]
    source: str = ""
    tables: tuple[Table, ...] = ()
    problems: tuple[DecisionError, ...] = ()

    def evaluate(
        self,
        decision: str,
        context: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Outcome:
        """Decide, by id or name; the context holds input data by name. Raises DecisionError for an unknown decision."""
        key = self._key(decision)
        return self._evaluated(context, functions, lambda session: session.value(key))

    def evaluate_service(
        self,
        service: str,
        context: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Outcome:
        """Ask a decision service; the context holds its input data and input decisions by name."""
        node = next(
            (node for node in self.nodes.values() if isinstance(node, Service) and service in (node.id, node.name)),
            None,
        )
        if node is None:
            raise DecisionError(f"没有决策服务 {service}", f"there is no decision service {service}", element=service)
        return self._evaluated(context, functions, lambda session: _answer(session, node))

    def invoke(
        self,
        knowledge: str,
        context: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Outcome:
        """Call a business knowledge model by name; the context holds its arguments by name."""
        key = next(
            (
                key
                for key, node in self.nodes.items()
                if isinstance(node, Knowledge) and knowledge in (node.id, node.name)
            ),
            None,
        )
        if key is None:
            raise DecisionError(f"没有业务知识 {knowledge}", f"there is no knowledge {knowledge}", element=knowledge)
        return self._evaluated(context, functions, lambda session: _called(session, key))

    def _key(self, decision: str) -> str:
        if decision in self.decisions:
            return f"#{decision}"
        for key, node in sorted(self.nodes.items(), key=lambda entry: not is_own(entry[0])):
            if isinstance(node, Decision) and decision in (key, node.id, node.name):
                return key
        problem = unknown_name(decision, [node.name for node in self.decisions.values()] + list(self.decisions))
        raise DecisionError(problem.zh, problem.en, element=decision)

    def _evaluated(
        self,
        context: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]] | None,
        decide: Callable[[Session], Any],
    ) -> Outcome:
        warnings: list[Text] = []
        run = Evaluation(functions, warnings)
        values = {name: from_json(value) for name, value in context.items()}
        shared = {name: values[name] for name in self.shared if name in values}
        try:
            value = measured(decide(Session(self.nodes, run, values, shared)))
        except RecursionError:
            raise too_deep() from None
        return Outcome(value, tuple(run.records), tuple(warnings), functions)


def is_own(key: str) -> bool:
    """Whether a node belongs to the file itself and not to one that it imports."""
    return key.startswith("#")


def _called(session: Session, key: str) -> Any:
    return session.value(key).call_named(session.run, session.context)


def _answer(session: Session, service: Service) -> Any:
    given = {name: kind.coerce(session.context.get(name)) for _, name, kind in service.inputs}
    return answer(session, service, given)


def load(
    xml: bytes,
    *,
    source: str = "",
    globals: Collection[str] = (),  # noqa: A002 - the word of the model's authors
    functions: Collection[str] = (),
    imports: Sequence[bytes] = (),
    strict: bool = True,
) -> Model:
    """Read a DMN file (1.2 to 1.5) and check it whole; `source` is the file's name for messages.

    `globals` are names that the host supplies to every expression, `functions` the host's functions, `imports` the
    files that this one imports. Raises the first DecisionError; with `strict=False` all of them stand in `problems`
    and what is wrong yields null.
    """
    known = (frozenset(globals), frozenset(functions))
    reader = Reader(xml, source, *known, Library(imports, source, known))
    try:
        nodes = reader.nodes()
    except RecursionError:
        raise DecisionError("模型嵌套过深", "the model is nested too deep") from None
    problems = [*reader.problems, *reader.library.problems()]
    if strict and problems:
        raise problems[0]
    mine = {key: node for key, node in nodes.items() if is_own(key)}
    return Model(
        namespace=reader.namespace,
        name=reader.root.get("name", ""),
        nodes=nodes,
        decisions={node.id: node for node in mine.values() if isinstance(node, Decision)},
        inputs={node.id: node for node in mine.values() if isinstance(node, InputData)},
        shared=known[0],
        source=source,
        tables=tuple(reader.builder.tables),
        problems=tuple(problems),
    )
