"""`python -m tests.benchmarks.costs`: what a step costs as an instance grows, as ratios of one run.

By the tasks done before (10 to 1,000), by the size of its data (1, 20, 200 kB), by the width of a multi-instance of user
tasks and of sub-processes (10, 50, 200). Each figure is the median of the completions at that size, on SQLite, in process.
"""

import statistics
import tempfile
import time

from engine import Engine
from engine.bundle import make_bundle
from engine.cases.reading import moment
from engine.clock import VirtualClock
from engine.migrations import upgrade
from engine.transaction import make_sessions, open_database
from tests.engine.bundles import diagram, flow, line, process, small, task
from tests.people import ADMIN, KEYS

AGES, SIZES, WIDTHS = (10, 100, 300, 1000), (1, 20, 200), (10, 50, 200)
_SCRIPT = '<bpmn:scriptTask id="{0}"><bpmn:extensionElements><zeebe:script expression="{1}" resultVariable="{2}" /></bpmn:extensionElements></bpmn:scriptTask>'
_LOOP = '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'


class Office:
    """One engine on a new database; every measurement has its own."""

    def __init__(self, folder, body):
        self.database = open_database(f"sqlite:///{folder}/costs.db")
        upgrade(self.database)
        self.engine = Engine(make_sessions(self.database), VirtualClock(moment("2025-05-09")), keys=KEYS)
        self.engine.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
        self.engine.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
        bundle = small(body)
        self.engine.deploy(ADMIN, make_bundle({**bundle.files, "p.bpmn": diagram(process(body)).encode()}))
        self.hr = self.engine.actor("hr")
        self.engine.start(self.hr, "p", {})

    def complete(self, **values):
        """Seconds of one completion."""
        found = self.engine.inbox(self.hr, "groups")[0]
        start = time.perf_counter()
        self.engine.complete(self.hr, found.id, values)
        return time.perf_counter() - start


def by_age():
    """Round and round through one user task; the ten completions up to each age."""
    body = '<bpmn:exclusiveGateway id="again" /><bpmn:exclusiveGateway id="ask" default="ask_to_finish" />'
    body += task("work") + line("begin", "again", "work", "ask", "finish") + flow("ask", "again", "=amount = 1")
    with tempfile.TemporaryDirectory() as folder:
        office = Office(folder, body)
        seconds = [office.complete(amount=1) for _ in range(max(AGES))]
        office.database.dispose()
    return {age: statistics.median(seconds[age - 10 : age]) for age in AGES}


def by_size():
    """Twenty completions with that many kilobytes of variables."""
    found = {}
    for size in SIZES:
        text = f"=for i in 1..{size * 10} return string join(for j in 1..10 return &quot;0123456789&quot;)"
        names = [f"t{number}" for number in range(20)]
        body = _SCRIPT.format("fill", text, "much") + "".join(task(name) for name in names)
        with tempfile.TemporaryDirectory() as folder:
            office = Office(folder, body + line("begin", "fill", *names, "finish"))
            found[size] = statistics.median(office.complete() for _ in names[:-1])
            office.database.dispose()
    return found


def by_width(inner):
    """The first ten completions of a multi-instance of that width."""
    found = {}
    for width in WIDTHS:
        with tempfile.TemporaryDirectory() as folder:
            office = Office(folder, _SCRIPT.format("list", f"=for i in 1..{width} return i", "items") + inner)
            found[width] = statistics.median(office.complete() for _ in range(10))
            office.database.dispose()
    return found


TASKS = task("each", after=_LOOP) + line("begin", "list", "each", "finish")
PROCESSES = (
    f'<bpmn:subProcess id="sub">{_LOOP}<bpmn:startEvent id="s1" /><bpmn:endEvent id="s2" />{task("each")}'
    + line("s1", "each", "s2")
    + "</bpmn:subProcess>"
    + line("begin", "list", "sub", "finish")
)


def main():
    tell("tasks done before", by_age())
    tell("kB of variables", by_size())
    tell("user tasks side by side", by_width(TASKS))
    tell("sub-processes side by side", by_width(PROCESSES))


def tell(what, found):
    base = next(iter(found.values()))
    row = ", ".join(f"{size}: {seconds * 1000:.1f} ms (x{seconds / base:.2f})" for size, seconds in found.items())
    print(f"{what}: {row}", flush=True)


if __name__ == "__main__":
    main()
