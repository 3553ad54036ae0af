"""From a seed to a bundle that passes every deployment check."""

from __future__ import annotations

import bisect
import json
import random
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.bundle import Bundle, make_bundle
from tests.acceptance.random_processes import seeds
from tests.acceptance.random_processes.blocks import Fragment, Kind, chain, child_body, set_variable, single
from tests.acceptance.random_processes.kinds import KINDS
from tests.engine.bundles import FORM, POLICY, diagram, line, process

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEEPEST, LONGEST, MOST_BLOCKS = 3, 4, 10

# What runs beside the rest by its nature is named `extra`, and not looked at.
_NUMBERED = re.compile(r"(?!extra)[a-z_]+(\d+)")

# Without ids in them, so that two runs have the same.
KEYS = {"p": "=&quot;P&quot; + string(number)", "child": "=process.parent + &quot;/&quot; + string(number)"}

DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="sizes" name="sizes" namespace="http://pingpin.example/tests">
  <inputData id="amount" name="amount"><variable id="amount_variable" name="amount" /></inputData>
  <decision id="size" name="size"><variable id="size_variable" name="size" />
    <informationRequirement id="size_needs_amount"><requiredInput href="#amount" /></informationRequirement>
    <decisionTable id="size_table" hitPolicy="FIRST">
      <input id="size_input"><inputExpression id="size_expression" typeRef="number"><text>amount</text></inputExpression></input>
      <output id="size_output" name="size" typeRef="string" />
      <rule id="size_large"><inputEntry id="i1"><text>&gt; 5</text></inputEntry><outputEntry id="o1"><text>"large"</text></outputEntry></rule>
      <rule id="size_small"><inputEntry id="i2"><text>-</text></inputEntry><outputEntry id="o2"><text>"small"</text></outputEntry></rule>
    </decisionTable></decision>
</definitions>"""


class Plan:
    """What a builder draws from: chance, names that nobody else has, messages, and blocks inside blocks."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.used: set[str] = set()
        # What stands beside the processes in the file: messages, signals, errors, escalations.
        self.definitions: list[str] = []
        self.processes: list[str] = []
        # See Drawn.
        self.rows: list[tuple[int, ...]] = []
        self.left, self._number, self._depth, self._beside, self._repeated, self._looped = MOST_BLOCKS, 0, 0, 0, 0, 0
        self._family: tuple[str, str, str] | None = None
        self._begun = False

    def name(self, kind: str) -> str:
        self._number += 1
        return f"{kind}{self._number}"

    @property
    def number(self) -> int:
        return self._number

    def message(self) -> str:
        name = self.name("m")
        key = f'<zeebe:subscription correlationKey="=process.key + &quot;{name}&quot;" />'
        self.define("message", name, "", f"<bpmn:extensionElements>{key}</bpmn:extensionElements>")
        return name

    def define(self, kind: str, name: str, attributes: str = "", inside: str = "") -> str:
        """A message, signal, error or escalation that elements refer to by this id."""
        self.definitions.append(f'<bpmn:{kind} id="{name}" name="{name}" {attributes}>{inside}</bpmn:{kind}>')
        return name

    @contextmanager
    def repeated(self) -> Iterator[None]:
        """What is drawn in here may run several times at once."""
        self._repeated += 1
        yield
        self._repeated -= 1

    @contextmanager
    def looped(self) -> Iterator[None]:
        """What is drawn in here may come round again."""
        self._looped += 1
        yield
        self._looped -= 1

    def called(self) -> str:
        """Another process of the bundle, to be called; says its id."""
        name = self.name("called")
        self._depth += 1
        self._draw(name, self.sequence(1))
        self._depth -= 1
        return name

    @contextmanager
    def beside(self) -> Iterator[None]:
        """What is drawn in here has something running beside it."""
        self._beside += 1
        yield
        self._beside -= 1

    def children(self, opened: str, go: str, report: str) -> None:
        """Instances of `child` may be started while this element waits."""
        self._family = (opened, go, report)

    def inside(self) -> Fragment:
        """One block a level deeper, or a short row of them."""
        self._depth += 1
        found = self.sequence(2 if self._depth == 1 else 1)
        self._depth -= 1
        return found

    def sequence(self, longest: int) -> Fragment:
        marks, blocks = [self._number], []
        for _ in range(self.random.randint((longest + 1) // 2, longest)):
            blocks.append(self._block())
            marks.append(self._number)
        if not self._repeated:
            self.rows.append(tuple(marks))
        return chain(*blocks)

    def _block(self) -> Fragment:
        self.left -= 1
        kinds = {name: kind for name, kind in KINDS.items() if self._may(name, kind)}
        name = self.random.choices(list(kinds), [kind.weight for kind in kinds.values()])[0]
        self.used.add(name)
        return kinds[name].build(self)

    def _may(self, name: str, kind: Kind) -> bool:
        if kind.alone and (self._beside or self._depth):
            return False
        if name == "children" and (self._family or self._begun):
            return False
        if (kind.once and self._repeated) or (kind.straight and self._looped and self._beside):
            return False
        return not kind.nests or (self._depth < DEEPEST and self.left > 0)

    def bundle(self) -> Bundle:
        self._draw("p", self.sequence(LONGEST))
        self._begun = True
        policy = POLICY.replace("from: 2024-04-01, until: 2026-03-31", "from: 2024-04-01, until: 2027-03-31")
        if self._family is not None:
            opened, go, report = self._family
            self.left = 2
            self._draw("child", child_body(self, go, report))
            policy += f"  - {{process: child, roles: [hr], parent: p, while: {opened}, given: {{amount: =amount}}}}\n"
        return _with_shared(
            {
                "policy.yaml": policy.encode(),
                "p.bpmn": diagram(*self.processes, messages="".join(self.definitions)).encode(),
            }
        )

    def _draw(self, process_id: str, body: Fragment) -> None:
        first = self.name("first")
        whole = chain(single(first, set_variable(first, "amount", "=1")), body)
        body_xml = whole.xml + line("begin", whole.first) + line(whole.last, "finish")
        key = f'<zeebe:property name="businessKey" value="{KEYS[process_id]}" />' if process_id in KEYS else ""
        self.processes.append(process(body_xml, process_id, properties=key))


def _with_shared(files: dict[str, bytes]) -> Bundle:
    return make_bundle({**files, **_SHARED})


# Every form asks for an amount, so that no condition lacks it.
_COMPONENTS = [{**component, "validate": {"required": True}} for component in FORM["components"]]
_SHARED = {"any.form": json.dumps({**FORM, "components": _COMPONENTS}).encode(), "size.dmn": DECISION.encode()}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A seed's process. `rows`: of each row of blocks the numbers between which the names of one block lie."""

    bundle: Bundle
    rows: tuple[tuple[int, ...], ...]
    kinds: frozenset[str]


def draw(seed: str) -> Drawn:
    """The process of a seed; of one that ever failed, as it was then, whatever seeds make today."""
    kept = seeds.kept(seed)
    if kept is None:
        plan = Plan(seed)
        bundle = plan.bundle()
        return Drawn(bundle, tuple(plan.rows), frozenset(plan.used))
    rows = tuple(tuple(row) for row in kept["rows"])
    return Drawn(
        _with_shared({name: text.encode() for name, text in kept["files"].items()}), rows, frozenset(kept["kinds"])
    )


def keep(seed: str, found: str) -> None:
    """Remember for ever a process that failed: new seeds must not hide an old failure."""
    if seeds.kept(seed) is not None:
        return
    drawn = draw(seed)
    files = {name: content.decode() for name, content in drawn.bundle.files.items() if name not in _SHARED}
    seeds.keep(seed, {"found": found, "kinds": sorted(drawn.kinds), "rows": drawn.rows, "files": files})


def together(rows: Iterable[tuple[int, ...]], active: Iterable[str]) -> str:
    """What waits at once although one stands behind the other: blocks in a row are done one after the other."""
    numbers = {int(found[1]): name for name in active if (found := _NUMBERED.fullmatch(name))}
    for row in rows:
        blocks = {
            bisect.bisect_left(row, number): name for number, name in numbers.items() if row[0] < number <= row[-1]
        }
        if len(blocks) > 1:
            return " and ".join(sorted(blocks.values()))
    return ""
