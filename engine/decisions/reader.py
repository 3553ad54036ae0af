"""A DMN file to graph nodes: every expression parsed, every name and reference resolved, every problem named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.decisions.boxed import Builder
from engine.decisions.graph import Decision, InputData, Knowledge, Node, Requirement, Service, function_result
from engine.decisions.items import Items
from engine.decisions.suggestions import unknown_name
from engine.decisions.xml import Element, attribute, child, children, definitions, refused, tag
from engine.feel.kinds import ANY, Type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.errors import DecisionError

NODES = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
LINKS = ("requiredDecision", "requiredInput", "requiredKnowledge")
REQUIREMENTS = ("informationRequirement", "knowledgeRequirement")


class Library:
    """The files that a model may import, each read when first asked for; a circle of imports finds nothing."""

    def __init__(self, files: Sequence[bytes], source: str, known: tuple[frozenset[str], frozenset[str]]) -> None:
        self.source, self.known = source, known
        self.waiting = {attribute(definitions(xml, source), "namespace"): xml for xml in files}
        self.readers: dict[str, Reader] = {}

    def reader(self, namespace: str) -> Reader | None:
        xml = self.waiting.pop(namespace, None)
        if xml is not None:
            self.readers[namespace] = Reader(xml, self.source, *self.known, self)
        return self.readers.get(namespace)

    def problems(self) -> list[DecisionError]:
        """Those of all files that were read; a file that is imported twice tells each only once."""
        found = {str(problem): problem for reader in self.readers.values() for problem in reader.problems}
        return list(found.values())


class Reader:
    """Reads one file; the library holds the files that it may import."""

    problems: list[DecisionError]

    def __init__(
        self,
        xml: bytes,
        source: str,
        shared: frozenset[str],
        functions: frozenset[str],
        library: Library,
    ) -> None:
        self.source, self.problems = source, []
        self.root = definitions(xml, source)
        self.namespace = attribute(self.root, "namespace")
        self.shared, self.library = shared, library
        self.prefix: tuple[str, ...] = ()
        self.imports = self._imports()
        self.elements = self._elements()
        self.items = Items(self.root, self.complain)
        self.types = self._types()
        self.items.found.update(self.types)
        properties = set(self.items.properties) | {name for at in self.imports.values() for name in at.names()}
        everywhere = frozenset(self.names())
        self.builder = Builder(self.items, self.types, functions, frozenset(properties), everywhere, self.complain)

    def complain(self, element: Element, zh: str, en: str) -> None:
        self.problems.append(refused(self.source, element, zh, en))

    def _elements(self) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for element in children(self.root, *NODES):
            name = attribute(element, "id")
            if not name or name in found:
                self.complain(element, "id 缺失或重复", "the id is missing or stands twice")
            found[name] = element
        return found

    def _imports(self) -> dict[str, Reader]:
        """The imported readers by the name that this file gives them."""
        found: dict[str, Reader] = {}
        for element in children(self.root, "import"):
            namespace = attribute(element, "namespace")
            reader = self.library.reader(namespace)
            if reader is not None:
                found[attribute(element, "name")] = reader
            elif "DMN" in attribute(element, "importType"):
                self.complain(element, f"找不到导入的模型 {namespace}", f"the imported model {namespace} is not there")
        return found

    def _types(self) -> dict[str, Type]:
        for name, reader in self.imports.items():
            for known, kind in reader.types.items():
                self.items.found[f"{name}.{known}" if name else known] = kind
        return dict(self.items.all())

    def names(self) -> Iterator[str]:
        """The names of this file's nodes."""
        for element in self.elements.values():
            yield variable_name(element)

    # -- nodes

    def nodes(self, prefix: tuple[str, ...] = ()) -> dict[str, Node]:
        """All nodes by key, imported ones under the names of their imports: each import has inputs of its own."""
        found: dict[str, Node] = {}
        for alias, reader in self.imports.items():
            found |= reader.nodes((*prefix, alias))
        self.prefix = prefix
        for name, element in self.elements.items():
            found[self.key((), name)] = getattr(self, f"_{tag(element)}".lower())(element)
        if prefix:
            return found
        self._refuse_circles(found)
        return {key: with_inputs(key, node, found) for key, node in found.items()}

    def key(self, path: tuple[str, ...], name: str) -> str:
        """`import/import#id`; a node of the file itself is `#id`."""
        return f"{'/'.join((*self.prefix, *path))}#{name}"

    def targets(self, link: Element) -> list[tuple[Reader, tuple[str, ...], Element]]:
        """Reader, import and element that a link's href means: one for each name under which the file is imported."""
        href = attribute(link, "href")
        namespace, _, name = href.rpartition("#")
        candidates: list[tuple[tuple[str, ...], Reader]] = [((), self)] if namespace in ("", self.namespace) else []
        candidates += [((alias,), reader) for alias, reader in self.imports.items() if reader.namespace == namespace]
        found = [(reader, path, reader.elements[name]) for path, reader in candidates if name in reader.elements]
        if not found:
            problem = unknown_name(href, [f"#{known}" for known in self.elements])
            self.complain(link, problem.zh, problem.en)
        return found

    def requirements(self, element: Element) -> tuple[Requirement, ...]:
        found: list[Requirement] = []
        for requirement in children(element, *REQUIREMENTS):
            for link in children(requirement, *LINKS):
                for _, path, node in self.targets(link):
                    key = self.key(path, attribute(node, "id"))
                    visible = tuple(alias for alias in path if alias)
                    found += [Requirement(key, (*visible, name)) for name in aliases(node)]
        # Names come after ids, so that a name wins over the same id of another node.
        return tuple(sorted(found, key=lambda requirement: not requirement.is_id))

    def visible(self, requirements: tuple[Requirement, ...]) -> frozenset[str]:
        return self.shared | {requirement.path[0] for requirement in requirements}

    def _inputdata(self, element: Element) -> Node:
        kind = self.items.of(child(element, "variable"))
        return InputData(attribute(element, "id"), variable_name(element), kind, self.prefix)

    def _decision(self, element: Element) -> Node:
        requirements = self.requirements(element)
        name, kind = variable_name(element), self.items.of(child(element, "variable"))
        owner = (attribute(element, "id"), name, kind)
        body = self.builder.inside(element, self.visible(requirements), owner)
        return Decision(owner[0], name, kind, requirements, body)

    def _businessknowledgemodel(self, element: Element) -> Node:
        requirements = self.requirements(element)
        name, logic = variable_name(element), child(element, "encapsulatedLogic")
        kind = function_result(self.items.of(child(element, "variable")))
        owner = (attribute(element, "id"), name)
        if logic is None:
            return Knowledge(*owner, requirements, (), self.builder.nothing, kind)
        parameters, body, result = self.builder.function(logic, self.visible(requirements) | {name}, owner)
        return Knowledge(*owner, requirements, tuple(parameters), body, result if kind is ANY else kind)

    def _decisionservice(self, element: Element) -> Node:
        inputs = [self._end(link) for link in children(element, "inputData")]
        inputs += [self._end(link) for link in children(element, "inputDecision")]
        outputs = [self._end(link) for link in children(element, "outputDecision")]
        return Service(
            attribute(element, "id"),
            variable_name(element),
            tuple(end for end in inputs if end),
            tuple((end[0], end[1]) for end in outputs if end),
            function_result(self.items.of(child(element, "variable"))),
        )

    def _end(self, link: Element) -> tuple[str, str, Type] | None:
        targets = self.targets(link)
        if not targets:
            return None
        reader, path, node = targets[0]
        return self.key(path, attribute(node, "id")), variable_name(node), reader.items.of(child(node, "variable"))

    def _refuse_circles(self, nodes: Mapping[str, Node]) -> None:
        done: set[str] = set()
        for start in nodes:
            circle = find_circle(start, nodes, done)
            if circle:
                names = " → ".join(nodes[key].name for key in circle)
                element = self.elements.get(circle[0].rpartition("#")[2], self.root)
                self.complain(element, f"决策互相依赖：{names}", f"decisions need each other: {names}")


def variable_name(element: Element) -> str:
    """The name that expressions use: the variable's, else the element's."""
    variable = child(element, "variable")
    return (attribute(variable, "name") if variable is not None else "") or attribute(element, "name")


def aliases(element: Element) -> list[str]:
    """Every name under which a required node can be read; its id too, where that is a name."""
    names = [variable_name(element), attribute(element, "name"), attribute(element, "id")]
    return list(dict.fromkeys(name for name in names if name and (name != names[2] or name.isidentifier())))


def required(node: Node) -> list[str]:
    if isinstance(node, (Decision, Knowledge)):
        return [requirement.key for requirement in node.requirements]
    return []


def find_circle(start: str, nodes: Mapping[str, Node], done: set[str]) -> list[str]:
    """A circle of requirements reachable from the start, or nothing; knows no recursion limit."""
    path: list[str] = []
    waiting: list[tuple[str, bool]] = [(start, False)]
    while waiting:
        key, leaving = waiting.pop()
        if leaving:
            done.add(path.pop())
        elif key in path:
            return [*path[path.index(key) :], key]
        elif key not in done and key in nodes:
            path.append(key)
            waiting.append((key, True))
            waiting += [(needed, False) for needed in required(nodes[key]) if needed != key]
    return []


def with_inputs(key: str, node: Node, nodes: Mapping[str, Node]) -> Node:
    """A decision with the names of all input data that it reaches."""
    if not isinstance(node, Decision):
        return node
    seen, waiting, found = {key}, required(node)[::-1], list[str]()
    while waiting:
        needed = waiting.pop()
        if needed not in seen and needed in nodes:
            seen.add(needed)
            reached = nodes[needed]
            if isinstance(reached, InputData):
                found.append(reached.name)
            waiting += required(reached)[::-1]
    return replace(node, required_inputs=tuple(dict.fromkeys(found)))
